"""What an interrupted run left is found again and deleted."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cpikit_contracts.cleaning import adopt
from cpikit_contracts.command import main
from cpikit_contracts.mutants import LIAR, profile_for
from cpikit_contracts.run import Choices, OpenSession
from cpikit_contracts.scenario import Scenario

WAIT_S = 60.0


def test_clean_takes_down_the_world_of_a_killed_run(tmp_path: Path) -> None:
    profile = LIAR / "contract.toml"
    state = tmp_path / "state"
    words = [sys.executable, "-m", "cpikit_contracts.command", "run", "--profile", str(profile)]
    run = subprocess.Popen(
        [*words, "--level", "lifecycle", "--only", "vm", "--state", str(state), "--quiet"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    journal = _first_made(state, run)
    run.send_signal(signal.SIGKILL)
    run.wait()
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    folder = next(line["line"]["vars"]["folder"] for line in lines if line["event"] == "world")
    assert Path(folder).is_dir()
    assert main(["clean", "--profile", str(profile), "--state", str(state)]) == 0
    assert not Path(folder).is_dir()
    assert list(state.glob("ledger-*")) == []


def _heeding_signals() -> None:
    """Whoever runs the tests in the background has them ignore an interrupt."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_cleans_up_by_itself(tmp_path: Path, number: signal.Signals) -> None:
    state = tmp_path / "state"
    words = [sys.executable, "-m", "cpikit_contracts.command", "run", "--state", str(state)]
    run = subprocess.Popen(
        [*words, "--profile", str(LIAR / "contract.toml"), "--level", "model", "--only", "model",
         "--only", "vm", "--quiet"],
        preexec_fn=_heeding_signals,  # noqa: PLW1509  # it only sets a signal
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    journal = _first_made(state, run)
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    run.send_signal(number)
    told = run.communicate()[0].decode()
    assert run.returncode == 1
    folder = next(line["line"]["vars"]["folder"] for line in lines if line["event"] == "world")
    assert not Path(folder).is_dir()
    assert list(state.glob("ledger-*")) == []
    assert "interrupted: what was not asked is not judged" in told
    report = json.loads((state / "last.json").read_text())
    assert report["verdict"] == "attention"
    unasked = [each for each in report["results"] if each["message"] == "the run was interrupted"]
    assert len(unasked) > 10


def _first_made(state: Path, run: "subprocess.Popen[bytes]") -> Path:
    """Wait until the run has made something."""
    end_by = time.monotonic() + WAIT_S
    while time.monotonic() < end_by and run.poll() is None:
        for journal in state.glob("ledger-*.jsonl"):
            if '"made"' in journal.read_text():
                return journal
    raise AssertionError("the run made nothing")


def test_the_end_of_a_session_deletes_the_last_first(tmp_path: Path) -> None:
    opened = OpenSession(profile_for(), Choices(state=tmp_path), 0)
    scenario = Scenario(opened.session, "director", "test")
    vm, disk = scenario.vm(), scenario.disk()
    scenario.needed(scenario.call("attach_disk", vm, disk))
    assert opened.close() == []
    methods = [answer.exchange.method for answer in opened.session.exchanges]
    assert methods[-4:] == ["detach_disk", "delete_disk", "delete_vm", "delete_stemcell"]
    assert list(tmp_path.glob("ledger-*")) == []


def test_what_cannot_be_deleted_is_said(tmp_path: Path) -> None:
    opened = OpenSession(profile_for("disk-must-be-there"), Choices(state=tmp_path), 0)
    opened.session.ledger.add("disk", "disk-that-never-was", "test")
    left = opened.close()
    assert len(left) == 1
    assert "disk-that-never-was could not be deleted" in left[0]


def test_what_turns_up_under_the_words_of_a_cloud_is_adopted_and_goes_last_made_first() -> None:
    opened = OpenSession(profile_for(), Choices(), 0)
    ours, stranger = opened.session.director_uuid, "somebody"
    rows = [
        ("image", "m-1", ours),
        ("snapshot", "s-1", ours),
        ("instance", "i-1", ours),
        ("eni", "eni-1", ours),
        ("image", "m-2", stranger),
        ("snapshot", "s-0", ours),
    ]
    things = [{"kind": kind, "id": cid, "owner": owner} for kind, cid, owner in rows]
    adopt(opened.session, things, {("snapshot", "s-0")}, "test")
    made = [(each.kind, each.cid) for each in opened.session.ledger.open_in("test")]
    assert made == [("vm", "i-1"), ("stemcell", "m-1"), ("snapshot", "s-1")]
    assert opened.close() == []
