"""What came out: one result per case, and the sums over a run."""

import shlex
from enum import Enum
from pathlib import Path
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
    seed: int | None = None

    def again(self, target: tuple[str, ...] = (), level: str = "") -> str:
        """The command that asks this case once more, of the same CPI with the same choices."""
        words = ["cpikit-contracts", "run", *target, "--level", level or self.case.rule.level]
        words += ["--only", self.case.id]
        called_forth = self.answers[0].exchange.case if self.answers else ""
        if self.case.rule.watch is not None and "." in called_forth:
            # A watch sees only what other cases call forth: the first that did so is asked again.
            words += ["--only", called_forth]
        words += ["--seed", str(self.seed)] if self.seed is not None else []
        return shlex.join(words)

    @property
    def fails(self) -> bool:
        """Does this result make the run fail? What only informs never does."""
        return self.outcome in FAILING and self.case.rule.strength != INFORM


def target_words(profile: Path, cpi: str | None, release: str | None) -> tuple[str, ...]:
    """The options that name the same CPI again; what the command assumes anyhow is left out."""
    here = profile.resolve() == Path("contract.toml").resolve()
    words = [] if here else ["--profile", str(profile)]
    words += ["--cpi", cpi] if cpi else []
    return (*words, *(["--release", release] if release else []))


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
    target: tuple[str, ...] = ()

    def again(self, result: Result) -> str:
        """The command that asks one case of this run once more."""
        return result.again(self.target, self.level if result.case.rule.watch else "")

    def count(self, outcome: Outcome) -> int:
        """How many cases ended so."""
        return sum(each.outcome is outcome for each in self.results)

    @property
    def failed(self) -> bool:
        """Is there anything that the CPI's author has to look at?"""
        return bool(self.stopped) or any(each.fails for each in self.results)

    def to_look_at(self) -> list[tuple[Result, ...]]:
        """What failed, or is worth a look; what differs by its caller only stands together."""
        alike: dict[tuple[str, str, Outcome], list[Result]] = {}
        for each in self.results:
            if each.fails or each.outcome in {Outcome.ACCEPTED, Outcome.NOTED}:
                key = (each.case.rule.id, each.case.item, each.outcome)
                alike.setdefault(key, []).append(each)
        return [tuple(each) for each in alike.values()]

    def share(self) -> tuple[int, int]:
        """How many rules really ran, of how many there are."""
        every = {each.case.rule.id for each in self.results}
        ran = {each.case.rule.id for each in self.results if each.outcome in RAN}
        return len(ran), len(every)
