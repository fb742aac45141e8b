"""Write an instance as DescribeInstances and DescribeInstanceAttribute do."""

from __future__ import annotations

from typing import Any

from cpikit_alicloud_simulator.call import shown_tags
from cpikit_alicloud_simulator.products.ecs.instance import Instance
from cpikit_alicloud_simulator.products.ecs.kinds import Image, Interface
from cpikit_alicloud_simulator.times import to_minute
from cpikit_alicloud_simulator.world import World

_NEVER = "2099-12-31T15:59Z"
_MIB_PER_GIB = 1024
_LOCKS = {"security": "security", "financial": "financial", "recycling": "Recycling"}


def common(world: World, instance: Instance) -> dict[str, Any]:
    """Give what both answers have."""
    type_, primary = instance.type, instance.primary(world)
    ends_s = instance.expires_s
    return {
        "InstanceId": instance.id,
        "InstanceName": instance.name,
        "Description": instance.description,
        "HostName": instance.host_name,
        "RegionId": instance.region_id,
        "ZoneId": instance.zone_id,
        "ClusterId": "",
        "Status": instance.state,
        "StoppedMode": instance.stopped_mode,
        "InstanceType": instance.type_id,
        "Cpu": type_.cpus,
        "Memory": int(type_.memory_gib * _MIB_PER_GIB),
        "ImageId": instance.image_id,
        "InstanceNetworkType": "vpc",
        "InstanceChargeType": instance.charge_type,
        "CreationTime": to_minute(instance.created_s),
        "ExpiredTime": to_minute(ends_s) if ends_s else _NEVER,
        "InternetChargeType": instance.internet_charge_type,
        "InternetMaxBandwidthIn": instance.bandwidth_in,
        "InternetMaxBandwidthOut": instance.bandwidth_out,
        "SerialNumber": instance.serial_number,
        "VlanId": "",
        "CreditSpecification": instance.credit,
        **_network(instance, primary),
        "EipAddress": _eip(instance),
        "OperationLocks": {"LockReason": _locks(instance)},
        "DedicatedHostAttribute": {
            "DedicatedHostId": instance.dedicated_host_id,
            "DedicatedHostName": "",
        },
    }


def _network(instance: Instance, primary: Interface | None) -> dict[str, Any]:
    return {
        "SecurityGroupIds": {
            "SecurityGroupId": list(primary.security_group_ids) if primary else []
        },
        "PublicIpAddress": {"IpAddress": [instance.public_ip] if instance.public_ip else []},
        "InnerIpAddress": {"IpAddress": []},
        "VpcAttributes": {
            "VpcId": instance.vpc_id,
            "VSwitchId": instance.vswitch_id,
            "NatIpAddress": "",
            "PrivateIpAddress": {"IpAddress": [primary.primary_ip] if primary else []},
        },
    }


def row(world: World, instance: Instance) -> dict[str, Any]:
    """Give a row of DescribeInstances."""
    family = instance.type.family
    image = world.get(Image, instance.image_id)
    return {
        **common(world, instance),
        "InstanceTypeFamily": family.id,
        "IoOptimized": family.io_optimized,
        "OSName": image.os_name if image else "",
        "OSNameEn": image.os_name if image else "",
        "OSType": image.os_type if image else "linux",
        "StartTime": to_minute(instance.started_s) if instance.started_s else "",
        "AutoReleaseTime": instance.auto_release,
        "DeletionProtection": instance.deletion_protection,
        "DeviceAvailable": True,
        "GPUAmount": instance.type.gpus,
        "GPUSpec": family.gpu,
        "HpcClusterId": instance.hpc_cluster_id,
        "KeyPairName": instance.key_pair_name,
        "LocalStorageAmount": 1 if family.local_disk else 0,
        "LocalStorageCapacity": family.local_gib,
        "Recyclable": False,
        "ResourceGroupId": instance.resource_group_id,
        "SaleCycle": "",
        "NetworkInterfaces": {
            "NetworkInterface": [_interface(each) for each in instance.interfaces(world)]
        },
        "RdmaIpAddress": {"IpAddress": []},
        "ISP": "",
        "Tags": shown_tags(instance),
        **_placement(instance),
    }


def _placement(instance: Instance) -> dict[str, Any]:
    return {
        "SpotStrategy": instance.spot_strategy,
        "SpotPriceLimit": instance.spot_price_limit,
        "SpotDuration": instance.spot_duration,
        "SpotInterruptionBehavior": instance.spot_interruption,
        "DeploymentSetId": instance.deployment_set_id,
        "DeploymentSetGroupNo": instance.deployment_group,
        "DedicatedInstanceAttribute": {"Tenancy": instance.tenancy, "Affinity": instance.affinity},
        "EcsCapacityReservationAttr": {
            "CapacityReservationId": instance.private_pool_id,
            "CapacityReservationPreference": instance.private_pool_match.lower(),
        },
        "HibernationOptions": {"Configured": False},
        "CpuOptions": {
            "CoreCount": max(1, instance.type.cpus // 2),
            "ThreadsPerCore": 2 if instance.type.cpus > 1 else 1,
            "Numa": "",
        },
        "MetadataOptions": {
            "HttpEndpoint": instance.http_endpoint,
            "HttpTokens": instance.http_tokens,
            "HttpPutResponseHopLimit": instance.http_hops,
        },
    }


def attribute(world: World, instance: Instance) -> dict[str, Any]:
    """Give the answer of DescribeInstanceAttribute: flat, without disks and interfaces."""
    io = "optimized" if instance.type.family.io_optimized else "none"
    shown = {**common(world, instance), "IoOptimized": io}
    shown["EipAddress"] = {
        name: value for name, value in shown["EipAddress"].items() if name != "IsSupportUnassociate"
    }
    shown["OperationLocks"] = {
        "LockReason": [{"LockReason": each["LockReason"]} for each in _locks(instance)]
    }
    return shown


def _interface(interface: Interface) -> dict[str, Any]:
    return {
        "NetworkInterfaceId": interface.id,
        "MacAddress": interface.mac,
        "Type": interface.type,
        "PrimaryIpAddress": interface.primary_ip,
        "PrivateIpSets": {
            "PrivateIpSet": [
                {"PrivateIpAddress": address, "Primary": address == interface.primary_ip}
                for address in interface.addresses
            ]
        },
        "Ipv6Sets": {"Ipv6Set": [{"Ipv6Address": each} for each in interface.ipv6s]},
    }


def _eip(instance: Instance) -> dict[str, Any]:
    eip = instance.eip
    if eip is None:
        return {"AllocationId": "", "IpAddress": "", "InternetChargeType": ""}
    return {
        "AllocationId": eip.allocation_id,
        "IpAddress": eip.ip_address,
        "Bandwidth": eip.bandwidth,
        "InternetChargeType": eip.internet_charge_type,
        "IsSupportUnassociate": True,
    }


def _locks(instance: Instance) -> list[dict[str, str]]:
    reason = _LOCKS.get(instance.lock)
    return [{"LockReason": reason, "LockMsg": ""}] if reason else []
