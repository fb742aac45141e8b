"""What zones sell: DescribeZones and DescribeAvailableResource."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.products.ecs.conditions import refuse_at
from cpikit_alicloud_simulator.products.ecs.families import InstanceType, instance_types
from cpikit_alicloud_simulator.products.ecs.launch_disks import DATA_SIZES, SYSTEM_MOST
from cpikit_alicloud_simulator.products.ecs.stock import DISK_CATEGORIES, Stock
from cpikit_alicloud_simulator.products.ecs.surroundings import DedicatedHost
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.wordings import wording

BAD_LANGUAGE = Refusal(
    404, "InvalidAcceptLanguage.NotFound", "The specified AcceptLanguage does not exist."
)
BAD_CHARGE = Refusal(
    404, "InvalidInstanceChargeType.NotFound", "The specified InstanceChargeType does not exist."
)
BAD_SPOT = Refusal(400, "InvalidSpotStrategy", "The specified SpotStrategy is not valid.")

BAD_DESTINATION = Refusal(
    404, "Invalid.DestinationResource", "The specified DestinationResource is not valid."
)
BAD_PURCHASE = Refusal(
    400, "Invalid.InstanceChargeType", "The specified InstanceChargeType is not valid."
)
BAD_IO = Refusal(404, "Invalid.IoOptimized", "The specified IoOptimized is not valid.")
BAD_NETWORK = wording(
    "ecs.bad_network_category",
    "a NetworkCategory that does not exist",
    Refusal(404, "Invalid.NetworkCategory", "The NetworkCategory is not valid."),
    Refusal(404, "Invalid.NetworkType", "The network type is not valid."),
)
_REGION_WORDS: Mapping[str, Refusal] = {
    "off_sale": Refusal(404, "Unavailable.Regions", "Nothing is sold in this region."),
}
BAD_RESOURCE = Refusal(404, "Invalid.ResourceType", "The specified ResourceType is not valid.")
BAD_SPOT_404 = Refusal(404, "Invalid.SpotStrategy", "The specified SpotStrategy is not valid.")
BAD_CORES = Refusal(403, "InvalidParam.Cores", "The specified Cores is not valid.")
BAD_MEMORY = Refusal(403, "InvalidParam.Memory", "The specified Memory is not valid.")
BOTH = Refusal(
    403,
    "InvalidParam.TypeAndCpuMem.Conflict",
    "InstanceType does not go together with Cores and Memory.",
)
BAD_PARAM = Refusal(400, "Invalid.Param", "The specified parameter {name} is not valid.")
NO_REGION = wording(
    "ecs.no_region_to_sell",
    "DescribeAvailableResource in a region that does not exist",
    Refusal(404, "InvalidRegionId.NotFound", "The specified RegionId does not exist."),
    Refusal(404, "Invalid.RegionId", "The specified RegionId does not exist."),
    Refusal(400, "InvalidRegionId.MalFormed", "The specified RegionId is not valid."),
)
NO_HOST = wording(
    "ecs.no_dedicated_host",
    "DescribeAvailableResource about a dedicated host that does not exist",
    Refusal(403, "InvalidDedicatedHostId.NotFound", "The DedicatedHostId does not exist."),
    Refusal(404, "InvalidResourceId.NotFound", "The specified resource does not exist."),
)

_DESTINATIONS = (
    "Zone",
    "IoOptimized",
    "InstanceType",
    "Network",
    "ddh",
    "SystemDisk",
    "DataDisk",
)
_SPOTS = ("NoSpot", "SpotWithPriceLimit", "SpotAsPriceGo")
_SYSTEM_LEAST = 20
_OLD = ("cloud", "ephemeral_ssd")


@action(
    "Ecs",
    "DescribeZones",
    effect="read",
    optional="AcceptLanguage InstanceChargeType SpotStrategy Verbose",
)
def describe_zones(call: Call) -> Answer:
    """List the zones of the region, with all that they sell unless Verbose is false."""
    call.choice("AcceptLanguage", ("zh-CN", "en-US"), otherwise=BAD_LANGUAGE)
    call.choice("InstanceChargeType", ("PrePaid", "PostPaid"), otherwise=BAD_CHARGE)
    spot = call.choice("SpotStrategy", _SPOTS, "NoSpot", otherwise=BAD_SPOT) != "NoSpot"
    verbose = call.boolean("Verbose", default=True)
    zones = call.world.regions[call.region_id].zones
    return {"Zones": {"Zone": [_zone(call, zone, spot=spot, verbose=verbose) for zone in zones]}}


def _zone(call: Call, zone_id: str, *, spot: bool, verbose: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "ZoneId": zone_id,
        "LocalName": f"{call.world.regions[call.region_id].name} Zone {zone_id[-1].upper()}",
        "ZoneType": "AvailabilityZone",
    }
    if not verbose:
        return shown
    stock = call.world.part(Stock)
    types = [
        type_
        for type_ in instance_types().values()
        if stock.state(zone_id, type_.id, spot=spot) == "on_sale"
    ]
    disks = [each for each in DISK_CATEGORIES if stock.sells_disk(zone_id, each)]
    return {
        **shown,
        "AvailableInstanceTypes": {"InstanceTypes": [type_.id for type_ in types]},
        "AvailableDiskCategories": {"DiskCategories": disks},
        "AvailableVolumeCategories": {"VolumeCategories": []},
        "AvailableResourceCreation": {"ResourceTypes": ["VSwitch", "Instance", "Disk"]},
        "AvailableDedicatedHostTypes": {"DedicatedHostType": []},
        "DedicatedHostGenerations": {"DedicatedHostGeneration": []},
        "AvailableResources": {"ResourcesInfo": [_sold(types, disks)]},
    }


def _sold(types: Sequence[InstanceType], disks: list[str]) -> dict[str, Any]:
    families = sorted({type_.family.id for type_ in types})
    return {
        "IoOptimized": True,
        "InstanceTypes": {"supportedInstanceType": [type_.id for type_ in types]},
        "InstanceTypeFamilies": {"supportedInstanceTypeFamily": families},
        "InstanceGenerations": {
            "supportedInstanceGeneration": sorted({type_.family.generation for type_ in types})
        },
        "NetworkTypes": {"supportedNetworkCategory": ["vpc"]},
        "SystemDiskCategories": {"supportedSystemDiskCategory": disks},
        "DataDiskCategories": {"supportedDataDiskCategory": disks},
    }


@action(
    "Ecs",
    "DescribeAvailableResource",
    effect="read",
    required="DestinationResource",
    optional="ZoneId InstanceType IoOptimized InstanceChargeType SpotStrategy SpotDuration "
    "SystemDiskCategory DataDiskCategory ResourceType NetworkCategory Cores Memory Scope "
    "DedicatedHostId",
    unknown_region=NO_REGION,
)
def describe_available_resource(call: Call) -> Answer:
    """Say what can be had in which zone, and whether there is stock."""
    destination = call.choice("DestinationResource", _DESTINATIONS, otherwise=BAD_DESTINATION)
    _check(call)
    zones = call.world.regions[call.region_id].zones
    if call.has("ZoneId"):
        zones = tuple(zone for zone in zones if zone == call.text("ZoneId"))
    shown = [zone for zone in (_available(call, each, destination) for each in zones) if zone]
    return {"AvailableZones": {"AvailableZone": shown}}


def _check(call: Call) -> None:
    refuse_at(call, call.region_id, _REGION_WORDS)
    call.choice("InstanceChargeType", ("PrePaid", "PostPaid"), otherwise=BAD_PURCHASE)
    call.choice("IoOptimized", ("none", "optimized"), otherwise=BAD_IO)
    call.choice("NetworkCategory", ("vpc", "classic"), otherwise=BAD_NETWORK.of(call))
    resources = ("instance", "disk", "reservedinstance", "ddh")
    call.choice("ResourceType", resources, otherwise=BAD_RESOURCE)
    call.choice("SpotStrategy", _SPOTS, otherwise=BAD_SPOT_404)
    call.choice("Scope", ("Region", "Zone"), otherwise=BAD_PARAM)
    cores = call.integer("Cores", low=1, otherwise=BAD_CORES)
    memory = call.number("Memory", otherwise=BAD_MEMORY)
    if memory is not None and memory <= 0:
        raise BAD_MEMORY.error()
    if call.has("InstanceType") and (cores is not None or memory is not None):
        raise BOTH.error()
    if call.has("DedicatedHostId"):
        call.need(DedicatedHost, call.text("DedicatedHostId"), NO_HOST.of(call))


def _available(call: Call, zone_id: str, destination: str) -> dict[str, Any]:
    resources = _resources(call, zone_id, destination)
    if not resources:
        return {}
    has_stock = any(each["StatusCategory"] == "WithStock" for each in resources)
    return {
        "RegionId": call.region_id,
        "ZoneId": zone_id,
        "Status": "Available" if has_stock else "SoldOut",
        "StatusCategory": "WithStock" if has_stock else "WithoutStock",
        "AvailableResources": {
            "AvailableResource": [
                {"Type": destination, "SupportedResources": {"SupportedResource": resources}}
            ]
        },
    }


def _resources(call: Call, zone_id: str, destination: str) -> list[dict[str, Any]]:
    types = _types(call, zone_id)
    if destination == "Zone":
        states = [state for _, state in types]
        return [_row(zone_id, "on_sale" if "on_sale" in states else "sold_out")] if types else []
    if destination in ("Network", "IoOptimized"):
        return [_row("vpc" if destination == "Network" else "optimized", "on_sale")]
    if destination == "InstanceType":
        return [_row(type_.id, state) for type_, state in types]
    if destination == "ddh":
        return []
    if call.has("InstanceType") and not types:
        return []
    return _disks(call, zone_id, destination, [type_ for type_, _ in types])


def _types(call: Call, zone_id: str) -> list[tuple[InstanceType, str]]:
    stock = call.world.part(Stock)
    spot = call.text("SpotStrategy", "NoSpot") != "NoSpot"
    cores, memory = call.integer("Cores"), call.number("Memory")
    system = call.text("SystemDiskCategory")
    found = []
    for type_ in instance_types().values():
        state = stock.state(zone_id, type_.id, spot=spot)
        fits = (
            call.text("InstanceType") in ("", type_.id)
            and cores in (None, type_.cpus)
            and memory in (None, type_.memory_gib)
            and (not system or _takes(type_, system))
            and call.text("IoOptimized")
            in ("", "optimized" if type_.family.io_optimized else "none")
        )
        if fits and state in ("on_sale", "sold_out"):
            found.append((type_, state))
    return found


def _takes(type_: InstanceType, category: str) -> bool:
    """Say whether a type takes a category of disks; NVMe types take no old ones."""
    if category in _OLD:
        return not type_.family.io_optimized
    newer = category.startswith(("cloud_essd", "cloud_auto", "cloud_regional"))
    if newer:
        return type_.family.essd
    return type_.family.nvme != "required"


def _disks(
    call: Call, zone_id: str, destination: str, types: Sequence[InstanceType]
) -> list[dict[str, Any]]:
    stock = call.world.part(Stock)
    wanted = call.text(f"{destination}Category")
    found = []
    for category in DISK_CATEGORIES:
        if wanted not in ("", category) or not any(_takes(type_, category) for type_ in types):
            continue
        low, high = DATA_SIZES[category]
        if destination == "SystemDisk":
            low, high = max(low, _SYSTEM_LEAST), min(high, SYSTEM_MOST)
        state = "on_sale" if stock.sells_disk(zone_id, category) else "sold_out"
        found.append({**_row(category, state), "Min": low, "Max": high, "Unit": "GiB"})
    return found


def _row(value: str, state: str) -> dict[str, Any]:
    there = state == "on_sale"
    return {
        "Value": value,
        "Status": "Available" if there else "SoldOut",
        "StatusCategory": "WithStock" if there else "WithoutStock",
    }
