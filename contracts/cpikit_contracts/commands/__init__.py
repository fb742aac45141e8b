"""The subcommands, one file each."""

import argparse
from collections.abc import Callable, Mapping
from typing import Final

from attrs import frozen

from cpikit_contracts.commands import mutating, reading_rules, replaying, running, starting


@frozen
class Command:
    """One subcommand."""

    help: str
    describe: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


COMMANDS: Final[Mapping[str, Command]] = {
    "run": Command("judge a CPI and report", running.describe_run, running.run),
    "replay": Command(
        "send recorded requests of the real callers", replaying.describe, replaying.run
    ),
    "init": Command("print a profile to start from", starting.describe_init, starting.init),
    "explain": Command("explain a rule", reading_rules.describe_explain, reading_rules.explain),
    "rules": Command("list the rules", reading_rules.describe_rules, reading_rules.rules),
    "mutants": Command("prove the suite on a lying CPI", mutating.describe, mutating.run),
    "clean": Command(
        "delete what an interrupted run left", starting.describe_clean, starting.clean
    ),
}
