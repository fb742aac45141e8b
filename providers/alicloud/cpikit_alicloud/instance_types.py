"""Instance types: how their disks appear, and which one fits vm_resources.

Source: ECS 2014-05-26, DescribeInstanceTypes, DescribeAvailableResource.
"""

from __future__ import annotations

from cpikit.errors import CloudError
from cpikit_alicloud.devices import is_nvme

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from cpikit.types import VmResources
    from cpikit_alicloud.session import Session

_MIB_PER_GIB = 1024
_FLEXIBLE = "supported"


def nvme_support(session: Session, types: Sequence[str]) -> dict[str, str]:
    """NvmeSupport of each type: required, supported or unsupported; absent where ECS has none."""
    rows = session.client.listed(
        "Ecs",
        "DescribeInstanceTypes",
        {"InstanceTypes": sorted(set(types))},
        "InstanceTypes",
        "InstanceType",
    )
    return {str(r.get("InstanceTypeId")): str(r.get("NvmeSupport") or "") for r in rows}


def uses_nvme(session: Session, instance_type: str, image_id: str) -> bool:
    """Whether disks of such a VM appear as NVMe; the image is asked only where it decides."""
    support = nvme_support(session, [instance_type]).get(instance_type, "")
    image_supports = support == _FLEXIBLE and image_supports_nvme(session, image_id)
    return is_nvme(support, image_supports=image_supports)


def image_supports_nvme(session: Session, image_id: str) -> bool:
    """Whether the image is marked as able to boot from NVMe and see NVMe disks."""
    return image_features(session, image_id).get("NvmeSupport") == "supported"


def image_features(session: Session, image_id: str) -> Mapping[str, Any]:
    """Features of the image, whatever its state; empty where there is none."""
    rows = session.client.listed(
        "Ecs",
        "DescribeImages",
        {"ImageId": image_id, "Status": "Creating,Waiting,Available,UnAvailable,CreateFailed"},
        "Images",
        "Image",
    )
    return (rows[0].get("Features") or {}) if rows else {}


def cloud_properties(session: Session, wanted: VmResources) -> dict[str, Any]:
    """The cloud_properties of a VM with at least these resources.

    A function of the request, the zone and the types sold there, never of what is in stock at the
    moment: the Director would recreate whole deployments whenever the answer changed.
    """
    zone = session.config.availability_zone
    sold = _sold(session, zone)
    rows = session.client.listed(
        "Ecs",
        "DescribeInstanceTypes",
        {
            "MinimumCpuCoreCount": wanted.cpu,
            "MinimumMemorySize": f"{wanted.ram / _MIB_PER_GIB:g}",
        },
        "InstanceTypes",
        "InstanceType",
    )
    chosen = smallest(rows, sold, wanted)
    if chosen is None:
        where = f"zone {zone}" if zone else f"all zones of {session.client.region}"
        raise CloudError(
            f"no instance type sold in {where} has {wanted.cpu} CPUs and {wanted.ram} MiB of "
            "memory: ask for less in vm_resources, or name an instance_type in a vm_type"
        )
    ephemeral: object = {"size": wanted.ephemeral_disk_size}
    return {
        "instance_type": chosen,
        "ephemeral_disk": ephemeral if wanted.ephemeral_disk_size else "none",
    }


def smallest(
    rows: Iterable[Mapping[str, Any]], sold: frozenset[str], wanted: VmResources
) -> str | None:
    """The smallest plain type by CPUs, memory and id, None when none is large enough."""
    fitting = [
        (int(row.get("CpuCoreCount") or 0), float(row.get("MemorySize") or 0), str(id_))
        for row in rows
        if (id_ := row.get("InstanceTypeId")) in sold and _is_plain(row)
    ]
    enough = [
        one for one in fitting if one[0] >= wanted.cpu and one[1] * _MIB_PER_GIB >= wanted.ram
    ]
    return min(enough)[2] if enough else None


def _is_plain(row: Mapping[str, Any]) -> bool:
    """No other architecture, no GPU, no local disks, and full CPUs rather than credits for some.

    A stemcell is built for x86_64, and vm_resources ask for cpu, ram and disk alone.
    """
    return (
        (row.get("CpuArchitecture") or "X86").upper().startswith("X86")
        and not row.get("GPUAmount")
        and not row.get("LocalStorageAmount")
        and not row.get("BaselineCredit")
    )


def _sold(session: Session, zone: str) -> frozenset[str]:
    """The types sold in the zone, or where the configuration names none, in every zone."""
    answer = session.client.listed(
        "Ecs",
        "DescribeAvailableResource",
        {
            "DestinationResource": "InstanceType",
            "IoOptimized": "optimized",
            "InstanceChargeType": "PostPaid",
            "ZoneId": zone or None,
        },
        "AvailableZones",
        "AvailableZone",
    )
    by_zone = [_values(row) for row in answer]
    by_zone = [values for values in by_zone if values]
    if not by_zone:
        return frozenset()
    return frozenset.intersection(*by_zone)


def _values(zone: Mapping[str, Any]) -> frozenset[str]:
    resources = (zone.get("AvailableResources") or {}).get("AvailableResource") or ()
    return frozenset(
        str(one.get("Value"))
        for resource in resources
        for one in (resource.get("SupportedResources") or {}).get("SupportedResource") or ()
    )
