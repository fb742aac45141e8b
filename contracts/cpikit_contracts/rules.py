"""What a rule is, and the catalogue of all rules.

A rule is one function that takes a Scenario and raises Broken, or one function that looks at every
answer of a run and says what is wrong with it. The decorator turns the function into a value; the
catalogue collects the values. The command, the pytest plugin and the reports all use this one
definition.
"""

import importlib
import inspect
from collections.abc import Callable, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from cpikit_contracts.methods import METHODS
from cpikit_contracts.outcomes import Unusable
from cpikit_contracts.reading import Answer

if TYPE_CHECKING:
    from cpikit_contracts.scenario import Scenario

MUST: Final = "must"
SHOULD: Final = "should"
INFORM: Final = "inform"

WIRE: Final = "wire"
LIFECYCLE: Final = "lifecycle"
REPEAT: Final = "repeat"
MODEL: Final = "model"
SWEEP: Final = "sweep"
LEVELS: Final = (WIRE, LIFECYCLE, REPEAT, MODEL, SWEEP)

DIRECTOR: Final = ("director",)
CLI: Final = ("cli",)
BOTH: Final = ("director", "cli")
BY_TURNS: Final = ("by turns",)  # one case, whose calls change between the callers

RULE_MODULES: Final = tuple(
    (
        "answers processes bulk requests info errors gaps secrets packaging "
        "stemcells vms vm_networks vm_failures metadata disks attachments disk_changes "
        "snapshots networks settings config "
        "budgets repeats orders histories sweeps sweeps_faults leaks"
    ).split()
)


@frozen
class Rule:
    """One thing that is asked of a CPI."""

    id: str
    strength: str
    level: str
    sentence: str
    source: str
    how: str
    check: "Callable[[Scenario], None] | None" = None
    watch: Callable[[Answer], str] | None = None
    checks: tuple[int, ...] = ()
    callers: tuple[str, ...] = DIRECTOR
    methods: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    items: Mapping[str, tuple[str, ...]] = field(factory=dict, hash=False)

    @property
    def group(self) -> str:
        """The first word of the id: what the rule is about."""
        return self.id.split(".", 1)[0]


@frozen
class Case:
    """One rule asked in one way: through one caller, or of one item."""

    rule: Rule
    caller: str = "director"
    item: str = ""

    @property
    def methods(self) -> tuple[str, ...]:
        """What it cannot do without: the rule's methods and those of the item."""
        return (*self.rule.methods, *self.rule.items.get(self.item, ()))

    @property
    def id(self) -> str:
        """The rule's id, and in brackets the way in which it is asked."""
        if self.rule.watch is not None:
            return self.rule.id
        words = [self.caller] if len(self.rule.callers) > 1 else []
        words += [self.item] if self.item else []
        return f"{self.rule.id}[{','.join(words)}]" if words else self.rule.id


def rule(
    rule_id: str,
    strength: str,
    level: str,
    sentence: str,
    source: str,
    *,
    checks: tuple[int, ...] = (),
    callers: tuple[str, ...] = (),
    methods: tuple[str, ...] = (),
    needs: tuple[str, ...] = (),
    items: Mapping[str, tuple[str, ...]] | None = None,
) -> "Callable[[Callable[[Scenario], None]], Rule]":
    """Turn a function of a Scenario into a rule; its docstring says how the rule is checked.

    `items` are asked one by one, each with the methods that it needs. Unless `callers` says
    otherwise the rule is asked as each caller that calls all of its methods.
    """
    parts = dict(items or {})

    def made(check: "Callable[[Scenario], None]") -> Rule:
        return Rule(
            rule_id,
            strength,
            level,
            sentence,
            source,
            inspect.getdoc(check) or "",
            check=check,
            checks=checks,
            callers=callers or callers_of((*methods, *chain(*parts.values()))),
            methods=methods,
            needs=needs,
            items=parts,
        )

    return made


def callers_of(methods: tuple[str, ...]) -> tuple[str, ...]:
    """Who calls all of these methods; the Director, where a rule names none."""
    return BOTH if methods and all(METHODS[each].cli for each in methods) else DIRECTOR


def watch(
    rule_id: str,
    strength: str,
    sentence: str,
    source: str,
    *,
    checks: tuple[int, ...] = (),
    level: str = WIRE,
) -> Callable[[Callable[[Answer], str]], Rule]:
    """Turn a function of one answer into a rule over every answer of the run."""

    def made(look: Callable[[Answer], str]) -> Rule:
        how = inspect.getdoc(look) or ""
        return Rule(rule_id, strength, level, sentence, source, how, watch=look, checks=checks)

    return made


def catalogue() -> tuple[Rule, ...]:
    """All rules, in the order in which they are asked; watches come last."""
    found: list[Rule] = []
    for name in RULE_MODULES:
        module = importlib.import_module(f"cpikit_contracts.checks.{name}")
        found += [value for value in vars(module).values() if isinstance(value, Rule)]
    ids = [each.id for each in found]
    doubled = {each for each in ids if ids.count(each) > 1}
    if doubled:
        raise Unusable(f"rules with the same id: {sorted(doubled)}")
    asked = [each for each in found if each.watch is None]
    watched = [each for each in found if each.watch is not None]
    asked.sort(key=lambda each: LEVELS.index(each.level))
    return tuple(asked + watched)


def cases_of(found: Rule) -> tuple[Case, ...]:
    """The ways in which a rule is asked."""
    if found.watch is not None:
        return (Case(found),)
    items = found.items or {"": ()}
    return tuple(
        Case(found, caller, item)
        for item, methods in items.items()
        for caller in found.callers
        if caller not in CLI or callers_of(methods or ("info",)) == BOTH
    )


def selected(
    rules: tuple[Rule, ...], level: str, only: tuple[str, ...] = ()
) -> tuple[tuple[Case, ...], tuple[Case, ...]]:
    """The cases to ask up to a level, and those that the choice left out."""
    upto = LEVELS.index(level)
    inside, outside = [], []
    for found in rules:
        for case in cases_of(found):
            wanted = not only or any(_names(pattern, case) for pattern in only)
            if LEVELS.index(found.level) <= upto and wanted:
                inside.append(case)
            else:
                outside.append(case)
    return tuple(inside), tuple(outside)


def _names(pattern: str, case: Case) -> bool:
    """A pattern is a group, a rule's id, a case's id, or a check number of the contract."""
    numbers = {str(number) for number in case.rule.checks}
    return pattern in {case.rule.group, case.rule.id, case.id, *numbers}
