"""Hold what will happen by itself, and do it in order of time whenever the world is looked at."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from attrs import define, field

from cpikit_alicloud_simulator.resource import Resource

_ROUNDS = 100_000
"""More than this at one look is a chain that never ends: a defect in a product."""


@define(order=False)
class Transition:
    """One thing to come.

    It is dropped when the resource is gone by then, or has changed its state since this was
    planned (`state_serial` is None where the state does not matter).
    """

    due_s: float
    resource: Resource
    state_serial: int | None
    apply: Callable[[], None]

    @property
    def is_valid(self) -> bool:
        """Whether the resource still stands where it stood when this was planned."""
        same = self.state_serial in (None, self.resource.state_serial)
        return self.resource.exists and same


@define
class Frozen:
    """A resource that is stuck, until when, and what would have happened to it meanwhile."""

    until_s: float
    held: list[Transition] = field(factory=list)


@define
class Timeline:
    """The transitions of one world. `now_s` is that of the transition while one is applied."""

    _heap: list[tuple[float, int, Transition]] = field(factory=list, init=False)
    _count: int = field(default=0, init=False)
    _frozen: dict[str, Frozen] = field(factory=dict, init=False)
    applying_s: float | None = field(default=None, init=False)

    def plan(self, transition: Transition) -> None:
        """Add one thing to come."""
        self._count += 1
        heapq.heappush(self._heap, (transition.due_s, self._count, transition))

    def settle(self, now_s: float) -> None:
        """Do all that is due, the earliest first, each at its own time."""
        rounds = 0
        for resource_id in [id_ for id_, ice in self._frozen.items() if ice.until_s <= now_s]:
            self.thaw(resource_id, self._frozen[resource_id].until_s)
        while self._heap and self._heap[0][0] <= now_s:
            rounds += 1
            if rounds > _ROUNDS:
                raise RuntimeError(f"over {_ROUNDS} transitions are due at once: an endless chain")
            transition = heapq.heappop(self._heap)[2]
            ice = self._frozen.get(transition.resource.id)
            if ice is not None:
                ice.held.append(transition)
            elif transition.is_valid:
                self._apply(transition)

    def _apply(self, transition: Transition) -> None:
        self.applying_s = transition.due_s
        try:
            transition.apply()
        finally:
            self.applying_s = None

    def freeze(self, resource_id: str, until_s: float = float("inf")) -> None:
        """Keep a resource in the state that it is in, until then or until it is thawed."""
        held = self._frozen[resource_id].held if resource_id in self._frozen else []
        self._frozen[resource_id] = Frozen(until_s, held)

    def thaw(self, resource_id: str, now_s: float) -> None:
        """Let a frozen resource go on: what was due in the meantime happens now."""
        ice = self._frozen.pop(resource_id, None)
        for transition in ice.held if ice else ():
            transition.due_s = max(transition.due_s, now_s)
            self.plan(transition)

    def thaw_all(self, now_s: float) -> None:
        """Let all frozen resources go on."""
        for resource_id in list(self._frozen):
            self.thaw(resource_id, now_s)

    @property
    def frozen(self) -> tuple[str, ...]:
        """The ids of resources that are stuck."""
        return tuple(self._frozen)

    @property
    def next_due_s(self) -> float | None:
        """When something happens next, None if nothing will."""
        return self._heap[0][0] if self._heap else None

    def __len__(self) -> int:
        return len(self._heap) + sum(len(ice.held) for ice in self._frozen.values())
