"""One cloud call: begun only while somebody waits for it, classified, repeated or given up."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

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
        settled: Callable[[], Settled] | None = None,
        refresh: Callable[[], object] | None = None,
        recover: Callable[[], T] | None = None,
    ) -> T:
        """Send the call until it succeeds, and give its answer.

        `settled` asks the cloud what became of a ONCE call whose answer was lost: NOT_DONE sends it
        again, DONE gives what `recover` finds (None without it), UNKNOWN is an error that names
        the thing. `refresh` renews credentials that ran out, once.

        Raises FaultError when the law, the policy or the total time ends it, and CallerGone before
        an attempt that nobody waits for any more.
        """
        tries = _Tries(self, operation, settled, refresh)
        while True:
            self._begin(operation)
            started = self._clock.monotonic_s()
            try:
                answer = send()
            except Exception as error:  # noqa: BLE001  # an SDK may raise anything; it becomes a Fault here
                if tries.is_settled_as_done(error):
                    self._log.event("cloud_call_settled", call=operation.name)
                    return recover() if recover is not None else None  # type: ignore[return-value]  # T is None then
            else:
                self._log.event(
                    "cloud_call",
                    call=operation.name,
                    resource=operation.resource or None,
                    seconds=self._clock.monotonic_s() - started,
                )
                return answer
            finally:
                self._caller.in_flight = ""

    def _begin(self, operation: Operation) -> None:
        if operation.effect in _CREATING:
            self._caller.check_before_creating()
        else:
            self._caller.check()
        about = f" of {operation.resource}" if operation.resource else ""
        self._caller.in_flight = f"{operation.name}{about}"

    def classify(self, error: Exception, operation: Operation) -> Fault:
        """The error in neutral words."""
        if isinstance(error, FaultError):
            return error.fault
        return self._hooks.cpikit_classify_error(error=error, operation=operation)

    def pause_before_next(
        self, fault: Fault, operation: Operation, failures: int, elapsed_s: float
    ) -> bool:
        """Wait as the policy says; False when there is no next attempt."""
        policy = self._hooks.cpikit_retry_policy(fault=fault, operation=operation)
        wait_s = next_wait_s(
            policy,
            failures=failures,
            elapsed_s=elapsed_s,
            lot=self._draw(),
            retry_after_s=fault.retry_after_s,
        )
        if wait_s is None:
            return False
        self._hooks.cpikit_retry_scheduled(
            attempt=Attempt(operation=operation, fault=fault, failures=failures, wait_s=wait_s)
        )
        self._log.event(
            "cloud_call_again",
            call=operation.name,
            resource=operation.resource or None,
            fault=fault.kind.value,
            code=fault.code or None,
            failures=failures,
            wait_s=wait_s,
        )
        self._clock.sleep(wait_s)
        return True

    def seconds(self) -> float:
        """The clock that waits are measured on."""
        return self._clock.monotonic_s()

    def tell_failed(self, operation: Operation, fault: Fault, failures: int) -> None:
        """The line of a call that is given up."""
        self._log.event(
            "cloud_call_failed",
            call=operation.name,
            resource=operation.resource or None,
            fault=fault.kind.value,
            code=fault.code or None,
            failures=failures,
            cloud_request=fault.request_id or None,
        )


class _Tries:
    """What one call remembers between its attempts."""

    def __init__(
        self,
        cloud: Cloud,
        operation: Operation,
        settled: Callable[[], Settled] | None,
        refresh: Callable[[], object] | None,
    ) -> None:
        self._cloud = cloud
        self._operation = operation
        self._settled = settled
        self._refresh = refresh
        self._failures = 0
        self._first_failure_s: float | None = None

    def is_settled_as_done(self, error: Exception) -> bool:
        """False: send it again. True: it was done after all. Raises FaultError: give it up."""
        fault = self._cloud.classify(error, self._operation)
        self._failures += 1
        now_s = self._cloud.seconds()
        if self._first_failure_s is None:
            self._first_failure_s = now_s
        if fault.kind is FaultKind.EXPIRED:
            self._renew(fault, error)
            return False
        if not may_repeat(fault.kind, self._operation.effect):
            return self._settle(fault, error)
        self._pause(fault, error)
        return False

    def _renew(self, fault: Fault, error: Exception) -> None:
        refresh, self._refresh = self._refresh, None
        if refresh is None:
            self._give_up(fault, error)
        else:
            refresh()

    def _settle(self, fault: Fault, error: Exception) -> bool:
        if not leaves_outcome_unknown(fault.kind) or self._settled is None:
            self._give_up(fault, error)
        verdict = self._settled() if self._settled is not None else Settled.UNKNOWN
        if verdict is Settled.DONE:
            return True
        if verdict is Settled.UNKNOWN:
            self._give_up(fault, error)
        self._pause(fault, error)
        return False

    def _pause(self, fault: Fault, error: Exception) -> None:
        elapsed_s = self._waited_s()
        if not self._cloud.pause_before_next(fault, self._operation, self._failures, elapsed_s):
            self._give_up(fault, error)

    def _give_up(self, fault: Fault, error: Exception) -> None:
        self._cloud.tell_failed(self._operation, fault, self._failures)
        raise FaultError(
            fault, self._operation, attempts=self._failures, waited_s=self._waited_s()
        ) from error

    def _waited_s(self) -> float:
        return self._cloud.seconds() - (self._first_failure_s or self._cloud.seconds())
