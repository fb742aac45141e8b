"""`cpikit-contracts init` starts a profile; `clean` tidies up after a run that was killed."""

import argparse
import importlib.resources
import random
from pathlib import Path
from typing import Any

from cpikit_contracts.cleaning import clean as clean_session
from cpikit_contracts.commands.running import STATE
from cpikit_contracts.ledger import Ledger, read_journal
from cpikit_contracts.outcomes import Unusable
from cpikit_contracts.profile import Profile, load
from cpikit_contracts.reports.hiding import hider
from cpikit_contracts.session import Session
from cpikit_contracts.world import filled, take_down


def describe_init(parser: argparse.ArgumentParser) -> None:
    """The options of init."""
    parser.add_argument("file", nargs="?", type=Path, help="write there instead of printing")


def init(given: argparse.Namespace) -> int:
    """Print or write the documented profile."""
    text = (
        importlib.resources.files("cpikit_contracts")
        .joinpath("contract.toml.txt")
        .read_text("utf-8")
    )
    if given.file is None:
        print(text, end="")  # noqa: T201  # the output
        return 0
    if given.file.exists():
        raise Unusable(f"{given.file} is there already; remove it or name another file")
    try:
        given.file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Unusable(f"{given.file} cannot be written: {error.strerror}") from error
    return 0


def describe_clean(parser: argparse.ArgumentParser) -> None:
    """The options of clean."""
    parser.add_argument("--profile", type=Path, default=Path("contract.toml"))
    parser.add_argument("--state", type=Path, default=STATE)


def clean(given: argparse.Namespace) -> int:
    """Delete what the journals of unfinished runs name, and take their worlds down."""
    journals = sorted(given.state.glob("ledger-*.jsonl"))
    if not journals:
        print(f"nothing to clean: no ledger in {given.state}")  # noqa: T201  # the output
        return 0
    profile = load(given.profile)
    wrong = 0
    for journal in journals:
        try:
            held = Ledger.held(journal)
        except FileNotFoundError:
            continue  # its run has just come to a good end
        if held:
            print(f"{journal.name} is of a run that still goes on: left alone")  # noqa: T201  # the output
            continue
        problems = _clean_one(profile, journal)
        for problem in problems:
            print(problem)  # noqa: T201  # the output
        wrong += len(problems)
        if not problems:
            journal.unlink(missing_ok=True)
            print(f"cleaned what {journal.name} named")  # noqa: T201  # the output
    return 1 if wrong else 0


def _clean_one(profile: Profile, journal: Path) -> list[str]:
    left, worlds = read_journal(journal)
    problems = []
    line = worlds[-1]["line"] if worlds else {}
    if left:
        problems = _delete(profile, journal, line)
    if profile.world.up and worlds:
        down = take_down(tuple(worlds[-1]["down"]), line, profile.path.parent)
        # A throw-away world takes everything with it, so what could not be deleted is gone too.
        problems = [down] if down else []
    return problems


def _delete(profile: Profile, journal: Path, line: dict[str, Any]) -> list[str]:
    ledger = Ledger(journal)
    for made in reversed(read_journal(journal)[0]):
        ledger.restore(made)
    try:
        standing, world = filled(profile, line)
    except Unusable as error:
        return [str(error)]
    session = Session(
        standing, world, ledger, journal.parent, random.SystemRandom().randrange(10**6)
    )
    # Everything in the journal was made by a run that was allowed to make it.
    session.gate.world_may_be_used = True
    try:
        return [hider(session.canaries)(each) for each in clean_session(session, None)]
    finally:
        ledger.let_go()
        if world.control is not None:
            world.control.close()
