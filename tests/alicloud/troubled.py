"""One trouble at one call: a wire in front of another, for sweeps over every call of a method."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from attrs import define, field

from cpikit_alicloud.refusals import AnswerLost, Refused

READS = ("Describe", "List", "Get")
KILLS = ("killed before", "killed after")
TROUBLES = ("fails for good", "throttled five times", "answer lost", "dropped", *KILLS)


class Killed(BaseException):
    """The process is dead: none of its calls reaches the cloud any more."""


@define(eq=False)
class TroubledWire:
    """Hands calls on to `inner`, and makes one kind of trouble at the `nth` first-time call.

    A poll is not a call of its own: a read that equals one since the last write is not counted.
    """

    inner: Any
    trouble: str = ""
    nth: int = 0
    met: str = ""
    names: list[str] = field(factory=list)
    is_dead: bool = False
    _seen: set[str] = field(factory=set)
    _throttles: int = 5

    @property
    def date(self) -> str:
        """The world's time."""
        return str(self.inner.date)

    def send(
        self,
        keys: Any,
        product: str,
        action: str,
        parameters: Mapping[str, str],
        *,
        is_read: bool,
    ) -> dict[str, Any]:
        """One call, in trouble or not."""
        if self.is_dead:
            raise Killed
        is_met = self._count(action, parameters)
        if self.met == action and not is_met:
            is_met = self.trouble == "fails for good" or self._is_throttled_still()

        def work() -> dict[str, Any]:
            found: dict[str, Any] = self.inner.send(
                keys, product, action, parameters, is_read=is_read
            )
            return found

        return self._troubled(product, action, work) if is_met else work()

    def _count(self, action: str, parameters: Mapping[str, str]) -> bool:
        """Whether this is the call at which the trouble is made."""
        if not action.startswith(READS):
            self._seen.clear()
        key = json.dumps([action, dict(parameters)], sort_keys=True)
        is_first = key not in self._seen
        self._seen.add(key)
        if is_first:
            self.names.append(action)
        if self.met or not is_first or len(self.names) != self.nth:
            return False
        self.met = action
        return True

    def _is_throttled_still(self) -> bool:
        return self.trouble == "throttled five times" and self._throttles > 0

    def _troubled(
        self, product: str, action: str, work: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        if self.trouble in KILLS:
            self.is_dead = True
            if self.trouble == "killed after":
                work()
            raise Killed
        if self.trouble == "answer lost":
            work()
            raise AnswerLost(f"{action}: no answer came")
        if self.trouble == "dropped":
            raise AnswerLost(f"{action}: the connection was closed")
        code = "Throttling.User" if self._is_throttled_still() else "InvalidParameter.Swept"
        self._throttles -= 1
        refused = Refused(code, "as the sweep wants", status=400, request_id="SWEPT")
        refused.product = product
        raise refused
