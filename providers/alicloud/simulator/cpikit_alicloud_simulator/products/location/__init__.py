"""Location service, 2015-06-12: which endpoint serves a product in a region."""

from __future__ import annotations

from typing import Any

from cpikit_alicloud_simulator.actions import Answer, Product, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.regions import Region

LOCATION = Product("Location", "2015-06-12", "location", hosts=("location-readonly",))
ANSWERS = Knob(
    "location.answers",
    "as-asked",
    ("as-asked", "real"),
    "Which endpoints are named: the host that was asked, when that is no cloud's own name, so that "
    "a client goes on talking to the simulator; or always the cloud's names.",
    "a choice of the simulator: the cloud has only its own names",
)
NO_REGION = Refusal(404, "InvalidRegionId", "The specified region does not exist.", "assumed")
NO_SERVICE = Refusal(404, "InvalidServiceCode", "The specified service is not known.", "assumed")
_SERVICES = ("ecs", "vpc", "slb", "nlb", "alb", "sts", "oss", "location")
_TYPES = ("openAPI", "innerAPI")


@action(
    "Location",
    "DescribeEndpoint",
    effect="read",
    required="Id ServiceCode",
)
def describe_endpoint(call: Call) -> Answer:
    """Name the endpoint of one product in one region."""
    region = call.world.regions.get(call.text("Id"))
    if region is None:
        raise NO_REGION.error()
    if call.text("ServiceCode").lower() not in _SERVICES:
        raise NO_SERVICE.error()
    return _shown(call, region, "openAPI")


@action(
    "Location",
    "DescribeEndpoints",
    effect="read",
    required="Id ServiceCode",
    optional="Type",
)
def describe_endpoints(call: Call) -> Answer:
    """List the endpoints of one product in one region; none for what is not known."""
    region = call.world.regions.get(call.text("Id"))
    kind = call.text("Type", "openAPI")
    is_known = call.text("ServiceCode").lower() in _SERVICES and kind in _TYPES
    rows = [_shown(call, region, kind)] if region and is_known else []
    return {"Success": True, "Endpoints": {"Endpoint": rows}}


def _shown(call: Call, region: Region, kind: str) -> dict[str, Any]:
    code = call.text("ServiceCode").lower()
    is_ours = ":" in call.host and not call.host.partition(":")[0].endswith(".aliyuncs.com")
    if is_ours and call.knob(ANSWERS) == "as-asked":
        endpoint = call.host
    elif code == "oss":
        inner = "-internal" if kind == "innerAPI" else ""
        endpoint = f"oss-{region.id}{inner}.aliyuncs.com"
    else:
        endpoint = region.endpoint(code)
    return {
        "Endpoint": endpoint,
        "Id": region.id,
        "Namespace": "",
        "Protocols": {"Protocols": ["HTTP", "HTTPS"]},
        "SerivceCode": code,  # spelled so in the API
        "Type": kind,
    }
