"""Decide by RAM policies whether a caller may do something."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Literal

from attrs import frozen


@frozen
class Statement:
    """One statement of a RAM policy: patterns of actions and resources, allowed or denied."""

    effect: Literal["Allow", "Deny"]
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ("*",)

    def covers(self, action: str, resource: str) -> bool:
        """Say whether an action on a resource falls under this statement."""
        return any(_matches(pattern, action) for pattern in self.actions) and any(
            _matches(pattern, resource) for pattern in self.resources
        )


@frozen
class Policy:
    """A RAM policy document: statements that are read together."""

    statements: tuple[Statement, ...]

    @classmethod
    def parsed(cls, document: Mapping[str, Any]) -> Policy:
        """Read `{"Statement": [{"Effect", "Action", "Resource"}]}`; raises ValueError."""
        statements = document.get("Statement")
        if not isinstance(statements, list) or not statements:
            raise ValueError('a policy document has a non-empty list "Statement"')
        return cls(tuple(_statement(each) for each in statements))

    @classmethod
    def allowing(cls, *actions: str) -> Policy:
        """Allow these actions on everything."""
        return cls((Statement("Allow", actions),))

    @classmethod
    def denying(cls, *actions: str) -> Policy:
        """Allow everything but these actions."""
        return cls((Statement("Allow", ("*",)), Statement("Deny", actions)))


def _statement(given: Any) -> Statement:
    if not isinstance(given, Mapping) or given.get("Effect") not in ("Allow", "Deny"):
        raise ValueError(f'a policy statement has "Effect" Allow or Deny; found {given!r}')
    actions, resources = given.get("Action"), given.get("Resource", "*")
    if not actions:
        raise ValueError(f'a policy statement has "Action"; found {given!r}')
    return Statement(given["Effect"], _patterns(actions), _patterns(resources))


def _patterns(given: object) -> tuple[str, ...]:
    found = [given] if isinstance(given, str) else given
    if not isinstance(found, list | tuple) or not all(isinstance(one, str) for one in found):
        raise ValueError(f"a policy's actions and resources are texts or lists; found {given!r}")
    return tuple(found)


def permits(policies: Iterable[Policy] | None, action: str, resource: str = "*") -> bool:
    """Say whether `ecs:RunInstances` on `acs:ecs:…` is allowed: a Deny wins, silence denies.

    `policies` is None for a caller to whom no policy applies (the account itself).
    """
    if policies is None:
        return True
    statements = [each for policy in policies for each in policy.statements]
    covering = {each.effect for each in statements if each.covers(action, resource)}
    return covering == {"Allow"}


def _matches(pattern: str, text: str) -> bool:
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Only `*` and `?` are wild, and case does not count (RAM, "Policy elements")."""
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(escaped, re.IGNORECASE | re.DOTALL)
