"""Check where new instances lie: zone, vSwitch, security groups, addresses, bandwidth."""

from __future__ import annotations

from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.parameters import Parameters
from cpikit_alicloud_simulator.products.ecs import launch_words
from cpikit_alicloud_simulator.products.ecs.families import InstanceType
from cpikit_alicloud_simulator.products.ecs.kinds import Interface
from cpikit_alicloud_simulator.products.ecs.launch_addresses import demand_addresses
from cpikit_alicloud_simulator.products.ecs.launch_default_vpc import (
    NOT_IN_DEFAULT,
    WITHOUT_VSWITCH,
    default_vswitch,
)
from cpikit_alicloud_simulator.products.ecs.launch_plan import InterfacePlan, NetworkPlan
from cpikit_alicloud_simulator.products.ecs.security_groups import (
    MEMBERS,
    SecurityGroup,
)
from cpikit_alicloud_simulator.products.vpc.vpcs import Vpc
from cpikit_alicloud_simulator.products.vpc.vswitches import VSwitch
from cpikit_alicloud_simulator.refusal import MISSING, Refusal

ZONE_MISMATCH = Knob(
    "ecs.zone_mismatch",
    "InvalidVpcZone.NotSupported",
    ("InvalidVpcZone.NotSupported", "ResourcesNotInSameZone", "InvalidVSwitchId.NotFound"),
    "The error when ZoneId is not the vSwitch's zone.",
    "unverified: the table of RunInstances has all three",
)
GROUPS_PER_INTERFACE = 5  # ECS, "Limits": five security groups on one interface by default

VSWITCH_NEEDED = Refusal(400, "InvalidVSwitchId.Necessary", "The VSwitchId is necessary.")
VSWITCH_STATUS = Refusal(
    400, "IncorrectVSwitchStatus", "The status of the VSwitch does not support this operation."
)
VPC_STATUS = Refusal(
    400, "IncorrectVpcStatus", "The status of the VPC does not support this operation."
)
OTHER_ZONE = Refusal(400, "{code}", "The zone of the VSwitch is {zone}.")
OTHER_VPC = Refusal(
    403,
    "OperationDenied.InconsistentNetwork",
    "The specified security group and vswitch are not in the same vpc.",
)
TOO_MANY_GROUPS = Refusal(
    400, "JoinedGroupLimitExceed", "More than {most} security groups were given."
)
GROUP_FULL = Refusal(
    403,
    "SecurityGroupInstanceLimitExceed",
    "The maximum number of instances in the security group is exceeded.",
)
GROUP_MANAGED = Refusal(
    403,
    "InvalidOperation.ResourceManagedByCloudProduct",
    "The security group is managed by another cloud product.",
)
BOTH_GROUPS = Refusal(
    400, "InvalidParameter.Conflict", "SecurityGroupId and SecurityGroupIds do not go together."
)
BAD_INTERNET = Refusal(
    400, "InvalidInternetChargeType.ValueNotSupported", "The InternetChargeType is not valid."
)
ADVANCED_VPC = Refusal(
    400,
    "InvalidOperation.VpcHasEnabledAdvancedNetworkFeature",
    "The VPC has advanced features that the instance type does not go with.",
)
IPV6_ON_INTERFACE = Refusal(
    403, "MaxEniIpv6IpsCountExceeded", "An interface has {most} IPv6 addresses at most."
)
MOST_IPV6S = 10  # ECS, "Limits", IPv6 addresses of one interface
BAD_IN = Refusal(
    400, "InvalidInternetMaxBandwidthIn.Malformed", "InternetMaxBandwidthIn is not valid."
)
BAD_INTERFACE = Refusal(
    400, "InvalidParam.NetworkInterface", "The given network interfaces are not valid."
)
TOO_MANY_INTERFACES = Refusal(
    400,
    "InvalidInstanceType.ElasticNetworkInterfaceNotSupported",
    "The type takes only {most} network interfaces.",
)
IPV4_EXCEEDED = Refusal(
    403, "InvalidOperation.Ipv4CountExceeded", "The type takes fewer private addresses."
)
NO_IPV6_TYPE = Refusal(403, "InvalidOperation.Ipv6NotSupport", "The type has no IPv6.")
IPV6_EXCEEDED = Refusal(
    403, "InvalidOperation.Ipv6CountExceeded", "The type takes fewer IPv6 addresses."
)
NO_IPV6 = Refusal(403, "InvalidVSwitch.Ipv6NotTurnOn", "IPv6 is not turned on in the VSwitch.")
BAD_QUEUES = Refusal(
    403, "InvalidParameter.InvalidEniQueueNumber", "The number of queues is not valid."
)


def checked_network(call: Call, type_: InstanceType, count: int, *, runs: bool) -> NetworkPlan:
    """Give interfaces and bandwidth, or raise what is wrong."""
    given = call.structures("NetworkInterface") if runs else []
    primary = next((each for each in given if each.text("InstanceType") == "Primary"), None)
    vswitch = checked_vswitch(call, primary)
    demand_zone(call, vswitch)
    demand_ready(call, vswitch)
    demand_features(call, vswitch, type_)
    groups = checked_groups(call, call, vswitch.vpc_id, primary, count)
    plans = [_primary_plan(call, type_, vswitch, groups, primary)]
    plans += [_secondary_plan(call, each, vswitch, groups) for each in given if each is not primary]
    if len(plans) > type_.interfaces:
        raise TOO_MANY_INTERFACES.error(most=type_.interfaces)
    demand_addresses(call, plans, count, by_interface=primary is not None)
    charge = call.choice(
        "InternetChargeType",
        ("PayByTraffic", "PayByBandwidth"),
        "PayByTraffic",
        otherwise=BAD_INTERNET,
    )
    out = call.integer(
        "InternetMaxBandwidthOut", 0, low=0, high=100, otherwise=launch_words.BAD_OUT.of(call)
    )
    in_ = call.integer("InternetMaxBandwidthIn", max(out, 10) if out else 0, otherwise=BAD_IN)
    if not 0 <= in_ <= 200:  # noqa: PLR2004  # Mbit/s, RunInstances
        raise BAD_IN.error()
    return NetworkPlan(
        vswitch=vswitch,
        interfaces=tuple(plans),
        internet_charge_type=charge,
        bandwidth_in=in_,
        bandwidth_out=out,
        wants_public_ip=runs and out > 0,
    )


def checked_vswitch(call: Call, primary: Parameters | None) -> VSwitch:
    """Give the vSwitch of the primary interface; there are no more classic networks."""
    id_ = (primary.text("VSwitchId") if primary else "") or call.text("VSwitchId")
    if not id_ and call.knob(WITHOUT_VSWITCH) == "default VPC":
        return default_vswitch(call)
    if not id_:
        raise VSWITCH_NEEDED.error()
    return call.need(VSwitch, id_, launch_words.NO_VSWITCH.of(call))


def demand_zone(call: Call, vswitch: VSwitch) -> None:
    """Raise when ZoneId is another zone than the vSwitch's."""
    zone_id = call.text("ZoneId")
    if not zone_id:
        return
    if zone_id not in call.world.regions[call.region_id].zones:
        raise launch_words.NO_ZONE.error(call)
    if zone_id != vswitch.zone_id:
        raise OTHER_ZONE.error(code=call.knob(ZONE_MISMATCH), zone=vswitch.zone_id)


def demand_ready(call: Call, vswitch: VSwitch) -> None:
    """Raise while VPC or vSwitch is Pending."""
    vpc = call.world.get(Vpc, vswitch.vpc_id)
    if vpc is not None and vpc.state != "Available":
        raise VPC_STATUS.error()
    if vswitch.state != "Available":
        raise VSWITCH_STATUS.error()


def demand_features(call: Call, vswitch: VSwitch, type_: InstanceType) -> None:
    """Raise when the VPC has features that an old instance type does not go with."""
    vpc = call.world.get(Vpc, vswitch.vpc_id)
    if vpc is not None and vpc.has_advanced_features and not type_.family.essd:
        raise ADVANCED_VPC.error()


def checked_groups(
    call: Call, given: Parameters, vpc_id: str, primary: Parameters | None, count: int
) -> tuple[str, ...]:
    """Give the security groups, from the call or from its primary interface."""
    if given.has("SecurityGroupId") and given.texts("SecurityGroupIds"):
        raise BOTH_GROUPS.error()
    source = given
    if primary is not None and (
        primary.has("SecurityGroupId") or primary.texts("SecurityGroupIds")
    ):
        source = primary
    ids = source.texts("SecurityGroupIds") or [source.text("SecurityGroupId")]
    if not ids[0]:
        raise MISSING.error(name="SecurityGroupId")
    if len(ids) > GROUPS_PER_INTERFACE:
        raise TOO_MANY_GROUPS.error(most=GROUPS_PER_INTERFACE)
    for id_ in ids:
        group = call.need(SecurityGroup, id_, launch_words.NO_GROUP.of(call))
        if group.vpc_id != vpc_id:
            raise (OTHER_VPC if call.has("VSwitchId") or primary else NOT_IN_DEFAULT).error()
        if group.is_managed:
            raise GROUP_MANAGED.error()
        members = len(call.world.by(Interface, "security_group_ids", id_))
        call.within(MEMBERS, members + count, GROUP_FULL)
    return tuple(dict.fromkeys(ids))


def _primary_plan(
    call: Call,
    type_: InstanceType,
    vswitch: VSwitch,
    groups: tuple[str, ...],
    primary: Parameters | None,
) -> InterfacePlan:
    source: Parameters = primary if primary is not None else call
    address = primary.text("PrimaryIpAddress") if primary else call.text("PrivateIpAddress")
    ipv6s = tuple(source.texts("Ipv6Address"))
    ipv6_count = source.integer("Ipv6AddressCount", 0, low=0)
    if ipv6s or ipv6_count:
        if not type_.family.ipv6:
            raise NO_IPV6_TYPE.error()
        if len(ipv6s) + ipv6_count > MOST_IPV6S:
            raise IPV6_ON_INTERFACE.error(most=MOST_IPV6S)
        if len(ipv6s) + ipv6_count > type_.family.ipv6:
            raise IPV6_EXCEEDED.error()
        if not vswitch.ipv6_cidr_block:
            raise NO_IPV6.error()
    secondary = source.integer("SecondaryPrivateIpAddressCount", 0, low=0) if primary else 0
    if secondary + 1 > type_.addresses_per_interface:
        raise IPV4_EXCEEDED.error()
    queues = call.integer("NetworkInterfaceQueueNumber", low=1, otherwise=BAD_QUEUES)
    if queues is not None and queues > type_.queues:
        raise launch_words.TOO_MANY_QUEUES.error(call, most=type_.queues)
    return InterfacePlan(
        vswitch=vswitch,
        group_ids=groups,
        address=address,
        secondary_count=secondary,
        ipv6s=ipv6s,
        ipv6_count=ipv6_count,
        queue_number=queues,
        name=primary.text("NetworkInterfaceName") if primary else "",
        description=primary.text("Description") if primary else "",
    )


def _secondary_plan(
    call: Call, given: Parameters, vswitch: VSwitch, groups: tuple[str, ...]
) -> InterfacePlan:
    existing = None
    if given.has("NetworkInterfaceId"):
        existing = call.own(Interface).get(given.text("NetworkInterfaceId"))
        if existing is None or existing.state != "Available":
            raise BAD_INTERFACE.error()
        if existing.zone_id != vswitch.zone_id:
            raise BAD_INTERFACE.error()
    own = (
        call.need(VSwitch, given.text("VSwitchId"), launch_words.NO_VSWITCH.of(call))
        if given.has("VSwitchId")
        else None
    )
    if own is not None and (own.zone_id, own.vpc_id) != (vswitch.zone_id, vswitch.vpc_id):
        raise BAD_INTERFACE.error()
    has_groups = given.has("SecurityGroupId") or given.texts("SecurityGroupIds")
    return InterfacePlan(
        vswitch=own or vswitch,
        group_ids=checked_groups(call, given, vswitch.vpc_id, None, 1) if has_groups else groups,
        type="Secondary",
        address=given.text("PrimaryIpAddress"),
        secondary_count=given.integer("SecondaryPrivateIpAddressCount", 0, low=0),
        name=given.text("NetworkInterfaceName"),
        description=given.text("Description"),
        delete_on_release=given.boolean("DeleteOnRelease", default=True),
        traffic_mode=given.text("NetworkInterfaceTrafficMode", "Standard"),
        existing=existing,
    )
