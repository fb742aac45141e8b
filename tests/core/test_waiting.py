"""Polling: a change is noticed soon, the deadline holds, the last state is told."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpikit import CallerGone, CloudError
from cpikit.caller import Caller
from cpikit.testing import VirtualClock
from cpikit.waiting import Seen, SystemClock, WaitedTooLong, next_poll_s, wait_until

FIRST = st.floats(0.5, 10)
SHARE = st.floats(0, 1)
CAP = st.floats(0.5, 60)


def look_for(clock, ready_s):
    return lambda: (
        Seen("Running", value="v", done=True) if clock.elapsed_s >= ready_s else Seen("X")
    )


@given(st.floats(0, 500), FIRST, SHARE, CAP)
def test_a_change_is_noticed_within_a_share_of_the_time_it_took(ready_s, first_s, share, cap_s):
    clock = VirtualClock()
    seen = wait_until(
        clock,
        look_for(clock, ready_s),
        what="VM",
        wanted="Running",
        deadline_s=500,
        first_s=first_s,
        share=share,
        cap_s=cap_s,
    )
    assert seen.value == "v"
    late_s = clock.elapsed_s - ready_s
    assert late_s <= min(max(first_s, share * ready_s), cap_s) + 1e-3
    assert clock.elapsed_s <= 500 + 1e-3


@given(st.floats(0, 500), FIRST, SHARE, CAP)
def test_the_deadline_holds_and_one_look_stands_at_it(deadline_s, first_s, share, cap_s):
    clock = VirtualClock()
    looks = []
    with pytest.raises(WaitedTooLong) as failed:
        wait_until(
            clock,
            lambda: looks.append(clock.elapsed_s) or Seen("Pending"),
            what="disk d-1",
            wanted="Available",
            deadline_s=deadline_s,
            first_s=first_s,
            share=share,
            cap_s=cap_s,
        )
    assert looks[0] == 0
    assert abs(looks[-1] - deadline_s) < 1e-3
    assert failed.value.last_state == "Pending"
    assert "disk d-1 is Pending, wanted Available, after" in failed.value.message
    assert isinstance(failed.value, CloudError)


@given(st.floats(0, 1e9), FIRST, SHARE, CAP)
def test_the_pause_keeps_its_bounds(elapsed_s, first_s, share, cap_s):
    pause = next_poll_s(elapsed_s, first_s=first_s, share=share, cap_s=cap_s)
    assert min(first_s, cap_s) <= pause <= cap_s


def test_a_look_that_takes_long_does_not_push_the_deadline():
    clock = VirtualClock()

    def look():
        clock.sleep(7)
        return Seen("Slow")

    with pytest.raises(WaitedTooLong):
        wait_until(clock, look, what="VM", wanted="Running", deadline_s=20)
    assert clock.elapsed_s <= 20 + 7


def test_what_a_look_raises_passes():
    def look():
        raise KeyError("gone")

    with pytest.raises(KeyError):
        wait_until(VirtualClock(), look, what="VM", wanted="Running", deadline_s=20)


def test_the_machine_s_clock_goes_on():
    clock = SystemClock()
    before = clock.monotonic_s()
    clock.sleep(-1)
    clock.sleep(0)
    assert clock.monotonic_s() >= before
    assert abs(clock.time_s() - time.time()) < 60


def test_nobody_sleeps_for_a_caller_who_has_gone():
    caller = Caller()
    caller.leave("SIGTERM")
    with pytest.raises(CallerGone, match="SIGTERM"):
        SystemClock(caller).sleep(60)


def test_virtual_time_passes_only_in_sleeps_and_tells_them():
    told = []
    clock = VirtualClock(told.append)
    clock.sleep(3)
    clock.sleep(-1)
    assert (clock.monotonic_s(), clock.sleeps, told) == (3, [3, -1], [3, -1])
    assert clock.time_s() == 1_700_000_003
