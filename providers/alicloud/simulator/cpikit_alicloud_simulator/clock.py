"""Keep the world's time: real, scaled, or virtual and moved by its client."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal

from attrs import define, field

Mode = Literal["real", "scaled", "virtual"]

VIRTUAL_START = datetime(2026, 1, 1, tzinfo=UTC)
"""Where virtual time begins, so that a world's answers are the same in every run."""


@define
class Clock:
    """The time of one world, in seconds since 1970 (`now_s`) or as a date (`now`).

    `scale` is how many seconds of the world pass in one real second. A virtual clock stands still
    until somebody sleeps on it or advances it; every clock can be advanced.
    """

    mode: Mode = "real"
    scale: float = 1.0
    _monotonic: Callable[[], float] = time.monotonic
    _pause: Callable[[float], None] = time.sleep
    _start_s: float = field(init=False)
    _began: float = field(init=False)
    _ahead_s: float = field(default=0.0, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Begin anew, for a fresh world; whoever holds this clock goes on with it."""
        self._began = self._monotonic()
        self._start_s = VIRTUAL_START.timestamp() if self.mode == "virtual" else time.time()
        self._ahead_s = 0.0

    @classmethod
    def parsed(cls, text: str) -> Clock:
        """Read `real`, `virtual` or `scaled:N`; raises ValueError for anything else."""
        mode, _, number = text.partition(":")
        if mode == "real" and not number:
            return cls("real")
        if mode == "virtual" and not number:
            return cls("virtual")
        try:
            scale = float(number)
        except ValueError:
            scale = 0.0
        if mode != "scaled" or not 0 < scale < float("inf"):
            raise ValueError(f"time {text!r}: wanted real, virtual or scaled:N with N above 0")
        return cls("scaled", scale)

    @property
    def name(self) -> str:
        """How the mode is written on a command line."""
        return f"scaled:{self.scale:g}" if self.mode == "scaled" else self.mode

    def now_s(self) -> float:
        """Give the seconds since 1970, on the world's clock."""
        passed = 0.0
        if self.mode != "virtual":
            passed = (self._monotonic() - self._began) * self.scale
        return self._start_s + passed + self._ahead_s

    def now(self) -> datetime:
        """Give the date and time, on the world's clock."""
        return datetime.fromtimestamp(self.now_s(), UTC)

    def advance(self, seconds: float) -> None:
        """Move the world ahead; raises ValueError for a step back."""
        if not 0 <= seconds < float("inf"):
            raise ValueError(f"advance by {seconds} s: wanted 0 or more")
        with self._lock:
            self._ahead_s += seconds

    def sleep(self, seconds: float) -> None:
        """Let a client in this process wait: virtual time jumps, other clocks really wait."""
        if seconds <= 0:
            return
        if self.mode == "virtual":
            self.advance(seconds)
        else:
            self._pause(seconds / self.scale)

    def monotonic(self) -> float:
        """Give seconds for measuring how long a client waited."""
        return self.now_s()
