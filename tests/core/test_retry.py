"""The arithmetic of repeating: the law, the two limits, the bounds of a wait."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpikit import Effect, FaultKind, RetryPolicy
from cpikit.policies import POLICIES
from cpikit.retry import NEVER, leaves_outcome_unknown, may_repeat, next_wait_s

SECONDS = st.floats(0, 1e6)
POLICY = st.builds(
    RetryPolicy,
    attempts=st.integers(1, 50),
    total_s=SECONDS,
    first_s=st.floats(0, 100),
    factor=st.floats(1, 10),
    cap_s=st.floats(0, 1000),
    jitter=st.floats(0, 1),
)
LOT = st.floats(0, 1, exclude_max=True)

HARMLESS = {Effect.READ, Effect.IDEMPOTENT, Effect.TOKENED}
LAW = {
    FaultKind.THROTTLED: set(Effect),
    FaultKind.BUSY: set(Effect),
    FaultKind.UNREACHABLE: set(Effect),
    FaultKind.ANSWER_LOST: HARMLESS,
    FaultKind.SERVER_ERROR: HARMLESS,
}


@pytest.mark.parametrize("effect", Effect)
@pytest.mark.parametrize("kind", FaultKind)
def test_the_law_of_repeating_kind_by_effect(kind, effect):
    assert may_repeat(kind, effect) is (effect in LAW.get(kind, set()))


def test_only_a_lost_answer_and_a_server_error_leave_the_outcome_unknown():
    assert {kind for kind in FaultKind if leaves_outcome_unknown(kind)} == {
        FaultKind.ANSWER_LOST,
        FaultKind.SERVER_ERROR,
    }


@given(POLICY, st.integers(1, 60), SECONDS, LOT, st.none() | st.floats(-10, 1e6))
def test_both_limits_hold_for_every_wait(policy, failures, elapsed_s, lot, asked_s):
    wait_s = next_wait_s(
        policy, failures=failures, elapsed_s=elapsed_s, lot=lot, retry_after_s=asked_s
    )
    if failures >= policy.attempts:
        assert wait_s is None
    if wait_s is not None:
        assert wait_s >= 0
        assert elapsed_s + wait_s <= policy.total_s
        assert asked_s is not None or wait_s <= policy.cap_s
        assert asked_s is None or wait_s == max(asked_s, 0)


@given(POLICY, LOT, st.lists(st.none() | st.floats(0, 500), max_size=60))
def test_a_whole_run_keeps_both_limits(policy, lot, asked):
    attempts, elapsed_s = 1, 0.0
    while True:
        asked_s = asked[attempts - 1] if attempts <= len(asked) else None
        wait_s = next_wait_s(
            policy, failures=attempts, elapsed_s=elapsed_s, lot=lot, retry_after_s=asked_s
        )
        if wait_s is None:
            break
        elapsed_s += wait_s
        attempts += 1
    assert attempts <= policy.attempts
    assert elapsed_s <= policy.total_s


@given(POLICY, st.integers(1, 49), st.floats(0, 1), LOT)
def test_jitter_takes_away_at_most_its_share(policy, failures, share, lot):
    full = next_wait_s(policy, failures=failures, elapsed_s=0, lot=0)
    drawn = next_wait_s(policy, failures=failures, elapsed_s=0, lot=lot)
    if full is not None:
        assert drawn is not None
        assert full * (1 - policy.jitter) <= drawn <= full


def test_waits_double_up_to_the_cap():
    policy = RetryPolicy(attempts=9, total_s=1e9, first_s=1, cap_s=10, jitter=0)
    waits = [next_wait_s(policy, failures=n, elapsed_s=0, lot=0.5) for n in range(1, 10)]
    assert waits == [1, 2, 4, 8, 10, 10, 10, 10, None]


def test_the_server_s_own_wait_wins_but_never_past_the_total():
    policy = RetryPolicy(attempts=9, total_s=60, first_s=1)
    assert next_wait_s(policy, failures=1, elapsed_s=0, lot=0, retry_after_s=59) == 59
    assert next_wait_s(policy, failures=1, elapsed_s=2, lot=0, retry_after_s=59) is None
    assert next_wait_s(policy, failures=1, elapsed_s=0, lot=0, retry_after_s=-5) == 0


@pytest.mark.parametrize("asked_s", [float("nan"), float("inf")])
def test_a_wait_that_is_no_number_is_not_waited(asked_s):
    policy = RetryPolicy(attempts=9, total_s=60)
    wait_s = next_wait_s(policy, failures=1, elapsed_s=0, lot=0, retry_after_s=asked_s)
    assert wait_s is None or 0 <= wait_s <= 60


@pytest.mark.parametrize(
    "wrong",
    [
        {"attempts": 0},
        {"total_s": -1},
        {"first_s": -1},
        {"factor": 0.5},
        {"cap_s": -1},
        {"jitter": 1.1},
        {"jitter": -0.1},
        {"total_s": float("nan")},
    ],
)
def test_a_policy_without_sense_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        RetryPolicy(**{"attempts": 1, "total_s": 1, **wrong})


def test_never_is_never():
    assert next_wait_s(NEVER, failures=1, elapsed_s=0, lot=0) is None


def test_the_table_has_a_policy_for_what_the_law_lets_repeat_and_for_nothing_else():
    assert set(POLICIES) == set(LAW)
