"""What came out: one result per case, and the sums over a run."""

import shlex
from enum import Enum
from typing import Any

from attrs import field, frozen

from cpikit_contracts.reading import Answer
from cpikit_contracts.rules import INFORM, Case


class Outcome(Enum):
    """How one case ended."""

    PASSED = "passed"
    BROKEN = "broken"
    BLOCKED = "blocked"
    GAP = "gap"
    NOT_RUN = "not run"
    ACCEPTED = "accepted"
    NOTED = "noted"


# What makes a run fail: a broken rule, or one that could not be judged.
FAILING = frozenset({Outcome.BROKEN, Outcome.BLOCKED})
RAN = frozenset({Outcome.PASSED, Outcome.BROKEN, Outcome.ACCEPTED, Outcome.NOTED})


@frozen
class Result:
    """One case, how it ended, and the processes that show it."""

    case: Case
    outcome: Outcome
    message: str = ""
    seconds: float = 0.0
    answers: tuple[Answer, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def again(self) -> str:
        """The command that asks this case once more."""
        words = ["cpikit-contracts", "run", "--level", self.case.rule.level, "--only", self.case.id]
        return shlex.join(words)

    @property
    def fails(self) -> bool:
        """Does this result make the run fail? What only informs never does."""
        return self.outcome in FAILING and self.case.rule.strength != INFORM


@frozen
class Run:
    """A whole run."""

    results: tuple[Result, ...]
    answers: tuple[Answer, ...]
    seconds: float
    seed: int
    level: str
    profile: str
    command: tuple[str, ...]
    gaps: dict[str, tuple[str, str]] = field(factory=dict)
    left: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    figures: dict[str, Any] = field(factory=dict)
    secrets: tuple[str, ...] = ()
    stopped: str = ""

    def count(self, outcome: Outcome) -> int:
        """How many cases ended so."""
        return sum(each.outcome is outcome for each in self.results)

    @property
    def failed(self) -> bool:
        """Is there anything that the CPI's author has to look at?"""
        return bool(self.stopped) or any(each.fails for each in self.results)

    def share(self) -> tuple[int, int]:
        """How many rules really ran, of how many there are."""
        every = {each.case.rule.id for each in self.results}
        ran = {each.case.rule.id for each in self.results if each.outcome in RAN}
        return len(ran), len(every)
