"""Whoever waits for the answer: when it leaves, nothing new is begun, and undo goes on."""

from __future__ import annotations

import pytest

from cpikit import CallerGone
from cpikit.caller import Caller


def test_the_first_reason_is_kept_and_told_once():
    told = []
    caller = Caller(on_leaving=told.append)
    caller.check()
    caller.leave("SIGTERM")
    caller.leave("SIGHUP")
    assert (caller.reason, told) == ("SIGTERM", ["SIGTERM"])
    with pytest.raises(CallerGone, match="SIGTERM"):
        caller.check()


def test_a_reader_who_has_gone_is_noticed_before_creating_only():
    caller = Caller(reader_gone=lambda: True)
    caller.check()
    with pytest.raises(CallerGone):
        caller.check_before_creating()


def test_in_process_somebody_always_reads():
    caller = Caller()
    caller.check_before_creating()
    assert caller.can_hear()
    caller.leave("SIGTERM")
    assert caller.can_hear()


def test_an_answer_without_a_reader_is_a_reason_to_leave():
    caller = Caller(reader_gone=lambda: True)
    assert not caller.can_hear()
    assert caller.reason == "nobody reads the answer any more"
    assert not caller.can_hear()


def test_an_undo_goes_on_although_the_caller_is_gone():
    caller = Caller()
    caller.leave("SIGTERM")
    with caller.shield():
        with caller.shield():
            caller.check()
        caller.check()
        with caller.interruptible():
            caller.leave("SIGHUP")
    with pytest.raises(CallerGone):
        caller.check()


def test_leaving_interrupts_where_it_is_safe_and_nowhere_else():
    caller = Caller()

    def sleep_meanwhile():
        with caller.interruptible():
            caller.leave("SIGINT")

    with pytest.raises(CallerGone):
        sleep_meanwhile()
    caller.leave("SIGINT")  # outside of a sleep nothing is torn apart


def test_a_provider_s_except_exception_does_not_swallow_it():
    assert not issubclass(CallerGone, Exception)
