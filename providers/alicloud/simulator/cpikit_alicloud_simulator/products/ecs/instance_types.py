"""DescribeInstanceTypes: what instance types there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.paging import Paging
from cpikit_alicloud_simulator.products.ecs.families import InstanceType, instance_types

PAGE_SIZE = Knob(
    "ecs.instance_types_page",
    100,
    (100, 1600),
    "How many types DescribeInstanceTypes gives at most in one page, and when none is asked for.",
    "documents since 2023-11 say 100; their newest text says 1600",
)


def _none(_type: InstanceType) -> int:
    return 0


def bandwidth(type_: InstanceType) -> int:
    """Give the network bandwidth in kbit/s."""
    return 1_024_000 * max(1, type_.cpus // 2)


def packets(type_: InstanceType) -> int:
    """Give packets per second."""
    return 150_000 * max(2, type_.cpus // 2)


def credits_(type_: InstanceType) -> int:
    """Give the CPU credits of a burstable type in an hour."""
    return 12 * type_.cpus if type_.family.burstable else 0


_MINIMA: dict[str, Callable[[InstanceType], float]] = {
    "CpuCoreCount": lambda t: t.cpus,
    "MemorySize": lambda t: t.memory_gib,
    "CpuSpeedFrequency": lambda t: t.family.ghz,
    "CpuTurboFrequency": lambda t: t.family.turbo_ghz,
    "GPUAmount": lambda t: t.gpus,
    "EniQuantity": lambda t: t.interfaces,
    "EniPrivateIpAddressQuantity": lambda t: t.addresses_per_interface,
    "EniIpv6AddressQuantity": lambda t: t.family.ipv6,
    "EriQuantity": _none,
    "DiskQuantity": lambda t: t.family.disks,
    "InstanceBandwidthRx": bandwidth,
    "InstanceBandwidthTx": bandwidth,
    "InstancePpsRx": packets,
    "InstancePpsTx": packets,
    "LocalStorageAmount": lambda t: 1 if t.family.local_disk else 0,
    "LocalStorageCapacity": lambda t: t.family.local_gib,
    "PrimaryEniQueueNumber": lambda t: t.queues,
    "SecondaryEniQueueNumber": lambda t: max(1, t.queues // 2),
    "QueuePairNumber": _none,
    "BaselineCredit": credits_,
    "InitialCredit": credits_,
}
_MAXIMA = ("CpuCoreCount", "CpuSpeedFrequency", "CpuTurboFrequency", "GPUAmount", "MemorySize")


@action(
    "Ecs",
    "DescribeInstanceTypes",
    effect="read",
    optional="InstanceTypes.N InstanceTypeFamily InstanceTypeFamilies.N InstanceFamilyLevel "
    "InstanceCategory InstanceCategories.N CpuArchitecture CpuArchitectures.N GPUSpec GpuSpecs.N "
    "LocalStorageCategory LocalStorageCategories.N NvmeSupport PhysicalProcessorModel "
    "PhysicalProcessorModels.N AdditionalAttributes.N "
    + " ".join(f"Minimum{name}" for name in _MINIMA)
    + " "
    + " ".join(f"Maximum{name}" for name in _MAXIMA),
    paging=Paging(default=100, maximum=1600, numbers=False, tokens=True),
)
def describe_instance_types(call: Call) -> Answer:
    """List types; without paging only the first page comes."""
    size = call.knob(PAGE_SIZE)
    paging = Paging(default=size, maximum=size, numbers=False, tokens=True)
    wanted = call.texts("InstanceTypes")
    found = [
        type_
        for type_ in instance_types().values()
        if (not wanted or type_.id in wanted) and _is_wanted(call, type_)
    ]
    page = call.page(paging, found, lambda type_: type_.id)
    return {
        "InstanceTypes": {"InstanceType": [_shown(each) for each in page.rows]},
        **{k: v for k, v in page.fields.items() if k == "NextToken"},
    }


def _is_wanted(call: Call, type_: InstanceType) -> bool:
    family = type_.family
    fields = {
        ("InstanceTypeFamily", "InstanceTypeFamilies"): family.id,
        ("InstanceFamilyLevel", ""): family.level,
        ("InstanceCategory", "InstanceCategories"): family.category,
        ("CpuArchitecture", "CpuArchitectures"): family.architecture,
        ("GPUSpec", "GpuSpecs"): family.gpu,
        ("LocalStorageCategory", "LocalStorageCategories"): family.local_disk,
        ("NvmeSupport", ""): family.nvme,
        ("PhysicalProcessorModel", "PhysicalProcessorModels"): family.processor,
    }
    for (one, many), value in fields.items():
        if call.text(one) not in ("", value):
            return False
        several = call.texts(many) if many else []
        if several and value not in several:
            return False
    for name, measure in _MINIMA.items():
        least, most = call.number(f"Minimum{name}"), call.number(f"Maximum{name}")
        if least is not None and measure(type_) < least:
            return False
        if most is not None and name in _MAXIMA and measure(type_) > most:
            return False
    return True


def _shown(type_: InstanceType) -> dict[str, Any]:
    family = type_.family
    return {
        "InstanceTypeId": type_.id,
        "InstanceTypeFamily": family.id,
        "InstanceFamilyLevel": family.level,
        "InstanceCategory": family.category,
        "CpuArchitecture": family.architecture,
        "CpuCoreCount": type_.cpus,
        "CpuSpeedFrequency": family.ghz,
        "CpuTurboFrequency": family.turbo_ghz,
        "PhysicalProcessorModel": family.processor,
        "MemorySize": float(type_.memory_gib),
        "GPUAmount": type_.gpus,
        "GPUSpec": family.gpu,
        "GPUMemorySize": family.gpu_gib,
        "NvmeSupport": family.nvme,
        "DiskQuantity": family.disks,
        "EniQuantity": type_.interfaces,
        "EniTotalQuantity": type_.interfaces + (10 if family.trunk else 0),
        "EniTrunkSupported": family.trunk,
        "EniPrivateIpAddressQuantity": type_.addresses_per_interface,
        "EniIpv6AddressQuantity": family.ipv6,
        "EriQuantity": 0,
        "PrimaryEniQueueNumber": type_.queues,
        "SecondaryEniQueueNumber": max(1, type_.queues // 2),
        "TotalEniQueueQuantity": type_.queues * type_.interfaces,
        "MaximumQueueNumberPerEni": type_.queues,
        "QueuePairNumber": 0,
        "InstanceBandwidthRx": bandwidth(type_),
        "InstanceBandwidthTx": bandwidth(type_),
        "InstancePpsRx": packets(type_),
        "InstancePpsTx": packets(type_),
        **_extras(type_),
    }


def _extras(type_: InstanceType) -> dict[str, Any]:
    family = type_.family
    return {
        "LocalStorageAmount": 1 if family.local_disk else 0,
        "LocalStorageCapacity": family.local_gib,
        "LocalStorageCategory": family.local_disk,
        "BaselineCredit": credits_(type_),
        "InitialCredit": credits_(type_),
        "JumboFrameSupport": False,
        "NetworkCardQuantity": 1,
        "SupportedBootModes": {"SupportedBootMode": ["BIOS", "UEFI"] if family.uefi else ["BIOS"]},
    }
