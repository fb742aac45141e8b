"""Check whether an account may make instances at all, and whether the place is open to it."""

from __future__ import annotations

from collections.abc import Mapping

from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.products.ecs.conditions import refuse_at
from cpikit_alicloud_simulator.products.ecs.surroundings import demand_standing, demand_word
from cpikit_alicloud_simulator.refusal import Refusal

# ECS 2014-05-26, the error tables of RunInstances and CreateInstance.
_REGION_WORDS: Mapping[str, Refusal] = {
    "not_supported": Refusal(
        403, "InvalidRegion.NotSupport", "The region does not support the operation."
    ),
    "off_sale": Refusal(403, "RegionUnauthorized", "Nothing is sold in this region any more."),
}
_RUN_REGION_WORDS: Mapping[str, Refusal] = {
    "closed": Refusal(403, "Forbidden.RegionId", "The region is not open to the account."),
}
ZONE_WORDS: Mapping[str, Refusal] = {
    "denied": Refusal(403, "OperationDenied", "The operation is denied in this zone."),
}
NO_OWNER = Refusal(
    403, "InvalidParameter.ResourceOwnerAccount", "The ResourceOwnerAccount does not exist."
)


def demand_open(call: Call, *, runs: bool) -> None:
    """Raise when the account may make nothing, or nothing here."""
    demand_standing(call)
    demand_word(call, "image_quota")
    refuse_at(call, call.region_id, _REGION_WORDS)
    if runs:
        demand_word(call, "no_instances")
        refuse_at(call, call.region_id, _RUN_REGION_WORDS)
        return
    demand_word(call, "no_payment_policy")
    owner = call.text("ResourceOwnerAccount")
    if owner and owner not in {each.name for each in call.world.accounts}:
        raise NO_OWNER.error()
