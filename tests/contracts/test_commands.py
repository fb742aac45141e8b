"""The command refuses what it cannot do before it does anything, and is never clean for nothing."""

import argparse
import fcntl
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from cpikit_contracts.choosing import refuse_unknown
from cpikit_contracts.command import main
from cpikit_contracts.commands import mutating, options, running
from cpikit_contracts.commands.rerunning import failed_last
from cpikit_contracts.forked import Nursery
from cpikit_contracts.ledger import prepared
from cpikit_contracts.mutants import LIAR, profile_for
from cpikit_contracts.outcomes import Unusable
from cpikit_contracts.profile import Profile
from cpikit_contracts.reports import jsonreport
from cpikit_contracts.results import Outcome, Result, Run
from cpikit_contracts.rules import Case, cases_of, catalogue
from cpikit_contracts.run import INTERRUPTED, Choices, judge

PROFILE = str(LIAR / "contract.toml")
RULES = {rule.id: rule for rule in catalogue()}
INFO, WATCH = "info.reports-api-version", "error.type-is-known"
CALLS_FORTH = "error.missing-image-is-an-error"


def case_of(rule: str) -> Case:
    return cases_of(RULES[rule])[0]


def run_of(*results: Result, **given: Any) -> Run:
    fields: dict[str, Any] = {"answers": (), "seconds": 1.0, "seed": 1, "level": "wire"}
    return Run(results=results, **{**fields, "profile": "p", "command": ("cpi",), **given})


CASE = case_of(INFO).id
PASSED = Result(case_of(INFO), Outcome.PASSED)
BROKEN = Result(case_of(INFO), Outcome.BROKEN, "because")


class Judged:
    """Stands for judge: notes what it was asked, and gives what the test wants."""

    def __init__(self) -> None:
        self.done = run_of(PASSED)
        self.asked: list[Choices] = []

    def __call__(self, profile: Profile, choices: Choices) -> Run:
        self.asked.append(choices)
        return self.done


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Judged:
    """Nothing is really run; the test's own folder is the working directory."""
    stand_in = Judged()
    monkeypatch.setattr(running, "judge", stand_in)
    monkeypatch.setattr(running.signal, "signal", lambda *_: None)
    monkeypatch.chdir(tmp_path)
    return stand_in


def run(*words: str) -> int:
    return main(["run", "--profile", PROFILE, "--quiet", *words])


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("nosuchrule", "there is no rule 'nosuchrule'; see: cpikit-contracts rules"),
        ("info.report-api-version", "near: info.reports-api-version"),
        ("has-vm-answers", "near: vm.has-vm-answers-a-boolean"),
        ("vm.has-vm-answers-a-boolean[nobody]", "near: vm.has-vm-answers-a-boolean[director]"),
        ("999999", "there is no rule '999999'"),
        ("²", "there is no rule '²'"),
        ("sweep", "sweep is of level sweep: give --level sweep"),
        ("disk.moves-to-another-vm", "is of level lifecycle: give --level lifecycle"),
    ],
)
def test_a_word_that_chooses_nothing_is_refused(
    judged: Judged, capsys: pytest.CaptureFixture[str], word: str, said: str
) -> None:
    assert run("--level", "wire", "--only", "info", "--only", word) == 2
    assert said in capsys.readouterr().err
    assert not judged.asked


def test_words_that_choose_something_pass() -> None:
    refuse_unknown(("vm", INFO, "vm.has-vm-answers-a-boolean[cli]", "1"), "lifecycle")
    with pytest.raises(Unusable, match="give --cpi-level sweep"):
        refuse_unknown(("sweep",), "wire", option="--cpi-level")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "--time-limit=-1"), "wanted a number of seconds above 0"),
        (("run", "--time-limit=nan"), "wanted a number of seconds above 0"),
        (("run", "--jobs", "0"), "wanted a whole number from 1 up"),
        (("run", "--jobs=-3"), "wanted a whole number from 1 up"),
        (("mutants", "--jobs", "0"), "wanted a whole number from 1 up"),
        (("replay", "--replace", "=x", "director-v2"), "wanted OLD=NEW"),
    ],
)
def test_an_option_that_means_nothing_is_refused(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_numbers_that_mean_something_pass() -> None:
    assert options.at_least_one("2") == 2
    assert options.seconds("0.5") == 0.5
    with pytest.raises(argparse.ArgumentTypeError):
        options.seconds("soon")


def test_a_run_that_judged_nothing_is_not_clean(
    judged: Judged, capsys: pytest.CaptureFixture[str]
) -> None:
    judged.done = run_of(Result(case_of(INFO), Outcome.NOT_RUN, "no [dead] command"))
    assert run() == 2
    assert "nothing was judged" in capsys.readouterr().err
    for outcome in set(Outcome) - {Outcome.NOT_RUN, Outcome.BROKEN, Outcome.BLOCKED}:
        judged.done = run_of(Result(case_of(INFO), outcome))
        assert run() == 0
    judged.done = run_of(BROKEN)
    assert run() == 1
    judged.done = run_of(Result(case_of(INFO), Outcome.NOT_RUN, INTERRUPTED), stopped="interrupted")
    assert run() == 1


def kept(*results: Result, **given: Any) -> Path:
    """The working directory's last report is of a run with these results."""
    state = prepared(running.STATE)
    (state / "last.json").write_text(jsonreport.text(run_of(*results, **given)))
    return state


def not_run(rule: str, reason: str) -> Result:
    return Result(case_of(rule), Outcome.NOT_RUN, reason)


def test_what_failed_is_asked_again_on_the_level_of_its_run(judged: Judged) -> None:
    sweep = cases_of(next(rule for rule in catalogue() if rule.level == "sweep"))[0]
    kept(Result(sweep, Outcome.BLOCKED), PASSED, level="sweep")
    assert run("--rerun-failed") == 0
    assert [(each.level, each.cases) for each in judged.asked] == [("sweep", {sweep.id})]


@pytest.mark.parametrize(
    ("last", "given", "wanted"),
    [
        ("wire", None, "wire"),
        ("wire", "model", "model"),
        ("model", "wire", "model"),
        ("sweep", None, "sweep"),
    ],
)
def test_the_level_of_the_last_run_holds_unless_a_higher_one_is_given(
    judged: Judged, last: str, given: str | None, wanted: str
) -> None:
    assert failed_last(kept(BROKEN, level=last), given).level == wanted


@pytest.mark.parametrize("reason", [INTERRUPTED, "the time limit of 1.5 s was reached"])
def test_what_was_cut_short_is_asked_too_and_watched(judged: Judged, reason: str) -> None:
    late, other = not_run("info.lists-stemcell-formats", reason), not_run("vm.ids-are-unique", "x")
    watch = Result(case_of(WATCH), Outcome.PASSED)
    again = failed_last(kept(PASSED, late, other, watch), None)
    assert again.cases == {late.case.id, WATCH}


def test_cases_that_are_no_more_are_named(judged: Judged) -> None:
    gone = Case(evolve(RULES[INFO], id="info.was-once"))
    kept(Result(gone, Outcome.BROKEN), BROKEN)
    with pytest.raises(Unusable, match=r"cases that are no more: info\.was-once\[director\];"):
        failed_last(running.STATE, None)


def test_only_and_rerun_failed_choose_together(
    judged: Judged, capsys: pytest.CaptureFixture[str]
) -> None:
    kept(BROKEN)
    assert run("--rerun-failed", "--only", "process") == 2
    assert "nothing that failed in the last run is named" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    ["[]", "{}", "nothing", '{"level": "wire", "results": [{"case": 1}]}', '{"results": []}'],
)
def test_a_last_report_of_another_form_is_unusable(judged: Judged, text: str) -> None:
    (prepared(running.STATE) / "last.json").write_text(text)
    assert run("--rerun-failed") == 2
    assert not judged.asked


def test_what_called_a_watch_forth_is_asked_again(judged: Judged, nursery: Nursery) -> None:
    lie = profile_for("unknown-type")
    choices = Choices(level="wire", only=(WATCH, CALLS_FORTH), seed=9, start=nursery.start)
    done = judge(lie, choices)
    assert {each.case.rule.id for each in done.results if each.fails} == {WATCH}
    state = prepared(running.STATE)
    (state / "last.json").write_text(jsonreport.text(done))
    again = failed_last(state, None)
    assert {each.partition("[")[0] for each in again.cases} == {WATCH, CALLS_FORTH}
    second = judge(lie, evolve(choices, only=(), cases=again.cases))
    assert {each.case.rule.id for each in second.results if each.fails} >= {WATCH}


def test_what_comes_of_cleaning_up_is_of_the_case_before(judged: Judged, nursery: Nursery) -> None:
    choices = Choices(level="wire", only=(CALLS_FORTH,), seed=9, start=nursery.start)
    done = judge(profile_for(), choices)
    own = evolve(done.answers[-1], exchange=evolve(done.answers[-1].exchange, case=""))
    seen = Result(case_of(WATCH), Outcome.BROKEN, answers=(own,))
    whole = evolve(done, results=(*done.results, seen), answers=(*done.answers, own))
    found = jsonreport.document(whole)["results"][-1]["called_forth_by"]
    assert [each.partition("[")[0] for each in found] == [CALLS_FORTH]


@pytest.mark.parametrize(
    ("finding", "wanted"),
    [(f"{CASE}: vm vm-1 is left", {CASE}), ("vm vm-1 is left", {CASE, WATCH})],
)
def test_what_left_something_is_asked_again(judged: Judged, finding: str, wanted: set[str]) -> None:
    leak = Result(case_of("leak.nothing-is-left"), Outcome.BROKEN)
    results = (PASSED, Result(case_of(WATCH), Outcome.PASSED), leak)
    again = failed_last(kept(*results, findings=(finding,), level="lifecycle"), None)
    assert again.cases == {*wanted, leak.case.id}


@pytest.mark.parametrize(
    "text", [None, "", "[]", '{"figures": []}', '{"figures": {"a": [1]}}', "{}"]
)
def test_what_cannot_be_compared_with_is_told_before_the_run(
    judged: Judged, tmp_path: Path, text: str | None
) -> None:
    earlier = tmp_path / "earlier.json"
    if text is not None:
        earlier.write_text(text)
    assert run("--compare", str(earlier)) == 2
    assert not judged.asked


def test_figures_are_compared(judged: Judged, capsys: pytest.CaptureFixture[str]) -> None:
    judged.done = run_of(PASSED, figures={"seconds": 2})
    Path("earlier.json").write_text(json.dumps({"figures": {"seconds": 1.25, "name": "x"}}))
    assert run("--compare", "earlier.json") == 0
    assert "(was 1.25)" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--report", "--junit", "--html", "--state"])
@pytest.mark.parametrize("place", ["nowhere/r", "folder", "file/r"])
def test_a_report_that_cannot_be_written_is_told_before_the_run(
    judged: Judged, tmp_path: Path, option: str, place: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    if option == "--state":
        place = {"folder": "file"}.get(place, "file/r")
    assert run(option, place) == 2
    assert not judged.asked


def test_one_report_that_fails_costs_no_other(
    judged: Judged, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_: Run) -> str:
        raise RecursionError("too deep")

    monkeypatch.setattr(running.junit, "text", fails)
    words = ("--report", "r.json", "--junit", "r.xml", "--html", "r.html")
    assert run(*words) == 2
    told = capsys.readouterr()
    assert "rules really ran" in told.out
    assert "r.xml could not be written: RecursionError: too deep" in told.err
    assert Path("r.json").exists()
    assert Path("r.html").exists()
    judged.done = run_of(BROKEN)
    assert run(*words) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "--profile", PROFILE, "--cpi", "foo 'bar"), "No closing quotation"),
        (("explain", "²"), "there is no rule '²'"),
        (("explain", "info.report-api-version"), "near: info.reports-api-version"),
        (("init", "nowhere/contract.toml"), "nowhere/contract.toml cannot be written"),
        (("mutants", "nosuch"), "there is no lie 'nosuch'"),
        (("mutants", "has-vm-as-txt"), "near: has-vm-as-text"),
    ],
)
def test_what_cannot_be_done_ends_with_status_2(
    judged: Judged, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert main(words) == 2
    assert said in capsys.readouterr().err


def test_the_list_of_lies_is_that_of_the_names(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(mutating, "try_all", None)
    assert main(["mutants", "--list", "has-vm-*"]) == 0
    told = capsys.readouterr().out
    assert "has-vm-as-text" in told
    assert "logs-requests" not in told


def joined(text: str) -> str:
    return " ".join(text.split())


def test_brackets_in_a_rule_are_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "2000")
    bracketed = [rule for rule in catalogue() if "[" in f"{rule.sentence}{rule.how}{rule.source}"]
    assert bracketed
    for rule in bracketed:
        assert main(["explain", rule.id]) == 0
        told = joined(capsys.readouterr().out)
        for text in (rule.sentence, rule.how, rule.source):
            assert joined(text) in told
    assert main(["rules"]) == 0
    told = capsys.readouterr().out
    assert all(rule.sentence in told for rule in catalogue())


@pytest.fixture
def left(tmp_path: Path) -> Callable[[str], Path]:
    """A live account with a CPI beside its profile; makes the journal of a run that left a VM."""
    cpi = tmp_path / "cpi"
    cpi.write_text(
        f"#!{sys.executable} -IS\nimport json, os, sys\n"
        f"asked = json.load(sys.stdin)\n"
        f"with open({str(tmp_path / 'asked')!r}, 'a') as file:\n"
        f"    print(asked['method'], os.environ.get('TOKEN'), file=file)\n"
        f"about = {{'api_version': 2, 'stemcell_formats': []}}\n"
        f"result = about if asked['method'] == 'info' else None\n"
        f"print(json.dumps({{'result': result, 'error': None, 'log': ''}}))\n"
    )
    cpi.chmod(0o755)
    profile = '[cpi]\ncommand = ["{profile_dir}/cpi"]\n[world]\nlive = true\n'
    (tmp_path / "contract.toml").write_text(profile)
    (tmp_path / "state").mkdir()

    def made(name: str) -> Path:
        events = [
            {"event": "world", "line": {"env": {"TOKEN": "of-the-world"}}, "down": []},
            {"event": "made", "kind": "vm", "cid": "vm-1", "scope": "test"},
        ]
        journal = tmp_path / "state" / name
        journal.write_text("".join(json.dumps(each) + "\n" for each in events))
        return journal

    return made


def clean(tmp_path: Path) -> int:
    words = ["--profile", str(tmp_path / "contract.toml"), "--state", str(tmp_path / "state")]
    return main(["clean", *words])


def test_clean_finds_the_cpi_beside_the_profile_and_gives_it_the_worlds_environment(
    tmp_path: Path, left: Callable[[str], Path]
) -> None:
    journal = left("ledger-1-0.jsonl")
    assert clean(tmp_path) == 0
    assert not journal.exists()
    assert "delete_vm of-the-world" in (tmp_path / "asked").read_text()


def test_clean_leaves_a_run_alone_that_still_goes_on(
    tmp_path: Path, left: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    journal, other = left("ledger-1-0.jsonl"), left("ledger-2-0.jsonl")
    with journal.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert clean(tmp_path) == 0
    told = capsys.readouterr().out
    assert "ledger-1-0.jsonl is of a run that still goes on: left alone" in told
    assert journal.exists()
    assert not other.exists()


def test_clean_tells_of_a_name_that_no_world_gave(
    tmp_path: Path, left: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    journal = left("ledger-1-0.jsonl")
    profile = '[cpi]\ncommand = ["{config}"]\n[world]\nlive = true\n'
    (tmp_path / "contract.toml").write_text(profile)
    assert clean(tmp_path) == 1
    assert "names {config}" in capsys.readouterr().out
    assert journal.exists()
