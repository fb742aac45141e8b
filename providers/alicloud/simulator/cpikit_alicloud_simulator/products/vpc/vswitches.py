"""vSwitches: the subnets of VPCs, one zone each, with their private addresses."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call, has_tags, shown_tags
from cpikit_alicloud_simulator.durations import Duration
from cpikit_alicloud_simulator.limits import Quota
from cpikit_alicloud_simulator.paging import Paging
from cpikit_alicloud_simulator.products.vpc.addresses import Addresses
from cpikit_alicloud_simulator.products.vpc.vpcs import BAD_STATUS as VPC_BAD_STATUS
from cpikit_alicloud_simulator.products.vpc.vpcs import NOT_FOUND as VPC_NOT_FOUND
from cpikit_alicloud_simulator.products.vpc.vpcs import Vpc
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.resource import Resource, resource
from cpikit_alicloud_simulator.tagging import checked_tags
from cpikit_alicloud_simulator.times import to_second
from cpikit_alicloud_simulator.world import World

VSWITCH_PENDING = Duration(
    "vpc.vswitch_pending", typical=2.0, slow=15.0, grade="assumed", source="seconds, by the docs"
)
VSWITCHES = Quota("vpc.vswitches", 150, "vSwitches of one VPC.", 'VPC, "Limits and quotas"')
_PAGES = Paging(default=10, maximum=50)  # VPC 2016-04-28, DescribeVSwitches: PageSize

NOT_FOUND = Refusal(
    404, "InvalidVswitchID.NotFound", "The specified VSwitch does not exist.", "assumed"
)
BAD_CIDR = Refusal(400, "InvalidCidrBlock.Malformed", "The CidrBlock is not valid.", "assumed")
OVERLAPS = Refusal(
    400, "InvalidCidrBlock.Overlapped", "The CidrBlock overlaps with another VSwitch.", "assumed"
)
BAD_ZONE = Refusal(404, "InvalidZoneId.NotFound", "The specified ZoneId does not exist.", "assumed")
BAD_NAME = Refusal(400, "InvalidVSwitchName.Malformed", "The VSwitchName is not valid.", "assumed")
TOO_MANY = Refusal(400, "QuotaExceeded.VSwitch", "Only {quota} VSwitches are allowed.", "assumed")
BAD_STATUS = Refusal(400, "IncorrectVSwitchStatus", "The VSwitch is not Available.", "assumed")
IN_USE = Refusal(
    400, "DependencyViolation", "The VSwitch still has {count} dependent resources.", "assumed"
)
BAD_IPV6 = Refusal(400, "InvalidIpv6CidrBlock.Malformed", "The VPC has no IPv6.", "assumed")

_LONGEST_NAME = 128
_MASKS = range(16, 30)  # VPC 2016-04-28, CreateVSwitch, CidrBlock: masks 16 to 29
# What the deprecated ECS-namespace action answers; the rest is VPC's own.
_OLD = frozenset(
    """
    VSwitchId VpcId Status CidrBlock ZoneId AvailableIpAddressCount Description VSwitchName
    CreationTime IsDefault ResourceGroupId
    """.split()
)


@resource
class VSwitch(Resource):
    """One vSwitch: Pending, Available."""

    kind: ClassVar[str] = "vswitch"
    prefix: ClassVar[str] = "vsw"
    indexed: ClassVar[tuple[str, ...]] = ("vpc_id",)

    vpc_id: str
    zone_id: str
    cidr_block: str
    ipv6_cidr_block: str = ""
    is_default: bool = False

    @property
    def attached_to(self) -> str | None:
        """The VPC that it lies in."""
        return self.vpc_id

    def vanish(self, world: World) -> None:
        """Leave the world with its addresses."""
        world.part(Addresses).close(self.id)
        world.remove(self)

    @classmethod
    def declared(cls, world: World, given: Mapping[str, Any]) -> Self:
        """Make one from a world file, with all its addresses free."""
        made = super().declared(world, given)
        world.part(Addresses).open(made.id, made.cidr_block)
        return made


@action(
    "Vpc",
    "CreateVSwitch",
    also="Ecs",
    effect="write",
    required="CidrBlock VpcId ZoneId",
    optional="VSwitchName Description Ipv6CidrBlock VpcIpv6CidrBlock Tag.N.Key Tag.N.Value",
    token=True,
)
def create_vswitch(call: Call) -> Answer:
    """Make a vSwitch; it is Pending for a while."""
    vpc = call.need(Vpc, call.text("VpcId"), VPC_NOT_FOUND)
    if vpc.state != "Available":
        raise VPC_BAD_STATUS.error()
    if call.text("ZoneId") not in call.world.regions[call.region_id].zones:
        raise BAD_ZONE.error()
    name = call.text("VSwitchName")
    if len(name) > _LONGEST_NAME or name.startswith(("http://", "https://")):
        raise BAD_NAME.error()
    siblings = call.world.by(VSwitch, "vpc_id", vpc.id)
    block = _block(call, vpc, siblings)
    ipv6_block = _ipv6_block(call, vpc)
    tags = checked_tags(call)
    call.within(VSWITCHES, len(siblings) + 1, TOO_MANY)
    call.checked()
    vswitch = call.world.add(
        VSwitch(
            id=call.new_id(VSwitch),
            region_id=call.region_id,
            account_id=call.account_id,
            name=name,
            description=call.text("Description"),
            resource_group_id=vpc.resource_group_id,
            tags=tags,
            vpc_id=vpc.id,
            zone_id=call.text("ZoneId"),
            cidr_block=block,
            ipv6_cidr_block=ipv6_block,
        )
    )
    call.world.part(Addresses).open(vswitch.id, block)
    call.world.journey(vswitch, [("Pending", VSWITCH_PENDING)], "Available")
    return {"VSwitchId": vswitch.id}


@action(
    "Vpc",
    "DescribeVSwitches",
    also="Ecs",
    effect="read",
    optional="VSwitchId VSwitchName VpcId ZoneId IsDefault ResourceGroupId EnableIpv6 "
    "VSwitchOwnerId RouteTableId Tag.N.Key Tag.N.Value",
    paging=_PAGES,
    dry_run=True,
    denied="empty",
)
def describe_vswitches(call: Call) -> Answer:
    """List vSwitches; ids that do not exist are left out."""
    seen = call.look(VSwitch)
    if call.has("VSwitchId"):
        found = seen.ids(call.words("VSwitchId"))
    elif call.has("VpcId"):
        found = seen.by("vpc_id", call.text("VpcId"))
    else:
        found = seen.all()
    page = call.page(_PAGES, [vswitch for vswitch in found if _is_wanted(call, vswitch)])
    shown = [_shown(call, vswitch) for vswitch in page.rows]
    return {"VSwitches": {"VSwitch": shown}, **page.fields}


@action(
    "Vpc", "DescribeVSwitchAttributes", effect="read", required="VSwitchId", resource="VSwitchId"
)
def describe_vswitch_attributes(call: Call) -> Answer:
    """Show one vSwitch."""
    vswitch = call.look(VSwitch).get(call.text("VSwitchId"))
    if vswitch is None:
        raise NOT_FOUND.error()
    return _shown(call, vswitch)


@action(
    "Vpc",
    "ModifyVSwitchAttribute",
    effect="write",
    required="VSwitchId",
    optional="VSwitchName Description",
    resource="VSwitchId",
)
def modify_vswitch_attribute(call: Call) -> Answer:
    """Rename a vSwitch."""
    vswitch = call.need(VSwitch, call.text("VSwitchId"), NOT_FOUND)
    name = call.text("VSwitchName", vswitch.name)
    if len(name) > _LONGEST_NAME or name.startswith(("http://", "https://")):
        raise BAD_NAME.error()
    call.checked()
    vswitch.name = name
    vswitch.description = call.text("Description", vswitch.description)
    return {}


@action(
    "Vpc",
    "DeleteVSwitch",
    also="Ecs",
    effect="write",
    required="VSwitchId",
    resource="VSwitchId",
    dry_run=True,
)
def delete_vswitch(call: Call) -> Answer:
    """Delete a vSwitch that nothing lies in."""
    vswitch = call.need(VSwitch, call.text("VSwitchId"), NOT_FOUND)
    if vswitch.state != "Available":
        raise BAD_STATUS.error()
    inside = call.world.leaning_on("vswitch_id", vswitch.id)
    if inside:
        raise IN_USE.error(count=len(inside))
    call.checked()
    vswitch.vanish(call.world)
    return {}


def _block(call: Call, vpc: Vpc, siblings: list[VSwitch]) -> str:
    try:
        block = ipaddress.IPv4Network(call.text("CidrBlock"))
    except ValueError as error:
        raise BAD_CIDR.error() from error
    if block.prefixlen not in _MASKS or not block.subnet_of(ipaddress.IPv4Network(vpc.cidr_block)):
        raise BAD_CIDR.error()
    if any(block.overlaps(ipaddress.IPv4Network(each.cidr_block)) for each in siblings):
        raise OVERLAPS.error()
    return str(block)


def _ipv6_block(call: Call, vpc: Vpc) -> str:
    """Give the /64 that `Ipv6CidrBlock`, a number from 0 to 255, chooses in the VPC's /56."""
    number = call.integer("Ipv6CidrBlock", low=0, high=255, otherwise=BAD_IPV6)
    if number is None:
        return ""
    if not vpc.ipv6_cidr_block:
        raise BAD_IPV6.error()
    whole = ipaddress.IPv6Network(vpc.ipv6_cidr_block)
    return str(ipaddress.IPv6Network((int(whole.network_address) + (number << 64), 64)))


def _is_wanted(call: Call, vswitch: VSwitch) -> bool:
    default, ipv6 = call.boolean("IsDefault"), call.boolean("EnableIpv6")
    return (
        call.text("VpcId") in ("", vswitch.vpc_id)
        and call.text("ZoneId") in ("", vswitch.zone_id)
        and call.text("VSwitchName") in ("", vswitch.name)
        and call.text("ResourceGroupId") in ("", vswitch.resource_group_id)
        and call.text("VSwitchOwnerId") in ("", vswitch.account_id)
        and default in (None, vswitch.is_default)
        and ipv6 in (None, bool(vswitch.ipv6_cidr_block))
        and has_tags(vswitch, call.tag_filters())
    )


def _shown(call: Call, vswitch: VSwitch) -> dict[str, Any]:
    vpc = call.world.get(Vpc, vswitch.vpc_id)
    shown = {
        "VSwitchId": vswitch.id,
        "VSwitchName": vswitch.name,
        "VpcId": vswitch.vpc_id,
        "ZoneId": vswitch.zone_id,
        "Status": vswitch.state,
        "CidrBlock": vswitch.cidr_block,
        "Ipv6CidrBlock": vswitch.ipv6_cidr_block,
        "EnabledIpv6": bool(vswitch.ipv6_cidr_block),
        "AvailableIpAddressCount": call.world.part(Addresses).free(vswitch.id),
        "Description": vswitch.description,
        "CreationTime": to_second(vswitch.created_s),
        "IsDefault": vswitch.is_default,
        "OwnerId": int(vswitch.account_id),
        "ResourceGroupId": vswitch.resource_group_id,
        "NetworkAclId": "",
        "ShareType": "",
        "RouteTable": {
            "RouteTableId": vpc.route_table_id if vpc else "",
            "RouteTableType": "System",
        },
        "Tags": shown_tags(vswitch, "Key", "Value"),
    }
    return shown if call.product == "Vpc" else {k: v for k, v in shown.items() if k in _OLD}
