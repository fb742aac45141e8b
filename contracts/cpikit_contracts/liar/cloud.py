"""The liar's cloud calls: a journal, scripted faults, and a client that repeats."""

import fnmatch
import time
from collections.abc import Callable
from typing import Any

from cpikit_contracts.liar.store import Json, Store

ATTEMPTS = 6
PAUSE_S = 0.004
HOLDS = ("hold_before", "hold_after")  # hit when the call stands still, so that one knows where
# More than one method makes; the whole state is written with each of them.
REMEMBERED = 150


class CloudFault(Exception):
    """The cloud said no, with a code."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code = code


class AnswerLost(CloudFault):
    """The connection ended before an answer came: done or not, nobody knows."""


class Gone(CloudFault):
    """What was asked for is not there."""


class CallerLeft(Exception):
    """The caller asked us to end."""


class Cloud:
    """The client side: each call is journaled, disturbed as scripted, repeated where it may be."""

    def __init__(self, store: Store, client: str, unreachable_for_s: float | None) -> None:
        self.store = store
        self.client = client
        self.unreachable_for_s = unreachable_for_s
        self.repeats = {"Throttling", "lost", "ServerError"}
        self.attempts = ATTEMPTS
        self.caller_left = False

    def go_on(self) -> None:
        """Raise CallerLeft when the caller asked for an end."""
        if self.caller_left:
            self.caller_left = False
            raise CallerLeft

    def call(
        self, name: str, effect: str, resource: str, work: Callable[[Json], Any], params: str = ""
    ) -> Any:
        """Make one cloud call; every write here is idempotent or carries a token."""
        if self.unreachable_for_s is not None:
            time.sleep(self.unreachable_for_s)
            raise CloudFault("Unreachable", "the endpoint https://127.0.0.1:9 cannot be reached")
        for attempt in range(1, self.attempts + 1):
            self.go_on()
            try:
                return self._once(name, effect, resource, work, params)
            except CloudFault as fault:
                kind = "lost" if isinstance(fault, AnswerLost) else fault.code
                if kind not in self.repeats or attempt == self.attempts:
                    raise
                time.sleep(PAUSE_S * attempt)
        raise AssertionError

    def _once(
        self, name: str, effect: str, resource: str, work: Callable[[Json], Any], params: str
    ) -> Any:
        rule = self._journaled(name, effect, resource, params)
        do = rule["do"] if rule else ""
        if do == "hold_before":
            self._hold(rule)
        if do in {"drop", "reset"}:
            raise AnswerLost("ConnectionClosed")
        if do == "throttle":
            raise CloudFault(rule.get("code") or "Throttling", "too many requests")
        if do in {"fail", "html", "garble", "truncate"}:
            raise CloudFault(rule.get("code") or "ServerError", "scripted fault")
        result = self._worked(effect, work, stale=do == "stale")
        if do == "hold_after":
            self._hold(rule)
        if do == "lose":
            raise AnswerLost("AnswerLost")
        return result

    def _worked(self, effect: str, work: Callable[[Json], Any], *, stale: bool) -> Any:
        if effect == "read":
            state = self.store.read()
            return work({**state, "things": state["before"]} if stale else state)
        with self.store.locked() as state:
            return work(state)

    def _journaled(self, name: str, effect: str, resource: str, params: str) -> Json:
        with self.store.locked() as state:
            state["seq"] += 1
            entry = {
                "seq": state["seq"],
                "at_s": time.time(),
                "client": self.client,
                "name": name,
                "effect": effect,
                "resource": resource,
                "params": params,
                "outcome": "sent",
                "repeated": effect == "read" and _asked_before(state, self.client, name, params),
            }
            state["calls"] = [*state["calls"][-REMEMBERED:], entry]
            rule = _matching(state, entry)
            if rule is None:
                return {}
            rule["hits"] += 1
            rule["seq"] = entry["seq"]
            if rule["do"] not in HOLDS:
                rule["state"] = "hit"
            entry["outcome"] = rule["do"]
            return dict(rule)

    def _hold(self, rule: Json) -> None:
        with self.store.locked() as state:
            for each in state["rules"]:
                if each["id"] == rule["id"] and each["state"] == "armed":
                    each["state"] = "hit"
        while True:
            state = self.store.read()
            mine = [each for each in state["rules"] if each["id"] == rule["id"]]
            if not mine or mine[0]["state"] == "released":
                return
            time.sleep(PAUSE_S)


def _asked_before(state: Json, client: str, name: str, params: str) -> bool:
    for call in reversed(state["calls"]):
        if call["client"] != client:
            continue
        if call["effect"] == "write":
            return False
        if (call["name"], call["params"]) == (name, params):
            return True
    return False


def _matching(state: Json, entry: Json) -> Json | None:
    counted = [
        call for call in state["calls"] if call["seq"] > state["mark"] and not call["repeated"]
    ]
    for rule in state["rules"]:
        if rule.get("times") is not None and rule["hits"] >= rule["times"]:
            continue
        if rule["state"] == "released" or not _describes(rule, entry):
            continue
        if rule.get("nth") is not None and (entry["repeated"] or len(counted) != rule["nth"]):
            continue
        if rule.get("every") and entry["seq"] % rule["every"]:
            continue
        found: Json = rule
        return found
    return None


def _describes(rule: Json, entry: Json) -> bool:
    return all(
        rule.get(key) is None or fnmatch.fnmatch(entry[key], rule[key])
        for key in ("name", "resource", "client")
    )
