"""Keep resources of one kind so that finding one does not depend on how many there are."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, Protocol, TypeVar

from attrs import define, field, frozen

from cpikit_alicloud_simulator.resource import Resource

R = TypeVar("R", bound=Resource)

_QUIET = frozenset({"watcher", "state_since_s", "state_serial", "created_s"})
_HISTORY = 20_000
"""So many changes are kept for stale reads: minutes of a busy world, a few megabytes."""


@frozen
class Change:
    """What it takes to undo one change: `name` is a field, or "+" or "-" for a whole resource."""

    at_s: float
    resource: Resource
    name: str
    old: object


@define
class History:
    """The latest changes of a world, the newest last."""

    changes: deque[Change] = field(factory=lambda: deque(maxlen=_HISTORY))

    def since(self, at_s: float) -> Iterator[Change]:
        """Give the changes after a time, the newest first."""
        for change in reversed(self.changes):
            if change.at_s <= at_s:
                return
            yield change


class Table(Generic[R]):
    """All resources of one kind, of every account and region, in the order of their making."""

    def __init__(self, kind: type[R], now_s: Callable[[], float], history: History) -> None:
        self.kind = kind
        self.rows: dict[str, R] = {}
        self._now_s = now_s
        self._history = history
        self._homes: dict[tuple[str, str], dict[str, R]] = {}
        self._indexes: dict[str, dict[object, dict[str, R]]] = {name: {} for name in kind.indexed}

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[R]:
        return iter(list(self.rows.values()))

    def get(self, id_: str) -> R | None:
        """Give a resource by id."""
        return self.rows.get(id_)

    def by(self, name: str, value: object) -> list[R]:
        """Give the resources whose indexed field has (or contains) a value."""
        if name not in self._indexes:
            raise LookupError(f"{self.kind.__name__}.{name} is not indexed: name it in `indexed`")
        return list(self._indexes[name].get(value, {}).values())

    def at_home(self, account_id: str, region_id: str) -> list[R]:
        """Give the resources of an account in a region."""
        return list(self._homes.get((account_id, region_id), {}).values())

    def count_at_home(self, account_id: str, region_id: str) -> int:
        """Count them, for quotas."""
        return len(self._homes.get((account_id, region_id), {}))

    def add(self, resource: R) -> None:
        """Take a resource in."""
        if resource.id in self.rows:
            raise ValueError(f"{self.kind.kind} {resource.id} exists already")
        now_s = self._now_s()
        resource.created_s = resource.created_s or now_s
        resource.state_since_s = resource.state_since_s or now_s
        self.rows[resource.id] = resource
        self._homes.setdefault((resource.account_id, resource.region_id), {})[resource.id] = (
            resource
        )
        for name in self._indexes:
            self._index(resource, name, getattr(resource, name))
        self._history.changes.append(Change(now_s, resource, "+", None))
        resource.watcher = self

    def remove(self, resource: R) -> None:
        """Let a resource go; it keeps its fields but tells nobody any more."""
        resource.watcher = None
        del self.rows[resource.id]
        del self._homes[resource.account_id, resource.region_id][resource.id]
        for name in self._indexes:
            self._unindex(resource, name, getattr(resource, name))
        self._history.changes.append(Change(self._now_s(), resource, "-", None))

    def changing(self, resource: R, name: str, value: object) -> None:
        """Follow one change (called by the resource itself)."""
        if name in _QUIET:
            return
        if name in {"id", "account_id", "region_id"}:
            raise TypeError(f"{resource.id}: {name} never changes; remove it and make another")
        old = getattr(resource, name)
        if old == value:
            return
        now_s = self._now_s()
        self._history.changes.append(Change(now_s, resource, name, old))
        if name in self._indexes:
            self._unindex(resource, name, old)
            self._index(resource, name, value)
        if name == "state":
            resource.state_since_s = now_s
            resource.state_serial += 1

    def as_of(self, at_s: float) -> dict[str, R]:
        """Give the rows as they were at a time, changed ones as copies (as far as history goes)."""
        rows = dict(self.rows)
        copied: dict[str, R] = {}
        for change in self._history.since(at_s):
            resource = change.resource
            if not isinstance(resource, self.kind):
                continue
            if change.name == "+":
                rows.pop(resource.id, None)
                copied.pop(resource.id, None)
                continue
            if resource.id not in copied:
                copied[resource.id] = rows[resource.id] = copy.copy(resource)
                copied[resource.id].watcher = None
            if change.name != "-":
                setattr(copied[resource.id], change.name, change.old)
        return rows

    def _index(self, resource: R, name: str, value: object) -> None:
        for one in _each(value):
            self._indexes[name].setdefault(one, {})[resource.id] = resource

    def _unindex(self, resource: R, name: str, value: object) -> None:
        for one in _each(value):
            rows = self._indexes[name].get(one)
            if rows:
                rows.pop(resource.id, None)
                if not rows:
                    del self._indexes[name][one]


def _each(value: object) -> Iterable[object]:
    return value if isinstance(value, tuple | frozenset) else (value,)


class View(Protocol[R]):
    """What one call may see of a kind: its account's and its region's, perhaps late or stale."""

    def get(self, id_: str) -> R | None:
        """Give a resource by id, None if the call does not see one."""

    def ids(self, ids: Iterable[str]) -> list[R]:
        """Give those of these ids that the call sees, each once, in the order asked for."""

    def by(self, name: str, value: object) -> list[R]:
        """Give the resources whose indexed field has (or contains) a value."""

    def all(self) -> list[R]:
        """Give all that the call sees."""


@frozen
class Scope:
    """Who looks, from where, and how fresh: `hidden_s` hides what is younger than that."""

    account_id: str
    region_id: str
    now_s: float
    hidden_s: float = 0.0
    stale_s: float = 0.0
    blind: bool = False

    def sees(self, resource: Resource) -> bool:
        """Say whether a resource is in sight."""
        if self.blind or resource.region_id not in (self.region_id, ""):
            return False
        if self.hidden_s and self.now_s - resource.created_s < self.hidden_s:
            return resource.account_id != self.account_id  # what others made is long visible
        if resource.shared:
            return resource.is_seen_by(self.account_id)
        return resource.account_id == self.account_id


class ScopedView(Generic[R]):
    """The view of a table that a scope has."""

    def __init__(self, table: Table[R], scope: Scope) -> None:
        self._table = table
        self._scope = scope
        self._stale: dict[str, R] | None = None
        if scope.stale_s > 0:
            self._stale = table.as_of(scope.now_s - scope.stale_s)

    def get(self, id_: str) -> R | None:
        """Give a resource by id, None if the call does not see one."""
        rows = self._table.rows if self._stale is None else self._stale
        found = rows.get(id_)
        return found if found is not None and self._scope.sees(found) else None

    def ids(self, ids: Iterable[str]) -> list[R]:
        """Give those of these ids that the call sees, each once, in the order asked for."""
        found = (self.get(id_) for id_ in dict.fromkeys(ids))
        return [one for one in found if one is not None]

    def by(self, name: str, value: object) -> list[R]:
        """Give the resources whose indexed field has (or contains) a value."""
        if self._stale is not None:
            found = [r for r in self._stale.values() if value in _each(getattr(r, name))]
        else:
            found = self._table.by(name, value)
        return [one for one in found if self._scope.sees(one)]

    def all(self) -> list[R]:
        """Give all that the call sees."""
        scope = self._scope
        found: Iterable[R]
        if self._stale is not None:
            found = self._stale.values()
        elif self._table.kind.shared:
            found = self._table.rows.values()
        else:
            found = self._table.at_home(scope.account_id, scope.region_id)
            found = [*found, *self._table.at_home(scope.account_id, "")]
        return [one for one in found if scope.sees(one)]
