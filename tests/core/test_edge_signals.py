"""Signals, deadlines and readers who leave, with real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from toy_process import (
    BARE,
    answer_of,
    checked,
    command,
    request,
    run,
    start,
    wait_for,
    write_config,
)

VM = ("agent", "stemcell", {}, {}, [], {})
INFO = {"api_version": 3, "stemcell_formats": ["toy-raw"]}


def create_vm(trick):
    return request("create_vm", "agent", "s", {"trick": trick}, {}, [], {})


def ended(process):
    """The answer of a process that was started by hand, which has to end with status 0."""
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    return checked(out)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_during_a_wait_undoes_and_answers(tmp_path, number):
    process = start(write_config(tmp_path), create_vm("sleep"))
    wait_for(tmp_path / "ready", process)
    process.send_signal(number)
    error = ended(process)["error"]
    assert error["type"] == "Bosh::Clouds::VMCreationFailed"
    assert error["ok_to_retry"] is False
    assert f"ended early: {number.name}" in error["message"]
    assert "everything made so far was removed again" in error["message"]
    assert (tmp_path / "undone").read_text() == "vm-1\nnic-1\n"


def test_a_signal_during_a_cloud_call_lets_it_finish_and_then_undoes(tmp_path):
    process = start(write_config(tmp_path), create_vm("await_go"))
    wait_for(tmp_path / "ready", process)
    (tmp_path / "then_create").touch()
    process.send_signal(signal.SIGTERM)
    (tmp_path / "go").touch()
    error = ended(process)["error"]
    assert "ended early: SIGTERM" in error["message"]
    assert not (tmp_path / "late-1").exists()
    assert (tmp_path / "undone").read_text() == "vm-1\nnic-1\n"


def test_a_second_signal_answers_at_once_and_names_what_is_open(tmp_path):
    process = start(write_config(tmp_path), create_vm("block"))
    wait_for(tmp_path / "ready", process)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.1)  # two signals at once are one; nothing is asserted about this time
    process.send_signal(signal.SIGINT)
    message = ended(process)["error"]["message"]
    assert "ended by SIGTERM, then SIGINT" in message
    assert "not confirmed: RunVm VM vm-2" in message
    assert "not removed: VM vm-1, NIC nic-1" in message


@pytest.mark.parametrize("trick", ["block", "stuck_undo"])
def test_the_undo_has_a_deadline(tmp_path, trick):
    config = write_config(tmp_path, {"shutdown_s": 0.2})
    process = start(config, create_vm(trick))
    wait_for(tmp_path / "ready", process)
    process.send_signal(signal.SIGTERM)
    message = ended(process)["error"]["message"]
    assert "ended by SIGTERM, then 0.2 s have passed" in message
    if trick == "stuck_undo":
        assert "not removed: VM stuck, VM vm-1, NIC nic-1" in message


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_while_the_request_is_still_coming_is_answered(tmp_path, number):
    process = subprocess.Popen(
        command(write_config(tmp_path)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=BARE,
    )
    process.stdin.write(request("has_vm", "v")[:20])
    process.stdin.flush()
    _wait_until_it_catches(process, number)
    process.send_signal(number)
    process.stdin.write(request("has_vm", "v")[20:])
    assert ended(process)["error"] is None  # has_vm asks nothing of the cloud: it is just answered


def _wait_until_it_catches(process, number):
    """The kernel tells which signals a process handles itself."""
    for _ in range(3000):
        with Path(f"/proc/{process.pid}/status").open(encoding="ascii") as status:
            caught = next(line for line in status if line.startswith("SigCgt")).split()[1]
        if int(caught, 16) >> (signal.SIGHUP - 1) & 1 and int(caught, 16) >> (number - 1) & 1:
            return
        time.sleep(0.01)
    raise AssertionError(f"{number.name} is not handled while the request is read")


def test_nothing_is_created_for_a_reader_who_has_gone(tmp_path):
    read, write = os.pipe()
    process = start(write_config(tmp_path), create_vm("await_go"), stdout=write)
    os.close(write)
    wait_for(tmp_path / "ready", process)
    (tmp_path / "then_create").touch()
    os.close(read)
    (tmp_path / "go").touch()
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert not (tmp_path / "late-1").exists()
    assert (tmp_path / "undone").read_text() == "vm-1\nnic-1\n"


def test_an_answer_that_finds_no_reader_is_taken_back(tmp_path):
    read, write = os.pipe()
    process = start(write_config(tmp_path), create_vm("await_go"), stdout=write)
    os.close(write)
    wait_for(tmp_path / "ready", process)
    os.close(read)
    (tmp_path / "go").touch()
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert (tmp_path / "undone").read_text() == "vm-1\nnic-1\n"
    assert b"answer_unread undoing=2" in err


def test_a_stderr_that_nobody_reads_costs_no_answer(tmp_path):
    read, write = os.pipe()
    os.close(read)
    process = start(write_config(tmp_path), create_vm("exit"), stderr=write)
    os.close(write)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert checked(out)["error"]["type"] == "Bosh::Clouds::VMCreationFailed"


@pytest.mark.parametrize("trick", ["exit", "hard", "interrupt", "memory", "recurse", "mute"])
def test_a_crashing_provider_is_answered_with_status_0(tmp_path, trick):
    done = run(write_config(tmp_path), create_vm(trick))
    assert answer_of(done)["error"]["type"] == "Bosh::Clouds::VMCreationFailed"
    assert (tmp_path / "undone").read_text() == "vm-1\nnic-1\n"
    assert b"traceback" in done.stderr


def test_the_answer_is_one_write_and_nothing_else_is_written_to_stdout(tmp_path):
    # The descriptor that stdout had moved to is the one that gets the answer: watch all writes.
    watch = (
        "import os, sys; real = os.write; seen = open(os.environ['SEEN'], 'ab', 0);"
        " os.write = lambda fd, data: (seen.write(b'%d %d\\n' % (fd, len(data))),"
        " real(fd, data))[1]; "
    )
    from toy_process import _START

    log = tmp_path / "writes"
    config = write_config(tmp_path)
    done = subprocess.run(
        command(config, start=watch + _START),
        input=request("create_vm", *VM),
        capture_output=True,
        env={**BARE, "SEEN": str(log)},
        timeout=30,
        check=False,
    )
    answer_of(done)
    writes = [tuple(map(int, line.split())) for line in log.read_text().splitlines()]
    (out,) = {number for number, size in writes if size == len(done.stdout)}
    assert [number for number, _ in writes].count(out) == 1
    assert out >= 10


def test_debug_and_the_configuration_both_ask_for_details(tmp_path):
    secret = "canary-in-the-token"
    section = {"token": secret}
    for core, more in (({"debug": True}, ()), ({}, ("--debug",)), ({}, ())):
        config = write_config(tmp_path, core, **section)
        body = json.loads(config.read_text())
        body["cloud"]["properties"]["agent"] = {"mbus": "nats://u:canary-in-mbus@h:1"}
        config.write_text(json.dumps(body))
        done = run(config, request("has_vm", "leak"), *more)
        assert answer_of(done)["error"]["type"] == "Bosh::Clouds::CloudError"
        assert (b"toy_revealed" in done.stderr) == bool(core or more)
        assert b"canary" not in done.stdout + done.stderr


def test_peak_descriptors_and_python_are_as_the_release_starts_them(tmp_path):
    done = subprocess.run(
        [sys.executable, "-I", "-m", "cpikit", "--config", str(tmp_path / "none")],
        input=request("info"),
        capture_output=True,
        env=BARE,
        timeout=30,
        check=False,
    )
    assert "cannot read" in answer_of(done)["error"]["message"]


def many_infos(tmp_path, count):
    config = write_config(tmp_path)
    waiting = [start(config, request("info")) for _ in range(count)]
    return [ended(process)["result"] for process in waiting]


@pytest.mark.slow
def test_two_hundred_parallel_infos_are_all_answered(tmp_path):
    assert many_infos(tmp_path, 200) == [INFO] * 200


def test_sixteen_parallel_infos_are_all_answered(tmp_path):
    assert many_infos(tmp_path, 16) == [INFO] * 16
