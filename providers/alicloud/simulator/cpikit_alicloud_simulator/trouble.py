"""Misbehave on request, as the real cloud does: the rules of the control interface."""

from __future__ import annotations

import random
from collections.abc import Mapping
from concurrent.futures import Future
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

from attrs import Factory, define, field, fields_dict

from cpikit_alicloud_simulator.journal import Entry, Journal
from cpikit_alicloud_simulator.suggest import did_you_mean
from cpikit_alicloud_simulator.wire import ApiError

Do = Literal[
    "fail",
    "throttle",
    "drop",
    "lose",
    "late",
    "reset",
    "truncate",
    "html",
    "garble",
    "stale",
    "stuck",
    "vanish",
    "hold_before",
    "hold_after",
]
DOINGS: tuple[str, ...] = get_args(Do)
HOLDS = frozenset({"hold_before", "hold_after"})
STALE_S = 10.0
"""How old a stale read is when its rule does not say."""


@define
class Rule:
    """One rule. What is None does not narrow it down; texts may have `*` and `?`.

    `nth` counts matching writes and first reads since the last mark, `every` matching calls;
    `times` is how often it does its work at most (a hold and an nth: once).
    """

    id: str
    do: Do
    product: str | None = None
    name: str | None = None
    resource: str | None = None
    client: str | None = None
    nth: int | None = None
    every: int | None = None
    probability: float | None = None
    times: int | None = None
    code: str | None = None
    status: int | None = None
    seconds: float | None = None
    state: Literal["armed", "hit", "released"] = "armed"
    hits: int = 0
    seq: int | None = None
    matched: int = 0
    counted: int = 0
    chosen: random.Random = field(default=Factory(random.Random), repr=False)
    let_go: Future[None] = field(factory=Future, repr=False)

    def row(self) -> dict[str, object]:
        """Give what `/rules/ID` shows."""
        names = [name for name in fields_dict(Rule) if name not in {"chosen", "let_go"}]
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    def fits(self, entry: Entry) -> bool:
        """Say whether a call is of the sort that this rule is about."""
        return (
            _like(self.product, entry.product)
            and _like(self.name, entry.name)
            and _like(self.client, entry.client)
            and (self.resource is None or any(_like(self.resource, r) for r in entry.resources))
        )

    def strikes(self, entry: Entry) -> bool:
        """Count a call that fits and say whether the rule does its work on it."""
        self.matched += 1
        self.counted += not entry.repeated
        once = self.nth is not None or self.do in HOLDS
        most = self.times if self.times is not None else (1 if once else None)
        if self.state == "released" or (most is not None and self.hits >= most):
            return False
        if self.nth is not None and (entry.repeated or self.counted != self.nth):
            return False
        if self.every is not None and self.matched % self.every:
            return False
        if self.probability is not None and self.chosen.random() >= self.probability:
            return False
        self.hits += 1
        self.seq, self.state = entry.seq, "hit"
        return True

    def error(self, throttled: ApiError) -> ApiError:
        """Make the error of a `fail` or `throttle`."""
        if self.do == "throttle":
            status = self.status or throttled.status
            return ApiError(status, self.code or throttled.code, throttled.message)
        status = self.status or (400 if self.code else 500)
        code = self.code or ("ServiceUnavailable" if status == 503 else "InternalError")  # noqa: PLR2004  # HTTP
        return ApiError(status, code, "The request processing has failed: a rule asked for it.")


def _like(pattern: str | None, text: str) -> bool:
    return pattern is None or pattern == text or fnmatchcase(text, pattern)


@define
class Rules:
    """The rules that are armed, in the order of their making: the first that strikes works."""

    journal: Journal
    seed: int = 0
    _rules: dict[str, Rule] = field(factory=dict, init=False)
    _made: int = field(default=0, init=False)

    def add(self, given: Mapping[str, Any]) -> Rule:
        """Arm a rule; raises ValueError for one that makes no sense."""
        checked = _checked(given)
        self._made += 1
        rule = Rule(id=f"rule-{self._made}", **checked)
        rule.chosen = random.Random(f"{self.seed} {rule.id}")  # noqa: S311  # not a secret
        for entry in self.journal.counted():
            rule.counted += rule.fits(entry)
        self._rules[rule.id] = rule
        return rule

    def get(self, rule_id: str) -> Rule | None:
        """Give a rule by id."""
        return self._rules.get(rule_id)

    def __iter__(self) -> Any:
        return iter(list(self._rules.values()))

    def struck(self, entry: Entry) -> Rule | None:
        """Give the rule that works on this call; every other one that fits counts it too."""
        working = None
        for rule in self._rules.values():
            if not rule.fits(entry):
                continue
            if working is not None:
                rule.matched += 1
                rule.counted += not entry.repeated
            elif rule.strikes(entry):
                working = rule
        return working

    def mark(self) -> None:
        """Begin to count anew."""
        for rule in self._rules.values():
            rule.counted = 0

    def release(self, rule: Rule) -> None:
        """Let held calls go on; the rule does no more work."""
        rule.state = "released"
        if not rule.let_go.done():
            rule.let_go.set_result(None)

    def clear(self) -> None:
        """Remove all rules and let held calls go on."""
        for rule in self._rules.values():
            self.release(rule)
        self._rules.clear()


_TEXTS = ("product", "name", "resource", "client", "code")
_WHOLE = ("nth", "every", "times", "status")


def _checked(given: Mapping[str, Any]) -> dict[str, Any]:
    known = ["do", *_TEXTS, *_WHOLE, "probability", "seconds"]
    for name in given:
        if name not in known:
            raise ValueError(f"rule: unknown {name!r}{did_you_mean(name, known)}")
    rule = {name: value for name, value in given.items() if value is not None}
    if rule.get("do") not in DOINGS:
        raise ValueError(f"rule: do {rule.get('do')!r} found, wanted one of {', '.join(DOINGS)}")
    for name in _TEXTS:
        _demand(rule, name, isinstance(rule.get(name, ""), str), "a text")
    for name in _WHOLE:
        whole = type(rule.get(name, 1)) is int and rule.get(name, 1) >= 1
        _demand(rule, name, whole, "a whole number from 1")
    _demand(rule, "status", 200 <= rule.get("status", 400) <= 599, "an HTTP status")  # noqa: PLR2004  # HTTP
    number = rule.get("probability", 1)
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    _demand(rule, "probability", is_number and 0 <= number <= 1, "a number from 0 to 1")
    number = rule.get("seconds", 0)
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    _demand(rule, "seconds", is_number and 0 <= number < float("inf"), "a number from 0")
    return rule


def _demand(rule: Mapping[str, Any], name: str, is_right: bool, wanted: str) -> None:
    if not is_right:
        raise ValueError(f"rule: {name} {rule.get(name)!r} found, wanted {wanted}")
