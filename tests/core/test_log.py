"""Lines on stderr: whole, redacted, under a ceiling that always leaves room for the last one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpikit.log import CEILING_BYTES, DEBUG_CEILING_BYTES, Log
from cpikit.redaction import Redactor, Secret

NAMES = st.sampled_from(["call", "text", "x", "ä"])
VALUES = st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.binary())


def log_of(*, debug=False, fails=False):
    lines: list[bytes] = []

    def write(line):
        if fails:
            raise OSError("nobody reads")
        lines.append(line)

    return Log(write, Redactor(), debug=debug, now=lambda: 1_700_000_000.0425), lines


def test_a_line_is_time_request_id_event_and_values():
    log, lines = log_of()
    log.request_id = "cpi-1"
    log.event("cloud_call", call="X", seconds=0.12345, gone=None, text='a "b"', empty="")
    assert lines == [
        (
            b"2023-11-14T22:13:20.042Z cpi-1 cloud_call call=X seconds=0.123"
            b' text="a \\"b\\"" empty=""\n'
        )
    ]


def test_a_secret_value_is_masked():
    log, lines = log_of()
    log.event("x", token=Secret("hunter2hunter2"))
    assert lines[0].endswith(b"x token=<redacted>\n")


def test_details_are_written_only_when_asked_for():
    log, lines = log_of()
    log.debug("detail")
    assert lines == []
    assert not log.is_debug
    log, lines = log_of(debug=True)
    log.debug("detail")
    assert len(lines) == 1
    assert log.is_debug


def test_each_line_of_a_text_is_an_event_of_its_own():
    log, lines = log_of()
    log.text("traceback", "one\ntwo\n\n")
    assert [line.split(b" ", 2)[2] for line in lines] == [
        b"traceback text=one\n",
        b"traceback text=two\n",
    ]


@pytest.mark.parametrize("debug", [False, True])
@given(
    st.lists(st.tuples(st.text(max_size=20), st.dictionaries(NAMES, VALUES))),
    st.integers(0, 40),
    st.text(min_size=1, max_size=40),
)
def test_the_ceiling_holds_and_the_last_line_is_always_written(debug, events, count, filler):
    log, lines = log_of(debug=debug)
    for name, values in events:
        log.event(name or "e", **values)
    for _ in range(count):
        log.event("long", text=filler * 5000)
    before = len(lines)
    log.last("method_finished", message="z" * 9000)
    assert len(lines) == before + 1
    assert all(len(line) <= 4096 and line.endswith(b"\n") for line in lines)
    assert sum(map(len, lines)) <= (DEBUG_CEILING_BYTES if debug else CEILING_BYTES)
    for line in lines:
        line.decode("utf-8")


@pytest.mark.parametrize("text", ["库存不足" * 2000, "x" * 4096, "x" * 4000, "\ud800" * 4000])
def test_the_last_line_is_written_however_long_its_message(text):
    log, lines = log_of()
    log.last("method_finished", message=text)
    assert len(lines) == 1


def test_what_the_ceiling_swallowed_is_counted_and_nothing_follows_a_gap():
    log, lines = log_of()
    for _ in range(20):
        log.event("long", text="x" * 4000)
    log.event("short")
    assert not any(b" short" in line for line in lines)
    written = len(lines)
    log.last("method_finished")
    assert lines[-1].endswith(f"method_finished dropped_lines={21 - written}\n".encode())


@given(st.text())
def test_a_request_id_makes_no_second_line(request_id):
    log, lines = log_of()
    log.request_id = request_id
    log.event("event")
    assert len(lines) == 1
    assert lines[0].count(b"\n") == 1


def test_a_stderr_that_nobody_reads_stops_the_lines_not_the_call():
    log, _ = log_of(fails=True)
    log.event("one")
    log.event("two")
    log.last("three")
    assert log._left == 0


def test_a_value_without_a_text_costs_no_call():
    class Mute:
        def __str__(self):
            raise RuntimeError("no text")

    log, lines = log_of()
    log.event("x", value=Mute())
    assert lines[0].endswith(b'x value="Mute without a text"\n')


def test_a_secret_that_was_quoted_before_is_masked_before_it_is_quoted_again():
    log, lines = log_of()
    log.redactor.learn(['hunter "2" hunter'])
    log.event("x", text=json.dumps({"a": 'hunter "2" hunter'}))
    assert b"hunter" not in lines[0]
