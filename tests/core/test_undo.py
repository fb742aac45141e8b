"""What a call made is taken back last first, and one that fails stops nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpikit.log import Log
from cpikit.redaction import Redactor
from cpikit.undo import Undo, describe

ENDS = [None, RuntimeError("stuck"), SystemExit(1), KeyboardInterrupt(), RuntimeError()]


def log():
    lines: list[str] = []
    redactor = Redactor()
    redactor.learn(["hunter2hunter2"])
    return Log(lambda line: lines.append(line.decode()), redactor), lines


@given(st.lists(st.sampled_from(range(len(ENDS))), max_size=12))
def test_everything_is_tried_last_first_whatever_fails(ends):
    undo, tried = Undo(), []

    def step(number, end):
        def remove():
            tried.append(number)
            if ENDS[end] is not None:
                raise ENDS[end]

        return remove

    for number, end in enumerate(ends):
        undo.push(f"thing {number}", step(number, end))
    assert undo.pending == tuple(f"thing {n}" for n in reversed(range(len(ends))))
    left = undo.run(log()[0])
    assert tried == list(reversed(range(len(ends))))
    assert undo.pending == ()
    assert [what for what, _ in left] == [f"thing {n}" for n in tried if ENDS[ends[n]] is not None]
    assert all(reason for _, reason in left)


def test_what_has_an_owner_is_forgotten():
    undo = Undo()
    undo.push("VM v", pytest.fail)
    undo.push("disk d", lambda: None)
    undo.forget("VM v")
    undo.forget("never there")
    assert undo.pending == ("disk d",)
    assert undo.run(log()[0]) == ()


def test_a_removal_is_pending_until_it_is_done():
    undo, seen = Undo(), []
    undo.push("VM v", lambda: seen.append(undo.pending))
    undo.run(log()[0])
    assert seen == [("VM v",)]


def test_leftovers_are_named_with_their_reasons_and_without_secrets():
    undo = Undo()
    lines_log, lines = log()

    def remove():
        raise RuntimeError("refused hunter2hunter2")

    undo.push("VM v-1", remove)
    told = describe(undo.run(lines_log))
    assert told == "could not be removed and is still there: VM v-1 (refused <redacted>)"
    assert "hunter2" not in "".join(lines)
    assert describe(()) == ""
