"""`cpikit-contracts run`: judge a CPI, show the progress, write the reports."""

import argparse
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import evolve

from cpikit_contracts.choosing import refuse_unknown
from cpikit_contracts.commands import options
from cpikit_contracts.commands.rerunning import failed_last
from cpikit_contracts.ledger import prepared
from cpikit_contracts.outcomes import Unusable
from cpikit_contracts.profile import Profile, load
from cpikit_contracts.reports import html, jsonreport, junit, terminal
from cpikit_contracts.results import Outcome, Run, target_words
from cpikit_contracts.rules import LEVELS, catalogue, selected
from cpikit_contracts.run import Choices, judge, only_seed

STATE = Path(".cpikit-contracts")
LEVEL = "lifecycle"


def describe_run(parser: argparse.ArgumentParser) -> None:
    """The options of run."""
    describe_target(parser)
    parser.add_argument(
        "--level", choices=LEVELS,
        help=f"how far to go ({LEVEL}): wire needs no cloud; each level includes those before it",
    )  # fmt: skip
    parser.add_argument(
        "--only", action="append", default=[], metavar="WHAT",
        help="a rule, a case, a group of rules, or a check number of the contract; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--rerun-failed", action="store_true",
        help="ask again what failed last, and what that run had no time to ask",
    )  # fmt: skip
    parser.add_argument(
        "--time-limit", type=options.seconds, metavar="SECONDS", help="begin nothing after it"
    )
    parser.add_argument(
        "--jobs", type=options.at_least_one, default=1, help="worlds at once (each gets its own)"
    )
    parser.add_argument("--seed", type=int, help="repeat the choices of an earlier run")
    parser.add_argument("--report", type=Path, metavar="FILE.json", help="write a JSON report")
    parser.add_argument("--junit", type=Path, metavar="FILE.xml", help="write a JUnit report")
    parser.add_argument("--html", type=Path, metavar="FILE.html", help="write a page to read")
    parser.add_argument(
        "--compare", type=Path, metavar="FILE.json", help="compare figures with an earlier report"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress, only the summary")


def describe_target(parser: argparse.ArgumentParser) -> None:
    """The options that say which CPI."""
    parser.add_argument(
        "--profile", type=Path, default=Path("contract.toml"), help="the profile (contract.toml)"
    )
    parser.add_argument("--cpi", metavar="COMMAND LINE", help="judge this command instead")
    parser.add_argument("--release", help="a release tarball or folder, for the packaging rules")
    parser.add_argument(
        "--state", type=Path, default=STATE, help="where the ledger and the last report are kept"
    )


def target(given: argparse.Namespace) -> Profile:
    """The profile that the options name."""
    profile = load(given.profile)
    if given.cpi:
        profile = profile.with_command(given.cpi)
    if given.release:
        profile = evolve(profile, release=str(Path(given.release).resolve()))
    if not profile.command:
        raise Unusable("no CPI to judge: give [cpi] command in the profile, or --cpi")
    return profile


def run(given: argparse.Namespace) -> int:
    """Judge and report."""
    profile = target(given)
    earlier = _earlier(given.compare)
    options.refuse_unwritable((given.report, given.junit, given.html))
    choices = _choices(given)
    # CI and supervisors end a run so; what it made is deleted then as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with terminal.Progress(quiet=given.quiet) as progress:
        done = judge(profile, evolve(choices, tell=progress.told))
    terminal.summarise(done, earlier)
    if not done.failed and all(each.outcome is Outcome.NOT_RUN for each in done.results):
        raise Unusable("nothing was judged: no case could be asked, for the reasons above")
    unwritten = _write(given, done, earlier)
    for problem in unwritten:
        sys.stderr.write(f"cpikit-contracts: {problem}\n")
    if done.failed:
        return 1
    return 2 if unwritten else 0


def _choices(given: argparse.Namespace) -> Choices:
    """What is to be asked; raises Unusable where that is nothing."""
    level, cases = given.level or LEVEL, frozenset[str]()
    if given.rerun_failed:
        again = failed_last(given.state, given.level)
        level, cases = again.level, again.cases
    refuse_unknown(given.only, level)
    inside = {case.id for case in selected(catalogue(), level, tuple(given.only))[0]}
    if given.rerun_failed and not inside & cases:
        raise Unusable(f"nothing that failed in the last run is named by --only {given.only}")
    return Choices(
        level=level,
        only=tuple(given.only),
        cases=cases,
        seed=only_seed(given.seed),
        jobs=given.jobs,
        time_limit_s=given.time_limit,
        state=prepared(given.state),
        target=target_words(given.profile, given.cpi, given.release),
    )


def _write(given: argparse.Namespace, done: Run, earlier: dict[str, Any]) -> list[str]:
    """Write every report that can be written; what went wrong with the others."""
    wanted: list[tuple[Path | None, Callable[[], str]]] = [
        (given.state / "last.json", lambda: jsonreport.text(done)),
        (given.report, lambda: jsonreport.text(done)),
        (given.junit, lambda: junit.text(done)),
        (given.html, lambda: html.text(done, earlier)),
    ]
    problems = []
    for path, text in wanted:
        if path is None:
            continue
        try:
            path.write_text(text(), encoding="utf-8")
        except Exception as error:  # noqa: BLE001  # one report must not cost the others
            problems.append(f"{path} could not be written: {type(error).__name__}: {error}")
    return problems


def _earlier(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Unusable(f"the report to compare with, {path}, cannot be read: {error}") from error
    figures = report.get("figures") if isinstance(report, dict) else None
    if not isinstance(figures, dict) or not all(map(_is_figure, figures.values())):
        raise Unusable(
            f"the report to compare with, {path}, is none of this suite: "
            f"wanted an object whose figures are numbers or texts"
        )
    return figures


def _is_figure(value: object) -> bool:
    return isinstance(value, int | float | str) and not isinstance(value, bool)
