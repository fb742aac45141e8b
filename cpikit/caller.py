"""Whoever waits for the answer, and what happens when it stops waiting.

A signal, or a stdout that nobody reads any more, ends the call: no further cloud call is begun, the
provider's undo runs under a deadline, and the answer says what could not be confirmed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class CallerGone(BaseException):
    """The caller is gone; unwinds the method so that its undo can run.

    Not an Exception, so that a provider's `except Exception` does not swallow it.
    """


def _somebody_reads() -> bool:
    return False


def _nothing(_reason: str) -> None:
    pass


class Caller:
    """Knows whether the caller is still there.

    `reader_gone` looks at stdout's other end; `on_leaving` is told the first reason, once, and sets
    the deadline for the undo. Both are given by the process edge; in process nothing ever leaves.
    `in_flight` is the cloud call at work; `unconfirmed` one that may have made something although
    no answer came.
    """

    def __init__(
        self,
        reader_gone: Callable[[], bool] = _somebody_reads,
        on_leaving: Callable[[str], None] = _nothing,
    ) -> None:
        self.reason: str | None = None
        self.in_flight = ""
        self.unconfirmed = ""
        self._reader_gone = reader_gone
        self._on_leaving = on_leaving
        self._shielded = False
        self._may_interrupt = False

    def leave(self, reason: str) -> None:
        """Note that the caller is gone; interrupts a sleep, and nothing else, at once."""
        if self.reason is None:
            self.reason = reason
            self._on_leaving(reason)
        if self._may_interrupt:
            self.check()

    def check(self) -> None:
        """Raise CallerGone when the caller is gone, unless an undo is at work."""
        if self.reason is not None and not self._shielded:
            raise CallerGone(self.reason)

    def check_before_creating(self) -> None:
        """The same, after a look at stdout: nothing is made for a caller who cannot hear of it."""
        if self.reason is None and self._reader_gone():
            self.leave("nobody reads the answer any more")
        self.check()

    def can_hear(self) -> bool:
        """Whether an answer would still arrive."""
        if self.reason is None and self._reader_gone():
            self.leave("nobody reads the answer any more")
        return not self._reader_gone()

    @contextmanager
    def shield(self) -> Iterator[None]:
        """While an undo runs, calls and sleeps go on although the caller is gone."""
        before, self._shielded = self._shielded, True
        try:
            yield
        finally:
            self._shielded = before

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Mark a point, such as a sleep, at which a signal may unwind the call safely."""
        self._may_interrupt = True
        try:
            self.check()
            yield
        finally:
            self._may_interrupt = False
