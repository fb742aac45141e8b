"""The recorded requests, replayed against the liar."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cpikit_contracts.command import main
from cpikit_contracts.forked import Nursery
from cpikit_contracts.mutants import LIAR, profile_for
from cpikit_contracts.replay import RECORDED_ID, chain_of, lost_vm, requests_of, sets
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


def requests_file(folder: Path, *lines: str) -> str:
    path = folder / "history.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"method": "info", ', "line 2, is no JSON"),
        ('{"arguments": []}', "line 2, is no request"),
        ('{"method": 1, "arguments": []}', "line 2, is no request"),
        ('{"method": "info"}', "line 2, is no request"),
        ("info", "holds no request"),
    ],
)
def test_a_line_that_is_no_request_is_told_before_a_world_is_put_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, said: str
) -> None:
    profile = tmp_path / "contract.toml"
    profile.write_text('[cpi]\ncommand = "cpi"\n[world]\nup = ["touch", "up"]\ndown = "true"\n')
    words = ["replay", "--profile", str(profile), "--state", str(tmp_path / "state")]
    assert main([*words, requests_file(tmp_path, "# found", line)]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "up").exists()


def test_only_a_newline_ends_a_line(tmp_path: Path) -> None:
    line = '{"method": "info", "arguments": ["\u2028"]}'
    assert requests_of(requests_file(tmp_path, line)) == [("001-info", line)]


def test_only_a_recorded_set_begins_without_its_vm(tmp_path: Path) -> None:
    assert lost_vm("cli-recreate-lost-vm")
    assert not lost_vm(str(tmp_path / "lost-vm.jsonl"))


SECRET = "whispered-once"
# Answers with its secret in all that it says, and tells what it was asked.
LEAKY = f"""
import json, sys
asked = json.load(sys.stdin)
error = {{"type": "Bosh::Clouds::CloudError", "message": "{SECRET} is wrong", "ok_to_retry": False}}
about = {{"api_version": 2, "stemcell_formats": ["{SECRET}"]}}
made = asked["method"] in ("info", "delete_vm")
answer = {{"result": about, "error": None}} if made else {{"result": None, "error": error}}
print(json.dumps({{**answer, "log": ""}}))
"""


@pytest.fixture
def leaky(tmp_path: Path, script: Callable[[str], tuple[str, ...]]) -> Callable[..., int]:
    """Replays these lines to a CPI that keeps no secret; its status."""
    line = json.dumps({"secrets": [SECRET], "vars": {}})
    world = f"[world]\nup = {json.dumps(['echo', line])}\ndown = 'true'\n"
    command = json.dumps(list(script(LEAKY)))
    profile = tmp_path / "contract.toml"
    profile.write_text(f"[cpi]\ncommand = {command}\n{world}", encoding="utf-8")

    def replays(*lines: str, words: tuple[str, ...] = ()) -> int:
        given = ["--profile", str(profile), "--state", str(tmp_path / "state"), *words]
        return main(["replay", *given, requests_file(tmp_path, *lines)])

    return replays


HAS_VM = f'{{"method": "has_vm", "arguments": ["vm-record{1:014}", "{SECRET}"], "context": {{}}}}'


def test_a_replay_keeps_its_ledger_where_it_is_told_and_its_secrets_to_itself(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    leaky: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert leaky(HAS_VM, words=("--report", "report.json")) == 1
    told = capsys.readouterr().out
    assert "is wrong" in told
    report = Path("report.json").read_text(encoding="utf-8")
    assert "is wrong" in report
    assert SECRET not in told + report
    assert Path("state").is_dir()
    assert not Path(".cpikit-contracts").exists()


def test_a_request_that_the_gate_refuses_is_named_with_its_reason(
    leaky: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = HAS_VM.replace(f"vm-record{1:014}", "vm-of-somebody")
    assert leaky('{"method": "info", "arguments": []}', theirs) == 2
    told = capsys.readouterr().err
    assert "history.jsonl/002-has_vm is not sent" in told
    assert "vm-of-somebody" in told


def test_a_request_that_names_too_little_can_be_replayed(leaky: Callable[..., int]) -> None:
    assert leaky('{"method": "delete_vm", "arguments": []}') == 0


def test_what_a_replacement_spoils_is_told(
    leaky: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert leaky(HAS_VM, words=("--replace", '"has_vm"=has_vm')) == 2
    assert "001-has_vm, as it was to be sent, is no JSON" in capsys.readouterr().err


@pytest.mark.parametrize("place", ["nowhere/report.json", "."])
def test_a_report_that_cannot_be_written_is_told_before_the_replay(
    leaky: Callable[..., int], capsys: pytest.CaptureFixture[str], place: str
) -> None:
    assert leaky(HAS_VM, words=("--report", place)) == 2
    told = capsys.readouterr()
    assert "cannot be written" in told.err
    assert "has_vm" not in told.out


def test_a_missing_image_is_told(
    tmp_path: Path, leaky: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    profile = tmp_path / "contract.toml"
    profile.write_text(profile.read_text() + '[inputs]\nimage = "no.tgz"\n')
    assert leaky(HAS_VM) == 2
    assert "no.tgz cannot be read" in capsys.readouterr().err
