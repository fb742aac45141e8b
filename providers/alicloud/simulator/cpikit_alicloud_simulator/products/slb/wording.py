"""Errors of classic load balancing and what its actions share: finding, busy times, backends.

The reference's tables for SLB are nearly empty: codes without a source are graded `assumed`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.durations import Duration
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.products.ecs.instance import Instance
from cpikit_alicloud_simulator.products.ecs.kinds import Interface
from cpikit_alicloud_simulator.products.slb.kinds import Backend, LoadBalancer, VServerGroup
from cpikit_alicloud_simulator.refusal import INVALID, Refusal
from cpikit_alicloud_simulator.resource import Resource

NOT_FOUND = Refusal(
    404, "InvalidLoadBalancerId.NotFound", "The specified LoadBalancerId does not exist.", "assumed"
)
NO_GROUP = Refusal(
    404, "InvalidVServerGroupId.NotFound", "The specified VServerGroupId does not exist.", "assumed"
)
LOCKED = Refusal(400, "LoadBalancerLocked", "The load balancer is locked.", "assumed")
# Clients repeat on these (users of the Go CPI, Terraform's provider); no table has them.
BUSY_BACKENDS = Refusal(
    400, "BackendServer.configuring", "The backend servers are being configured.", "assumed"
)
BUSY_GROUP = Refusal(
    400, "VServerGroupProcessing", "The VServer group is being configured.", "assumed"
)
BUSY = Refusal(400, "ServiceIsConfiguring", "The load balancer is being configured.", "assumed")
GROUP_IN_USE = Refusal(400, "RspoolVipExist", "The VServer group is used by a listener.", "assumed")
NO_SERVER = Refusal(
    400, "ObtainIpFail", "The address of the backend server {id} cannot be found.", "assumed"
)
OTHER_VPC = Refusal(
    400, "InvalidParameter.VpcIdNotMatch", "The server {id} is not in the VPC {vpc}.", "assumed"
)
NOT_RUNNING = Refusal(
    400, "InvalidBackendServers.NotRunning", "The server {id} is {state}.", "assumed"
)

CONFIGURING = Duration(
    "slb.configuring",
    typical=1.0,
    slow=10.0,
    grade="assumed",
    source="clients meet BackendServer.configuring and repeat for seconds; no number is documented",
)
STOPPED_SERVER = Knob(
    "slb.server_that_does_not_run",
    "refuse",
    ("refuse", "accept"),
    "What adding an instance that is not Running does.",
    "SLB documents that only running servers can be added, but not with which error",
)
_MOST_AT_ONCE = 20  # SLB 2014-05-15, AddBackendServers: at most 20 servers in one call
_HEAVIEST = 100
_LAST_PORT = 65535
_TYPES = ("ecs", "eni", "eci")


def balancer_named(call: Call, *, writes: bool = True, busy: Refusal = BUSY) -> LoadBalancer:
    """Give the load balancer that a call names; for a write it must be neither busy nor locked."""
    id_ = call.text("LoadBalancerId")
    if not writes:
        found = call.look(LoadBalancer).get(id_)
        if found is None:
            raise NOT_FOUND.error(id=id_)
        return found
    balancer = call.need(LoadBalancer, id_, NOT_FOUND)
    if balancer.state == "locked":
        raise LOCKED.error()
    if balancer.busy_until_s > call.now_s:
        raise busy.error()
    return balancer


def group_named(call: Call, *, writes: bool = True) -> VServerGroup:
    """Give the VServer group that a call names; for a write it must not be busy."""
    id_ = call.text("VServerGroupId")
    if not writes:
        found = call.look(VServerGroup).get(id_)
        if found is None:
            raise NO_GROUP.error(id=id_)
        return found
    group = call.need(VServerGroup, id_, NO_GROUP)
    if group.busy_until_s > call.now_s:
        raise BUSY_GROUP.error()
    return group


def keep_busy(call: Call, changed: LoadBalancer | VServerGroup) -> None:
    """Let the next change of it be refused for a while."""
    changed.busy_until_s = call.now_s + call.world.seconds(CONFIGURING)


def backends_given(
    call: Call, name: str = "BackendServers", *, ported: bool = False
) -> list[Backend]:
    """Read a JSON list of servers; what is wrong with it is InvalidParameter."""
    given = call.json(name)
    if given is None:
        return []
    if not isinstance(given, list) or len(given) > _MOST_AT_ONCE:
        raise INVALID.error(name=name)
    return [_backend(each, name, ported=ported) for each in given]


def _backend(given: object, name: str, *, ported: bool) -> Backend:
    if isinstance(given, str) and not ported:  # RemoveBackendServers takes bare ids too
        return Backend(given)
    if not isinstance(given, dict) or not isinstance(given.get("ServerId"), str):
        raise INVALID.error(name=name)
    type_ = given.get("Type") or "ecs"
    if type_ not in _TYPES:
        raise INVALID.error(name=f"{name}.Type")
    return Backend(
        given["ServerId"],
        weight=_whole(given.get("Weight"), 100, 0, _HEAVIEST, f"{name}.Weight"),
        type=type_,
        port=_whole(given.get("Port"), None, 1, _LAST_PORT, f"{name}.Port") if ported else 0,
        description=str(given.get("Description") or ""),
        server_ip=str(given.get("ServerIp") or ""),
    )


def _whole(given: object, default: int | None, low: int, high: int, name: str) -> int:
    """Read a number that came as one or as a text."""
    if given in (None, ""):
        if default is None:
            raise INVALID.error(name=name)
        return default
    text = str(given)
    if isinstance(given, bool) or not text.isascii() or not text.isdigit():
        raise INVALID.error(name=name)
    if not low <= int(text[:9]) <= high:
        raise INVALID.error(name=name)
    return int(text)


def check_servers(call: Call, backends: Sequence[Backend], vpc_id: str) -> None:
    """Raise unless all of these can be put behind a load balancer of this VPC (empty: any)."""
    for backend in backends:
        server = server_of(call, backend)
        if server is None:
            raise NO_SERVER.error(id=backend.server_id)
        if vpc_id and getattr(server, "vpc_id", vpc_id) != vpc_id:
            raise OTHER_VPC.error(id=backend.server_id, vpc=vpc_id)
        is_stopped = isinstance(server, Instance) and server.state != "Running"
        if is_stopped and call.knob(STOPPED_SERVER) == "refuse":
            raise NOT_RUNNING.error(id=server.id, state=server.state)


def server_of(call: Call, backend: Backend) -> Resource | None:
    """Give the instance or interface that a backend stands for."""
    kind = Interface if backend.type == "eni" else Instance
    return call.own(kind).get(backend.server_id)


def address_of(call: Call, backend: Backend) -> str:
    """Give the private address that traffic goes to."""
    if backend.server_ip:
        return backend.server_ip
    server = call.world.find(backend.server_id)
    if isinstance(server, Instance):
        server = server.primary(call.world)
    return server.primary_ip if isinstance(server, Interface) else ""


def shown_backend(
    backend: Backend, *, ported: bool = False, as_text: bool = False
) -> dict[str, Any]:
    """Give a backend as answers have it; Add and Set write the weight as text."""
    shown: dict[str, Any] = {
        "ServerId": backend.server_id,
        "Type": backend.type,
        "Weight": str(backend.weight) if as_text else backend.weight,
    }
    if ported:
        shown["Port"] = backend.port
    return shown
