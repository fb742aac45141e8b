"""The command cpikit-contracts: run, replay, init, explain, rules, clean, mutants."""

import argparse
import sys
from collections.abc import Sequence

from cpikit_contracts.commands import COMMANDS
from cpikit_contracts.outcomes import Blocked, Unusable

UNUSABLE_STATUS = 2
INTERRUPTED_STATUS = 130


def main(words: Sequence[str] | None = None) -> int:
    """Status 0: nothing to complain of; 1: the CPI broke a rule; 2: nothing judged, or not told."""
    parser = argparse.ArgumentParser(
        prog="cpikit-contracts",
        description="Judges any BOSH CPI, in any language, through its executable.",
        epilog="Start with: cpikit-contracts init > contract.toml",
    )
    choices = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, each in COMMANDS.items():
        each.describe(choices.add_parser(name, help=each.help, description=each.help))
    given = parser.parse_args(words)
    try:
        return COMMANDS[given.command].run(given)
    except (Unusable, Blocked) as error:  # Blocked: a control interface that does not answer
        sys.stderr.write(f"cpikit-contracts: {error}\n")
        return UNUSABLE_STATUS
    except KeyboardInterrupt:
        sys.stderr.write("cpikit-contracts: interrupted\n")
        return INTERRUPTED_STATUS


if __name__ == "__main__":
    sys.exit(main())
