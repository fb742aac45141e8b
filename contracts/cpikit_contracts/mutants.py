"""Prove the suite: tell each lie to it, and look whether the rule meant for the lie catches it."""

import fnmatch
import json
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from attrs import evolve, frozen

from cpikit_contracts.liar.lies.kinds import Lie
from cpikit_contracts.liar.lies.table import all_lies
from cpikit_contracts.profile import Gap, Profile, load
from cpikit_contracts.results import Outcome, Run
from cpikit_contracts.rules import LEVELS, SWEEP, Rule, catalogue
from cpikit_contracts.run import Choices, judge

LIAR: Final = Path(__file__).parent / "liar"
THOROUGH_LEVEL: Final = "repeat"
CAUGHT: Final = frozenset({Outcome.BROKEN, Outcome.NOTED})
SEED: Final = 7


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
        """Caught by the rule meant for it, and by none that is not listed."""
        return self.caught and not self.others


def profile_for(*lies: str, gaps: dict[str, str] | None = None, **config: object) -> Profile:
    """The liar's own profile, with a world in which it tells these lies."""
    profile = load(LIAR / "contract.toml")
    extra = json.dumps({"lies": list(lies), **config})
    up = (sys.executable, "-I", "-S", str(LIAR / "__main__.py"), "world", "up", extra)
    down = (sys.executable, "-I", "-S", str(LIAR / "__main__.py"), "world", "down")
    declared = {name: Gap(name, "cannot", reason) for name, reason in (gaps or {}).items()}
    return evolve(
        profile, world=evolve(profile.world, up=up, down=down), gaps={**profile.gaps, **declared}
    )


def try_all(
    names: tuple[str, ...] = (), *, thorough: bool = False, jobs: int = 2
) -> Iterator[Verdict]:
    """Tell the lies one by one (several worlds at once); all of them where none is named."""
    chosen = [
        lie for lie in all_lies() if not names or any(fnmatch.fnmatch(lie.name, n) for n in names)
    ]
    rules = {rule.id: rule for rule in catalogue()}
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        yield from pool.map(_trial(rules, thorough=thorough), chosen)


def _trial(rules: dict[str, Rule], *, thorough: bool) -> Callable[[Lie], Verdict]:
    return lambda lie: try_one(lie, rules[lie.breaks], thorough=thorough)


def try_one(lie: Lie, rule: Rule, *, thorough: bool) -> Verdict:
    """Tell one lie: to the rule meant for it, or, thoroughly, to all rules up to level repeat."""
    level = rule.level
    only: tuple[str, ...] = (rule.id,)
    if rule.watch is not None:
        # A watch sees what the other rules call forth.
        level, only = "lifecycle", (rule.id, *WATCHED_WITH.get(rule.id, ()))
    if rule.group == "leak":
        level, only = "lifecycle", (rule.id, "vm.create-answers-an-array", "vm.ids-are-unique")
    if thorough:
        level = THOROUGH_LEVEL if LEVELS.index(level) < LEVELS.index(SWEEP) else SWEEP
        level = "model" if rule.level == "model" else level
        only = (rule.id, *_all_but_sweeps()) if rule.level == SWEEP else ()
    profile = profile_for(lie.name, gaps=lie.gaps)
    done = judge(profile, Choices(level=level, only=only, seed=SEED))
    return _verdict(lie, done)


# What calls forth the answer that a watch must see, where the probe of every run does not.
WATCHED_WITH: Final = {
    "process.reads-its-request": ("process.drains-a-big-request-first",),
    "process.always-answers": ("request.garbage-is-answered",),
    "process.leaves-no-child-on-the-pipes": ("info.is-the-same-for-all-versions",),
    "error.type-is-known": ("error.missing-image-is-an-error",),
    "error.retry-only-where-it-means-something": ("disk.absurd-size-is-refused",),
    "budget.stderr-has-a-ceiling": ("disk.name-in-properties-is-tolerated",),
}


def _all_but_sweeps() -> tuple[str, ...]:
    return tuple({rule.group for rule in catalogue()} - {"sweep"})


def _verdict(lie: Lie, done: Run) -> Verdict:
    broken = [result for result in done.results if result.outcome in CAUGHT]
    meant = [result for result in broken if result.case.rule.id == lie.breaks]
    allowed = (lie.breaks, *lie.also)
    others = {
        result.case.rule.id
        for result in broken
        if not any(fnmatch.fnmatch(result.case.rule.id, pattern) for pattern in allowed)
    }
    return Verdict(
        lie=lie,
        caught=bool(meant),
        message=meant[0].message if meant else "",
        others=tuple(sorted(others)),
        seconds=done.seconds,
    )
