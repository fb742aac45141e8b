"""ModifyInstanceSpec: give a pay-as-you-go instance another type or bandwidth."""

from __future__ import annotations

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.products.ecs.families import instance_types
from cpikit_alicloud_simulator.products.ecs.instance import Instance, demand_state, needed
from cpikit_alicloud_simulator.products.ecs.launch_network import BAD_IN
from cpikit_alicloud_simulator.products.ecs.launch_shape import BAD_TYPE
from cpikit_alicloud_simulator.products.ecs.launch_words import BAD_OUT
from cpikit_alicloud_simulator.products.ecs.public_addresses import new_public_address
from cpikit_alicloud_simulator.products.ecs.stock import Stock
from cpikit_alicloud_simulator.refusal import MISSING, Refusal

NOT_POSTPAID = Refusal(
    403, "ChargeTypeViolation", "A subscription is changed by other actions.", "assumed"
)
TOO_FEW_DISKS = Refusal(
    403, "InvalidInstanceType.ValueNotSupported", "The type takes fewer disks.", "assumed"
)
_MOST_MBIT = 200


@action(
    "Ecs",
    "ModifyInstanceSpec",
    effect="write",
    required="InstanceId",
    optional="InstanceType InternetMaxBandwidthIn InternetMaxBandwidthOut Async",
    resource="InstanceId",
    token=True,
    dry_run=True,
)
def modify_instance_spec(call: Call) -> Answer:
    """Change the type of a Stopped instance, or the bandwidth of any."""
    instance = needed(call, call.text("InstanceId"))
    if instance.charge_type != "PostPaid":
        raise NOT_POSTPAID.error()
    out = call.integer(
        "InternetMaxBandwidthOut", low=0, high=_MOST_MBIT, otherwise=BAD_OUT.of(call)
    )
    in_ = call.integer("InternetMaxBandwidthIn", low=1, high=_MOST_MBIT, otherwise=BAD_IN)
    if not call.has("InstanceType") and out is None and in_ is None:
        raise MISSING.error(name="InstanceType")
    type_id = _checked_type(call, instance)
    call.checked()
    if type_id != instance.type_id:
        stock, is_spot = call.world.part(Stock), instance.spot_strategy != "NoSpot"
        stock.give_back(instance.zone_id, instance.type_id, spot=is_spot)
        stock.take(instance.zone_id, type_id, spot=is_spot)
        instance.type_id = type_id
    if in_ is not None:
        instance.bandwidth_in = in_
    if out is not None:
        instance.bandwidth_out = out
        if out and not instance.public_ip and instance.eip is None:
            instance.public_ip = new_public_address(call.world)
    return {}


def _checked_type(call: Call, instance: Instance) -> str:
    given = call.text("InstanceType")
    if not given or given == instance.type_id:
        return instance.type_id
    type_ = instance_types().get(given)
    if type_ is None or type_.family.architecture != instance.type.family.architecture:
        raise BAD_TYPE.error()
    demand_state(call, instance, "Stopped")
    if len(instance.disks(call.world)) > type_.family.disks:
        raise TOO_FEW_DISKS.error()
    is_spot = instance.spot_strategy != "NoSpot"
    call.world.part(Stock).demand(instance.zone_id, given, spot=is_spot, count=1)
    return given
