"""DescribeEipAddresses, as VPC answers it and as ECS did."""

from __future__ import annotations

from typing import Any

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call, has_tags, shown_tags
from cpikit_alicloud_simulator.paging import Paging
from cpikit_alicloud_simulator.products.vpc.eip import Eip
from cpikit_alicloud_simulator.products.vpc.eips import BOUND_TO, NO_SUCH_REGION, group_asked
from cpikit_alicloud_simulator.refusal import INVALID, Refusal
from cpikit_alicloud_simulator.times import to_second

_PAGES = Paging(default=10, maximum=100)  # VPC 2016-04-28, DescribeEipAddresses: PageSize
BAD_CHARGE_TYPE = Refusal(
    400, "InvalidChargeType.ValueNotSupported", "The ChargeType is not supported."
)
BAD_ASSOCIATED_TYPE = Refusal(
    400,
    "InvalidIAssociatedInstanceType.ValueNotSupported",  # spelled so in the documents
    "The specified AssociatedInstanceType is not supported.",
)
BAD_LOCK_REASON = Refusal(
    404, "InvalidLockReason.NotFound", "The specified lock reason is not found."
)
_STATES = ("Available", "Associating", "InUse", "Unassociating")
_MOST_AT_ONCE = 50  # VPC 2016-04-28, DescribeEipAddresses: ids and addresses by comma
# What the deprecated ECS-namespace action answers; the rest is VPC's own.
_OLD = frozenset(
    """
    AllocationId AllocationTime Bandwidth ChargeType EipBandwidth ExpiredTime InstanceId
    InstanceType InternetChargeType IpAddress OperationLocks RegionId Status
    """.split()
)


@action(
    "Vpc",
    "DescribeEipAddresses",
    also="Ecs",
    effect="read",
    required="RegionId",
    optional="AllocationId EipAddress EipName Status ChargeType ISP LockReason ResourceGroupId "
    "AssociatedInstanceId AssociatedInstanceType ServiceManaged Tag.N.Key Tag.N.Value",
    paging=_PAGES,
    dry_run=True,
    denied="empty",
    unknown_region=NO_SUCH_REGION,
)
def describe_eip_addresses(call: Call) -> Answer:
    """List addresses; ids and addresses that do not exist are left out."""
    page = call.page(_PAGES, _found(call))
    rows = [_shown(call, eip) for eip in page.rows]
    return {"EipAddresses": {"EipAddress": rows}, **page.fields}


def _found(call: Call) -> list[Eip]:
    seen = call.look(Eip)
    if call.has("AllocationId"):
        found = seen.ids(_few(call, "AllocationId"))
    elif call.has("EipAddress"):
        found = [e for one in _few(call, "EipAddress") for e in seen.by("ip_address", one)]
    elif call.has("AssociatedInstanceId"):
        found = seen.by("instance_id", call.text("AssociatedInstanceId"))
    else:
        found = list(seen.all())
    tests = _tests(call)
    tags = call.tag_filters()
    return [eip for eip in found if all(test(eip) for test in tests) and has_tags(eip, tags)]


def _tests(call: Call) -> list[Any]:
    """Make the conditions that a Describe names beside ids."""
    state = call.choice("Status", _STATES)
    charge = call.choice("ChargeType", ("PostPaid", "PrePaid"), otherwise=BAD_CHARGE_TYPE)
    bound = call.choice("AssociatedInstanceType", BOUND_TO, otherwise=BAD_ASSOCIATED_TYPE)
    lock = call.choice("LockReason", ("financial", "security"), otherwise=BAD_LOCK_REASON)
    group, isp, name = group_asked(call), call.text("ISP"), call.text("EipName")
    on, managed = call.text("AssociatedInstanceId"), call.boolean("ServiceManaged")
    return [
        lambda eip: state in ("", eip.state) and charge in ("", eip.charge_type),
        lambda eip: bound in ("", eip.instance_type) and lock in ("", eip.lock),
        lambda eip: group in ("", eip.resource_group_id) and isp in ("", eip.isp),
        lambda eip: name in ("", eip.name) and on in ("", eip.instance_id),
        lambda eip: managed in (None, eip.service_managed),
    ]


def _few(call: Call, name: str) -> list[str]:
    words = call.words(name)
    if len(words) > _MOST_AT_ONCE:
        raise INVALID.error(name=name)
    return words


def _shown(call: Call, eip: Eip) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "AllocationId": eip.id,
        "IpAddress": eip.ip_address,
        "Status": eip.state,
        "RegionId": eip.region_id,
        "InstanceId": eip.instance_id,
        "InstanceType": eip.instance_type,
        "InstanceRegionId": eip.region_id if eip.instance_id else "",
        "PrivateIpAddress": eip.private_ip,
        "VpcId": eip.vpc_id,
        "Bandwidth": str(eip.bandwidth),
        "EipBandwidth": str(eip.bandwidth),
        "InternetChargeType": eip.internet_charge_type,
        "ChargeType": eip.charge_type,
        "AllocationTime": to_second(eip.created_s),
        "ExpiredTime": "",
        "BusinessStatus": "FinancialLocked" if eip.lock == "financial" else "Normal",
        "OperationLocks": {"LockReason": [{"LockReason": eip.lock}] if eip.lock else []},
        "ISP": eip.isp,
        "Netmode": eip.netmode,
        "Mode": eip.mode,
        "Zone": eip.zone,
        "Name": eip.name,
        "Description": eip.description,
        "DeletionProtection": False,
        "SecondLimited": False,
        "HDMonitorStatus": "OFF",
        "HasReservationData": "false",
        "ServiceManaged": int(eip.service_managed),
        "ResourceGroupId": eip.resource_group_id,
        "SecurityProtectionTypes": {"SecurityProtectionType": []},
        "Tags": shown_tags(eip, "Key", "Value"),
    }
    return shown if call.product == "Vpc" else {k: v for k, v in shown.items() if k in _OLD}
