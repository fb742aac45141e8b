"""Smaller rules of VMs: properties in either form, disk sizes, types for resources, free ranges."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from cpikit.converter import Problems, Unknowns, strict_converter, structure
from cpikit.errors import CpiError
from cpikit.types import MiB, VmResources
from cpikit_alicloud import devices, disk_parameters, instance_types, subnets, vm_rules
from cpikit_alicloud.properties import lenient
from cpikit_alicloud.properties.vm import VmProperties


def bound(**given: Any) -> VmProperties:
    converter = strict_converter(Unknowns("fail"))
    lenient.teach(converter)
    found: VmProperties = structure(converter, given, VmProperties, "$")
    return found


def test_both_forms_of_the_go_cpi_are_taken() -> None:
    found = bound(
        instance_type="a",
        availability_zone=["z1", "z2"],
        auto_renew="TRUE",
        slb_weight="50",
        charge_period=1,
        ephemeral_disk={"size": "51_200", "category": "cloud_essd"},
    )
    assert found.instance_type == ["a"]
    assert found.availability_zone == ["z1", "z2"]
    assert found.auto_renew is True
    assert lenient.whole(found.slb_weight, 100) == 50
    assert found.ephemeral_disk.size == 51200  # type: ignore[union-attr]  # a disk was given


def test_an_ephemeral_disk_can_be_opted_out_of() -> None:
    assert isinstance(bound(ephemeral_disk="none").ephemeral_disk, lenient.NoDisk)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("slb_weight", "much"),
        ("slb_weight", "nan"),
        ("slb_weight", True),
        ("auto_renew", "yes"),
        ("instance_type", [""]),
        ("instance_type", 5),
        ("charge_type", "Free"),
        ("ephemeral_disk", "some"),
        ("nlb_server_groups", [{"server_group_id": "x"}]),
        ("instance_tpye", "x"),
    ],
)
def test_anything_else_is_refused_with_its_path(key: str, value: object) -> None:
    with pytest.raises(Problems) as error:
        bound(**{key: value})
    assert "$" in str(error.value)


@pytest.mark.parametrize(
    ("size", "category", "level", "wanted"),
    [
        (1, "cloud_efficiency", "", 20),
        (1, "cloud", "", 5),
        (1, "cloud_auto", "", 40),
        (10 * 1024, "cloud_essd", "PL0", 20),
        (20 * 1024 + 1, "cloud_ssd", "", 21),
        (461 * 1024, "cloud_essd", "PL2", 461),
    ],
)
def test_sizes_are_rounded_up_as_the_go_cpi_did(
    size: int, category: str, level: str, wanted: int
) -> None:
    assert disk_parameters.gib(size, category, level, "disk") == wanted


@pytest.mark.parametrize("level", ["PL2", "PL3"])
@pytest.mark.parametrize("size", [None, 0])
def test_a_system_disk_without_a_size_is_too_small_for_high_levels(
    level: str, size: int | None
) -> None:
    asked = {"size": size, "category": "cloud_essd", "performance_level": level}
    wanted = bound(system_disk=asked).system_disk
    with pytest.raises(CpiError, match=f"without a size: 40 GiB are too small for .* {level}"):
        disk_parameters.system_disk(SimpleNamespace(), wanted)  # type: ignore[arg-type]  # unused


@pytest.mark.parametrize(("level", "fits"), [("PL2", "PL1"), ("PL3", "PL2")])
def test_levels_that_need_more_are_refused_naming_what_fits(level: str, fits: str) -> None:
    with pytest.raises(CpiError, match=f"{fits} fits"):
        disk_parameters.gib(460 * 1024 if level == "PL2" else 500 * 1024, "cloud_essd", level, "x")


TYPES = [
    {"InstanceTypeId": "ecs.g7.large", "CpuCoreCount": 2, "MemorySize": 8.0},
    {"InstanceTypeId": "ecs.c7.large", "CpuCoreCount": 2, "MemorySize": 4.0},
    {"InstanceTypeId": "ecs.c6.large", "CpuCoreCount": 2, "MemorySize": 4.0},
    {"InstanceTypeId": "ecs.c8y.large", "CpuCoreCount": 2, "MemorySize": 4.0}
    | {"CpuArchitecture": "ARM"},
    {"InstanceTypeId": "ecs.a1.large", "CpuCoreCount": 2, "MemorySize": 4.0, "GPUAmount": 1},
    {"InstanceTypeId": "ecs.g7.xlarge", "CpuCoreCount": 4, "MemorySize": 16.0},
]
SOLD = frozenset(str(row["InstanceTypeId"]) for row in TYPES) - {"ecs.c6.large"}


@pytest.mark.parametrize(
    ("cpu", "ram", "wanted"),
    [
        (1, 1024, "ecs.c7.large"),
        (2, 4096, "ecs.c7.large"),
        (2, 4097, "ecs.g7.large"),
        (3, 1024, "ecs.g7.xlarge"),
        (64, 1024, None),
    ],
)
def test_the_smallest_plain_type_that_is_sold_fits(cpu: int, ram: int, wanted: str | None) -> None:
    asked = VmResources(cpu=cpu, ram=MiB(ram), ephemeral_disk_size=MiB(1024))
    assert instance_types.smallest(TYPES, SOLD, asked) == wanted


@pytest.mark.parametrize(
    ("taken", "wanted"),
    [
        ([], "10.0.0.0/24"),
        (["10.0.0.0/24"], "10.0.1.0/24"),
        (["10.0.0.128/25", "10.0.1.0/26"], "10.0.2.0/24"),
        (["10.0.0.0/22"], None),
        (["odd"], "10.0.0.0/24"),
    ],
)
def test_the_first_free_range_is_taken(taken: list[str], wanted: str | None) -> None:
    assert subnets.first_free(["10.0.0.0/22"], taken, 24) == wanted


def test_a_serial_is_found_again_in_its_path() -> None:
    for nvme in (True, False):
        assert devices.serial_in(devices.path_of("abc", nvme=nvme)) == "abc"
    assert devices.serial_in("/dev/vdb") == ""


@pytest.mark.parametrize(
    ("support", "image", "wanted"),
    [
        ("required", False, True),
        ("supported", True, True),
        ("supported", False, False),
        ("unsupported", True, False),
        ("", True, False),
    ],
)
def test_an_optional_nvme_type_follows_its_image(support: str, image: bool, wanted: bool) -> None:
    assert devices.is_nvme(support, image_supports=image) is wanted


NLB = {"server_group_id": "sgp-1", "port": 80}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"slbs": ["lb-1"], "slb_weight": 300}, "slb_weight is 300, wanted an integer from 0 to"),
        ({"slbs": ["lb-1"], "slb_weight": -3}, "slb_weight is -3, wanted an integer from 0 to 100"),
        (
            {"slb_server_group": ["rsp-1"], "slb_server_group_port": 70000},
            "slb_server_group_port is 70000, wanted an integer from 0 to 65535",
        ),
        (
            {"nlb_server_groups": [NLB, {**NLB, "port": 99999}]},
            "nlb_server_groups[1]: port is 99999, wanted an integer from 0 to 65535",
        ),
        (
            {"alb_server_groups": [{**NLB, "port": 0}]},
            "alb_server_groups[0]: port is 0, wanted an integer from 1 to 65535",
        ),
        ({"nlb_server_group_ids": ["sgp-1"], "nlb_server_group_weight": 1}, "ids need nlb_server_"),
        ({"nlb_server_groups": [{**NLB, "port": 80.7}]}, "port is 80.7, wanted an integer"),
        ({"alb_server_groups": [{**NLB, "weight": 500}]}, "alb_server_groups[0]: weight is 500"),
    ],
)
def test_ports_and_weights_are_checked_before_a_vm_is_made(
    given: dict[str, Any], told: str
) -> None:
    problems = vm_rules.problems(bound(instance_type="a", **given), "")
    assert told in "; ".join(map(str, problems))


def test_what_nothing_uses_and_what_means_the_default_is_taken() -> None:
    unused = bound(instance_type="a", slb_weight=300, nlb_server_group_port=0)
    assert vm_rules.problems(unused, "") == []
    zero = bound(
        instance_type="a",
        slbs=["lb-1"],
        slb_weight=0,
        slb_server_group=["rsp-1"],
        slb_server_group_port=0,
        alb_server_groups=[{**NLB, "weight": 0}],
    )
    assert vm_rules.problems(zero, "") == []


@pytest.mark.parametrize(
    "given",
    [
        {"nlb_server_groups": [{**NLB, "port": 0}]},
        {
            "nlb_server_group_ids": ["sgp-1"],
            "nlb_server_group_port": 0,
            "nlb_server_group_weight": 10,
        },
    ],
)
def test_an_nlb_server_group_may_forward_all_ports(given: dict[str, Any]) -> None:
    assert vm_rules.problems(bound(instance_type="a", **given), "") == []


def test_numbers_of_the_deprecated_groups_are_not_judged_where_new_ones_are_set() -> None:
    both = bound(
        instance_type="a",
        nlb_server_groups=[NLB],
        nlb_server_group_ids=["sgp-1"],
        nlb_server_group_port=70000,
        nlb_server_group_weight=300,
    )
    assert vm_rules.problems(both, "") == []


def test_a_protection_that_would_keep_the_director_out_is_warned_of() -> None:
    assert [rule.name for rule in vm_rules.warnings(bound(deletion_protection=True))] == [
        "deletion_protection"
    ]
