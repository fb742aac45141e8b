"""The recorded requests, replayed against the liar."""

import json
from pathlib import Path

import pytest

from cpikit_contracts.command import main
from cpikit_contracts.mutants import LIAR
from cpikit_contracts.replay import RECORDED_ID, chain_of, requests_of, sets

PROFILE = str(LIAR / "contract.toml")


def replayed(tmp_path: Path, *words: str) -> tuple[int, list[dict[str, object]]]:
    report = tmp_path / "replay.json"
    status = main(["replay", "--profile", PROFILE, "--report", str(report), *words])
    return status, json.loads(report.read_text())


def test_there_are_ten_sets_of_well_formed_requests() -> None:
    assert len(sets()) == 10
    for name in sets():
        for file_name, text in requests_of(name):
            assert json.loads(text)["method"] == file_name[4:].removesuffix(".json")
            assert not text.endswith("\n")


@pytest.mark.parametrize("name", sets())
def test_a_chain_makes_whatever_its_last_set_names(name: str) -> None:
    made = sum(
        json.loads(text)["method"].startswith(("create_", "snapshot_"))
        for each in chain_of(name)
        for _, text in requests_of(each)
    )
    named = {
        int(found[-14:]) for _, text in requests_of(name) for found in RECORDED_ID.findall(text)
    }
    assert max(named, default=0) <= made


@pytest.mark.parametrize(
    "name", ["cli-delete-env", "director-cpi-config", "cli-delete-env-old-state"]
)
def test_a_set_is_answered_as_its_methods_promise(tmp_path: Path, name: str) -> None:
    status, steps = replayed(tmp_path, "--chain", name)
    assert status == 0
    assert len(steps) == sum(len(requests_of(each)) for each in chain_of(name))
    assert not any(step["problem"] for step in steps)


@pytest.mark.slow
def test_all_sets_are_answered_as_their_methods_promise(tmp_path: Path) -> None:
    status, steps = replayed(tmp_path, "--all")
    assert status == 0
    assert len(steps) >= 330


def test_an_unknown_set_is_named() -> None:
    assert main(["replay", "--profile", PROFILE, "no-such-set"]) == 2
