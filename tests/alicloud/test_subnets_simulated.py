"""Managed networks on the simulator, where its lists lag behind its actions or run ahead."""

from __future__ import annotations

from typing import Any

import pytest

from tests.alicloud.simulated import Simulated
from tests.alicloud.sweep_cases import definition


def test_one_that_was_just_made_is_deleted_though_the_action_does_not_know_it_yet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    life = Simulated(monkeypatch, knobs={"visibility.act_s": 5.0})
    vswitch = life.result("create_network", *definition(life))[0]
    life.result("delete_network", vswitch)
    assert vswitch not in ids(life)


def test_ranges_that_are_not_listed_yet_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    life = Simulated(monkeypatch, knobs={"visibility.describe_s": 5.0})
    life.trouble("killed after", 3)
    life.call("create_network", *definition(life))
    assert life.wire.met == "CreateVSwitch"
    life.calm()
    found = life.result("create_network", *definition(life))
    ranges = [row["CidrBlock"] for row in vswitches(life)]
    assert found[1]["range"] in ranges
    assert len(set(ranges)) == len(ranges)


def vswitches(life: Simulated) -> list[dict[str, Any]]:
    life.clock.sleep(60)
    asked = life.ask("Vpc", "DescribeVSwitches", VpcId=life.place.vpc)
    rows: list[dict[str, Any]] = asked["VSwitches"]["VSwitch"]
    return rows


def ids(life: Simulated) -> set[str]:
    return {row["VSwitchId"] for row in vswitches(life)}


@pytest.mark.parametrize("gateway", ["10.9.9.1", "x", "10.0.7.0/25"])
def test_a_gateway_outside_of_the_range_is_refused(
    monkeypatch: pytest.MonkeyPatch, gateway: str
) -> None:
    life = Simulated(monkeypatch)
    asked = {**definition(life)[0], "range": "10.0.7.0/24", "gateway": gateway}
    before = ids(life)
    error = life.refused("create_network", asked)
    assert f"gateway {gateway!r} is no address of the range 10.0.7.0/24" in error["message"]
    assert ids(life) == before
