"""The process edge, through real processes: one answer, exit status 0, nothing left behind."""

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
    is_alive,
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


@pytest.mark.parametrize(
    "raw", [request("info"), request("info") + b"\n", b" \n" + request("info")]
)
def test_info_is_answered_with_only_a_path_in_the_environment(tmp_path, raw):
    assert answer_of(run(write_config(tmp_path), raw))["result"] == INFO


@pytest.mark.parametrize(
    "odd",
    [
        {"LANG": "C"},
        {"LC_ALL": "POSIX", "PYTHONUTF8": "0"},
        {"LC_ALL": "bogus"},
        {"LC_ALL": "de_DE.ISO-8859-1", "PYTHONIOENCODING": "latin-1"},
        {"HTTP_PROXY": "http://127.0.0.1:1", "PYTHONPATH": "/nowhere", "HOME": "/nowhere"},
        {"PYTHONWARNINGS": "error", "PYTHONDEVMODE": "1", "TMPDIR": "/nowhere"},
    ],
    ids=lambda odd: next(iter(odd.items()))[1],
)
def test_an_odd_environment_changes_nothing(tmp_path, odd):
    done = run(write_config(tmp_path), request("has_vm", "vm-☃ü"), env={**BARE, **odd})
    assert answer_of(done)["result"] is False


@pytest.mark.parametrize("kind", ["unwritable", "deleted"])
def test_any_working_directory_will_do(tmp_path, kind):
    folder = tmp_path / "cwd"
    folder.mkdir()
    config = write_config(tmp_path)

    def enter():
        os.chdir(folder)
        folder.rmdir() if kind == "deleted" else folder.chmod(0o500)

    assert answer_of(run(config, request("has_vm", "v"), preexec_fn=enter))["result"] is False


def test_a_request_of_20_mb_is_read_to_its_end(tmp_path):
    raw = request("create_vm", "a", "s", {}, {}, [], {"filler": "x" * 20_000_000})
    assert answer_of(run(write_config(tmp_path), raw))["result"] == ["vm-1", {}]


def test_a_request_that_comes_byte_by_byte_is_one_request(tmp_path):
    process = subprocess.Popen(
        command(write_config(tmp_path)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        env=BARE,
    )
    for byte in request("info"):
        process.stdin.write(bytes([byte]))
    assert ended(process)["result"] == INFO


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "is empty"),
        (b"null", "is null"),
        (b"[]", "is an array"),
        (b'"x"', "is a string"),
        (b"{", "is not JSON"),
        (b"\xef\xbb\xbf" + request("info"), "is not JSON"),
        (request("info").decode().encode("utf-16"), "is not UTF-8"),
        (b"\x00\xff", "is not UTF-8"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"method":"info","arguments":' + b'[{"a":' * 100_000, "nested too deeply"),
        (b'{"method": "info", "arguments": [' + b"9" * 5000 + b"]}", "is not JSON"),
        (b'{"method": "info", "arguments": [NaN]}', "is not JSON"),
        (request("info") * 2, "is not JSON"),
    ],
    ids=range(13),
)
def test_a_malformed_request_is_answered(tmp_path, raw, said):
    error = answer_of(run(write_config(tmp_path), raw))["error"]
    assert error["type"] == "Bosh::Clouds::CpiError"
    assert said in error["message"]


@pytest.mark.parametrize("kind", ["missing", "unreadable", "garbage", "directory", "bytes", "deep"])
def test_an_unusable_cpi_json_is_answered(tmp_path, kind):
    path = tmp_path / "cpi.json"
    content = {"garbage": b"{", "bytes": b"\xff\xfe", "deep": b"[" * 200_000, "unreadable": b"{}"}
    if kind in content:
        path.write_bytes(content[kind])
    if kind == "unreadable":
        path = "/proc/self/mem"  # root may read anything else
    if kind == "directory":
        path = tmp_path
    error = answer_of(run(path, request("info")))["error"]
    assert error["type"] == "Bosh::Clouds::CpiError"
    assert "cpi.json" in error["message"]


def test_stray_prints_never_reach_the_answer_and_those_of_python_reach_stderr(tmp_path):
    (tmp_path / "print").write_text("")
    done = run(write_config(tmp_path), request("has_vm", "print"))
    assert answer_of(done)["result"] is True
    assert b"stray one\nstray two\n" in done.stderr
    assert done.stdout.count(b"\n") == 1


def test_a_child_holds_no_pipe_of_ours(tmp_path):
    process = start(write_config(tmp_path), request("has_vm", "child"))
    assert ended(process)["result"] is True  # communicate has met the end of both pipes
    child = int((tmp_path / "child").read_text())
    assert is_alive(child)
    os.kill(child, signal.SIGKILL)


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)])
def test_a_closed_descriptor_is_no_crash(tmp_path, closed):
    def close():
        for number in closed:
            os.close(number)

    done = run(write_config(tmp_path), create_vm(""), preexec_fn=close)
    assert done.returncode == 0
    if 1 in closed:
        assert done.stdout == b""
        assert not (tmp_path / "vm-1").exists(), "made for nobody"
    elif 0 in closed:
        assert "is empty" in checked(done.stdout)["error"]["message"]
    else:
        assert checked(done.stdout)["result"] == ["vm-1", {}]


def test_what_cannot_be_read_is_an_empty_request(tmp_path):
    # Python itself refuses to start on a directory; everything else is ours.
    from cpikit.edge import _read_all

    number = os.open(tmp_path, os.O_RDONLY)
    assert _read_all(number) == b""
    os.close(number)
    assert _read_all(number) == b""


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
