"""The contract suite on the simulator, started from Terraform-shaped metadata, and after a kill.

Slow: real processes, and a simulator of its own for each run.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest
from ci_work import CI, ROOT

from ci.tooling import profile

pytestmark = pytest.mark.slow
_WITHIN_S = 120.0
_LOOK_S = 0.1
# Rules that make disks, of which none needs a VM.
MAKING = (
    "disk.create-answers-an-id disk.name-in-properties-is-tolerated disk.has-disk-tells-the-truth "
    "disk.odd-sizes-are-rounded-or-refused disk.has-disk-answers-a-boolean"
)


def environment():
    return {**os.environ, "PYTHON": sys.executable}


def task(work, *words, **more):
    command = [CI / "run", *words, "--work", work]
    return subprocess.run(
        command, env={**environment(), **more}, capture_output=True, text=True, check=False
    )


def by_world(*words, text=""):
    """As the judge starts it: in a process that ends while the simulator stays."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "ci.tooling.world", *words],
        env={**environment(), "PYTHONPATH": str(ROOT)}, input=text, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def wait_until(met, what):
    end = time.monotonic() + _WITHIN_S
    while not met():
        assert time.monotonic() < end, f"{what}: not within {_WITHIN_S:g} s"
        time.sleep(_LOOK_S)


def test_the_simulator_has_everything_of_the_environment_and_leaves_nothing(tmp_path):
    arguments = ["--metadata", str(CI / "simulator.json"), "--stemcell", "m-cpikitcilight00000001"]
    profile.main([*arguments, "--against", "simulator", "--output", str(tmp_path)])
    line = json.loads(by_world("up", str(tmp_path)))
    try:
        document = json.loads(Path(line["vars"]["config"]).read_text())
        section = document["cloud"]["properties"]["alicloud"]
        assert section["ecs_endpoint"].startswith("https://127.0.0.1:")
        assert Path(section["ca_file"]).is_file()
        assert Path(line["vars"]["config"]).stat().st_mode & 0o077 == 0
        assert section["access_key_secret"] in line["secrets"]
    finally:
        by_world("down", text=json.dumps(line))
    assert not Path(line["home"]).exists()
    assert not Path(f"/proc/{line['pid']}").exists()


def test_what_a_run_has_left_is_named_when_its_world_goes(tmp_path):
    arguments = ["--metadata", str(CI / "simulator.json"), "--stemcell", "m-cpikitcilight00000001"]
    profile.main([*arguments, "--against", "simulator", "--output", str(tmp_path)])
    line = json.loads(by_world("up", str(tmp_path)))
    made = call(line["vars"]["config"], "create_disk", 20480, {"category": "cloud_essd"}, None)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "ci.tooling.world", "down"],
        env={**environment(), "PYTHONPATH": str(ROOT)}, input=json.dumps(line),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == f"the run left 1 resources: disk {made}\n"
    assert not Path(f"/proc/{line['pid']}").exists()


def call(config, method, *arguments):
    """The result of one call of the CPI."""
    request = {"method": method, "arguments": arguments, "context": {"director_uuid": "d"},
               "api_version": 2}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-I", "-m", "cpikit", "--config", config],
        input=json.dumps(request), capture_output=True, text=True, check=True,
    )  # fmt: skip
    answer = json.loads(done.stdout)
    assert answer["error"] is None, answer
    return answer["result"]


def test_integration_is_green_under_the_directors_policy_and_leaves_nothing(tmp_path):
    """Every rule, as the pipeline asks them of a region; the world says what is left in it."""
    done = task(tmp_path, "integration", "--against", "simulator")
    report = json.loads((tmp_path / "results/report.json").read_text())
    outcomes = Counter(row["outcome"] for row in report["results"])
    assert done.returncode == 0, (outcomes, done.stdout[-3000:], done.stderr[-3000:])
    assert outcomes["passed"] > 180, outcomes
    assert (tmp_path / "results/junit.xml").read_text().startswith("<?xml")
    assert not list((tmp_path / "contracts/state").glob("ledger-*.jsonl"))


def test_a_killed_run_is_cleaned_by_its_ledger(tmp_path):
    command = [CI / "run", "integration", "--against", "simulator", "--work", tmp_path]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            env=environment() | {"ONLY": MAKING},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        state = tmp_path / "contracts/state"
        try:
            wait_until(
                lambda: any("made" in p.read_text() for p in state.glob("ledger-*.jsonl")),
                "something that the run made",
            )
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    homes = worlds_of(state)
    assert homes
    done = task(tmp_path, "clean")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not list(state.glob("ledger-*.jsonl"))
    assert not [home for home in homes if home.exists()]


def worlds_of(state):
    """The folders of the worlds that the ledgers tell of."""
    found = []
    for ledger in state.glob("ledger-*.jsonl"):
        for text in ledger.read_text().splitlines():
            row = json.loads(text)
            line = row.get("world") or row.get("line") or {}
            if "home" in line:
                found.append(Path(line["home"]))
    return found


def test_a_world_that_cannot_be_is_refused_and_leaves_nothing(tmp_path):
    arguments = ["--metadata", str(CI / "simulator.json"), "--stemcell", "m-1"]
    profile.main([*arguments, "--against", "simulator", "--output", str(tmp_path)])
    for name in ("cpi.json", "contract.toml"):
        text = (tmp_path / name).read_text()
        (tmp_path / name).write_text(text.replace("eu-central-1", "no-such-region"))
    before = set(Path(tempfile.gettempdir()).glob("cpikit-ci-*"))
    done = subprocess.run(
        [sys.executable, "-P", "-m", "ci.tooling.world", "up", tmp_path],
        env={**environment(), "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "the simulator is not ready" in done.stderr
    assert set(Path(tempfile.gettempdir()).glob("cpikit-ci-*")) <= before
