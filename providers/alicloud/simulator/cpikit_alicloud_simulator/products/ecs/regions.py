"""Regions and zones, as ECS lists them."""

from __future__ import annotations

from collections.abc import Mapping

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.products.ecs.conditions import refuse_account
from cpikit_alicloud_simulator.refusal import Refusal

# ECS 2014-05-26, DescribeRegions.
_LANGUAGES = ("zh-CN", "en-US", "ja")
_RESOURCE_TYPES = ("instance", "disk", "reservedInstance", "scu")
BAD_LANGUAGE = Refusal(
    404, "InvalidAcceptLanguage.NotFound", "The specified AcceptLanguage does not exist."
)
BAD_RESOURCE_TYPE = Refusal(
    404, "InvalidResourceType.NotFound", "The ResourceType provided does not exist in our records."
)

_ACCOUNT_WORDS: Mapping[str, Refusal] = {
    "closed": Refusal(403, "Unauthorized.EmptyRegion", "No region is open to the account."),
}


@action(
    "Ecs",
    "DescribeRegions",
    effect="read",
    optional="AcceptLanguage InstanceChargeType ResourceType",
)
def describe_regions(call: Call) -> Answer:
    """List all regions of the world."""
    refuse_account(call, _ACCOUNT_WORDS)
    call.choice("AcceptLanguage", _LANGUAGES, otherwise=BAD_LANGUAGE)
    call.choice("ResourceType", _RESOURCE_TYPES, otherwise=BAD_RESOURCE_TYPE)
    shown = [
        {
            "RegionId": region.id,
            "LocalName": region.name,
            "RegionEndpoint": region.endpoint("ecs"),
            "Status": "available",
        }
        for region in call.world.regions.values()
    ]
    return {"Regions": {"Region": shown}}
