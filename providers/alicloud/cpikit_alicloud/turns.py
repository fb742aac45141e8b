"""Many processes of the CPI on one machine take turns at an action that the cloud throttles.

The Director runs up to about a hundred at once, each of which knows nothing of the others. Once one
of them is throttled, the others stop asking: one call in a while finds out when the cloud's minute
is over, the calls of the next minute are counted in a file, and from then on everybody knows how
many there are and waits for his turn without asking. Nobody needs a daemon for it, and an action
that is not throttled costs one look at a file that is not there.
"""

# ruff: noqa: PTH103, PTH108, PTH110, PTH118  # pathlib costs 7 ms at the start of a process

from __future__ import annotations

import fcntl
import json
import os
from contextlib import suppress
from hashlib import sha256

from cpikit_alicloud.refusals import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from cpikit.waiting import Clock
    from cpikit_alicloud.credentials import Keys
    from cpikit_alicloud.wire import Wire

_WINDOW_S = 60.0  # calls are counted by the minute, from when is not told (throttling, per API)
_PROBE_S = 5.0  # how often one call asks whether a new minute has begun
_FORGOTTEN_AFTER_S = 300.0  # without a further throttle, and how long a learned number holds
_SPREAD_S = 1.0  # those who waited for a new minute do not all come in its first instant
_PRIVATE = 0o700


class Turns:
    """The turns of one account in one region, kept in a folder that all processes share."""

    def __init__(self, folder: str, account: str, clock: Clock, draw: Callable[[], float]) -> None:
        self._folder = folder
        self._account = sha256(account.encode()).hexdigest()[:16]
        self._clock = clock
        self._draw = draw
        self._is_probe = False

    def take(self, action: str) -> None:
        """Wait until this action may be called; at once where nobody was throttled at it."""
        path = self._path(action)
        while os.path.exists(path):
            try:
                wait_s = self._changed(path, self._reserved)
            except OSError:
                return  # turns spare calls; without a file each process waits by itself
            if wait_s <= 0:
                return
            self._clock.sleep(wait_s + _SPREAD_S * self._draw())

    def answered(self, action: str) -> None:
        """Tell the others that a new minute has begun, if this call was to find that out."""
        if self._is_probe:
            self._is_probe = False
            with suppress(OSError):  # the next probe will tell
                self._changed(self._path(action), self._opened)

    def throttled(self, action: str) -> None:
        """Tell the others that the cloud takes no more of this action in the present minute."""
        with suppress(OSError):  # as in take
            os.makedirs(self._folder, _PRIVATE, exist_ok=True)
            self._changed(self._path(action), self._shut)

    def _reserved(self, found: dict[str, Any], now_s: float) -> float:
        """Count one call, or give the seconds until it may be worth while to ask again."""
        if now_s - float(found.get("throttled_s", 0)) > _FORGOTTEN_AFTER_S:
            found.clear()
            return 0.0
        if found.get("is_shut"):
            left_s = float(found["probe_s"]) - now_s
            if left_s <= 0:
                found["probe_s"] = now_s + _PROBE_S
                self._is_probe = True
            return left_s
        over_s = now_s - float(found["open_s"])
        if over_s >= _WINDOW_S:
            found.update(open_s=now_s - over_s % _WINDOW_S, used=0)
        if found.get("rate") is not None and found["used"] >= found["rate"]:
            return float(found["open_s"]) + _WINDOW_S - now_s
        found["used"] += 1
        return 0.0

    @staticmethod
    def _opened(found: dict[str, Any], now_s: float) -> float:
        """Begin a minute of which every call will be counted."""
        found.update(is_shut=False, open_s=now_s, used=1)
        return 0.0

    def _shut(self, found: dict[str, Any], now_s: float) -> float:
        """Close the present minute; one whose calls were all counted tells how many there are."""
        is_known = "open_s" in found and not found.get("is_shut")
        if is_known:
            found["rate"] = max(int(found["used"]) - 1, 1)
            found["used"] = found["rate"]
        elif not self._is_probe or "probe_s" not in found:
            found.update(is_shut=True, probe_s=now_s + _PROBE_S)
        self._is_probe = False
        found["throttled_s"] = now_s
        return 0.0

    def _changed(self, path: str, change: Callable[[dict[str, Any], float], float]) -> float:
        """Apply a change to what the file says, under its lock; an emptied one is removed."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "r+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            try:
                read = json.loads(file.read() or "{}")
            except ValueError:
                read = {}
            found: dict[str, Any] = read if isinstance(read, dict) else {}
            try:
                result = change(found, self._clock.time_s())
            except (KeyError, TypeError, ValueError):  # somebody spoilt it: begin anew
                found.clear()
                result = 0.0
            file.seek(0)
            file.truncate()
            if found:
                file.write(json.dumps(found))
            else:
                os.unlink(path)
        return result

    def _path(self, action: str) -> str:
        return os.path.join(self._folder, f"{self._account}-{action}")


class TurnTaking:
    """A wire whose calls take turns with those of other processes; `inner` carries them."""

    def __init__(self, inner: Wire, turns: Turns) -> None:
        self._inner = inner
        self._turns = turns
        self.date = ""

    def send(
        self, keys: Keys, product: str, action: str, parameters: Mapping[str, str], *, is_read: bool
    ) -> dict[str, Any]:
        """Wait for the turn, send, and tell the others of a throttle."""
        name = f"{product}.{action}"
        self._turns.take(name)
        try:
            answer = self._inner.send(keys, product, action, parameters, is_read=is_read)
        except Refused as error:
            if error.code.startswith("Throttling"):
                self._turns.throttled(name)
            raise
        finally:
            self.date = self._inner.date
        self._turns.answered(name)
        return answer
