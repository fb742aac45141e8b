"""Scripted trouble: rules that make the cloud refuse, lose, delay, forget and stand still.

A rule names the calls that it is for (`product`, `name`, `resource`, `client`), which of them
(`nth` since the last mark, `every`, `probability`, at most `times`), and what is done to them. A
rule with `nth` goes on, when `times` says so, with the same call as often as it comes again.
"""

from __future__ import annotations

import errno
import json
import time
from binascii import crc32

from cpikit_fake.cloud.failures import CloudFailure, UnreadableAnswer
from cpikit_fake.cloud.world import World

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    from cpikit_fake.cloud.endpoint import Call, Done, Endpoint

    Rule = dict[str, Any]
    State = dict[str, Any]

PRODUCT = "fake"
DEEDS = (
    "fail throttle drop lose late reset truncate html garble stale stuck vanish"
    " hold_before hold_after"
).split()
_TEXTS = ("product", "name", "resource", "client", "code")
_COUNTS = ("nth", "every", "times")
_NUMBERS = ("probability", "seconds", "status")
_HOLDS = ("hold_before", "hold_after")  # hit when the call stands still, so that one knows where
_BEFORE = ("fail", "throttle", "drop", "reset")
_LOOK_S = 0.005  # how often a held call looks whether it was released
_LOTS = 1 << 32


def add(state: State, body: dict[str, Any], seen: list[dict[str, Any]]) -> Rule:
    """Arm a rule; `seen` are the journal's entries since the last mark, which `nth` counts too."""
    _check(body)
    rule = {
        **{key: value for key, value in body.items() if value is not None},
        "id": 1 + max((rule["id"] for rule in state["rules"]), default=state.get("rule", 0)),
        "state": "armed",
        "hits": 0,
        "seq": None,
        "again": None,
        "count": 0,
    }
    state["rule"] = rule["id"]
    for entry in seen:
        if not entry["repeated"] and _is_for(rule, **_told(entry)):
            rule["count"] += 1
    state["rules"].append(rule)
    return rule


def shown(rule: Rule) -> dict[str, Any]:
    """The rule as the control interface shows it."""
    return {"state": rule["state"], "hits": rule["hits"], "seq": rule["seq"]}


def release(state: State, rule: Rule, now: float) -> None:
    """End what the rule holds or keeps stuck; it does nothing more."""
    rule["state"] = "released"
    World(state, now, {}, lambda _name, _text: None).free(rule["id"])


def decide(state: State, call: Call) -> Rule | None:
    """The first rule that this call meets; all rules count it."""
    met = None
    for rule in state["rules"]:
        if rule["state"] == "released" or not _is_for(
            rule, client=call.client, name=call.name, resource=call.resource
        ):
            continue
        if not call.repeated:
            rule["count"] += 1
        if met is None and _is_met(rule, call):
            met = rule
            rule["hits"] += 1
            rule["seq"] = call.seq
            if rule["do"] not in _HOLDS:
                rule["state"] = "hit"
            rule["again"] = [call.client, call.name, call.resource]
    if any(rule["do"] == "stale" for rule in state["rules"]) and not call.is_read:
        state["before"] = {kind: state[kind] for kind in _shown_kinds(state)}
        state["before"] = json.loads(json.dumps(state["before"]))  # as it is before this write
    return met


class Meeting:
    """A call that met a rule."""

    def __init__(
        self, endpoint: Endpoint, rule: Rule, call: Call, parameters: dict[str, Any]
    ) -> None:
        self._endpoint = endpoint
        self._rule = rule
        self._call = call
        self._parameters = parameters

    def go(self) -> dict[str, Any]:
        """What becomes of it."""
        deed = self._rule["do"]
        if deed in _BEFORE:
            self._note("refused" if deed in ("fail", "throttle") else "dropped")
            self._refuse(deed)
        if deed == "hold_before":
            self._note("held")
            self._hold()
        done = self._work()
        if deed == "hold_after":
            self._hold()
        if deed == "late":
            self._endpoint.clock.sleep(float(self._rule.get("seconds", 1.0)))
        self._spoil(deed)
        return done.answer()

    def _work(self) -> Done:
        deed = self._rule["do"]
        with self._endpoint.store.turn() as state:
            kinds = {kind: state[kind] for kind in _shown_kinds(state)}
            is_stale = deed == "stale" and self._call.is_read and state["before"]
            if is_stale:
                state.update(state["before"])
            done = self._endpoint.work(
                state,
                self._call,
                self._parameters,
                stuck_by=self._rule["id"] if deed == "stuck" else None,
            )
            if is_stale:
                done.value = json.loads(json.dumps(done.value))
                state.update(kinds)
            if deed == "vanish" and done.refusal is None and done.touched:
                now = self._endpoint.clock.time_s() + state["offset_s"]
                World(state, now, {}, self._endpoint.store.write_file).remove(done.touched)
                done.boot = None
        return done

    def _spoil(self, deed: str) -> None:
        """What happens to an answer on its way."""
        if deed == "lose":
            raise TimeoutError(errno.ETIMEDOUT, "no answer came")
        if deed in ("truncate", "html", "garble"):
            raise UnreadableAnswer(f"{self._call.name}: the answer cannot be read ({deed})")

    def _refuse(self, deed: str) -> NoReturn:
        rule = self._rule
        if deed == "throttle":
            raise CloudFailure(
                rule.get("code", "Throttling"),
                "too many calls",
                status=429,
                request_id=f"req-{self._call.seq}",
                retry_after_s=rule.get("seconds"),
            )
        if deed == "fail":
            raise CloudFailure(
                rule.get("code", "Refused"),
                "a rule of trouble refuses this call",
                status=int(rule.get("status", 400)),
                request_id=f"req-{self._call.seq}",
            )
        if deed == "drop":
            raise ConnectionAbortedError(errno.ECONNABORTED, "the connection was closed")
        raise ConnectionResetError(errno.ECONNRESET, "the connection was reset")

    def _note(self, outcome: str) -> None:
        with self._endpoint.store.turn() as state:
            self._call.note(state, self._endpoint.clock.time_s() + state["offset_s"], outcome)

    def _hold(self, pause: Callable[[float], None] = time.sleep) -> None:
        """Keep the client waiting until the rule is released or gone, or its seconds are over.

        On the real clock, and deaf to signals: so an answer that is not there yet is waited for.
        """
        limit = self._rule.get("seconds")
        waited = 0.0
        with self._endpoint.store.turn() as state:
            for rule in state["rules"]:
                if rule["id"] == self._rule["id"] and rule["state"] == "armed":
                    rule["state"] = "hit"
        while limit is None or waited < limit:
            with self._endpoint.store.turn() as state:
                rules = {rule["id"]: rule for rule in state["rules"]}
            if rules.get(self._rule["id"], {"state": "released"})["state"] == "released":
                return
            pause(_LOOK_S)
            waited += _LOOK_S


def _is_for(rule: Rule, *, client: str, name: str, resource: str) -> bool:
    return bool(
        rule.get("product", PRODUCT) == PRODUCT
        and rule.get("name", name) == name
        and rule.get("client", client) == client
        and rule.get("resource", resource) == resource
    )


def _is_met(rule: Rule, call: Call) -> bool:
    nth, every, times = rule.get("nth"), rule.get("every"), rule.get("times")
    if times is not None and rule["hits"] >= times:
        return False
    if nth is not None:
        if rule["hits"]:
            same = rule["again"] == [call.client, call.name, call.resource]
            return same and times is not None
        return bool(rule["count"] == nth) and not call.repeated
    if every is not None and (call.repeated or rule["count"] % every):
        return False
    lot = crc32(f"{rule['id']}/{call.seq}".encode()) / _LOTS
    return bool(lot < rule.get("probability", 1))


def _told(entry: dict[str, Any]) -> dict[str, str]:
    return {key: entry[key] for key in ("client", "name", "resource")}


def _shown_kinds(state: State) -> list[str]:
    return [
        kind for kind in ("images", "servers", "volumes", "snapshots", "subnets") if kind in state
    ]


def _check(body: dict[str, Any]) -> None:
    """Raise CloudFailure naming everything in a rule that is not one."""
    known = {*_TEXTS, *_COUNTS, *_NUMBERS, "do"}
    wrong = [f"unknown key {key!r}" for key in body if key not in known]
    if body.get("do") not in DEEDS:
        wrong.append(f"do is {body.get('do')!r}, wanted one of {', '.join(DEEDS)}")
    given = {key: value for key, value in body.items() if value is not None}
    wrong += [f"{key} is no text" for key in _TEXTS if not isinstance(given.get(key, ""), str)]
    for key in _COUNTS:
        if not (isinstance(given.get(key, 1), int) and given.get(key, 1) >= 1):
            wrong.append(f"{key} is {given[key]!r}, wanted a whole number from 1 on")
    for key in _NUMBERS:
        value = given.get(key, 0)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            wrong.append(f"{key} is {value!r}, wanted a number from 0 on")
    if wrong:
        raise CloudFailure("BadRule", f"rule not armed: {'; '.join(wrong)}")
