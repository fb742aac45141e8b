"""Network interfaces: attached, detached, deleted, changed."""

from __future__ import annotations

import re

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.durations import Duration
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.products.ecs import interfaces_refusals as refusals
from cpikit_alicloud_simulator.products.ecs.instance import Instance, demand_state
from cpikit_alicloud_simulator.products.ecs.interfaces_create import MOST_QUEUES, checked_groups
from cpikit_alicloud_simulator.products.ecs.kinds import Interface
from cpikit_alicloud_simulator.refusal import INVALID, MISSING

ATTACHING = Duration(
    "eni.attaching", typical=5.0, slow=(20.0, 60.0), grade="assumed", source="1 to 2 min at most"
)
DETACHING = Duration(
    "eni.detaching", typical=5.0, slow=(20.0, 60.0), grade="assumed", source="like attaching"
)
DELETING = Duration(
    "eni.deleting", typical=2.0, slow=15.0, grade="assumed", source="seconds, by clients"
)
INSTANCE_CODE = Knob(
    "eni.unknown_instance",
    "InvalidEcsId.NotFound",
    ("InvalidEcsId.NotFound", "InvalidInstanceId.NotFound"),
    "What Attach- and DetachNetworkInterface answer for an instance that does not exist.",
    "unverified: the error tables have both",
)
DELETE_UNKNOWN = Knob(
    "eni.delete_unknown",
    "refuse",
    ("refuse", "ignore"),
    "What DeleteNetworkInterface does with an id that does not exist.",
    "unverified: the error table has InvalidEniId.NotFound, clients take both for done",
)
_ID = re.compile(r"eni-[A-Za-z0-9-]+")
_INSTANCE_ID = re.compile(r"(?:i|eci|AY)[A-Za-z0-9-]+")
_COLD_FAMILIES = ("ecs.mn4", "ecs.n4")
"""ECS user guide, "Bind an ENI": types of these families have to be stopped."""
_NAME = re.compile(r"(?!https?://)[^\W\d_][\w.:-]{1,127}")
_DESCRIPTION = re.compile(r"(?!https?://).{2,256}", re.DOTALL)


def interface_named(call: Call) -> Interface:
    """Give the interface that a call is about, unless a service keeps it."""
    id_ = call.text("NetworkInterfaceId")
    if not _ID.fullmatch(id_):
        raise refusals.BAD_ID.error()
    interface = call.need(Interface, id_, refusals.NOT_FOUND)
    if interface.service_managed:
        raise refusals.MANAGED.error()
    return interface


def _instance_named(call: Call) -> Instance:
    id_ = call.text("InstanceId")
    if not _INSTANCE_ID.fullmatch(id_):
        raise refusals.BAD_INSTANCE_ID.error()
    named = call.knob(INSTANCE_CODE) == "InvalidEcsId.NotFound"
    return call.need(Instance, id_, refusals.NO_INSTANCE if named else refusals.NO_INSTANCE_403)


def _demand_instance_state(call: Call, instance: Instance) -> None:
    cold = instance.type.family.id in _COLD_FAMILIES
    states = ("Stopped",) if cold else ("Running", "Stopped")
    demand_state(call, instance, *states, otherwise=refusals.BAD_INSTANCE_STATE)


@action(
    "Ecs",
    "AttachNetworkInterface",
    effect="write",
    required="NetworkInterfaceId InstanceId",
    optional="NetworkCardIndex TrunkNetworkInstanceId WaitForNetworkConfigurationReady",
    resource="NetworkInterfaceId InstanceId",
)
def attach_network_interface(call: Call) -> Answer:
    """Attach an interface to an instance of its zone and VPC."""
    refusals.demand_allowed(call, attaching=True)
    interface, instance = interface_named(call), _instance_named(call)
    if call.has("TrunkNetworkInstanceId") and not instance.type.family.trunk:
        raise refusals.UNSUPPORTED.error(name="TrunkNetworkInstanceId")
    if call.integer("NetworkCardIndex", 0, low=0, otherwise=INVALID):
        raise refusals.UNSUPPORTED.error(name="NetworkCardIndex")
    if interface.type not in ("Secondary", "Trunk"):
        raise refusals.BAD_TYPE.error()
    if interface.state != "Available":
        raise refusals.BAD_STATE.error(state=interface.state)
    _demand_fitting(interface, instance)
    _demand_instance_state(call, instance)
    taken = {each.device_index for each in instance.interfaces(call.world)}
    if len(taken) >= instance.type.interfaces:
        raise refusals.TOO_MANY_ON_INSTANCE.error()
    call.checked()
    interface.instance_id, interface.attached_s = instance.id, call.now_s
    interface.device_index = next(n for n in range(1, 1000) if n not in taken)
    call.world.journey(interface, [("Attaching", ATTACHING)], "InUse")
    return {}


def _demand_fitting(interface: Interface, instance: Instance) -> None:
    """Raise unless place, type and addresses of both go together."""
    type_ = instance.type
    if not type_.family.io_optimized:
        raise refusals.OLD_GENERATION.error()
    if interface.vpc_id != instance.vpc_id:
        raise refusals.OTHER_VPC.error()
    if interface.zone_id != instance.zone_id:
        raise refusals.OTHER_ZONE.error()
    if len(interface.addresses) > type_.addresses_per_interface:
        raise refusals.IPV4_EXCEEDED.error()
    if interface.ipv6s and not type_.family.ipv6:
        raise refusals.NO_IPV6.error()
    if interface.queue_number is not None and interface.queue_number > type_.queues:
        raise refusals.TYPE_QUEUES.error()


@action(
    "Ecs",
    "DetachNetworkInterface",
    effect="write",
    required="NetworkInterfaceId InstanceId",
    optional="TrunkNetworkInstanceId",
    resource="NetworkInterfaceId InstanceId",
)
def detach_network_interface(call: Call) -> Answer:
    """Detach a secondary interface; it takes a while."""
    refusals.demand_allowed(call, attaching=True)
    interface, instance = interface_named(call), _instance_named(call)
    if call.has("TrunkNetworkInstanceId") and not instance.type.family.trunk:
        raise refusals.UNSUPPORTED.error(name="TrunkNetworkInstanceId")
    if interface.type == "Primary":
        raise refusals.PRIMARY_STAYS.error()
    if interface.type == "Member":
        raise refusals.BAD_TYPE.error()
    if "linked" in interface.conditions:
        raise refusals.LINKED.error()
    if interface.state != "InUse":
        raise refusals.BAD_STATE.error(state=interface.state)
    if interface.instance_id != instance.id:
        raise INVALID.error(name="InstanceId")
    _demand_instance_state(call, instance)
    call.checked()
    call.world.journey(
        interface, [("Detaching", DETACHING)], "Available", then=lambda: _freed(interface)
    )
    return {}


def _freed(interface: Interface) -> None:
    interface.instance_id, interface.device_index = "", None


@action(
    "Ecs",
    "DeleteNetworkInterface",
    effect="write",
    required="NetworkInterfaceId",
    resource="NetworkInterfaceId",
)
def delete_network_interface(call: Call) -> Answer:
    """Delete an interface that is attached to nothing."""
    refusals.demand_allowed(call)
    found = call.own(Interface).get(call.text("NetworkInterfaceId"))
    if found is None and call.knob(DELETE_UNKNOWN) == "ignore":
        return {}
    interface = interface_named(call)
    if interface.type == "Primary":
        raise refusals.PRIMARY_STAYS.error()
    if interface.type == "Member":
        raise refusals.BAD_TYPE.error()
    if interface.state != "Available":
        raise refusals.BAD_STATE.error(state=interface.state)
    call.checked()
    call.world.journey(interface, [("Deleting", DELETING)], None)
    return {}


@action(
    "Ecs",
    "ModifyNetworkInterfaceAttribute",
    effect="write",
    required="NetworkInterfaceId",
    optional="""
    NetworkInterfaceName Description SecurityGroupId.N QueueNumber DeleteOnRelease SourceDestCheck
    """,
    resource="NetworkInterfaceId",
)
def modify_network_interface_attribute(call: Call) -> Answer:
    """Rename an interface, put it into other groups, or keep it when its instance goes."""
    interface = interface_named(call)
    name = call.matching("NetworkInterfaceName", _NAME, interface.name, otherwise=INVALID)
    about = call.matching("Description", _DESCRIPTION, interface.description, otherwise=INVALID)
    ids = call.texts("SecurityGroupId")
    groups = checked_groups(call, interface.vpc_id, ids) if ids else interface.security_group_ids
    queues = call.integer("QueueNumber", low=1, otherwise=refusals.BAD_QUEUES)
    if queues is not None and queues > MOST_QUEUES:
        raise refusals.TOO_MANY_QUEUES.error(most=MOST_QUEUES)
    deletes, checks = call.boolean("DeleteOnRelease"), call.boolean("SourceDestCheck")
    asked = ("NetworkInterfaceName", "Description", "SecurityGroupId", "QueueNumber")
    if not any(map(call.has, (*asked, "DeleteOnRelease", "SourceDestCheck"))):
        raise MISSING.error(name="NetworkInterfaceName")
    call.checked()
    interface.name, interface.description = name, about
    interface.security_group_ids = groups
    interface.queue_number = interface.queue_number if queues is None else queues
    if deletes is not None:
        interface.delete_on_release = deletes
    if checks is not None:
        interface.source_dest_check = checks
    return {}
