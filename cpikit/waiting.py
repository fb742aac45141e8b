"""Waiting for a state: polling with a deadline, which is not the same as retrying."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from cpikit.caller import Caller
from cpikit.errors import CloudError

T = TypeVar("T")
_INSTANT_S = 1e-6  # below this a float clock may stop advancing


class Clock(Protocol):
    """Time as the core and providers see it; tests replace it by cpikit.testing.VirtualClock."""

    def monotonic_s(self) -> float:
        """Seconds since some start; never goes back."""

    def time_s(self) -> float:
        """Seconds since 1970, UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait; raises CallerGone when the caller goes away meanwhile."""


class SystemClock:
    """The machine's own clock; a caller that leaves ends a sleep."""

    def __init__(self, caller: Caller | None = None) -> None:
        self._caller = caller or Caller()

    def monotonic_s(self) -> float:
        """Seconds since some start."""
        return time.monotonic()

    def time_s(self) -> float:
        """Seconds since 1970, UTC."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait that long, or until the caller is gone."""
        with self._caller.interruptible():
            time.sleep(max(seconds, 0.0))


class Seen(Generic[T]):
    """What one look found: a value when the wait is over, and the state in the cloud's own word."""

    __slots__ = ("done", "state", "value")

    def __init__(self, state: str, value: T | None = None, *, done: bool = False) -> None:
        self.state = state
        self.value = value
        self.done = done


class WaitedTooLong(CloudError):
    """The deadline passed; the message names the thing, the state seen last and the one wanted."""

    def __init__(self, what: str, wanted: str, last_state: str, waited_s: float) -> None:
        super().__init__(
            f"{what} is {last_state}, wanted {wanted}, after {waited_s:.0f} s; if it gets there "
            "later than that, raise the wait's property, otherwise look at it in the cloud"
        )
        self.last_state = last_state


def next_poll_s(elapsed_s: float, *, first_s: float, share: float, cap_s: float) -> float:
    """Seconds until the next look: a share of the time already waited, within both bounds.

    So a change is noticed late by at most that share of the time it took, or by `first_s`.
    """
    return min(max(first_s, share * elapsed_s), cap_s)


def wait_until(
    clock: Clock,
    look: Callable[[], Seen[T]],
    *,
    what: str,
    wanted: str,
    deadline_s: float,
    first_s: float = 1.0,
    share: float = 0.1,
    cap_s: float = 15.0,
) -> Seen[T]:
    """Look until `done`, and return what was seen then.

    The first look is at once, later ones after `first_s` or `share` of the time waited, whichever
    is more, at most `cap_s`, and one last look stands at the deadline.

    Raises WaitedTooLong (a CloudError) past `deadline_s`, and whatever `look` raises.
    """
    start = clock.monotonic_s()
    while True:
        seen = look()
        if seen.done:
            return seen
        elapsed = clock.monotonic_s() - start
        if deadline_s - elapsed < _INSTANT_S:
            raise WaitedTooLong(what, wanted, seen.state, elapsed)
        pause = next_poll_s(elapsed, first_s=first_s, share=share, cap_s=cap_s)
        clock.sleep(min(pause, deadline_s - elapsed))
