"""Hang elastic addresses on instances, load balancers, interfaces, and take them off."""

from __future__ import annotations

import ipaddress
from typing import ClassVar

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.durations import Duration
from cpikit_alicloud_simulator.products.ecs.instance import Instance
from cpikit_alicloud_simulator.products.ecs.kinds import Interface
from cpikit_alicloud_simulator.products.slb.kinds import LoadBalancer
from cpikit_alicloud_simulator.products.vpc.eip import Eip, eips_on
from cpikit_alicloud_simulator.products.vpc.eips import (
    BAD_STATUS,
    BOUND_TO,
    MANAGED,
    NO_SUCH_REGION,
    NOT_FOUND,
)
from cpikit_alicloud_simulator.refusal import INVALID, Refusal
from cpikit_alicloud_simulator.resource import Resource, resource

BINDING = Duration(
    "eip.binding", typical=2.0, slow=20.0, grade="assumed", source="seconds, seen by clients"
)
UNBINDING = Duration(
    "eip.unbinding", typical=2.0, slow=20.0, grade="assumed", source="seconds, like binding"
)
BAD_TYPE = Refusal(
    400, "InvalidInstanceType.ValueNotSupported", "The specified InstanceType is not supported."
)
NO_INSTANCE = Refusal(404, "InvalidInstanId.NotFound", "The specified instance does not exist.")
# The same of UnassociateEipAddress, which spells it right and answers 400.
NO_INSTANCE_OFF = Refusal(
    400, "InvalidInstanceId.NotFound", "The specified instance ID does not exist."
)
BAD_INSTANCE = Refusal(
    400, "IncorrectInstanceStatus", "The instance is {state}, wanted Running or Stopped."
)
BAD_HAVIP = Refusal(400, "IncorrectHaVipStatus", "The HaVip is {state}, wanted Available or InUse.")
TWICE = Refusal(
    400, "InvalidAssociation.Duplicated", "The EIP is associated with this instance already."
)
HAS_ADDRESS = Refusal(400, "InvalidBindingStatus", "The instance has a public address already.")
NOT_BOUND = Refusal(400, "InvalidBindingStatus", "The EIP is not associated with this instance.")
MISMATCH = Refusal(
    400, "InvalidParameter.Mismatch", "The instance and the EIP are not in the same region."
)
NO_PARAMS = Refusal(400, "InvalidParams.NotFound", "The PrivateIpAddress is not on the instance.")
LOCKED = Refusal(400, "Forbbiden", "The EIP is locked for {lock} reasons.")
IN_CLOUD_BOX = Refusal(
    400, "OperationDenied.CloudBoxResourceExist", "The instance is in a CloudBox."
)
VSWITCH_IN_CLOUD_BOX = Refusal(
    400, "OperationDenied.CloudBoxVSwitchExist", "The vSwitch is in a CloudBox."
)
_KINDS: dict[str, str] = {
    "EcsInstance": "instance",
    "SlbInstance": "load_balancer",
    "NetworkInterface": "eni",
    "HaVip": "havip",
}
_MODES = ("NAT", "MULTI_BINDED", "BINDED")
_CLOUD_BOX_TAG = "acs:cloudbox"


@resource
class HaVip(Resource):
    """A floating private address of a vSwitch: Available, Associating, InUse, Unassociating."""

    kind: ClassVar[str] = "havip"
    prefix: ClassVar[str] = "havip"
    in_inventory: ClassVar[bool] = False

    ip_address: str = ""
    vpc_id: str = ""
    vswitch_id: str = ""


@action(
    "Vpc",
    "AssociateEipAddress",
    also="Ecs",
    effect="write",
    required="AllocationId InstanceId",
    optional="InstanceType InstanceRegionId PrivateIpAddress Mode VpcId",
    resource="AllocationId InstanceId",
    token=True,
)
def associate_eip_address(call: Call) -> Answer:
    """Hang a free address on something that can have one."""
    eip = call.need(Eip, call.text("AllocationId"), NOT_FOUND)
    type_ = call.choice("InstanceType", BOUND_TO, "EcsInstance", otherwise=BAD_TYPE)
    mode = call.choice("Mode", _MODES, "NAT")
    if call.text("InstanceRegionId", call.region_id) != call.region_id:
        raise MISMATCH.error()
    target = _target(call, type_, NO_INSTANCE)
    _check_free(eip, target)
    _check_target(call, target)
    private_ip = _private_ip(call, target)
    call.checked()
    eip.bind(target, type_, private_ip, getattr(target, "vpc_id", ""))
    eip.mode = mode
    call.world.journey(eip, [("Associating", BINDING)], "InUse")
    return {}


@action(
    "Vpc",
    "UnassociateEipAddress",
    also="Ecs",
    effect="write",
    required="AllocationId",
    optional="InstanceId InstanceType PrivateIpAddress Force",
    resource="AllocationId InstanceId",
    token=True,
    unknown_region=NO_SUCH_REGION,
)
def unassociate_eip_address(call: Call) -> Answer:
    """Take an address off; it is free after a while."""
    eip = call.need(Eip, call.text("AllocationId"), NOT_FOUND)
    type_ = call.choice("InstanceType", BOUND_TO, eip.instance_type, otherwise=BAD_TYPE)
    if eip.lock:
        raise LOCKED.error(lock=eip.lock)
    if eip.service_managed:
        raise MANAGED.error()
    if eip.state != "InUse":
        raise BAD_STATUS.error(state=eip.state)
    if call.has("InstanceId"):
        target = _target(call, type_, NO_INSTANCE_OFF)
        if eip.instance_id != target.id:
            raise NOT_BOUND.error()
    if call.text("PrivateIpAddress", eip.private_ip) != eip.private_ip:
        raise INVALID.error(name="PrivateIpAddress")
    _check_held(call, eip)
    call.checked()
    call.world.journey(
        eip, [("Unassociating", UNBINDING)], "Available", then=lambda: eip.unbind(call.world)
    )
    return {}


def _target(call: Call, type_: str, missing: Refusal) -> Resource:
    """Give what an address is to hang on."""
    if type_ not in _KINDS:
        raise BAD_TYPE.error()
    id_ = call.text("InstanceId")
    found = call.world.find(id_)
    if found is None or found.kind != _KINDS[type_] or found.account_id != call.account_id:
        raise missing.error(id=id_)
    if found.region_id != call.region_id:
        raise MISMATCH.error()
    return found


def _check_free(eip: Eip, target: Resource) -> None:
    if eip.lock:
        raise LOCKED.error(lock=eip.lock)
    if eip.service_managed:
        raise MANAGED.error()
    if eip.instance_id == target.id and eip.state != "Unassociating":
        raise TWICE.error()
    if eip.state != "Available":
        raise BAD_STATUS.error(state=eip.state)


def _check_target(call: Call, target: Resource) -> None:
    """Raise unless something is in a state to get an address and has none."""
    if _CLOUD_BOX_TAG in target.tags:
        raise IN_CLOUD_BOX.error()
    vswitch = call.world.find(getattr(target, "vswitch_id", ""))
    if vswitch is not None and _CLOUD_BOX_TAG in vswitch.tags:
        raise VSWITCH_IN_CLOUD_BOX.error()
    if isinstance(target, HaVip) and target.state not in {"Available", "InUse"}:
        raise BAD_HAVIP.error(state=target.state)
    if isinstance(target, Instance) and target.state not in {"Running", "Stopped"}:
        raise BAD_INSTANCE.error(state=target.state)
    if isinstance(target, LoadBalancer) and not target.takes_an_eip:
        raise BAD_INSTANCE.error(state=f"{target.state}, {target.address_type}")
    has_one = isinstance(target, Instance) and bool(target.public_ip)
    if has_one or eips_on(call, target.id):
        raise HAS_ADDRESS.error()


def _check_held(call: Call, eip: Eip) -> None:
    """Raise unless what an address hangs on lets it go now."""
    held = call.world.find(eip.instance_id)
    if isinstance(held, HaVip) and held.state not in {"Available", "InUse"}:
        raise BAD_HAVIP.error(state=held.state)
    if isinstance(held, Instance) and held.state not in {"Running", "Stopped"}:
        raise BAD_INSTANCE.error(state=held.state)


def _private_ip(call: Call, target: Resource) -> str:
    """Give the private address that the elastic one stands for."""
    own: tuple[str, ...] = ()
    if isinstance(target, Instance):
        own = tuple(one for each in target.interfaces(call.world) for one in each.addresses)
    elif isinstance(target, Interface):
        own = target.addresses
    elif isinstance(target, HaVip):
        own = (target.ip_address,)
    elif isinstance(target, LoadBalancer):
        own = (target.address,)
    wanted = call.text("PrivateIpAddress")
    if not wanted:
        return own[0] if own else ""
    try:
        ipaddress.IPv4Address(wanted)
    except ValueError as error:
        raise INVALID.error(name="PrivateIpAddress") from error
    if wanted not in own:
        raise NO_PARAMS.error()
    return wanted
