"""`world up` leaves a server running with the files that its clients want; `world down` ends it."""

from __future__ import annotations

import http.client
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cpikit_alicloud_simulator import throwaway
from cpikit_alicloud_simulator.client import ControlClient

WORLD = [sys.executable, "-m", "cpikit_alicloud_simulator", "world"]
Up = Callable[..., dict[str, Any]]


def ran(*words: str, line: Any = None) -> subprocess.CompletedProcess[str]:
    given = "" if line is None else json.dumps(line)
    return subprocess.run(
        [*WORLD, *words], input=given, capture_output=True, text=True, check=False, timeout=60
    )


def answers(control: str) -> bool:
    try:
        return bool(ControlClient.over_http(control).clock())
    except ConnectionRefusedError:
        return False


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    lines = []

    def start(*words: str) -> dict[str, Any]:
        done = ran("up", "--under", str(tmp_path), *words)
        assert (done.returncode, done.stderr) == (0, "")
        lines.append(json.loads(done.stdout))
        return lines[-1]

    yield start
    for line in lines:
        assert ran("down", line=line).returncode == 0


def test_each_up_is_a_world_of_its_own_and_down_leaves_nothing(up: Up, tmp_path: Path) -> None:
    first, second = up("--world", "contracts"), up("--world", "contracts")
    assert first["vars"]["http"] != second["vars"]["http"]
    assert first.keys() == set("vars control env inputs secrets directories".split())
    ControlClient.over_http(first["control"]).arm("throttle")
    kinds = {row["kind"] for row in ControlClient.over_http(second["control"]).inventory()}
    assert kinds >= {"vswitch", "image", "vserver_group", "nlb_server_group", "alb_server_group"}
    for line in (first, second):
        done = ran("down", line=line)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert not answers(line["control"])
    assert list(tmp_path.iterdir()) == []


def test_files_for_clients_are_filled_in_and_the_secret_is_in_no_var(
    up: Up, tmp_path: Path
) -> None:
    template = tmp_path / "any.json"
    template.write_text('{"at": "{http}", "key": "{access_key_secret}", "other": "{unknown}"}')
    line = up("--file", f"config={template}", "--env", "SSL_CERT_FILE={ca_file}")
    (secret,) = line["secrets"]
    written = Path(line["vars"]["config"])
    assert json.loads(written.read_text()) == {
        "at": line["vars"]["http"],
        "key": secret,
        "other": "{unknown}",
    }
    assert written.stat().st_mode & 0o077 == 0
    assert written.parent == Path(line["vars"]["root"])
    assert secret not in json.dumps(line["vars"])
    assert Path(line["env"]["SSL_CERT_FILE"]).is_file()


def test_a_server_that_was_killed_is_cleaned_up_after_and_down_twice_is_fine(up: Up) -> None:
    line = up()
    os.kill(int(line["vars"]["pid"]), signal.SIGKILL)
    for _ in range(2):
        assert ran("down", line=line).returncode == 0
        assert not Path(line["vars"]["root"]).exists()


def test_a_world_that_met_what_it_does_not_serve_goes_down_with_a_complaint(up: Up) -> None:
    line = up()
    connection = http.client.HTTPConnection(line["vars"]["host"], timeout=60)
    connection.request("GET", "/?Action=MakeCoffee&Version=2014-05-26")
    assert connection.getresponse().status == 403
    connection.close()
    done = ran("down", line=line)
    assert done.returncode == 1
    assert "not served: {'Ecs.MakeCoffee': 1}" in done.stderr
    assert not Path(line["vars"]["root"]).exists()
    assert not answers(line["control"])


def test_an_up_that_fails_leaves_nothing(tmp_path: Path) -> None:
    done = ran("up", "--under", str(tmp_path), "--world", "nowhere")
    assert (done.returncode, done.stdout) == (1, "")
    assert "nowhere" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--file", "config"], "wanted NAME=VALUE"),
        (["--env", "A-B=c"], "wanted NAME=VALUE"),
        (["--file", "config=nowhere.json"], "nowhere.json"),
    ],
)
def test_wrong_words_are_found_before_anything_starts(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert throwaway.main(["up", "--under", str(tmp_path), *words]) == 1
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "line", ["", "[]", '{"vars": {}}', '{"vars": {"root": "{here}", "pid": "1"}}']
)
def test_down_removes_only_what_up_made(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").touch()
    monkeypatch.setattr(sys, "stdin", io.StringIO(line.replace("{here}", str(tmp_path))))
    assert throwaway.main(["down"]) == 1
    assert capsys.readouterr().err.startswith("cpikit-alicloud-simulator world down: ")
    assert (tmp_path / "mine").exists()
