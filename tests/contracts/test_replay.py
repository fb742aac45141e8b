"""The recorded requests, replayed against the liar."""

import json
from pathlib import Path

import pytest

from cpikit_contracts.command import main
from cpikit_contracts.forked import Nursery
from cpikit_contracts.mutants import LIAR, profile_for
from cpikit_contracts.replay import RECORDED_ID, chain_of, requests_of, sets
from cpikit_contracts.results import Outcome
from cpikit_contracts.run import Choices, judge

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


@pytest.mark.slow
def test_the_shortest_history_of_a_broken_model_can_be_replayed(tmp_path: Path) -> None:
    with Nursery() as nursery:
        choices = Choices(
            level="model", only=("model.histories-agree",), seed=4, start=nursery.start
        )
        done = judge(profile_for("blind-to-attached"), choices)
    broken = next(each for each in done.results if each.outcome is Outcome.BROKEN)
    assert len(broken.answers) <= 7, "a stemcell, a VM, a disk, its attachment and the looks"
    history = tmp_path / "history.jsonl"
    history.write_text(broken.message)
    status, steps = replayed(tmp_path, str(history))
    assert status == 0
    assert len(steps) == len(broken.answers)
    methods = {str(step["step"]).rpartition("-")[2]: step for step in steps}
    assert json.loads(str(methods["has_disk"]["stdout"]))["result"] is True, "by an honest liar"


def test_an_unknown_set_is_named() -> None:
    assert main(["replay", "--profile", PROFILE, "no-such-set"]) == 2


def test_what_the_profile_refuses_and_what_follows_from_it_is_no_problem(tmp_path: Path) -> None:
    profile = tmp_path / "contract.toml"
    text = (LIAR / "contract.toml").read_text()
    text = text.replace('"__main__.py"', json.dumps(str(LIAR / "__main__.py")))
    profile.write_text(f'{text}\n[refuses]\n"cli-create-env/009-create_disk" = "too small"\n')
    report = tmp_path / "replay.json"
    words = ["replay", "--profile", str(profile), "--report", str(report), "--keep-going"]
    words += ["--replace", '"create_disk"="cpikit_contracts_no_such_method_"', "cli-create-env"]
    assert main(words) == 0
    steps = {step["step"]: step for step in json.loads(report.read_text())}
    assert [name for name, step in steps.items() if step["refused"]] == [
        "cli-create-env/009-create_disk",
        "cli-create-env/011-attach_disk",
        "cli-create-env/013-set_disk_metadata",
    ]


def test_the_world_is_put_up_for_the_first_set_of_its_chain(tmp_path: Path) -> None:
    profile = tmp_path / "contract.toml"
    noted = tmp_path / "noted"
    up = ["sh", "-c", 'echo "$1" >"$2"; exit 3', "sh", "{set}", str(noted)]
    text = f'rules = "1"\n[cpi]\ncommand = ["cpi"]\n[world]\nup = {json.dumps(up)}\ndown = "true"\n'
    profile.write_text(text)
    assert main(["replay", "--profile", str(profile), "--chain", "cli-delete-env"]) == 2
    assert noted.read_text() == "cli-create-env\n"
