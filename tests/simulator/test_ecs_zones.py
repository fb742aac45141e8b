"""Types and zones say what a launch can have, and a launch agrees."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit_alicloud_simulator.products.ecs.families import FAMILIES, instance_types
from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.instances_kit import NVME, OTHER_ZONE, ZONE, begin, refused


def types(alicloud: Simulator, **filters: Any) -> list[dict[str, Any]]:
    answer = alicloud.ask("Ecs", "DescribeInstanceTypes", **filters)
    return list(answer["InstanceTypes"]["InstanceType"])


def test_a_type_says_what_it_is(alicloud_direct: Simulator) -> None:
    (row,) = types(alicloud_direct, InstanceTypes=["ecs.g6.xlarge"])
    assert (row["CpuCoreCount"], row["MemorySize"], row["EniQuantity"]) == (4, 16.0, 3)
    (small,) = types(alicloud_direct, InstanceTypes=["ecs.t6.c1m4.large"])
    assert (small["CpuCoreCount"], small["MemorySize"]) == (2, 8.0)


def test_nvme_is_a_filter(alicloud_direct: Simulator) -> None:
    asked = {"InstanceTypes": [NVME, "ecs.g6.large"], "NvmeSupport": "required"}
    assert [row["InstanceTypeId"] for row in types(alicloud_direct, **asked)] == [NVME]


@pytest.mark.parametrize(
    ("filters", "check"),
    [
        ({"MinimumCpuCoreCount": 32}, lambda t: t.cpus >= 32),
        ({"MaximumCpuCoreCount": 2}, lambda t: t.cpus <= 2),
        ({"MinimumMemorySize": 100}, lambda t: t.memory_gib >= 100),
        ({"InstanceTypeFamily": "ecs.c7"}, lambda t: t.family.id == "ecs.c7"),
        (
            {"InstanceTypeFamilies": ["ecs.c7", "ecs.e"]},
            lambda t: t.family.id in ("ecs.c7", "ecs.e"),
        ),
        ({"CpuArchitecture": "ARM"}, lambda t: t.family.architecture == "ARM"),
        ({"MinimumGPUAmount": 1}, lambda t: t.gpus),
        ({"InstanceFamilyLevel": "CreditEntryLevel"}, lambda t: t.family.burstable),
    ],
    ids=lambda given: "" if callable(given) else str(given),
)
def test_types_are_filtered(
    alicloud_direct: Simulator, filters: dict[str, Any], check: Any
) -> None:
    alicloud_direct.reset({"knobs": {"ecs.instance_types_page": 1600}})
    found = {row["InstanceTypeId"] for row in types(alicloud_direct, **filters)}
    assert found == {id_ for id_, type_ in instance_types().items() if check(type_)}
    assert found


def test_without_paging_only_the_first_page_comes(alicloud_direct: Simulator) -> None:
    assert len(instance_types()) > 100
    answer = alicloud_direct.ask("Ecs", "DescribeInstanceTypes")
    assert len(answer["InstanceTypes"]["InstanceType"]) == 100
    rest = types(alicloud_direct, NextToken=answer["NextToken"])
    assert len(rest) == len(instance_types()) - 100


def test_families_have_no_type_twice() -> None:
    assert len(instance_types()) == sum(len(family.sizes) for family in FAMILIES)


def available(alicloud: Simulator, **asked: Any) -> dict[str, dict[str, dict[str, Any]]]:
    answer = alicloud.ask("Ecs", "DescribeAvailableResource", **asked)
    return {
        zone["ZoneId"]: {
            row["Value"]: row
            for each in zone["AvailableResources"]["AvailableResource"]
            for row in each["SupportedResources"]["SupportedResource"]
        }
        for zone in answer["AvailableZones"]["AvailableZone"]
    }


def test_stock_is_shown_by_zone_type_and_spot(alicloud_direct: Simulator) -> None:
    begin(
        alicloud_direct,
        stock=[
            {"zone": ZONE, "type": "ecs.g6.large", "spot": True, "left": 0},
            {"zone": OTHER_ZONE, "type": "ecs.g6.*", "state": "not_sold"},
        ],
    )
    asked = {"DestinationResource": "InstanceType", "InstanceType": "ecs.g6.large"}
    found = available(alicloud_direct, **asked)
    assert found[ZONE]["ecs.g6.large"]["StatusCategory"] == "WithStock"
    assert OTHER_ZONE not in found
    found = available(alicloud_direct, SpotStrategy="SpotAsPriceGo", ZoneId=ZONE, **asked)
    assert found[ZONE]["ecs.g6.large"]["StatusCategory"] == "WithoutStock"


def test_disks_are_shown_by_zone_and_type(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, stock=[{"zone": ZONE, "disk": "cloud_ssd", "state": "sold_out"}])
    asked = {"DestinationResource": "DataDisk", "ZoneId": ZONE}
    rows = available(alicloud_direct, InstanceType="ecs.g6.large", **asked)[ZONE]
    assert rows["cloud_essd"] == {
        "Value": "cloud_essd",
        "Status": "Available",
        "StatusCategory": "WithStock",
        "Min": 20,
        "Max": 65536,
        "Unit": "GiB",
    }
    assert rows["cloud_ssd"]["Status"] == "SoldOut"
    newer = available(alicloud_direct, InstanceType=NVME, **asked)[ZONE]
    assert set(newer) == {
        "cloud_essd",
        "cloud_auto",
        "cloud_essd_entry",
        "cloud_regional_disk_auto",
    }


@pytest.mark.parametrize("destination", ["Zone", "Network", "IoOptimized", "SystemDisk", "ddh"])
def test_every_destination_is_answered(alicloud_direct: Simulator, destination: str) -> None:
    found = available(alicloud_direct, DestinationResource=destination)
    assert bool(found) == (destination != "ddh")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"DestinationResource": "Moon"}, "Invalid.DestinationResource"),
        ({"InstanceChargeType": "x"}, "Invalid.InstanceChargeType"),
        ({"IoOptimized": "x"}, "Invalid.IoOptimized"),
        ({"NetworkCategory": "x"}, "Invalid.NetworkCategory"),
        ({"ResourceType": "x"}, "Invalid.ResourceType"),
        ({"SpotStrategy": "x"}, "Invalid.SpotStrategy"),
        ({"Scope": "x"}, "Invalid.Param"),
        ({"Cores": "x"}, "InvalidParam.Cores"),
        ({"Memory": "x"}, "InvalidParam.Memory"),
        ({"Memory": 0}, "InvalidParam.Memory"),
        ({"Cores": 2, "InstanceType": NVME}, "InvalidParam.TypeAndCpuMem.Conflict"),
        ({"DedicatedHostId": "dh-none"}, "InvalidDedicatedHostId.NotFound"),
        ({"RegionId": "cn-nowhere"}, "InvalidRegionId.NotFound"),
    ],
    ids=str,
)
def test_a_wrong_question_for_resources_is_refused(
    alicloud_direct: Simulator, asked: dict[str, Any], code: str
) -> None:
    whole = {"DestinationResource": "InstanceType", **asked}
    assert refused(alicloud_direct, "DescribeAvailableResource", **whole) == code


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"AcceptLanguage": "xx"}, "InvalidAcceptLanguage.NotFound"),
        ({"InstanceChargeType": "x"}, "InvalidInstanceChargeType.NotFound"),
        ({"SpotStrategy": "x"}, "InvalidSpotStrategy"),
        ({"RegionId": "cn-nowhere"}, "InvalidRegionId.NotFound"),
    ],
    ids=str,
)
def test_a_wrong_question_for_zones_is_refused(
    alicloud_direct: Simulator, asked: dict[str, Any], code: str
) -> None:
    assert refused(alicloud_direct, "DescribeZones", **asked) == code


def test_zones_list_what_they_sell(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, stock=[{"zone": ZONE, "type": "ecs.g6.*", "left": 0}])
    rows = alicloud_direct.ask("Ecs", "DescribeZones")["Zones"]["Zone"]
    by_id = {row["ZoneId"]: row for row in rows}
    assert "ecs.g6.large" not in by_id[ZONE]["AvailableInstanceTypes"]["InstanceTypes"]
    assert "ecs.g6.large" in by_id[OTHER_ZONE]["AvailableInstanceTypes"]["InstanceTypes"]
    rows = alicloud_direct.ask("Ecs", "DescribeZones", Verbose=False)["Zones"]["Zone"]
    assert all(set(row) == {"ZoneId", "LocalName", "ZoneType"} for row in rows)
