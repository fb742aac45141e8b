"""One cloud call: begun only while somebody waits for it, logged, and repeated by one law.

What a failure leads to stands in failure.py, which a call that succeeds never imports.
"""

from __future__ import annotations

import os

from cpikit.operations import CREATING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from cpikit.caller import Caller
    from cpikit.failure import Failures
    from cpikit.faults import Settled
    from cpikit.hookspecs import Hooks
    from cpikit.log import Log
    from cpikit.operations import Operation
    from cpikit.waiting import Clock

    T = TypeVar("T")


def _draw() -> float:
    return int.from_bytes(os.urandom(4), "big") / 2**32  # the random module costs 4 ms to import


class Cloud:
    """Makes cloud calls: `cloud(Operation("CreateDisk", Effect.TOKENED), lambda: sdk.create(…))`.

    Every call of a provider to its cloud goes through here, so each is logged, repeated by one law,
    and never begun for a caller who has gone.
    """

    def __init__(
        self,
        hooks: Hooks,
        clock: Clock,
        log: Log,
        caller: Caller,
        draw: Callable[[], float] = _draw,
    ) -> None:
        self._hooks = hooks
        self._clock = clock
        self._log = log
        self._caller = caller
        self._draw = draw

    def __call__(
        self,
        operation: Operation,
        send: Callable[[], T],
        *,
        settled: Callable[[], Settled[T]] | None = None,
        refresh: Callable[[], object] | None = None,
    ) -> T:
        """Send the call until it succeeds, and give its answer.

        `settled` asks the cloud what became of a ONCE call whose answer was lost; without it such a
        call fails. `refresh` renews credentials that ran out, once.

        Raises FaultError when the law, the policy or its total time ends it, and CallerGone before
        an attempt that nobody waits for any more.
        """
        failures = None
        while True:
            self._begin(operation)
            started_s = self._clock.monotonic_s()
            try:
                answer = send()
            except Exception as error:  # noqa: BLE001  # an SDK raises anything; it becomes a Fault here
                if failures is None:
                    failures = self._failures(operation, settled, refresh)
                verdict = failures.after(error)
                if verdict.is_done:
                    self._confirm(operation)
                    return verdict.answer  # type: ignore[return-value]  # done: the answer is a T
            else:
                self._confirm(operation)
                self._tell_answered(operation, started_s)
                return answer
            finally:
                self._caller.in_flight = ""

    def _begin(self, operation: Operation) -> None:
        if operation.effect in CREATING:
            self._caller.check_before_creating()
        else:
            self._caller.check()
        self._caller.in_flight = str(operation)

    def _confirm(self, operation: Operation) -> None:
        if self._caller.unconfirmed == str(operation):
            self._caller.unconfirmed = ""

    def _failures(
        self,
        operation: Operation,
        settled: Callable[[], Settled[T]] | None,
        refresh: Callable[[], object] | None,
    ) -> Failures[T]:
        from cpikit.failure import Failures  # 3 ms that only a failing call pays

        return Failures(
            operation,
            settled,
            refresh,
            self._hooks,
            self._clock,
            self._log,
            self._caller,
            self._draw,
        )

    def _tell_answered(self, operation: Operation, started_s: float) -> None:
        self._log.event(
            "cloud_call",
            call=operation.name,
            resource=operation.resource or None,
            seconds=self._clock.monotonic_s() - started_s,
        )
