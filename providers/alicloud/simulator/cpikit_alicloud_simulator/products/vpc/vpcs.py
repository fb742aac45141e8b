"""Virtual private clouds: the networks that all else lies in."""

from __future__ import annotations

import ipaddress
from typing import Any, ClassVar

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call, has_tags, shown_tags
from cpikit_alicloud_simulator.durations import Duration
from cpikit_alicloud_simulator.limits import Quota
from cpikit_alicloud_simulator.paging import Paging
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.resource import Resource, resource
from cpikit_alicloud_simulator.tagging import checked_tags
from cpikit_alicloud_simulator.times import to_second

VPC_PENDING = Duration(
    "vpc.pending", typical=2.0, slow=15.0, grade="assumed", source="seconds, by the documents"
)
VPCS = Quota("vpc.vpcs", 10, "VPCs of one account in one region.", 'VPC, "Limits and quotas"')
_PAGES = Paging(default=10, maximum=50)  # VPC 2016-04-28, DescribeVpcs: PageSize

NOT_FOUND = Refusal(404, "InvalidVpcId.NotFound", "The specified VPC does not exist.")
BAD_CIDR = Refusal(400, "InvalidCidrBlock.Malformed", "The specified CidrBlock is not valid.")
BAD_NAME = Refusal(400, "InvalidVpcName.Malformed", "The specified VpcName is not valid.")
TOO_MANY = Refusal(400, "QuotaExceeded.Vpc", "The number of VPCs exceeds the quota of {quota}.")
BAD_STATUS = Refusal(400, "IncorrectVpcStatus", "The current status of the VPC is not Available.")
IN_USE = Refusal(
    400, "DependencyViolation", "The VPC still has {count} dependent resources.", "assumed"
)

_LONGEST_NAME = 128
# VPC 2016-04-28, CreateVpc, CidrBlock: these and their subnets, masks 8 to 28.
_PRIVATE = tuple(
    ipaddress.IPv4Network(each)
    for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)
_MASKS = range(8, 29)
# What the deprecated ECS-namespace actions answer; the rest is VPC's own.
_OLD = frozenset(
    """
    VpcId VpcName Status RegionId CidrBlock Description CreationTime IsDefault VRouterId
    RouteTableId UserCidrs VSwitchIds
    """.split()
)


@resource
class Vpc(Resource):
    """One VPC with its router."""

    kind: ClassVar[str] = "vpc"
    prefix: ClassVar[str] = "vpc"

    cidr_block: str = "172.16.0.0/12"
    user_cidrs: tuple[str, ...] = ()
    router_id: str = ""
    route_table_id: str = ""
    is_default: bool = False
    ipv6_cidr_block: str = ""
    has_advanced_features: bool = False
    """Such as traffic mirroring: instance types of old families do not go with them."""


@action(
    "Vpc",
    "CreateVpc",
    also="Ecs",
    effect="write",
    required="RegionId",
    optional="CidrBlock VpcName Description UserCidr ResourceGroupId Tag.N.Key Tag.N.Value "
    "EnableIpv6 EnableDnsHostname",
    token=True,
    dry_run=True,
)
def create_vpc(call: Call) -> Answer:
    """Make a VPC; it is Pending for a while."""
    cidr_block = _cidr_block(call)
    name = _name(call)
    tags = checked_tags(call)
    call.within(VPCS, call.count(Vpc) + 1, TOO_MANY)
    call.checked()
    vpc = call.world.add(
        Vpc(
            id=call.new_id(Vpc),
            region_id=call.region_id,
            account_id=call.account_id,
            name=name,
            description=call.text("Description"),
            resource_group_id=call.text("ResourceGroupId"),
            tags=tags,
            cidr_block=cidr_block,
            user_cidrs=tuple(call.words("UserCidr")),
            router_id=call.world.ids.resource("vrt", call.region_id),
            route_table_id=call.world.ids.resource("vtb", call.region_id),
            ipv6_cidr_block=_ipv6_block(call),
        )
    )
    call.world.journey(vpc, [("Pending", VPC_PENDING)], "Available")
    made = {
        "VpcId": vpc.id,
        "VRouterId": vpc.router_id,
        "RouteTableId": vpc.route_table_id,
        "ResourceGroupId": vpc.resource_group_id,
    }
    return _as_asked(call, made)


@action(
    "Vpc",
    "DescribeVpcs",
    also="Ecs",
    effect="read",
    required="RegionId",
    optional="VpcId VpcName IsDefault ResourceGroupId Tag.N.Key Tag.N.Value",
    paging=_PAGES,
    dry_run=True,
    denied="empty",
)
def describe_vpcs(call: Call) -> Answer:
    """List VPCs; ids that do not exist are left out."""
    seen = call.look(Vpc)
    found = seen.ids(call.words("VpcId")) if call.has("VpcId") else seen.all()
    name, group = call.text("VpcName"), call.text("ResourceGroupId")
    default, tags = call.boolean("IsDefault"), call.tag_filters()
    kept = [
        vpc
        for vpc in found
        if name in ("", vpc.name)
        and group in ("", vpc.resource_group_id)
        and default in (None, vpc.is_default)
        and has_tags(vpc, tags)
    ]
    page = call.page(_PAGES, kept)
    return {"Vpcs": {"Vpc": [_shown(call, vpc) for vpc in page.rows]}, **page.fields}


@action(
    "Vpc",
    "DeleteVpc",
    also="Ecs",
    effect="write",
    required="VpcId",
    optional="ForceDelete",
    token=True,
    dry_run=True,
)
def delete_vpc(call: Call) -> Answer:
    """Delete a VPC that nothing lies in."""
    vpc = call.need(Vpc, call.text("VpcId"), NOT_FOUND)
    if vpc.state != "Available":
        raise BAD_STATUS.error()
    inside = call.world.leaning_on("vpc_id", vpc.id)
    if inside:
        raise IN_USE.error(count=len(inside))
    call.checked()
    vpc.vanish(call.world)
    return {}


def _cidr_block(call: Call) -> str:
    given = call.text("CidrBlock", "172.16.0.0/12")
    try:
        block = ipaddress.IPv4Network(given)
    except ValueError as error:
        raise BAD_CIDR.error() from error
    if block.prefixlen not in _MASKS or not any(block.subnet_of(each) for each in _PRIVATE):
        raise BAD_CIDR.error()
    return str(block)


def _ipv6_block(call: Call) -> str:
    """Give the /56 that a VPC with IPv6 gets."""
    if not call.boolean("EnableIpv6"):
        return ""
    bits = call.world.ids.stream("ipv6 block").getrandbits(24)
    return f"2408:4005:{bits >> 8 & 0xFFFF:x}:{(bits & 0xFF) << 8:x}::/56"


def _name(call: Call) -> str:
    name = call.text("VpcName")
    is_url = name.startswith(("http://", "https://"))
    if len(name) > _LONGEST_NAME or is_url:
        raise BAD_NAME.error()
    return name


def _as_asked(call: Call, shown: dict[str, Any]) -> dict[str, Any]:
    return shown if call.product == "Vpc" else {k: v for k, v in shown.items() if k in _OLD}


def _shown(call: Call, vpc: Vpc) -> dict[str, Any]:
    inside = call.world.leaning_on("vpc_id", vpc.id)
    shown = {
        "VpcId": vpc.id,
        "VpcName": vpc.name,
        "Status": vpc.state,
        "RegionId": vpc.region_id,
        "CidrBlock": vpc.cidr_block,
        "Description": vpc.description,
        "CreationTime": to_second(vpc.created_s),
        "IsDefault": vpc.is_default,
        "VRouterId": vpc.router_id,
        "ResourceGroupId": vpc.resource_group_id,
        "OwnerId": int(vpc.account_id),
        "UserCidrs": {"UserCidr": list(vpc.user_cidrs)},
        "SecondaryCidrBlocks": {"SecondaryCidrBlock": []},
        "RouterTableIds": {"RouterTableIds": [vpc.route_table_id]},
        "NatGatewayIds": {"NatGatewayIds": []},
        "VSwitchIds": {"VSwitchId": [each.id for each in inside if each.kind == "vswitch"]},
        "EnabledIpv6": bool(vpc.ipv6_cidr_block),
        "Ipv6CidrBlock": vpc.ipv6_cidr_block,
        "Tags": shown_tags(vpc, "Key", "Value"),
    }
    return _as_asked(call, shown)
