"""Elastic addresses: allocate, change, release; VPC's actions and ECS's old ones."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.limits import Quota
from cpikit_alicloud_simulator.products.vpc.eip import Eip, new_address
from cpikit_alicloud_simulator.refusal import INVALID, Refusal
from cpikit_alicloud_simulator.tagging import checked_tags
from cpikit_alicloud_simulator.world import World

EIPS = Quota("vpc.eips", 20, "EIPs of one account in one region.", 'EIP, "Limits": 20')

NOT_FOUND = Refusal(
    404, "InvalidAllocationId.NotFound", "The specified allocation ID does not exist."
)
NO_SUCH_REGION = Refusal(404, "Forbidden.RegionNotFound", "The specified region is not found.")
BAD_STATUS = Refusal(
    400, "IncorrectEipStatus", "The EIP is {state}, which does not support this operation."
)
NO_BALANCE = Refusal(400, "InsufficientBalance", "Your account does not have enough balance.")
NO_EIPS_HERE = Refusal(
    400, "InvalidRegion.NotSupport", "The specified region does not support EIPs."
)
BAD_GROUP = Refusal(400, "InvalidResourceGroupId", "The specified resource group ID is not valid.")
NO_GROUPS = Refusal(
    400, "OperationUnsupported.ResourceGroupId", "ResourceGroup is not supported in this region."
)
TOO_MANY = Refusal(400, "QuotaExceeded.Eip", "Elastic IP address quota exceeded: {quota}.")
NO_ADDRESS = Refusal(400, "ReserveIpFail", "Reserve eip failed.")
NOT_ALLOWED = Refusal(403, "Forbbiden", "User not authorized to operate on the specified resource.")
CONFLICT = Refusal(409, "OperationConflict", "The operation is conflicted with others.")
MANAGED = Refusal(400, "OperationDenied", "The operation is denied: the EIP is managed or locked.")

BOUND_TO = ("EcsInstance", "SlbInstance", "Nat", "HaVip", "NetworkInterface", "IpAddress")
_CHARGED = ("PayByBandwidth", "PayByTraffic")
_ISPS = ("BGP", "BGP_PRO")
_SINGLE_LINES = ("ChinaTelecom", "ChinaUnicom", "ChinaMobile")
_GROUP = re.compile(r"rg-[a-z0-9]{4,40}")


class EipSupply:
    """What Alibaba Cloud has of EIPs, and for whom; a world file's `[eip_supply]` sets it.

    `left` addresses in all (none: enough); regions `without_eips` and `without_groups` (resource
    groups); accounts with `no_balance`, and `single_line` that may take one carrier's addresses.
    """

    section: ClassVar[str] = "eip_supply"

    def __init__(self, world: World) -> None:  # noqa: ARG002  # what a part takes
        self.left: int | None = None
        self.without_eips: tuple[str, ...] = ()
        self.without_groups: tuple[str, ...] = ()
        self.no_balance: tuple[str, ...] = ()
        self.single_line: tuple[str, ...] = ()

    def declare(self, given: Mapping[str, Any]) -> None:
        """Take what a world file says."""
        for name, value in given.items():
            if name not in vars(self):
                raise ValueError(f"eip_supply: unknown {name!r}")
            setattr(self, name, value if name == "left" else tuple(value))


@action(
    "Vpc",
    "AllocateEipAddress",
    also="Ecs",
    effect="write",
    required="RegionId",
    optional="Bandwidth Description ISP InstanceChargeType InternetChargeType IpAddress Name "
    "Netmode ResourceGroupId Zone Tag.N.Key Tag.N.Value",
    token=True,
)
def allocate_eip_address(call: Call) -> Answer:
    """Take an address out of the supply."""
    bandwidth = call.integer("Bandwidth", 5, low=1, high=1000)
    charged = call.choice("InternetChargeType", _CHARGED, "PayByBandwidth")
    lasts = call.choice("InstanceChargeType", ("PostPaid", "PrePaid"), "PostPaid")
    isp = call.choice("ISP", (*_ISPS, *_SINGLE_LINES), "BGP")
    netmode = call.choice("Netmode", ("public",), "public")
    group = group_asked(call)
    tags = checked_tags(call)
    address = _wanted_address(call)
    supply = call.world.part(EipSupply)
    _check_supply(call, supply, isp)
    call.within(EIPS, call.count(Eip) + 1, TOO_MANY)
    call.checked()
    if supply.left is not None:
        supply.left -= 1
    eip = call.world.add(
        Eip(
            id=call.new_id(Eip),
            region_id=call.region_id,
            account_id=call.account_id,
            name=call.text("Name"),
            description=call.text("Description"),
            resource_group_id=group,
            tags=tags,
            ip_address=address or new_address(call.world),
            bandwidth=bandwidth,
            internet_charge_type=charged,
            charge_type=lasts,
            isp=isp,
            netmode=netmode,
            zone=call.text("Zone"),
        )
    )
    made: dict[str, Any] = {"AllocationId": eip.id, "EipAddress": eip.ip_address}
    if call.product == "Vpc":
        made["ResourceGroupId"] = eip.resource_group_id
    return made


@action(
    "Vpc",
    "ReleaseEipAddress",
    also="Ecs",
    effect="write",
    required="AllocationId",
    resource="AllocationId",
)
def release_eip_address(call: Call) -> Answer:
    """Give an address back; it must hang on nothing."""
    eip = call.need(Eip, call.text("AllocationId"), NOT_FOUND)
    if eip.state != "Available":
        raise BAD_STATUS.error(state=eip.state)
    if eip.service_managed:
        raise MANAGED.error()
    call.checked()
    supply = call.world.part(EipSupply)
    if supply.left is not None:
        supply.left += 1
    eip.vanish(call.world)
    return {}


@action(
    "Vpc",
    "ModifyEipAddressAttribute",
    effect="write",
    required="AllocationId",
    optional="Bandwidth Description Name",
    resource="AllocationId",
)
def modify_eip_address_attribute(call: Call) -> Answer:
    """Change name, description and bandwidth."""
    eip = call.need(Eip, call.text("AllocationId"), NOT_FOUND)
    bandwidth = call.integer("Bandwidth", eip.bandwidth, low=1, high=1000)
    if eip.lock:
        raise BAD_STATUS.error(state=f"locked for {eip.lock} reasons")
    call.checked()
    eip.bandwidth = bandwidth
    eip.name = call.text("Name", eip.name)
    eip.description = call.text("Description", eip.description)
    return {}


def group_asked(call: Call) -> str:
    """Give the resource group that a call names; the old actions know none."""
    has_none = call.region_id in call.world.part(EipSupply).without_groups
    if call.has("ResourceGroupId") and (has_none or call.product == "Ecs"):
        raise NO_GROUPS.error()
    return call.matching("ResourceGroupId", _GROUP, otherwise=BAD_GROUP)


def _wanted_address(call: Call) -> str:
    """Give the address that was asked for by name, if it may be had."""
    wanted = call.text("IpAddress")
    if not wanted:
        return ""
    try:
        is_public = ipaddress.IPv4Address(wanted).is_global
    except ValueError as error:
        raise INVALID.error(name="IpAddress") from error
    if not is_public:
        raise INVALID.error(name="IpAddress")
    if call.world.by(Eip, "ip_address", wanted):
        raise CONFLICT.error()
    return wanted


def _check_supply(call: Call, supply: EipSupply, isp: str) -> None:
    if call.region_id in supply.without_eips:
        raise NO_EIPS_HERE.error()
    if call.account_id in supply.no_balance:
        raise NO_BALANCE.error()
    if isp in _SINGLE_LINES and call.account_id not in supply.single_line:
        raise NOT_ALLOWED.error()
    if supply.left is not None and supply.left < 1:
        raise NO_ADDRESS.error()
