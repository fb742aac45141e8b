"""Load balancers: create, describe, delete."""

from __future__ import annotations

import re
from typing import Any

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call, has_tags, shown_tags
from cpikit_alicloud_simulator.limits import Quota
from cpikit_alicloud_simulator.paging import Paging
from cpikit_alicloud_simulator.products.slb.kinds import LoadBalancer, VServerGroup
from cpikit_alicloud_simulator.products.slb.wording import (
    address_of,
    balancer_named,
    shown_backend,
)
from cpikit_alicloud_simulator.products.vpc.addresses import Addresses
from cpikit_alicloud_simulator.products.vpc.eip import eips_on, new_address
from cpikit_alicloud_simulator.products.vpc.vswitches import VSwitch
from cpikit_alicloud_simulator.refusal import INVALID, Refusal
from cpikit_alicloud_simulator.tagging import checked_tags
from cpikit_alicloud_simulator.times import to_second

BALANCERS = Quota("slb.load_balancers", 60, "Load balancers of an account.", 'CLB, "Quotas": 60')
_PAGES = Paging(default=50, maximum=100)  # SLB 2014-05-15, DescribeLoadBalancers: PageSize

NO_VSWITCH = Refusal(
    404, "InvalidVSwitchId.NotFound", "The specified VSwitchId does not exist.", "assumed"
)
NO_IP = Refusal(400, "IpNotEnough", "The vSwitch has no free address.", "assumed")
IP_TAKEN = Refusal(400, "IpAddressInUse", "The address is in use.", "assumed")
TOO_MANY = Refusal(
    400, "QuotaLimitExceeds", "The quota of load balancers is exceeded: {quota}.", "assumed"
)
PROTECTED = Refusal(400, "OperationFailed.DeleteProtection", "Delete protection is on.", "assumed")
IN_USE = Refusal(
    400, "OperationFailed.EipBound", "The load balancer has an EIP: take it off.", "assumed"
)
_LISTED_ONLY = "InternetChargeTypeAlias"
_CHARGED = ("paybytraffic", "paybybandwidth")
_SPEC = re.compile(r"slb\.s[1-4]\.[a-z]+|slb\.lcu\.elastic")


@action(
    "Slb",
    "CreateLoadBalancer",
    effect="write",
    required="RegionId",
    optional="LoadBalancerName AddressType InternetChargeType Bandwidth VpcId VSwitchId Address "
    "LoadBalancerSpec PayType InstanceChargeType MasterZoneId SlaveZoneId DeleteProtection "
    "ModificationProtectionStatus ModificationProtectionReason ResourceGroupId AddressIPVersion "
    "Tag.N.Key Tag.N.Value",
    token=True,
)
def create_load_balancer(call: Call) -> Answer:
    """Make a load balancer; with a vSwitch it is an inner one."""
    vswitch = _vswitch(call)
    default_type = "intranet" if vswitch else "internet"
    address_type = call.choice("AddressType", ("internet", "intranet"), default_type)
    if vswitch and address_type == "internet":
        raise INVALID.error(name="AddressType")
    made = LoadBalancer(
        id=call.new_id(LoadBalancer),
        region_id=call.region_id,
        account_id=call.account_id,
        name=call.text("LoadBalancerName"),
        resource_group_id=call.text("ResourceGroupId"),
        tags=checked_tags(call),
        address_type=address_type,
        internet_charge_type=call.choice("InternetChargeType", _CHARGED, "paybytraffic"),
        bandwidth=call.integer("Bandwidth", 5, low=1, high=5000),
        vpc_id=vswitch.vpc_id if vswitch else "",
        vswitch_id=vswitch.id if vswitch else "",
        spec=call.matching("LoadBalancerSpec", _SPEC, "slb.s1.small"),
        charge_type=call.choice("PayType", ("PayOnDemand", "PrePay"), "PayOnDemand"),
        master_zone_id=_zone(call, "MasterZoneId", 0),
        slave_zone_id=_zone(call, "SlaveZoneId", 1),
        delete_protection=call.choice("DeleteProtection", ("on", "off"), "off") == "on",
        modification_protection=call.text("ModificationProtectionStatus") == "ConsoleProtection",
        protection_reason=call.text("ModificationProtectionReason"),
    )
    call.choice("AddressIPVersion", ("ipv4",), "ipv4")
    wanted = _free_address(call, vswitch)
    call.within(BALANCERS, call.count(LoadBalancer) + 1, TOO_MANY)
    call.checked()
    if vswitch:
        made.address = call.world.part(Addresses).take(vswitch.id, made.id, wanted)
    else:
        made.address = new_address(call.world)
    call.world.add(made)
    return {
        "LoadBalancerId": made.id,
        "LoadBalancerName": made.name,
        "Address": made.address,
        "AddressIPVersion": "ipv4",
        "NetworkType": _network_type(made),
        "VpcId": made.vpc_id,
        "VSwitchId": made.vswitch_id,
        "ResourceGroupId": made.resource_group_id,
    }


@action(
    "Slb",
    "DeleteLoadBalancer",
    effect="write",
    required="LoadBalancerId",
    resource="LoadBalancerId",
)
def delete_load_balancer(call: Call) -> Answer:
    """Delete a load balancer with its listeners and VServer groups."""
    balancer = balancer_named(call)
    if balancer.delete_protection:
        raise PROTECTED.error()
    if eips_on(call, balancer.id):
        raise IN_USE.error()
    call.checked()
    balancer.vanish(call.world)
    return {}


@action(
    "Slb",
    "SetLoadBalancerDeleteProtection",
    effect="write",
    required="DeleteProtection LoadBalancerId",
    resource="LoadBalancerId",
)
def set_load_balancer_delete_protection(call: Call) -> Answer:
    """Protect a load balancer from being deleted, or no more."""
    balancer = balancer_named(call)
    wanted = call.choice("DeleteProtection", ("on", "off"))
    call.checked()
    balancer.delete_protection = wanted == "on"
    return {}


@action(
    "Slb",
    "DescribeLoadBalancers",
    effect="read",
    optional="LoadBalancerId LoadBalancerName LoadBalancerStatus Address AddressType "
    "InternetChargeType NetworkType PayType ServerId MasterZoneId SlaveZoneId VpcId VSwitchId "
    "ResourceGroupId Tag.N.Key Tag.N.Value",
    paging=_PAGES,
    denied="empty",
)
def describe_load_balancers(call: Call) -> Answer:
    """List load balancers; ids that do not exist are left out."""
    seen = call.look(LoadBalancer)
    found = seen.ids(call.words("LoadBalancerId")) if call.has("LoadBalancerId") else seen.all()
    tags = call.tag_filters()
    kept = [each for each in found if _fits(call, each) and has_tags(each, tags)]
    page = call.page(_PAGES, kept)
    return {"LoadBalancers": {"LoadBalancer": [_shown(each) for each in page.rows]}, **page.fields}


@action(
    "Slb",
    "DescribeLoadBalancerAttribute",
    effect="read",
    required="LoadBalancerId",
    resource="LoadBalancerId",
)
def describe_load_balancer_attribute(call: Call) -> Answer:
    """Show one load balancer with its listeners and its default server group."""
    balancer = balancer_named(call, writes=False)
    ports = [each.port for each in balancer.listeners]
    listened = [
        {
            "ListenerPort": each.port,
            "ListenerProtocol": each.protocol,
            "ListenerForward": "off",
            "ForwardPort": 0,
            "Description": each.description,
        }
        for each in balancer.listeners
    ]
    misspelt = [
        {"ListenerPort": each.port, "ListenerProtocal": each.protocol}
        for each in balancer.listeners
    ]
    servers = [
        {
            **shown_backend(each),
            "Description": each.description,
            "ServerIp": address_of(call, each),
        }
        for each in balancer.backends
    ]
    return {
        **{name: value for name, value in _shown(balancer).items() if name != _LISTED_ONLY},
        "AutoReleaseTime": 0,
        "EndTime": "2999-09-08T16:00Z",  # what answers for pay-as-you-go show
        "EndTimeStamp": 32493801600000,
        "ListenerPorts": {"ListenerPort": ports},
        "ListenerPortsAndProtocol": {"ListenerPortAndProtocol": listened},
        "ListenerPortsAndProtocal": {"ListenerPortAndProtocal": misspelt},
        "BackendServers": {"BackendServer": servers},
    }


def _vswitch(call: Call) -> VSwitch | None:
    if not call.has("VSwitchId"):
        return None
    vswitch = call.need(VSwitch, call.text("VSwitchId"), NO_VSWITCH)
    if call.text("VpcId", vswitch.vpc_id) != vswitch.vpc_id:
        raise INVALID.error(name="VpcId")
    return vswitch


def _free_address(call: Call, vswitch: VSwitch | None) -> str:
    """Give the address that was asked for, once it is known to be free."""
    wanted = call.text("Address")
    if vswitch is None:
        if wanted:
            raise INVALID.error(name="Address")
        return ""
    addresses = call.world.part(Addresses)
    if wanted and not addresses.belongs(vswitch.id, wanted):
        raise INVALID.error(name="Address")
    if wanted and addresses.holder(vswitch.id, wanted) is not None:
        raise IP_TAKEN.error()
    if addresses.free(vswitch.id) < 1:
        raise NO_IP.error()
    return wanted


def _zone(call: Call, name: str, place: int) -> str:
    zones = call.world.regions[call.region_id].zones
    default = zones[place % len(zones)]
    return call.choice(name, zones, default)


def _network_type(balancer: LoadBalancer) -> str:
    return "vpc" if balancer.vpc_id else "classic"


def _fits(call: Call, balancer: LoadBalancer) -> bool:
    """Say whether a load balancer fits all that a Describe filters by."""
    names = call.words("LoadBalancerName")
    server = call.text("ServerId")
    wanted = {
        "LoadBalancerStatus": balancer.state,
        "Address": balancer.address,
        "AddressType": balancer.address_type,
        "InternetChargeType": balancer.internet_charge_type,
        "NetworkType": _network_type(balancer),
        "PayType": balancer.charge_type,
        "MasterZoneId": balancer.master_zone_id,
        "SlaveZoneId": balancer.slave_zone_id,
        "VpcId": balancer.vpc_id,
        "VSwitchId": balancer.vswitch_id,
        "ResourceGroupId": balancer.resource_group_id,
    }
    return (
        all(call.text(name) in ("", value) for name, value in wanted.items())
        and (not names or balancer.name in names)
        and (not server or server in _servers(call, balancer))
    )


def _servers(call: Call, balancer: LoadBalancer) -> set[str]:
    groups = call.world.by(VServerGroup, "load_balancer_id", balancer.id)
    return {*balancer.instance_ids, *(one for group in groups for one in group.instance_ids)}


def _shown(balancer: LoadBalancer) -> dict[str, Any]:
    return {
        "LoadBalancerId": balancer.id,
        "LoadBalancerName": balancer.name,
        "LoadBalancerStatus": balancer.state,
        "LoadBalancerSpec": balancer.spec,
        "Address": balancer.address,
        "AddressType": balancer.address_type,
        "AddressIPVersion": "ipv4",
        "NetworkType": _network_type(balancer),
        "InternetChargeType": balancer.internet_charge_type,
        "InternetChargeTypeAlias": balancer.internet_charge_type,
        "Bandwidth": balancer.bandwidth,
        "VpcId": balancer.vpc_id,
        "VSwitchId": balancer.vswitch_id,
        "RegionId": balancer.region_id,
        "RegionIdAlias": balancer.region_id,
        "MasterZoneId": balancer.master_zone_id,
        "SlaveZoneId": balancer.slave_zone_id,
        "PayType": balancer.charge_type,
        "InstanceChargeType": "PayBySpec",
        "CreateTime": to_second(balancer.created_s),
        "CreateTimeStamp": int(balancer.created_s * 1000),
        "DeleteProtection": "on" if balancer.delete_protection else "off",
        "ModificationProtectionStatus": (
            "ConsoleProtection" if balancer.modification_protection else "NonProtection"
        ),
        "ModificationProtectionReason": balancer.protection_reason,
        "ResourceGroupId": balancer.resource_group_id,
        "Tags": shown_tags(balancer),
    }
