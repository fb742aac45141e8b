"""A handful of calls that every run begins with, so that each watch has something to look at."""

from cpikit_contracts.methods import UNKNOWN_METHOD_PREFIX
from cpikit_contracts.scenario import Scenario
from cpikit_contracts.session import Session


def ask(session: Session) -> None:
    """One success, one error and one malformed request, through both callers."""
    for caller in ("director", "cli"):
        scenario = Scenario(session, caller, "probe")
        scenario.offline("info")
        scenario.offline(UNKNOWN_METHOD_PREFIX + "probe")
        scenario.raw(b"{")
