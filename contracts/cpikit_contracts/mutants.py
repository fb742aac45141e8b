"""Prove the suite: tell each lie to it, and look whether the rule meant for the lie catches it."""

import fnmatch
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from attrs import evolve, frozen

from cpikit_contracts.callers import Start, spawn
from cpikit_contracts.forked import Nursery
from cpikit_contracts.liar.lies.kinds import Lie
from cpikit_contracts.liar.lies.table import all_lies
from cpikit_contracts.profile import Gap, Profile, load
from cpikit_contracts.results import Outcome, Run
from cpikit_contracts.rules import LEVELS, MODEL, SWEEP, Case, Rule, catalogue, selected
from cpikit_contracts.run import Choices, judge

LIAR: Final = Path(__file__).parent / "liar"
THOROUGH_LEVEL: Final = "repeat"
MEANT: Final = "meant"
NEIGHBOURS: Final = "neighbours"
ALL: Final = "all"
CAUGHT: Final = frozenset({Outcome.BROKEN, Outcome.NOTED})
SPOILED: Final = CAUGHT | {Outcome.BLOCKED}
SEED: Final = 7
BESIDE: Final = 3


@frozen
class Verdict:
    """How one lie fared."""

    lie: Lie
    caught: bool
    message: str
    others: tuple[str, ...]
    seconds: float

    @property
    def right(self) -> bool:
        """Caught by the rule meant for it, while every rule that is not listed passes."""
        return self.caught and not self.others


def profile_for(*lies: str, gaps: dict[str, str] | None = None, **config: object) -> Profile:
    """The liar's own profile, with a world in which it tells these lies and has these gaps."""
    profile = load(LIAR / "contract.toml")
    extra = json.dumps({"lies": list(lies), "gaps": list(gaps or {}), **config})
    up = (sys.executable, "-I", "-S", str(LIAR / "__main__.py"), "world", "up", extra)
    down = (sys.executable, "-I", "-S", str(LIAR / "__main__.py"), "world", "down")
    declared = {name: Gap(name, "cannot", reason) for name, reason in (gaps or {}).items()}
    return evolve(
        profile, world=evolve(profile.world, up=up, down=down), gaps={**profile.gaps, **declared}
    )


def try_all(
    names: tuple[str, ...] = (), *, breadth: str = NEIGHBOURS, jobs: int = 2
) -> Iterator[Verdict]:
    """Tell the lies one by one (several worlds at once); all of them where none is named."""
    chosen = [
        lie for lie in all_lies() if not names or any(fnmatch.fnmatch(lie.name, n) for n in names)
    ]
    rules = {rule.id: rule for rule in catalogue()}
    with Nursery() as nursery, ThreadPoolExecutor(max_workers=jobs) as pool:
        yield from pool.map(
            lambda lie: try_one(lie, rules[lie.breaks], breadth=breadth, start=nursery.start),
            chosen,
        )


def try_one(lie: Lie, rule: Rule, *, breadth: str, start: Start = spawn) -> Verdict:
    """Tell one lie: to the rule meant for it, to its neighbours as well, or to all rules."""
    done = judge(profile_for(lie.name, gaps=lie.gaps), choices_for(rule, breadth, start))
    return verdict(lie, done)


def choices_for(rule: Rule, breadth: str, start: Start = spawn) -> Choices:
    """What to ask of a liar whose lie is meant for this rule.

    A watch sees what other rules call forth, so those are asked as well; what is left in the world
    is judged after scenarios that make things.
    """
    level = rule.level
    only: tuple[str, ...] = (rule.id,)
    if rule.watch is not None or rule.group == "leak":
        level, only = "lifecycle", (rule.id, *WATCHED_WITH.get(rule.id, ()))
    if breadth == ALL:
        level = THOROUGH_LEVEL if LEVELS.index(level) < LEVELS.index(MODEL) else rule.level
        only = (rule.id, *_all_but_sweeps()) if rule.level == SWEEP else ()
    if breadth == NEIGHBOURS:
        cases = frozenset(_neighbours(rule, level, only))
        return Choices(level=level, cases=cases, seed=SEED, start=start)
    return Choices(level=level, only=only, seed=SEED, start=start)


def _neighbours(rule: Rule, level: str, only: tuple[str, ...]) -> Iterator[str]:
    """The case ids of the meant rule, of those beside it, of all watches, of one per group."""
    asked = [each for each in catalogue() if each.watch is None]
    group = [each.id for each in asked if each.group == rule.group]
    at = group.index(rule.id) if rule.id in group else 0
    beside = {*group[max(0, at - BESIDE) : at + BESIDE + 1], *CROSS_SECTION}
    for case in selected(catalogue(), level)[0]:
        near = case.rule.id in beside and case.caller == case.rule.callers[0] and _is_short(case)
        if case.rule.id in only or case.rule.watch is not None or near:
            yield case.id


def _is_short(case: Case) -> bool:
    """A sweep, a model or a crowd takes long; one method of a sweep is enough of a neighbour."""
    return case.rule.group not in {"sweep", "model", "bulk"} or case.item == "create_disk"


# What calls forth the answer that a watch must see, where the probe of every run does not.
WATCHED_WITH: Final = {
    "process.reads-its-request": ("process.drains-a-big-request-first",),
    "process.always-answers": ("request.garbage-is-answered",),
    "process.leaves-no-child-on-the-pipes": ("info.is-the-same-for-all-versions",),
    "error.type-is-known": ("error.missing-image-is-an-error",),
    "error.retry-only-where-it-means-something": ("disk.absurd-size-is-refused",),
    "budget.stderr-has-a-ceiling": ("disk.name-in-properties-is-tolerated",),
    "leak.nothing-is-left": ("vm.create-answers-an-array", "vm.ids-are-unique"),
}
# One rule of each group that every lie is told to, whatever it is about.
CROSS_SECTION: Final = frozenset({
    "process.exits-0-on-success", "info.reports-api-version", "request.unknown-keys-are-ignored",
    "error.every-method-fails-cleanly", "secret.stays-out-of-refusals",
    "stemcell.create-answers-an-id", "vm.create-answers-an-array", "metadata.name-is-optional",
    "disk.moves-to-another-vm", "disk.update-answers-null-or-an-id", "snapshot.delete-deletes",
    "network.chooses-a-range", "settings.name-the-agent", "repeat.has-is-steady",
    "leak.nothing-is-left",
})  # fmt: skip


def _all_but_sweeps() -> tuple[str, ...]:
    return tuple({rule.group for rule in catalogue()} - {"sweep"})


def verdict(lie: Lie, done: Run) -> Verdict:
    """How the lie fared in this run."""
    by_rule = [(each.case.rule.id, each) for each in done.results if each.outcome in SPOILED]
    meant = [each for rule, each in by_rule if rule == lie.breaks and each.outcome in CAUGHT]
    allowed = (lie.breaks, *lie.also)
    others = {
        rule for rule, _ in by_rule if not any(fnmatch.fnmatch(rule, each) for each in allowed)
    }
    return Verdict(
        lie=lie,
        caught=bool(meant),
        message=meant[0].message if meant else "",
        others=tuple(sorted(others)),
        seconds=done.seconds,
    )
