"""One cloud call: begun only while somebody waits for it, classified, repeated or given up."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NoReturn, TypeVar, cast

from attrs import frozen

from cpikit.caller import Caller
from cpikit.faults import Effect, Fault, FaultError, FaultKind, Operation, Settled
from cpikit.hookspecs import Attempt, Hooks
from cpikit.log import Log
from cpikit.retry import leaves_outcome_unknown, may_repeat, next_wait_s
from cpikit.waiting import Clock

T = TypeVar("T")
_CREATING = (Effect.TOKENED, Effect.ONCE)


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
        failures, first_s = 0, None
        while True:
            self._begin(operation)
            started_s = self._clock.monotonic_s()
            try:
                answer = send()
            except Exception as error:  # noqa: BLE001  # an SDK raises anything; it becomes a Fault here
                failures += 1
                now_s = self._clock.monotonic_s()
                first_s = now_s if first_s is None else first_s
                failed = _Failed(
                    operation, self._classify(error, operation), failures, now_s - first_s
                )
                if failed.fault.kind is FaultKind.EXPIRED and refresh is not None:
                    refresh()
                    refresh = None
                    continue
                if not may_repeat(failed.fault.kind, operation.effect):
                    verdict = self._ask(failed, settled, error)
                    if verdict.is_done:
                        return cast("T", verdict.answer)
                if not self._pause(failed):
                    self._give_up(failed, error)
            else:
                self._tell_answered(operation, started_s)
                return answer

    def _begin(self, operation: Operation) -> None:
        if operation.effect in _CREATING:
            self._caller.check_before_creating()
        else:
            self._caller.check()
        self._caller.in_flight = " ".join(filter(None, (operation.name, operation.resource)))

    def _classify(self, error: Exception, operation: Operation) -> Fault:
        if isinstance(error, FaultError):
            return error.fault
        return self._hooks.cpikit_classify_error(error=error, operation=operation)

    def _ask(
        self, failed: _Failed, settled: Callable[[], Settled[T]] | None, error: Exception
    ) -> Settled[T]:
        if settled is None or not leaves_outcome_unknown(failed.fault.kind):
            self._give_up(failed, error)
        verdict = settled()
        if verdict.is_done is None:
            self._give_up(failed, error)
        self._log.event("cloud_call_settled", call=failed.operation.name, done=verdict.is_done)
        return verdict

    def _pause(self, failed: _Failed) -> bool:
        """Wait as the policy says; False when there is no next attempt."""
        fault, operation = failed.fault, failed.operation
        wait_s = next_wait_s(
            self._hooks.cpikit_retry_policy(fault=fault, operation=operation),
            failures=failed.failures,
            elapsed_s=failed.elapsed_s,
            lot=self._draw(),
            retry_after_s=fault.retry_after_s,
        )
        if wait_s is None:
            return False
        self._hooks.cpikit_retry_scheduled(
            attempt=Attempt(operation, fault, failed.failures, wait_s)
        )
        self._log.event("cloud_call_again", wait_s=wait_s, **failed.told())
        self._clock.sleep(wait_s)
        return True

    def _give_up(self, failed: _Failed, error: Exception) -> NoReturn:
        self._caller.in_flight = ""
        self._log.event("cloud_call_failed", **failed.told())
        raise FaultError(
            failed.fault, failed.operation, attempts=failed.failures, waited_s=failed.elapsed_s
        ) from error

    def _tell_answered(self, operation: Operation, started_s: float) -> None:
        self._caller.in_flight = ""
        self._log.event(
            "cloud_call",
            call=operation.name,
            resource=operation.resource or None,
            seconds=self._clock.monotonic_s() - started_s,
        )


@frozen
class _Failed:
    """One failed attempt."""

    operation: Operation
    fault: Fault
    failures: int
    elapsed_s: float

    def told(self) -> dict[str, object]:
        """What the log says of it."""
        return {
            "call": self.operation.name,
            "resource": self.operation.resource or None,
            "fault": self.fault.kind.value,
            "code": self.fault.code or None,
            "failures": self.failures,
            "cloud_request": self.fault.request_id or None,
        }
