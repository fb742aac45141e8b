"""The process edge, through real processes: one answer, exit status 0, nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess

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
