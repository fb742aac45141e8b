"""One cloud call: repeated by the law and within both limits, settled, refreshed, or given up."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpikit import (
    CallerGone,
    Effect,
    Fault,
    FaultError,
    FaultKind,
    Operation,
    RetryPolicy,
    Settled,
    hookimpl,
)
from cpikit.caller import Caller
from cpikit.cloud import Cloud, _draw
from cpikit.defaults import CoreHooks
from cpikit.hookspecs import HookRegistry
from cpikit.log import Log
from cpikit.redaction import Redactor
from cpikit.retry import may_repeat
from cpikit.testing import VirtualClock

ONCE = Operation("CreateDisk", Effect.ONCE, resource="disk of 10 GiB", kind="disk")
READ = Operation("DescribeDisk", Effect.READ)


class Scripted:
    """A cloud that fails with these kinds in turn and then answers "done"."""

    def __init__(self, kinds, policy=None, caller=None):
        self.kinds = list(kinds)
        self.sent = 0
        self.clock = VirtualClock()
        self.lines: list[str] = []
        self.caller = caller or Caller()
        registry = HookRegistry()
        registry.register(CoreHooks(), "core")
        if policy is not None:
            registry.register(Policy(policy), "policy")
        log = Log(lambda line: self.lines.append(line.decode()), Redactor())
        self.cloud = Cloud(registry.hooks, self.clock, log, self.caller, draw=lambda: 0.0)

    def send(self):
        self.sent += 1
        if self.kinds:
            kind = self.kinds.pop(0)
            raise FaultError(Fault(kind, code="C", message="m"), ONCE)
        return "done"


class Policy:
    def __init__(self, policy):
        self.policy = policy

    @hookimpl
    def cpikit_retry_policy(self, fault, operation):
        return self.policy


def test_a_call_that_succeeds_is_sent_once_and_logged_once():
    world = Scripted([])
    assert world.cloud(ONCE, world.send) == "done"
    assert world.sent == 1
    assert len(world.lines) == 1
    assert 'cloud_call call=CreateDisk resource="disk of 10 GiB" seconds=0.000' in world.lines[0]


@pytest.mark.parametrize("effect", Effect)
@pytest.mark.parametrize("kind", FaultKind)
def test_only_what_the_law_allows_goes_again_whatever_the_policy_says(kind, effect):
    world = Scripted([kind], RetryPolicy(attempts=9, total_s=999))
    operation = Operation("X", effect)
    if may_repeat(kind, effect):
        assert world.cloud(operation, world.send) == "done"
        assert world.sent == 2
    else:
        with pytest.raises(FaultError) as failed:
            world.cloud(operation, world.send)
        assert world.sent == 1
        assert failed.value.fault.kind is kind


@given(
    st.lists(st.sampled_from(FaultKind), max_size=12),
    st.sampled_from(Effect),
    st.integers(1, 6),
    st.floats(0, 60),
)
def test_both_limits_hold_over_a_whole_call(kinds, effect, attempts, total_s):
    world = Scripted(kinds, RetryPolicy(attempts=attempts, total_s=total_s))
    try:
        world.cloud(Operation("X", effect), world.send)
    except FaultError as error:
        assert error.attempts == world.sent
        assert error.waited_s == world.clock.elapsed_s
    met = kinds[: world.sent]
    assert max((met.count(kind) for kind in met), default=0) <= attempts
    assert world.clock.elapsed_s <= total_s
    assert world.caller.in_flight == ""


def test_four_busy_answers_use_up_no_tries_of_a_lost_one():
    kinds = [FaultKind.BUSY] * 4 + [FaultKind.ANSWER_LOST] * 2
    world = Scripted(kinds, RetryPolicy(attempts=5, total_s=999))
    assert world.cloud(READ, world.send) == "done"
    assert world.sent == 7


def test_a_repetition_is_told_with_its_wait_and_its_fault():
    world = Scripted([FaultKind.THROTTLED])
    world.cloud(READ, world.send)
    assert "cloud_call_again wait_s=1.000 call=DescribeDisk fault=throttled" in world.lines[0]


def test_a_lost_answer_of_a_once_call_is_an_error_that_names_its_resource():
    world = Scripted([FaultKind.ANSWER_LOST])
    with pytest.raises(FaultError, match="CreateDisk of disk of 10 GiB failed"):
        world.cloud(ONCE, world.send)


@pytest.mark.parametrize("kind", [FaultKind.ANSWER_LOST, FaultKind.SERVER_ERROR])
def test_a_once_call_that_was_done_after_all_gives_its_answer(kind):
    world = Scripted([kind])
    assert world.cloud(ONCE, world.send, settled=lambda: Settled.done("d-1")) == "d-1"
    assert world.sent == 1


def test_a_once_call_that_was_not_done_goes_again():
    world = Scripted([FaultKind.ANSWER_LOST])
    assert world.cloud(ONCE, world.send, settled=Settled.not_done) == "done"
    assert world.sent == 2


def test_a_once_call_of_which_nobody_knows_fails():
    world = Scripted([FaultKind.ANSWER_LOST])
    with pytest.raises(FaultError):
        world.cloud(ONCE, world.send, settled=Settled.unknown)
    assert world.sent == 1


def test_a_question_that_fails_leaves_the_outcome_unknown_and_names_the_call():
    world = Scripted([FaultKind.ANSWER_LOST])

    def ask():
        raise FaultError(Fault(FaultKind.DENIED), Operation("DescribeDisks", Effect.READ))

    with pytest.raises(FaultError, match="CreateDisk of disk of 10 GiB") as failed:
        world.cloud(ONCE, world.send, settled=ask)
    assert failed.value.fault.kind is FaultKind.ANSWER_LOST


def test_nobody_asks_what_became_of_a_call_that_was_refused():
    world = Scripted([FaultKind.INVALID])
    with pytest.raises(FaultError):
        world.cloud(ONCE, world.send, settled=pytest.fail)


def test_expired_credentials_are_renewed_once_for_any_effect():
    for effect in Effect:
        world, renewed = Scripted([FaultKind.EXPIRED]), iter([1])
        operation = Operation("X", effect)
        assert world.cloud(operation, world.send, refresh=renewed.__next__) == "done"
        assert next(renewed, None) is None
    world = Scripted([FaultKind.EXPIRED] * 2)
    with pytest.raises(FaultError):
        world.cloud(READ, world.send, refresh=lambda: None)
    assert world.sent == 2


def test_expired_credentials_without_renewal_are_an_error():
    world = Scripted([FaultKind.EXPIRED])
    with pytest.raises(FaultError):
        world.cloud(READ, world.send)


def test_a_renewal_that_fails_is_the_call_s_own_failure():
    world = Scripted([FaultKind.EXPIRED])

    def refresh():
        raise OSError("no metadata service")

    with pytest.raises(FaultError, match="DescribeDisk failed") as failed:
        world.cloud(READ, world.send, refresh=refresh)
    assert isinstance(failed.value.__cause__, OSError)


@pytest.mark.parametrize("effect", [Effect.TOKENED, Effect.ONCE])
def test_no_creating_call_begins_for_a_reader_who_has_gone(effect):
    world = Scripted([], caller=Caller(reader_gone=lambda: True))
    with pytest.raises(CallerGone):
        world.cloud(Operation("X", effect), world.send)
    assert world.sent == 0


def test_no_call_goes_again_for_a_caller_who_has_left():
    world = Scripted([FaultKind.BUSY] * 3)
    send = world.send

    def leave():
        world.caller.leave("SIGTERM")
        return send()

    with pytest.raises(CallerGone):
        world.cloud(READ, leave)
    assert world.sent == 1


def test_what_is_in_flight_is_known_while_it_is():
    world, seen = Scripted([]), []
    world.cloud(ONCE, lambda: seen.append(world.caller.in_flight))
    assert seen == ["CreateDisk disk of 10 GiB"]
    assert world.caller.in_flight == ""


@pytest.mark.parametrize(
    ("error", "attempts"),
    [(ConnectionRefusedError(111, "no"), 6), (socket.gaierror(-2, "no name"), 1), (KeyError(1), 1)],
)
def test_the_core_knows_a_socket_s_errors(error, attempts):
    world = Scripted([])

    def send():
        raise error

    with pytest.raises(FaultError) as failed:
        world.cloud(READ, send)
    assert failed.value.attempts == attempts


def test_a_lot_is_drawn_between_0_and_1():
    assert all(0 <= _draw() < 1 for _ in range(100))


@pytest.mark.parametrize("effect", Effect)
def test_a_caller_who_leaves_after_a_lost_answer_hears_what_was_not_confirmed(effect):
    world = Scripted([FaultKind.SERVER_ERROR])
    operation = Operation("CreateDisk", effect, resource="disk of 10 GiB")
    world.clock.sleep = lambda _s: world.caller.leave("SIGTERM")
    creates = effect in (Effect.TOKENED, Effect.ONCE)
    with pytest.raises(CallerGone):
        world.cloud(operation, world.send, settled=Settled.not_done)
    assert world.caller.unconfirmed == ("CreateDisk disk of 10 GiB" if creates else "")


def test_what_was_settled_or_repeated_is_confirmed():
    world = Scripted([FaultKind.ANSWER_LOST])
    world.cloud(ONCE, world.send, settled=lambda: Settled.done("d-1"))
    assert world.caller.unconfirmed == ""
    world = Scripted([FaultKind.ANSWER_LOST])
    tokened = Operation("CreateDisk", Effect.TOKENED, resource="d")

    def send():
        world.cloud(READ, lambda: None)  # another call's success confirms nothing of this one
        return world.send()

    world.cloud(tokened, send)
    assert world.caller.unconfirmed == ""
