"""The judge's verdict on this provider: the real executable against a simulator of its own.

A part of it belongs to the quick tests; all of it, over HTTP and over TLS, is slow: more than a
thousand processes, some of which wait for a cloud that is not there.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from cpikit_contracts.command import main
from cpikit_contracts.profile import load
from cpikit_contracts.replay import sets

ALICLOUD = Path(__file__).parents[2] / "providers" / "alicloud"
QUICK = "stemcell snapshot network metadata leak".split()
TOOLS = Path(sys.executable).parent


@pytest.fixture(autouse=True)
def _tools_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """The profile's commands are those of this environment, however pytest was started."""
    monkeypatch.setenv("PATH", f"{TOOLS}{os.pathsep}{os.environ['PATH']}")


def judged(tmp_path: Path, profile: Path, *words: str) -> list[dict[str, Any]]:
    """The results of all cases that were asked."""
    report = tmp_path / "report.json"
    words = ("run", "--profile", str(profile), "--quiet", "--seed", "7", *words)
    status = main([*words, "--state", str(tmp_path / "state"), "--report", str(report)])
    results = json.loads(report.read_text())["results"]
    asked = [each for each in results if each["outcome"] != "not run"]
    assert [each for each in asked if each["outcome"] in ("broken", "blocked")] == []
    assert status == 0
    return asked


def over_tls(tmp_path: Path) -> Path:
    """The profile, with a world that is reached over TLS."""
    text = (ALICLOUD / "contract.toml").read_text("utf-8")
    sealed = tmp_path / "contract.toml"
    text = text.replace("contract/cpi.json", "contract/tls.json")
    sealed.write_text(text.replace("contract/", f"{ALICLOUD}/contract/"))
    return sealed


def test_a_part_of_the_contract_is_kept(tmp_path: Path) -> None:
    only = [word for group in QUICK for word in ("--only", group)]
    asked = judged(tmp_path, ALICLOUD / "contract.toml", "--level", "lifecycle", *only)
    assert len(asked) > 20


@pytest.mark.slow
def test_wire_and_lifecycle_pass_over_http(tmp_path: Path) -> None:
    words = ("--level", "lifecycle", "--jobs", "2")
    assert len(judged(tmp_path, ALICLOUD / "contract.toml", *words)) > 170


@pytest.mark.slow
def test_wire_and_lifecycle_pass_over_tls(tmp_path: Path) -> None:
    asked = judged(tmp_path, over_tls(tmp_path), "--level", "lifecycle", "--jobs", "2")
    assert len(asked) > 170


def replayed(tmp_path: Path, *words: str) -> list[dict[str, Any]]:
    report = tmp_path / "replay.json"
    words = ("replay", "--profile", str(ALICLOUD / "replay.toml"), "--keep-going", *words)
    status = main([*words, "--state", str(tmp_path / "state"), "--report", str(report)])
    steps: list[dict[str, Any]] = json.loads(report.read_text())
    assert [step for step in steps if step["problem"]] == []
    assert status == 0
    return steps


def refused_for_themselves(steps: list[dict[str, Any]]) -> set[str]:
    """The refused steps that name nothing which an earlier refusal kept from being made."""
    return {
        step["step"]
        for step in steps
        if step["refused"] and '"not-made-' not in step["request"]
        if not step["step"].endswith("current_vm_id")
    }


def test_recorded_requests_with_keys_of_their_own_are_served(tmp_path: Path) -> None:
    assert refused_for_themselves(replayed(tmp_path, "--chain", "director-cpi-config")) == set()


@pytest.mark.slow
def test_of_all_that_was_recorded_exactly_the_listed_steps_are_refused(tmp_path: Path) -> None:
    steps = replayed(tmp_path, "--all")
    assert {step["step"].split("/")[0] for step in steps} == set(sets())
    expected = load(ALICLOUD / "replay.toml").refuses
    assert refused_for_themselves(steps) == set(expected)
