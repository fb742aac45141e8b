"""calculate_vm_cloud_properties: pinned, since the Director recreates a fleet when it changes."""

from __future__ import annotations

import pytest

from tests.alicloud.simulated import Simulated

GOLDEN = {  # cpu and MiB of ram: a type of the simulator's catalogue
    (1, 512): "ecs.n4.small",
    (1, 2048): "ecs.n4.small",
    (1, 100_000): "ecs.r5.4xlarge",
    (2, 1024): "ecs.e.c1m1.large",
    (2, 4096): "ecs.c5.large",
    (2, 16384): "ecs.r5.large",
    (3, 5000): "ecs.c5.xlarge",
    (4, 16384): "ecs.g5.xlarge",
    (8, 65536): "ecs.r5.2xlarge",
    (32, 65536): "ecs.c5.8xlarge",
    (64, 262_144): "ecs.g5.16xlarge",
}


def asked(cpu: int, ram: int) -> dict[str, int]:
    return {"cpu": cpu, "ram": ram, "ephemeral_disk_size": 10240}


def calculated(life: Simulated) -> dict[tuple[int, int], str]:
    """What each request becomes, without its disk."""
    found = {}
    for size in GOLDEN:
        properties = life.result("calculate_vm_cloud_properties", asked(*size))
        assert properties.pop("ephemeral_disk") == {"size": 10240}
        found[size] = properties.pop("instance_type")
        assert properties == {}
    return found


def test_resources_become_the_pinned_types(monkeypatch: pytest.MonkeyPatch) -> None:
    assert calculated(Simulated(monkeypatch)) == GOLDEN


def test_stock_of_the_moment_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    sold_out = [{"zone": "*", "type": f"ecs.{one}*", "state": "sold_out"} for one in "cegnr"]
    assert calculated(Simulated(monkeypatch, stock=sold_out)) == GOLDEN


def test_more_than_any_type_has_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    life = Simulated(monkeypatch)
    error = life.refused("calculate_vm_cloud_properties", asked(10_000, 1024))
    assert "10000" in error["message"]
