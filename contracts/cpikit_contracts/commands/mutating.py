"""`cpikit-contracts mutants`: the suite's own proof, as a table."""

import argparse

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cpikit_contracts.liar.lies.table import all_lies
from cpikit_contracts.mutants import ALL, MEANT, NEIGHBOURS, Verdict, try_all


def describe(parser: argparse.ArgumentParser) -> None:
    """The options of mutants."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these; * is a wildcard")
    parser.add_argument("--list", action="store_true", help="print the lies without telling them")
    parser.add_argument(
        "--breadth", choices=(MEANT, NEIGHBOURS, ALL), default=NEIGHBOURS,
        help="tell each lie to the rule meant for it, also to its neighbours, or to all rules",
    )  # fmt: skip
    parser.add_argument("--jobs", type=int, default=2, help="how many lies are told at once")


def run(given: argparse.Namespace) -> int:
    """Tell the lies and print what caught them."""
    console = Console(highlight=False)
    if given.list:
        table = Table("lie", "what it does", "caught by", "seen at", box=None)
        for lie in all_lies():
            table.add_row(lie.name, lie.says, lie.breaks, lie.peer)
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
        console.print(f"    also broken: {' '.join(verdict.others)}", soft_wrap=True)
