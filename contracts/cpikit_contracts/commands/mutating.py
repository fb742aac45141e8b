"""`cpikit-contracts mutants`: the suite's own proof, as a table."""

import argparse
import fnmatch
from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cpikit_contracts.choosing import nearest
from cpikit_contracts.commands.options import at_least_one
from cpikit_contracts.liar.lies.table import all_lies
from cpikit_contracts.mutants import ALL, MEANT, NEIGHBOURS, Verdict, try_all
from cpikit_contracts.outcomes import Unusable


def describe(parser: argparse.ArgumentParser) -> None:
    """The options of mutants."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these; * is a wildcard")
    parser.add_argument("--list", action="store_true", help="print the lies without telling them")
    parser.add_argument(
        "--breadth", choices=(MEANT, NEIGHBOURS, ALL), default=NEIGHBOURS,
        help="tell each lie to the rule meant for it, also to its neighbours, or to all rules",
    )  # fmt: skip
    parser.add_argument(
        "--jobs", type=at_least_one, default=2, help="how many lies are told at once"
    )


def run(given: argparse.Namespace) -> int:
    """Tell the lies and print what caught them."""
    console = Console(highlight=False)
    _refuse_unknown(given.names)
    if given.list:
        table = Table("lie", "what it does", "caught by", "seen at", box=None)
        for lie in all_lies():
            if not given.names or any(fnmatch.fnmatch(lie.name, each) for each in given.names):
                table.add_row(*map(escape, (lie.name, lie.says, lie.breaks, lie.peer)))
        console.print(table)
        return 0
    wrong = count = 0
    rules = set()
    for verdict in try_all(tuple(given.names), breadth=given.breadth, jobs=given.jobs):
        count += 1
        wrong += not verdict.right
        rules.add(verdict.lie.breaks)
        _tell(console, verdict)
    colour = "red" if wrong else "green"
    console.print(
        f"[{colour}]{count} lies, {count - wrong} judged rightly, {len(rules)} rules hit[/]"
    )
    return 1 if wrong else 0


def _refuse_unknown(names: Iterable[str]) -> None:
    """Raise Unusable for the names that no lie has."""
    known = [lie.name for lie in all_lies()]
    problems = [
        f"there is no lie {name!r}{nearest(name, known)}"
        for name in names
        if not fnmatch.filter(known, name)
    ]
    if problems:
        raise Unusable(f"{'; '.join(problems)}; see: cpikit-contracts mutants --list")


def _tell(console: Console, verdict: Verdict) -> None:
    lie = verdict.lie
    mark = "[green]✓[/]" if verdict.right else "[red]✗[/]"
    said = verdict.message or "NOT CAUGHT"
    console.print(
        f"{mark} {lie.name:<28} {lie.breaks:<44} {verdict.seconds:5.1f} s  "
        f"[dim]{escape(said[:110])}[/]",
        soft_wrap=True,
    )
    if verdict.others:
        console.print(f"    also broken or blocked: {' '.join(verdict.others)}", soft_wrap=True)
