"""The process: ready line and file, world file, scaled time, a clean end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cpikit_alicloud_simulator.client import ControlClient

COMMAND = [sys.executable, "-m", "cpikit_alicloud_simulator"]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    world = tmp_path / "world.toml"
    world.write_text('[[resources]]\nkind = "vpc"\nid = "vpc-1"\n')
    ready = str(tmp_path / "ready.json")
    process = subprocess.Popen(
        [*COMMAND, "--world", str(world), "--ready-file", ready, "--time", "scaled:100"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.kill()


def test_it_says_when_it_is_ready_and_ends_cleanly(
    started: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert started.stdout
    line = started.stdout.readline()
    ready = json.loads(line)
    assert (tmp_path / "ready.json").read_text() == line
    assert ready["pid"] == started.pid
    assert ready.keys() == set("http https ca_file control metadata region accounts pid".split())
    assert Path(ready["ca_file"]).read_text().startswith("-----BEGIN CERTIFICATE")
    control = ControlClient.over_http(ready["control"])
    assert [row["id"] for row in control.inventory()] == ["vpc-1"]
    assert control.clock()["time"] == "scaled:100"
    os.kill(started.pid, signal.SIGTERM)
    out, err = started.communicate(timeout=10)
    assert (started.returncode, out, err) == (0, "", "")
    assert not (tmp_path / "ready.json").exists()
    assert not Path(ready["ca_file"]).exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--time", "virtual"], "same process"),
        (["--time", "fast"], "invalid"),
        (["--profile", "quick"], "invalid choice"),
        (["--http-port", "99999"], "wanted 0 to 65535"),
        (["--world", "nowhere.toml"], "nowhere.toml"),
    ],
)
def test_wrong_arguments_are_told_in_one_line(arguments: list[str], said: str) -> None:
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
