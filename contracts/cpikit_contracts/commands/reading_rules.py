"""`cpikit-contracts rules` and `explain`: what is asked of a CPI, and why."""

import argparse
import json

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cpikit_contracts.choosing import near
from cpikit_contracts.outcomes import Unusable
from cpikit_contracts.profile import RULES_VERSION
from cpikit_contracts.rules import BY_TURNS, LEVELS, Rule, catalogue


def describe_explain(parser: argparse.ArgumentParser) -> None:
    """The options of explain."""
    parser.add_argument("rule", help="a rule's id, or a check number of the contract")


def describe_rules(parser: argparse.ArgumentParser) -> None:
    """The options of rules."""
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--level", choices=LEVELS, help="only this level")


def explain(given: argparse.Namespace) -> int:
    """Print one rule, or all that carry a check number."""
    wanted = given.rule.partition("[")[0]
    found = [rule for rule in catalogue() if wanted in {rule.id, *map(str, rule.checks)}]
    if not found:
        raise Unusable(f"there is no rule {given.rule!r}{near(wanted, catalogue())}")
    console = Console()
    for rule in found:
        console.print(f"[bold]{escape(rule.id)}[/]  ({rule.strength}, level {rule.level})")
        console.print(escape(rule.sentence))
        console.print(f"\n[dim]How it is checked:[/] {escape(rule.how)}")
        console.print(f"[dim]Source:[/] {escape(rule.source)}")
        for name, values in (
            ("Checks of the contract", ", ".join(str(number) for number in rule.checks)),
            ("Methods", ", ".join(rule.methods)),
            ("Asked through", _callers(rule)),
            ("Needs", ", ".join(rule.needs)),
        ):
            if values:
                console.print(f"[dim]{name}:[/] {escape(values)}")
        console.print(
            f"[dim]Try it:[/] cpikit-contracts run --level {rule.level} --only {rule.id}\n"
        )
    return 0


def _callers(rule: Rule) -> str:
    """Who asks, in words."""
    if rule.check is None:
        return "every answer of the run"
    return "director and cli, by turns" if rule.callers == BY_TURNS else ", ".join(rule.callers)


def rules(given: argparse.Namespace) -> int:
    """Print all rules."""
    found = [rule for rule in catalogue() if given.level in {None, rule.level}]
    if given.json:
        print(json.dumps([as_json(rule) for rule in found], indent=1))  # noqa: T201  # the output
        return 0
    table = Table(title=f"{len(found)} rules, version {RULES_VERSION}", box=None)
    for heading in ("rule", "strength", "level", "what it says"):
        table.add_column(heading, overflow="fold")
    for rule in found:
        table.add_row(*map(escape, (rule.id, rule.strength, rule.level, rule.sentence)))
    Console().print(table)
    return 0


def as_json(rule: Rule) -> dict[str, object]:
    """A rule as plain data."""
    return {
        "id": rule.id,
        "strength": rule.strength,
        "level": rule.level,
        "sentence": rule.sentence,
        "source": rule.source,
        "how": rule.how,
        "checks": list(rule.checks),
        "callers": list(rule.callers),
        "methods": list(rule.methods),
        "needs": list(rule.needs),
    }
