"""`cpikit-contracts run`: judge a CPI, show the progress, write the reports."""

import argparse
import json
import signal
from pathlib import Path
from typing import Any

from attrs import evolve

from cpikit_contracts.outcomes import Unusable
from cpikit_contracts.profile import Profile, load
from cpikit_contracts.reports import html, jsonreport, junit, terminal
from cpikit_contracts.results import Run, target_words
from cpikit_contracts.rules import LEVELS
from cpikit_contracts.run import Choices, judge, only_seed

STATE = Path(".cpikit-contracts")


def describe_run(parser: argparse.ArgumentParser) -> None:
    """The options of run."""
    describe_target(parser)
    parser.add_argument(
        "--level", choices=LEVELS, default="lifecycle",
        help="how far to go: wire needs no cloud; each level includes those before it",
    )  # fmt: skip
    parser.add_argument(
        "--only", action="append", default=[], metavar="WHAT",
        help="a rule, a case, a group of rules, or a check number of the contract; may be repeated",
    )  # fmt: skip
    parser.add_argument("--rerun-failed", action="store_true", help="ask again what failed last")
    parser.add_argument(
        "--time-limit", type=float, metavar="SECONDS", help="begin nothing after it"
    )
    parser.add_argument("--jobs", type=int, default=1, help="worlds at once (each gets its own)")
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
    cases = _failed_last(given.state) if given.rerun_failed else frozenset()
    # CI and supervisors end a run so; what it made is deleted then as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with terminal.Progress(quiet=given.quiet) as progress:
        done = judge(
            profile,
            Choices(
                level=given.level,
                only=tuple(given.only),
                cases=cases,
                seed=only_seed(given.seed),
                jobs=max(1, given.jobs),
                time_limit_s=given.time_limit,
                state=_prepared(given.state),
                target=target_words(given.profile, given.cpi, given.release),
                tell=progress.told,
            ),
        )
    earlier = _earlier(given.compare)
    terminal.summarise(done, earlier)
    _write(given, done, earlier)
    return 1 if done.failed else 0


def _write(given: argparse.Namespace, done: Run, earlier: dict[str, Any]) -> None:
    last = jsonreport.text(done)
    (given.state / "last.json").write_text(last, encoding="utf-8")
    if given.report:
        given.report.write_text(last, encoding="utf-8")
    if given.junit:
        given.junit.write_text(junit.text(done), encoding="utf-8")
    if given.html:
        given.html.write_text(html.text(done, earlier), encoding="utf-8")


def _prepared(state: Path) -> Path:
    state.mkdir(parents=True, exist_ok=True)
    (state / ".gitignore").write_text("*\n", encoding="ascii")
    return state


def _failed_last(state: Path) -> frozenset[str]:
    try:
        last = json.loads((state / "last.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Unusable(f"there is no last report in {state}: {error}") from error
    failed = [each["case"] for each in last["results"] if each["outcome"] in {"broken", "blocked"}]
    if not failed:
        raise Unusable("nothing failed in the last run")
    return frozenset(failed)


def _earlier(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")).get("figures", {}))
    except (OSError, ValueError) as error:
        raise Unusable(f"the report to compare with, {path}, cannot be read: {error}") from error
