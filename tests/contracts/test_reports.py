"""The reports of one run of a lying CPI: each form holds what one needs, and no secret."""

import json
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from attrs import evolve

from cpikit_contracts.mutants import profile_for
from cpikit_contracts.reports import html, jsonreport, junit, terminal
from cpikit_contracts.results import Outcome, Run
from cpikit_contracts.run import Choices, judge

ONLY = ("disk.update-answers-null-or-an-id", "vm.has-vm-answers-a-boolean", "secret", "info", "gap")


@pytest.fixture(scope="module")
def done() -> Run:
    profile = profile_for("update-true", "logs-requests", gaps={})
    return judge(profile, Choices(level="lifecycle", only=ONLY, seed=9))


def test_json_holds_request_and_answer_of_what_broke(done: Run) -> None:
    report = json.loads(jsonreport.text(done))
    broken = {each["rule"]: each for each in report["results"] if each["outcome"] == "broken"}
    shown = broken["disk.update-answers-null-or-an-id"]["processes"][-1]
    assert json.loads(shown["request"])["method"] == "update_disk"
    assert json.loads(shown["stdout"])["result"] is True
    assert report["verdict"] == "attention"
    assert report["rules"]["ran"] <= report["rules"]["of"]
    assert sum(report["outcomes"].values()) == len(report["results"])


def test_junit_counts_as_the_run_does(done: Run) -> None:
    suite = ET.fromstring(junit.text(done))  # noqa: S314  # our own text
    assert int(suite.get("failures", "")) == len(suite.findall("./testcase/failure"))
    assert int(suite.get("failures", "")) == done.count(Outcome.BROKEN)
    assert int(suite.get("skipped", "")) == len(suite.findall("./testcase/skipped"))


class Page(HTMLParser):
    """Notes what a page would load, and whether its tags close."""

    VOID = ("meta", "br", "link", "img")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        self.loads += [value or "" for name, value in attrs if name in {"src", "href"}]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_loads_nothing(done: Run) -> None:
    page = Page()
    text = html.text(done, {})
    page.feed(text)
    assert page.open == []
    assert page.loads == []
    first = text.index("disk.update-answers-null-or-an-id")
    assert first < text.index("Every case")
    assert "cpikit-contracts run --level lifecycle --only disk.update-answers-null-or-an-id" in text


def test_no_report_repeats_a_secret(done: Run, capsys: pytest.CaptureFixture[str]) -> None:
    terminal.summarise(done, {})
    told = capsys.readouterr().out
    for text in (told, jsonreport.text(done), junit.text(done), html.text(done, {})):
        for secret in done.secrets:
            assert secret not in text


def test_the_summary_names_rule_finding_and_command(
    done: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.summarise(done, {"info, median seconds": 1})
    told = capsys.readouterr().out
    assert "update_disk answered True" in told
    assert "--only disk.update-answers-null-or-an-id" in told
    assert "really ran" in told


def test_what_both_callers_find_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    profile = profile_for("has-vm-as-text")
    choices = Choices(level="lifecycle", only=("vm.has-vm-answers-a-boolean",), seed=9)
    done = judge(profile, choices)
    assert done.count(Outcome.BROKEN) == len(("director", "cli"))
    terminal.summarise(done, {})
    told = capsys.readouterr().out
    page = html.text(done, {})
    for text in (told, page):
        assert text.count(done.results[0].case.rule.source) == 1
        for caller in ("director", "cli"):
            assert f"vm.has-vm-answers-a-boolean[{caller}]" in text
    assert "also    as the cli: " in told
    assert page.count("<article") == 1


def test_a_should_rule_may_be_accepted_with_a_reason() -> None:
    profile = evolve(
        profile_for("logs-requests"),
        accepted={"log.names-the-request": "we log nothing", "secret.stays-out-of-refusals": "no"},
    )
    done = judge(profile, Choices(level="wire", only=("log", "secret"), seed=9))
    found = {each.case.rule.id: each for each in done.results}
    holds = found["log.names-the-request"]
    assert holds.outcome is Outcome.BROKEN
    assert "but holds" in holds.message
    assert "must-rule" in found["secret.stays-out-of-refusals"].message


def run_command(tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cpikit_contracts.command", *words]
    return subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )


def liar_toml(tmp_path: Path, lies: str) -> Path:
    from cpikit_contracts.mutants import LIAR

    program = str(LIAR / "__main__.py")
    up = json.dumps(
        [sys.executable, "-I", "-S", program, "world", "up", json.dumps({"lies": lies.split()})]
    )
    down = json.dumps([sys.executable, "-I", "-S", program, "world", "down"])
    text = (LIAR / "contract.toml").read_text()
    lines = [
        f"up = {up}"
        if line.startswith("up = ")
        else f"down = {down}"
        if line.startswith("down = ")
        else line
        for line in text.splitlines()
    ]
    path = tmp_path / "contract.toml"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_the_command_writes_every_report_and_asks_again_what_failed(tmp_path: Path) -> None:
    liar_toml(tmp_path, "formats-as-text")
    words = ("--level", "wire", "--only", "info", "--seed", "1", "--quiet")
    files = ("--report", "r.json", "--junit", "r.xml", "--html", "r.html")
    first = run_command(tmp_path, "run", *words, *files)
    assert first.returncode == 1, first.stderr
    assert all((tmp_path / name).stat().st_size > 1000 for name in ("r.json", "r.xml", "r.html"))
    again = run_command(tmp_path, "run", "--level", "wire", "--rerun-failed", "--quiet")
    assert again.returncode == 1
    report = json.loads((tmp_path / ".cpikit-contracts" / "last.json").read_text())
    asked = {each["rule"] for each in report["results"] if each["outcome"] != "not run"}
    assert asked == {"info.lists-stemcell-formats"}


def test_a_clean_cpi_ends_with_status_0_and_a_broken_profile_with_2(tmp_path: Path) -> None:
    liar_toml(tmp_path, "")
    assert (
        run_command(tmp_path, "run", "--level", "wire", "--only", "info", "--quiet").returncode == 0
    )
    (tmp_path / "contract.toml").write_text("[")
    assert run_command(tmp_path, "run", "--level", "wire").returncode == 2


def test_the_time_limit_begins_nothing_after_it(tmp_path: Path) -> None:
    del tmp_path
    done = judge(profile_for(), Choices(level="lifecycle", only=("vm",), time_limit_s=0.0, seed=1))
    assert done.count(Outcome.PASSED) == 0
    assert any("time limit" in each.message for each in done.results)
