"""The process edge from inside: pipes for its descriptors, and an end that is caught."""

from __future__ import annotations

import os
import signal

import pytest
from toy_process import checked, request, write_config

from cpikit import cpi_json, edge


class Ended(BaseException):
    """In the place of os._exit."""


class World:
    """An Edge between pipes, in this process; `handlers` and `timers` are what it asked for."""

    def __init__(self, monkeypatch):
        self.answers, out = os.pipe()
        self.lines, err = os.pipe()
        self.handlers: dict[int, object] = {}
        self.timers: list[float] = []
        self.out, self.err = out, err
        ends = {1: out, 2: err}
        monkeypatch.setattr(edge.sys, "stdout", None)
        monkeypatch.setattr(edge.sys, "stderr", None)
        monkeypatch.setattr(edge.faulthandler, "enable", lambda _file: None)
        monkeypatch.setattr(edge.gc, "set_threshold", lambda _count: None)
        monkeypatch.setattr(edge.signal, "signal", self.handlers.__setitem__)
        monkeypatch.setattr(edge.signal, "setitimer", lambda _which, s: self.timers.append(s))
        monkeypatch.setattr(edge.os, "_exit", self.exit)
        monkeypatch.setattr(edge.os, "dup2", lambda *_numbers: None)
        monkeypatch.setattr(edge.Edge, "_moved", lambda _edge, number: ends[number])

    def exit(self, status):
        assert status == 0
        raise Ended

    def answer(self):
        os.close(self.out)
        with os.fdopen(self.answers, "rb") as answers:
            return answers.read()

    def log(self):
        os.close(self.err)
        with os.fdopen(self.lines, "rb") as lines:
            return lines.read()


@pytest.fixture
def world(monkeypatch):
    return World(monkeypatch)


def serve(made, raw, config, *, debug=False):
    made.catch_signals()
    with pytest.raises(Ended):
        made.serve(raw, str(config), debug=debug)


def test_a_run_reads_stdin_serves_and_ends(world, monkeypatch, tmp_path):
    monkeypatch.setattr(edge, "_read_all", lambda number: request("ping") * (number == 0))
    with pytest.raises(Ended):
        edge.run(str(write_config(tmp_path)))
    assert checked(world.answer())["result"] == "pong"
    assert b"method_finished method=ping outcome=ok" in world.log()


def test_an_unusable_configuration_is_answered(world):
    serve(edge.Edge(), request("info"), "/nowhere/cpi.json")
    assert "cannot read /nowhere/cpi.json" in checked(world.answer())["error"]["message"]


def test_the_first_signal_sets_the_deadline_and_the_second_ends(world, tmp_path):
    made = edge.Edge()
    serve(made, request("create_disk", 1, {}, None), write_config(tmp_path, {"shutdown_s": 3}))
    os.read(world.answers, 1 << 16)
    made._answering = False
    world.handlers[signal.SIGTERM](signal.SIGTERM, None)
    assert world.timers == [3]
    made._caller.in_flight = "RunVm VM vm-2"
    with pytest.raises(Ended):
        world.handlers[signal.SIGINT](signal.SIGINT, None)
    message = checked(world.answer())["error"]["message"]
    assert message == (
        "ended by SIGTERM, then SIGINT, before it was finished; "
        "not confirmed: RunVm VM vm-2; not removed: disk disk-1"
    )


def test_the_deadline_ends_a_call_that_was_not_even_begun(world):
    made = edge.Edge()
    made.catch_signals()
    world.handlers[signal.SIGHUP](signal.SIGHUP, None)
    with pytest.raises(Ended):
        world.handlers[signal.SIGALRM](signal.SIGALRM, None)
    message = checked(world.answer())["error"]["message"]
    passed = f"{cpi_json.SHUTDOWN_S:g} s have passed"
    assert message == f"ended by SIGHUP, then {passed}, before it was finished"


def test_nothing_is_added_to_an_answer_that_is_on_its_way(world):
    made = edge.Edge()
    made._answering = True
    made._give_up("SIGTERM")
    assert world.answer() == b""


def test_an_answer_without_a_reader_is_taken_back(world, tmp_path):
    os.close(world.answers)
    serve(edge.Edge(), request("create_disk", 1, {}, None), write_config(tmp_path))
    assert not (tmp_path / "disk-1").exists()
    assert b"nobody reads the answer any more" in world.log()


def test_a_reader_who_leaves_during_the_answer_takes_it_back_too(world, monkeypatch, tmp_path):
    real = edge._write_all

    def write(number, data):
        if number == world.out:
            raise BrokenPipeError
        real(number, data)

    monkeypatch.setattr(edge, "_write_all", write)
    serve(edge.Edge(), request("create_disk", 1, {}, None), write_config(tmp_path))
    assert (tmp_path / "undone").read_text() == "disk-1\n"
    assert b"answer_unread undoing=1" in world.log()


def test_a_configuration_that_nobody_hears_of_has_nothing_to_undo(world, monkeypatch):
    os.close(world.answers)
    serve(edge.Edge(), b"", "/nowhere/cpi.json")


def test_a_closed_stdout_has_no_reader(world, monkeypatch, tmp_path):
    monkeypatch.setattr(edge, "_is_open", lambda _number: False)
    serve(edge.Edge(), request("create_disk", 1, {}, None), write_config(tmp_path))
    assert world.answer() == b""
    assert not (tmp_path / "disk-1").exists()


def test_a_descriptor_moves_and_leaves_nothing_behind(world, monkeypatch):
    made = edge.Edge()
    monkeypatch.undo()
    read, write = os.pipe()
    moved = made._moved(write)
    assert moved >= 10
    assert not os.get_inheritable(moved)
    os.write(write, b"lost")
    os.write(moved, b"kept")
    os.close(moved)
    os.close(write)
    assert os.read(read, 99) == b"kept"
    os.close(read)
    assert made._moved(read) == made.nowhere
    os.close(read)


def test_what_is_open_is_known():
    read, write = os.pipe()
    os.close(write)
    assert edge._is_open(read)
    os.close(read)
    assert not edge._is_open(read)


def test_a_large_answer_goes_in_parts(monkeypatch):
    written = []
    monkeypatch.setattr(
        edge.os, "write", lambda _fd, data: written.append(bytes(data[:3])) or min(3, len(data))
    )
    edge._write_all(1, b"12345678")
    assert written == [b"123", b"456", b"78"]


def test_bytes_are_read_in_chunks_to_the_end():
    read, write = os.pipe()
    os.write(write, b"x" * 1000)
    os.close(write)
    assert edge._read_all(read) == b"x" * 1000
    os.close(read)
