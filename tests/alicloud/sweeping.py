"""Sweeps: each call of a method in each trouble, in a new world each time, judged by inventory.

A case says how a world is made ready, what is asked, and whether the method has a key that tells a
repetition. The untroubled run says how the world has to look afterwards; nothing else may be there
but what a kill left, marked as unclaimed, or what an error names.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from tests.alicloud.simulated import Simulated
from tests.alicloud.troubled import KILLS

PAST_THE_DEADLINE_S = 2000.0  # of create_vm: what nobody claimed by then may be removed
SETTLED_S = 400.0
_OWN = ("cpikit-state", "cpikit-bindings", "cpikit-agent")
ON_VMS = ("ecs", "visibility", "client_token", "tags", "paging", "protocol")
ALWAYS_FAILS = {"ecs.run_fails_late": ("create_vm",)}

Worlds = Callable[[], Simulated]
Shape = Counter[tuple[Any, ...]]


@frozen(eq=False)
class Case:
    """One method in one situation."""

    name: str
    method: str
    prepare: Callable[[Simulated], list[Any]]
    """Makes the world ready; gives the arguments."""
    has_key: bool = True
    """Whether a repetition is known as such: without, a kill may leave one more, unclaimed."""
    parts: tuple[str, ...] = ()
    """Kinds that are part of what it makes: the snapshots of an image."""
    section: Mapping[str, Any] = {}  # never changed
    """More of cpi.json."""
    products: tuple[str, ...] = ON_VMS
    """The beginnings of the knobs that may matter."""
    next_agent: Callable[[list[Any]], list[Any]] | None = None
    """The arguments of the create_vm that follows a crash: another agent, the same addresses."""

    def is_about(self, knob: str) -> bool:
        """Whether a knob may matter; one that lets no VM come up is for create_vm alone."""
        return knob.startswith(self.products) and (
            knob not in ALWAYS_FAILS or self.method in ALWAYS_FAILS[knob]
        )

    def call(self, life: Simulated, arguments: list[Any]) -> dict[str, Any]:
        """Ask once."""
        return life.call(self.method, *arguments, **self.section)


def shape(life: Simulated) -> Shape:
    """What is there, without the ids that differ from world to world."""
    life.calm()
    life.clock.sleep(SETTLED_S)
    rows = life.simulator.control.inventory()
    kinds = {row["id"]: row["kind"] for row in rows}
    found: Shape = Counter()
    for row in rows:
        tags = tuple(sorted(pair for pair in row["tags"].items() if pair[0] not in _OWN))
        holder = kinds.get(row["attached_to"], row["attached_to"])
        found[row["kind"], row["state"], row["claimed"], holder, tags, *_more(life, row)] += 1
    for product, action, key, id_ in life.groups:
        found["members", id_, _members(life, product, action, key, id_)] += 1
    return found


def _more(life: Simulated, row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What the inventory does not tell: settings of VMs, size and flags of disks."""
    if row["kind"] == "instance":
        text = life.simulator.control.user_data(row["id"])
        settings = json.loads(text) if text else {}
        disks = settings.get("disks") or {}
        macs = {one.get("mac") for one in (settings.get("networks") or {}).values()}
        ephemeral = str(disks.get("ephemeral"))[:16]
        return (
            bool(settings.get("agent_id")),
            ephemeral,
            len(disks.get("persistent") or ()),
            len(macs),
        )
    if row["kind"] == "disk":
        asked = life.ask("Ecs", "DescribeDisks", DiskIds=json.dumps([row["id"]]))["Disks"]["Disk"]
        keys = ("Size", "Category", "PerformanceLevel", "DeleteWithInstance", "Encrypted", "Type")
        return tuple(asked[0].get(key) for key in keys) if asked else ()
    return ()


def _members(life: Simulated, product: str, action: str, key: str, id_: str) -> tuple[Any, ...]:
    answer = life.ask(product, action, **{key: id_})
    rows = answer.get("Servers") or (answer.get("BackendServers") or {}).get("BackendServer") or ()
    alive = set(life.alive())
    return tuple(sorted((row["ServerId"] in alive, str(row.get("Port", ""))) for row in rows))


class Sweep:
    """One case in worlds of one kind."""

    def __init__(self, case: Case, worlds: Worlds, *, always_fails: bool = False) -> None:
        self.case = case
        self._worlds = worlds
        self.always_fails = always_fails
        self.lives = 0
        self.left_unclaimed = 0
        self._calm()

    def _calm(self) -> None:
        life = self._worlds()
        arguments = self.case.prepare(life)
        self.before = shape(life)
        answer = self.case.call(life, arguments)
        assert (answer["error"] is not None) is self.always_fails, answer
        self.names = list(life.wire.names)
        self.total = len(self.names)
        self.result = answer["result"]
        self.wanted = shape(life)
        if self.always_fails:
            assert self.wanted == self.before, answer["error"]

    def one(self, kind: str, nth: int) -> None:
        """This trouble at the nth call."""
        life = self._worlds()
        arguments = self.case.prepare(life)
        known = ids(life)
        life.trouble(kind, nth)
        answer = self.case.call(life, arguments)
        where = (self.case.name, kind, nth, life.wire.met, answer["error"])
        assert life.wire.met, where
        if kind in KILLS:
            life.calm()
            answer = self.case.call(life, arguments)
        self.lives += 1
        if answer["error"] is None:
            self._judge_success(life, answer, kind, where)
        else:
            assert kind == "fails for good" or self.always_fails, (where, answer["error"])
            self._judge_failure(life, arguments, answer, known, where)

    def _judge_success(
        self, life: Simulated, answer: Mapping[str, Any], kind: str, where: object
    ) -> None:
        found = shape(life)
        extra, missing = found - self.wanted, self.wanted - found
        assert not missing, (where, missing, extra)
        if extra:
            assert kind in KILLS, (where, extra)
            assert not self.case.has_key, (where, extra)
            things = [one for one in extra.elements() if one[0] not in self.case.parts]
            assert len(things) == 1, (where, extra)
            assert things[0][2] is False, (where, extra)
            self.left_unclaimed += 1
        if isinstance(self.result, bool | None):
            assert answer["result"] == self.result, where

    def _judge_failure(
        self,
        life: Simulated,
        arguments: list[Any],
        answer: Mapping[str, Any],
        known: set[str],
        where: object,
    ) -> None:
        """What is new is named; and what was asked for can be had once the trouble is over."""
        message = answer["error"]["message"]
        found = shape(life)
        if self.always_fails:
            assert found == self.before, (where, found - self.before)
            return
        unnamed = unnamed_ids(life, known, message)
        assert not unnamed, (where, unnamed)
        if answer["error"]["ok_to_retry"]:
            assert ids(life) <= known, (where, "ok_to_retry though something is left")
        again = self.case.call(life, arguments)
        assert again["error"] is None, (where, again["error"])
        extra = shape(life) - self.wanted
        assert not extra or not self.case.has_key, (where, extra)

    def next_agent(self, kind: str, nth: int) -> None:
        """Killed at the nth call; then another agent wants the same addresses."""
        assert self.case.next_agent is not None
        life = self._worlds()
        arguments = self.case.prepare(life)
        known = ids(life)
        life.trouble(kind, nth)
        self.case.call(life, arguments)
        assert life.wire.met
        life.calm()
        left = {row["id"] for row in rows_of(life, "instance", "eni")} - known
        other = self.case.next_agent(arguments)
        answer = self.case.call(life, other)
        where = (self.case.name, kind, nth, left, answer["error"])
        if left:
            message = (answer["error"] or {"message": ""})["message"]
            assert any(id_ in message for id_ in left), where
            assert "cpikit" in message or "console" in message, where
            life.clock.sleep(PAST_THE_DEADLINE_S)
            answer = self.case.call(life, other)
        assert answer["error"] is None, (where, answer["error"])
        extra = shape(life) - self.wanted
        assert not extra, (where, extra)
        self.lives += 1


def ids(life: Simulated) -> set[str]:
    """Of all that is there."""
    return {row["id"] for row in life.simulator.control.inventory()}


def rows_of(life: Simulated, *kinds: str) -> list[dict[str, Any]]:
    """The rows of the inventory of these kinds."""
    return [row for row in life.simulator.control.inventory() if row["kind"] in kinds]


def unnamed_ids(life: Simulated, known: set[str], message: str) -> list[str]:
    """What is new, and neither named by the message nor part of something that is."""
    rows = [row for row in life.simulator.control.inventory() if row["id"] not in known]
    return [
        row["id"]
        for row in rows
        if row["id"] not in message and str(row["attached_to"]) not in message
    ]
