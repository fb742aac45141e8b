"""Every call of every method in every trouble, on the simulator: nothing leaks, nothing lies.

Every day each trouble at each call in a world as it is by default, and for each knob of the
simulator a few lives with it off its default, another choice for each; more of them in
`make test-slow`, and all in `make soak`.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from cpikit_alicloud_simulator.simulator import Simulator
from tests.alicloud.simulated import Simulated
from tests.alicloud.sweep_cases import VMS
from tests.alicloud.sweep_cases_disks import DISKS
from tests.alicloud.sweeping import ALWAYS_FAILS, Case, Sweep
from tests.alicloud.troubled import KILLS, TROUBLES

CASES = (*VMS, *DISKS)
IS_SOAK = "CPIKIT_SOAK" in os.environ
A_DAY = 2  # cases for each value of a knob, and troubles for each of them
Count = Callable[[str, Sweep], None]


@pytest.fixture
def count(record_property: Callable[[str, object], None]) -> Count:
    """Notes what a sweep did, for the end of the run."""

    def note(name: str, sweep: Sweep) -> None:
        record_property("sweep", [name, sweep.total, sweep.lives, sweep.left_unclaimed])

    return note


def values() -> list[tuple[str, Any]]:
    """Each knob with each of its other values."""
    return [
        (knob["name"], value)
        for knob in Simulator().control.knobs()
        for value in knob["values"]
        if value != knob["default"]
    ]


VALUES = [pair for pair in values() if any(case.is_about(pair[0]) for case in CASES)]


def whole(sweep: Sweep) -> None:
    """Each trouble at each call, and what the next agent finds after each kill."""
    for kind, nth in product(TROUBLES, range(1, sweep.total + 1)):
        one(sweep, kind, nth)


def one(sweep: Sweep, kind: str, nth: int) -> None:
    """One trouble, and after a kill what the next agent finds."""
    sweep.one(kind, nth)
    if kind in KILLS and sweep.case.next_agent is not None and not sweep.always_fails:
        sweep.next_agent(kind, nth)


def chosen(sweep: Sweep, most: int, seed: str) -> None:
    """So many of them, others for each seed."""
    every = list(product(TROUBLES, range(1, sweep.total + 1)))
    for kind, nth in random.Random(seed).sample(every, min(most, len(every))):  # noqa: S311  # no secret
        one(sweep, kind, nth)


def knob_sweep(monkeypatch: pytest.MonkeyPatch, case: Case, name: str, value: object) -> Sweep:
    knobs = {name: value}
    always = case.method in ALWAYS_FAILS.get(name, ())
    return Sweep(case, lambda: Simulated(monkeypatch, knobs=knobs), always_fails=always)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_call_in_each_trouble(
    monkeypatch: pytest.MonkeyPatch, case: Case, count: Count
) -> None:
    sweep = Sweep(case, lambda: Simulated(monkeypatch))
    whole(sweep)
    count(case.name, sweep)


@pytest.mark.parametrize(("name", "value"), VALUES, ids=str)
def test_a_few_lives_with_one_knob_off_its_default(
    monkeypatch: pytest.MonkeyPatch, name: str, value: object, count: Count
) -> None:
    fitting = [case for case in CASES if case.is_about(name)]
    draw = random.Random(f"{name} {value}")  # noqa: S311  # no secret
    for case in draw.sample(fitting, min(A_DAY, len(fitting))):
        sweep = knob_sweep(monkeypatch, case, name, value)
        chosen(sweep, A_DAY, f"{name} {value} {case.name}")
        count(f"{name}={value}, {case.name}", sweep)


def test_interfaces_made_first_are_deleted_even_where_they_cannot_be_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    several = next(case for case in CASES if case.name == "create_vm, several")
    sweep = knob_sweep(monkeypatch, several, "ecs.run_fails_late", "always")
    looks = [at for at, name in enumerate(sweep.names, 1) if name == "DescribeNetworkInterfaces"]
    assert looks
    for nth in looks:
        sweep.one("fails for good", nth)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "value"), VALUES, ids=str)
def test_every_case_with_one_knob_off_its_default(
    monkeypatch: pytest.MonkeyPatch, name: str, value: object, count: Count
) -> None:
    for case in CASES:
        if case.is_about(name):
            sweep = knob_sweep(monkeypatch, case, name, value)
            if IS_SOAK:
                whole(sweep)
            else:
                chosen(sweep, 2 * A_DAY, f"slow {name} {value} {case.name}")
            count(f"{name}={value}, {case.name}", sweep)


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["instant", "slow"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_case_in_another_profile(
    monkeypatch: pytest.MonkeyPatch, case: Case, profile: str, count: Count
) -> None:
    sweep = Sweep(case, lambda: Simulated(monkeypatch, profile=profile))
    if IS_SOAK:
        whole(sweep)
    else:
        chosen(sweep, 2 * A_DAY, f"{profile} {case.name}")
    count(f"{profile}, {case.name}", sweep)
