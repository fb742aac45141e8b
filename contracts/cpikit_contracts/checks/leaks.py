"""The rule about what is left in the world when the suite is through."""

from cpikit_contracts.rules import LIFECYCLE, MUST, rule
from cpikit_contracts.scenario import Scenario


@rule(
    "leak.nothing-is-left",
    MUST,
    LIFECYCLE,
    "After every scenario the world holds what it held before; nothing is left, nothing "
    "else is gone.",
    "docs-bosh (delete associated resources); peers' orphans are their users' first complaint",
    checks=(121,),
)
def nothing_is_left(s: Scenario) -> None:
    """Compare the inventory after each scenario; without one, report what could not be deleted."""
    found = s.session.findings
    if s.session.baseline is None:
        s.notes.append("the world has no inventory: only the ledger's own ids could be looked for")
    s.want(not found, f"{len(found)} times: {'; '.join(found[:5])}")
