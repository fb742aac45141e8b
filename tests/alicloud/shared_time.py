"""One virtual time for many processes at once: it moves when all of them sleep.

Each process is a thread; only one of them runs at a time, so that every run is the same.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable

from cpikit.testing import VirtualClock


class SharedTime:
    """Seconds since the start, for all processes."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._turn = threading.Condition()
        self._sleepers: list[tuple[float, int]] = []
        self._running: int | None = None

    def run(self, works: list[Callable[[VirtualClock], object]]) -> None:
        """Run all works to their end, each with a clock of its own on this time."""
        threads = []
        for number, work in enumerate(works):
            clock = ProcessClock(self, number)
            heapq.heappush(self._sleepers, (0.0, number))
            threads.append(threading.Thread(target=self._life, args=(number, work, clock)))
        for thread in threads:
            thread.start()
        with self._turn:
            self._next()
        for thread in threads:
            thread.join()

    def sleep(self, number: int, seconds: float) -> None:
        """Let the others run until this process wakes."""
        with self._turn:
            heapq.heappush(self._sleepers, (self.now_s + max(seconds, 0.0), number))
            self._next()
            self._turn.wait_for(lambda: self._running == number)

    def _life(
        self, number: int, work: Callable[[VirtualClock], object], clock: VirtualClock
    ) -> None:
        with self._turn:
            self._turn.wait_for(lambda: self._running == number)
        try:
            work(clock)
        finally:
            with self._turn:
                self._next()

    def _next(self) -> None:
        """Wake whoever sleeps the least; time moves to then."""
        self._running = None
        if self._sleepers:
            wakes_s, self._running = heapq.heappop(self._sleepers)
            self.now_s = max(self.now_s, wakes_s)
        self._turn.notify_all()


class ProcessClock(VirtualClock):
    """What one process takes for its clock."""

    def __init__(self, time: SharedTime, number: int) -> None:
        super().__init__()
        self._time = time
        self._number = number

    def monotonic_s(self) -> float:
        """The shared seconds."""
        return self._time.now_s

    def time_s(self) -> float:
        """Seconds since 1970."""
        return 1_700_000_000.0 + self._time.now_s

    def sleep(self, seconds: float) -> None:
        """Let the others run."""
        self._time.sleep(self._number, seconds)
