"""Random calls of every action, legal and illegal, keep a world sound; none answers 500."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.storage_kit import begin, put
from tests.simulator.whole_kit import ACTIONS, OFTEN, ask_something, demand_sound

STEPS = st.lists(
    st.tuples(
        st.integers(0, len(ACTIONS) + len(OFTEN) - 1),
        st.integers(0, 2**32 - 1),
        st.sampled_from([0, 0, 1, 5, 60, 2000, 90_000]),
    ),
    min_size=60,
    max_size=80,
)
CALM: Any = {
    "derandomize": True,
    "database": None,
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
}


def walk(alicloud: Simulator, profile: str, steps: list[tuple[int, int, int]]) -> None:
    begin(alicloud, profile=profile)
    put(alicloud)
    for place, seed, seconds in steps:
        ask_something(alicloud, place, seed)
        alicloud.clock.sleep(seconds)
        demand_sound(alicloud)


@pytest.mark.parametrize("profile", ["instant", "typical"])
@given(steps=STEPS)
@settings(max_examples=15, **CALM)
def test_any_calls_leave_a_sound_world(
    alicloud_direct: Simulator, profile: str, steps: list[tuple[int, int, int]]
) -> None:
    walk(alicloud_direct, profile, steps)


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["instant", "typical", "slow"])
@given(steps=STEPS)
@settings(max_examples=150, **CALM)
def test_many_more_calls_leave_a_sound_world(
    alicloud_direct: Simulator, profile: str, steps: list[tuple[int, int, int]]
) -> None:
    walk(alicloud_direct, profile, steps)
