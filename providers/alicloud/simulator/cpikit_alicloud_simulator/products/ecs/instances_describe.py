"""List instances, their states and their single attributes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call, has_tags
from cpikit_alicloud_simulator.paging import Paging
from cpikit_alicloud_simulator.parameters import Parameters
from cpikit_alicloud_simulator.products.ecs import instances_show
from cpikit_alicloud_simulator.products.ecs.instance import NOT_FOUND, Instance
from cpikit_alicloud_simulator.products.ecs.kinds import Interface
from cpikit_alicloud_simulator.products.ecs.surroundings import HpcCluster
from cpikit_alicloud_simulator.refusal import INVALID, Refusal

_PAGES = Paging(default=10, maximum=100, least=10, tokens=True)
_STATUS_PAGES = Paging(default=10, maximum=50)

BAD_STATUS_FILTER = Refusal(404, "InvalidStatus.NotFound", "The Status does not exist.")
BAD_NETWORK = Refusal(404, "InvalidNetworkType.NotFound", "The network type does not exist.")
BAD_CHARGE = Refusal(404, "InvalidInstanceChargeType.NotFound", "The charge type does not exist.")
BAD_INTERNET = Refusal(
    404, "InvalidInternetChargeType.ValueNotSupported", "The InternetChargeType does not exist."
)
BAD_LOCK = Refusal(404, "InvalidLockReason.NotFound", "The LockReason does not exist.")
BAD_FILTER = Refusal(404, "InvalidFilterKey.NotFound", "The Filter key does not exist.")
TOO_MANY_TAGS = Refusal(400, "InvalidTagCount", "More than 20 tags were given.")
BAD_TAG = Refusal(400, "InvalidTag.Mismatch", "Tag.N.Key and Tag.N.Value do not match.")
NO_CLUSTER = Refusal(400, "InvalidHpcClusterId.NotFound", "The HpcClusterId does not exist.")
CLUSTER_CREATING = Refusal(400, "InvalidHpcClusterId.Creating", "The cluster is being created.")
NO_ZONE = Refusal(404, "InvalidZoneId.NotFound", "The specified ZoneId does not exist.")

_STATES = ("Pending", "Stopped", "Starting", "Running", "Stopping")
_LOCKS = ("financial", "security", "Recycling", "dedicatedhostfinancial", "refunded")
_FILTERS = ("CreationStartTime", "CreationEndTime", "ExpiredStartTime", "ExpiredEndTime")
_MOST_TAGS = 20


@action(
    "Ecs",
    "DescribeInstances",
    effect="read",
    optional="InstanceIds InstanceName InstanceType InstanceTypeFamily InstanceNetworkType "
    "InstanceChargeType InternetChargeType VpcId VSwitchId ZoneId SecurityGroupId ImageId Status "
    "PrivateIpAddresses PublicIpAddresses EipAddresses InnerIpAddresses Ipv6Address.N KeyPairName "
    "ResourceGroupId HpcClusterId IoOptimized LockReason HttpEndpoint HttpTokens "
    "HttpPutResponseHopLimit AdditionalAttributes.N DeviceAvailable NeedSaleCycle RdmaIpAddresses "
    "Filter.N.Key Filter.N.Value Tag.N.Key Tag.N.Value",
    paging=_PAGES,
    dry_run=True,
    denied="empty",
)
def describe_instances(call: Call) -> Answer:
    """List instances; ids that do not exist are left out, and no permission is an empty list."""
    _check_filters(call)
    found = _wanted(call, _candidates(call))
    page = call.page(_PAGES, found)
    shown = [instances_show.row(call.world, each) for each in page.rows]
    return {"Instances": {"Instance": shown}, **page.fields}


def _check_filters(call: Call) -> None:
    call.choice("Status", _STATES, otherwise=BAD_STATUS_FILTER)
    call.choice("InstanceNetworkType", ("vpc", "classic"), otherwise=BAD_NETWORK)
    call.choice("InstanceChargeType", ("PostPaid", "PrePaid"), otherwise=BAD_CHARGE)
    internet = ("PayByTraffic", "PayByBandwidth")
    call.choice("InternetChargeType", internet, otherwise=BAD_INTERNET)
    call.choice("LockReason", _LOCKS, otherwise=BAD_LOCK)
    for each in call.structures("Filter"):
        each.choice("Key", _FILTERS, otherwise=BAD_FILTER)
        _moment_s(each)
    if call.has("HpcClusterId"):
        cluster = call.need(HpcCluster, call.text("HpcClusterId"), NO_CLUSTER)
        if cluster.state == "Creating":
            raise CLUSTER_CREATING.error()
    tags = call.structures("Tag")
    if len(tags) > _MOST_TAGS:
        raise TOO_MANY_TAGS.error()
    if any(not tag.has("Key") for tag in tags):
        raise BAD_TAG.error()


def _candidates(call: Call) -> list[Instance]:
    """Give the few that the sharpest filter leaves, so that a call's cost follows its answer."""
    seen = call.look(Instance)
    ids = call.json_list("InstanceIds")
    if ids is not None:
        return seen.ids(ids)
    interfaces = call.look(Interface)
    addresses = call.json_list("PrivateIpAddresses")
    if addresses is not None:
        rows = [each for address in addresses for each in interfaces.by("primary_ip", address)]
        return seen.ids(each.instance_id for each in rows if each.type == "Primary")
    if call.has("SecurityGroupId"):
        rows = interfaces.by("security_group_ids", call.text("SecurityGroupId"))
        return seen.ids(each.instance_id for each in rows)
    if call.has("ImageId"):
        return seen.by("image_id", call.text("ImageId"))
    return seen.all()


_FIELDS: Mapping[str, Callable[[Instance], str]] = {
    "VpcId": lambda i: i.vpc_id,
    "VSwitchId": lambda i: i.vswitch_id,
    "ZoneId": lambda i: i.zone_id,
    "Status": lambda i: i.state,
    "ImageId": lambda i: i.image_id,
    "InstanceType": lambda i: i.type_id,
    "InstanceTypeFamily": lambda i: i.type.family.id,
    "InstanceNetworkType": lambda _: "vpc",
    "InstanceChargeType": lambda i: i.charge_type,
    "InternetChargeType": lambda i: i.internet_charge_type,
    "KeyPairName": lambda i: i.key_pair_name,
    "ResourceGroupId": lambda i: i.resource_group_id,
    "HpcClusterId": lambda i: i.hpc_cluster_id,
    "HttpEndpoint": lambda i: i.http_endpoint,
    "HttpTokens": lambda i: i.http_tokens,
    "HttpPutResponseHopLimit": lambda i: str(i.http_hops),
    "LockReason": lambda i: i.lock,
}
_ADDRESSES = (
    "PrivateIpAddresses",
    "PublicIpAddresses",
    "EipAddresses",
    "InnerIpAddresses",
    "RdmaIpAddresses",
    "Ipv6Address",
)


def _wanted(call: Call, found: list[Instance]) -> list[Instance]:
    """Keep what all filters want; each filter is read once, and only those given are asked."""
    tests: list[Callable[[Instance], bool]] = []
    for name, shown in _FIELDS.items():
        value = call.text(name)
        if value:
            tests.append(lambda i, shown=shown, value=value: shown(i) == value)  # type: ignore[misc]  # bound now
    io, name = call.boolean("IoOptimized"), call.text("InstanceName").replace("[", "[[]")
    tags = call.tag_filters()
    if io is not None:
        tests.append(lambda i: i.type.family.io_optimized == io)
    if name:
        tests.append(lambda i: fnmatchcase(i.name, name))
    if tags:
        tests.append(lambda i: has_tags(i, tags))
    if any(call.has(each) for each in _ADDRESSES):
        tests.append(lambda i: _has_addresses(call, i))
    if call.structures("Filter"):
        tests.append(lambda i: _is_in_time(call, i))
    return [each for each in found if all(test(each) for test in tests)]


def _has_addresses(call: Call, instance: Instance) -> bool:
    interfaces = instance.interfaces(call.world)
    own = {
        "PrivateIpAddresses": {each.primary_ip for each in interfaces},
        "PublicIpAddresses": {instance.public_ip},
        "EipAddresses": {instance.eip.ip_address if instance.eip else ""},
        "InnerIpAddresses": set(),
        "RdmaIpAddresses": set(),
    }
    for name, addresses in own.items():
        asked = call.json_list(name)
        if asked is not None and not addresses & set(asked):
            return False
    ipv6s = call.texts("Ipv6Address")
    return not ipv6s or any(each in interface.ipv6s for interface in interfaces for each in ipv6s)


def _is_in_time(call: Call, instance: Instance) -> bool:
    for each in call.structures("Filter"):
        key, limit_s = each.text("Key"), _moment_s(each)
        at_s = instance.created_s if key.startswith("Creation") else instance.expires_s
        if at_s is None or (at_s < limit_s if key.endswith("StartTime") else at_s > limit_s):
            return False
    return True


def _moment_s(given: Parameters) -> float:
    """Read a filter's value, such as `2026-01-02T03:04Z`."""
    try:
        return datetime.fromisoformat(given.text("Value")).replace(tzinfo=UTC).timestamp()
    except ValueError as error:
        raise INVALID.error(name=f"{given.prefix}Value") from error


@action(
    "Ecs",
    "DescribeInstanceStatus",
    effect="read",
    optional="InstanceId.N ZoneId ClusterId",
    paging=_STATUS_PAGES,
    denied="empty",
)
def describe_instance_status(call: Call) -> Answer:
    """List states only."""
    zone_id = call.text("ZoneId")
    if zone_id and zone_id not in call.world.regions[call.region_id].zones:
        raise NO_ZONE.error()
    seen, ids = call.look(Instance), call.texts("InstanceId")
    found = seen.ids(ids) if ids else seen.all()
    page = call.page(_STATUS_PAGES, [each for each in found if zone_id in ("", each.zone_id)])
    shown = [{"InstanceId": each.id, "Status": each.state} for each in page.rows]
    return {"InstanceStatuses": {"InstanceStatus": shown}, **page.fields}


@action(
    "Ecs",
    "DescribeInstanceAttribute",
    effect="read",
    required="InstanceId",
    resource="InstanceId",
)
def describe_instance_attribute(call: Call) -> Answer:
    """Show one instance; an id that does not exist is an error here."""
    return instances_show.attribute(call.world, _seen(call))


@action("Ecs", "DescribeUserData", effect="read", required="InstanceId", resource="InstanceId")
def describe_user_data(call: Call) -> Answer:
    """Show the user data, in base64."""
    instance = _seen(call)
    return {
        "InstanceId": instance.id,
        "RegionId": instance.region_id,
        "UserData": instance.encoded_user_data,
    }


def _seen(call: Call) -> Instance:
    found = call.look(Instance).get(call.text("InstanceId"))
    if found is None:
        raise NOT_FOUND.error()
    return found
