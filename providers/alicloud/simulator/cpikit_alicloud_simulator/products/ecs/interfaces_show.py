"""List network interfaces, and show one."""

from __future__ import annotations

from typing import Any

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call, has_tags, shown_tags
from cpikit_alicloud_simulator.paging import Paging
from cpikit_alicloud_simulator.products.ecs import interfaces_refusals as refusals
from cpikit_alicloud_simulator.products.ecs.kinds import Interface
from cpikit_alicloud_simulator.products.vpc.vpcs import Vpc
from cpikit_alicloud_simulator.refusal import INVALID
from cpikit_alicloud_simulator.times import to_second

_PAGES = Paging(default=10, maximum=500, least=10, tokens=True)
"""ECS 2014-05-26, DescribeNetworkInterfaces: MaxResults."""
_MOST_IDS = 100


@action(
    "Ecs",
    "DescribeNetworkInterfaces",
    effect="read",
    required="RegionId",
    optional="""
    NetworkInterfaceId.N InstanceId VpcId VSwitchId SecurityGroupId PrimaryIpAddress
    PrivateIpAddress.N Ipv6Address.N NetworkInterfaceName Type Status ServiceManaged
    ResourceGroupId Tag.N.Key Tag.N.Value
    """,
    paging=_PAGES,
    denied="empty",
    unknown_region=refusals.BAD_REGION,
)
def describe_network_interfaces(call: Call) -> Answer:
    """List interfaces; ids that do not exist are left out."""
    refusals.demand_allowed(call)
    ids = call.texts("NetworkInterfaceId")
    if len(ids) > _MOST_IDS:
        raise INVALID.error(name="NetworkInterfaceId")
    if call.has("VpcId") and call.look(Vpc).get(call.text("VpcId")) is None:
        raise refusals.NO_VPC.error()
    call.choice("Type", ("Primary", "Secondary", "Trunk", "Member"))
    call.boolean("ServiceManaged")
    seen = call.look(Interface)
    if ids:
        found = seen.ids(ids)
    elif call.has("InstanceId"):
        found = seen.by("instance_id", call.text("InstanceId"))
    elif call.has("VSwitchId"):
        found = seen.by("vswitch_id", call.text("VSwitchId"))
    else:
        found = seen.all()
    page = call.page(_PAGES, [each for each in found if _is_wanted(call, each)])
    rows = [shown(call, each) for each in page.rows]
    return {"NetworkInterfaceSets": {"NetworkInterfaceSet": rows}, **page.fields}


@action(
    "Ecs",
    "DescribeNetworkInterfaceAttribute",
    effect="read",
    required="NetworkInterfaceId",
    resource="NetworkInterfaceId",
)
def describe_network_interface_attribute(call: Call) -> Answer:
    """Show one interface."""
    interface = call.look(Interface).get(call.text("NetworkInterfaceId"))
    if interface is None:
        raise refusals.NOT_FOUND.error()
    every = shown(call, interface)
    del every["ServiceManaged"]
    return every


def _is_wanted(call: Call, interface: Interface) -> bool:
    privates, ipv6s = set(call.texts("PrivateIpAddress")), set(call.texts("Ipv6Address"))
    return (
        call.text("InstanceId") in ("", interface.instance_id)
        and call.text("VpcId") in ("", interface.vpc_id)
        and call.text("VSwitchId") in ("", interface.vswitch_id)
        and call.text("SecurityGroupId") in ("", *interface.security_group_ids)
        and call.text("PrimaryIpAddress") in ("", interface.primary_ip)
        and (not privates or not privates.isdisjoint(interface.addresses))
        and (not ipv6s or not ipv6s.isdisjoint(interface.ipv6s))
        and call.text("NetworkInterfaceName") in ("", interface.name)
        and call.text("Type") in ("", interface.type)
        and call.text("Status") in ("", interface.state)
        and call.text("ResourceGroupId") in ("", interface.resource_group_id)
        and call.boolean("ServiceManaged") in (None, interface.service_managed)
        and has_tags(interface, call.tag_filters())
    )


def shown(call: Call, interface: Interface) -> dict[str, Any]:
    """Give all that is said of an interface."""
    public = _publics(call, interface)
    private_ips = [
        {
            "PrivateIpAddress": address,
            "Primary": address == interface.primary_ip,
            **({"AssociatedPublicIp": public[address]} if address in public else {}),
        }
        for address in interface.addresses
    ]
    attachment: dict[str, Any] = {"InstanceId": interface.instance_id}
    if interface.device_index is not None and interface.instance_id:
        attachment["DeviceIndex"] = interface.device_index
    found: dict[str, Any] = {
        "NetworkInterfaceId": interface.id,
        "NetworkInterfaceName": interface.name,
        "Description": interface.description,
        "Status": interface.state,
        "Type": interface.type,
        "InstanceId": interface.instance_id,
        "Attachment": attachment,
        "VpcId": interface.vpc_id,
        "VSwitchId": interface.vswitch_id,
        "ZoneId": interface.zone_id,
        "MacAddress": interface.mac,
        "PrivateIpAddress": interface.primary_ip,
        "PrivateIpSets": {"PrivateIpSet": private_ips},
        "Ipv6Sets": {"Ipv6Set": [{"Ipv6Address": each} for each in interface.ipv6s]},
        "Ipv4PrefixSets": {
            "Ipv4PrefixSet": [{"Ipv4Prefix": each} for each in interface.ipv4_prefixes]
        },
        "Ipv6PrefixSets": {
            "Ipv6PrefixSet": [{"Ipv6Prefix": each} for each in interface.ipv6_prefixes]
        },
        "AssociatedPublicIp": public.get(interface.primary_ip, {}),
        "SecurityGroupIds": {"SecurityGroupId": list(interface.security_group_ids)},
        "DeleteOnRelease": interface.delete_on_release,
        "NetworkInterfaceTrafficMode": interface.traffic_mode,
        "SourceDestCheck": interface.source_dest_check,
        "ServiceManaged": interface.service_managed,
        "OwnerId": interface.account_id,
        "ResourceGroupId": interface.resource_group_id,
        "CreationTime": to_second(interface.created_s),
        "Tags": shown_tags(interface),
    }
    if interface.queue_number is not None:
        found["QueueNumber"] = interface.queue_number
    return found


def _publics(call: Call, interface: Interface) -> dict[str, dict[str, str]]:
    """Give the elastic addresses on an interface, by the private address that they stand for."""
    found = call.world.leaning_on("instance_id", interface.id)
    if interface.type == "Primary" and interface.instance_id:
        found += call.world.leaning_on("instance_id", interface.instance_id)
    return {
        str(getattr(each, "private_ip", "")): {
            "AllocationId": each.id,
            "PublicIpAddress": str(getattr(each, "ip_address", "")),
        }
        for each in found
        if each.kind == "eip"
    }
