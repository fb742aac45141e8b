"""What a failed cloud call leads to: classified, repeated after a wait, settled, or given up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NoReturn, TypeVar

from cpikit.caller import Caller
from cpikit.faults import Fault, FaultKind, Settled
from cpikit.hookspecs import Attempt, Hooks
from cpikit.log import Log
from cpikit.operations import CREATING, FaultError, Operation
from cpikit.retry import leaves_outcome_unknown, may_repeat, next_wait_s
from cpikit.waiting import Clock

T = TypeVar("T")


class Failures(Generic[T]):
    """The failed attempts of one call, and what is done about each."""

    def __init__(
        self,
        operation: Operation,
        settled: Callable[[], Settled[T]] | None,
        refresh: Callable[[], object] | None,
        hooks: Hooks,
        clock: Clock,
        log: Log,
        caller: Caller,
        draw: Callable[[], float],
    ) -> None:
        self._operation = operation
        self._settled = settled
        self._refresh = refresh
        self._hooks = hooks
        self._clock = clock
        self._log = log
        self._caller = caller
        self._draw = draw
        self._count = 0
        self._of_kind: dict[FaultKind, int] = {}
        self._first_s = clock.monotonic_s()

    def after(self, error: Exception) -> Settled[T]:
        """Whether the call was done after all; otherwise it goes again, now.

        Raises FaultError when it does not.
        """
        self._count += 1
        fault = self._classify(error)
        self._of_kind[fault.kind] = self._of_kind.get(fault.kind, 0) + 1
        if leaves_outcome_unknown(fault.kind) and self._operation.effect in CREATING:
            self._caller.unconfirmed = str(self._operation)
        if fault.kind is FaultKind.EXPIRED and self._refresh is not None:
            self._renew(self._refresh, fault)
            return Settled.not_done()
        if not may_repeat(fault.kind, self._operation.effect):
            verdict = self._ask(fault, error)
            if verdict.is_done:
                return verdict
        self._pause(fault, error)
        return Settled.not_done()

    def _classify(self, error: Exception) -> Fault:
        if isinstance(error, FaultError):
            return error.fault
        return self._hooks.cpikit_classify_error(error=error, operation=self._operation)

    def _renew(self, refresh: Callable[[], object], fault: Fault) -> None:
        """New credentials, once; where there are none, the call has failed of the old ones."""
        self._refresh = None
        try:
            refresh()
        except Exception as error:  # noqa: BLE001  # an SDK raises anything
            self._give_up(fault, error)

    def _ask(self, fault: Fault, error: Exception) -> Settled[T]:
        if self._settled is None or not leaves_outcome_unknown(fault.kind):
            self._give_up(fault, error)
        try:
            verdict = self._settled()
        except Exception as unanswered:  # noqa: BLE001  # a question that fails settles nothing
            self._give_up(fault, unanswered)
        if verdict.is_done is None:
            self._give_up(fault, error)
        self._log.event("cloud_call_settled", call=self._operation.name, done=verdict.is_done)
        return verdict

    def _pause(self, fault: Fault, error: Exception) -> None:
        wait_s = next_wait_s(
            self._hooks.cpikit_retry_policy(fault=fault, operation=self._operation),
            failures=self._of_kind[fault.kind],  # four busy answers use up no lost one's tries
            elapsed_s=self._elapsed_s(),
            lot=self._draw(),
            retry_after_s=fault.retry_after_s,
        )
        if wait_s is None:
            self._give_up(fault, error)
        attempt = Attempt(self._operation, fault, self._count, wait_s)
        self._hooks.cpikit_retry_scheduled(attempt=attempt)
        self._log.event("cloud_call_again", wait_s=wait_s, **self._told(fault))
        self._clock.sleep(wait_s)

    def _give_up(self, fault: Fault, error: Exception) -> NoReturn:
        self._log.event("cloud_call_failed", **self._told(fault))
        raise FaultError(
            fault, self._operation, attempts=self._count, waited_s=self._elapsed_s()
        ) from error

    def _elapsed_s(self) -> float:
        return self._clock.monotonic_s() - self._first_s

    def _told(self, fault: Fault) -> dict[str, object]:
        return {
            "call": self._operation.name,
            "resource": self._operation.resource or None,
            "fault": fault.kind.value,
            "code": fault.code or None,
            "failures": self._count,
            "cloud_request": fault.request_id or None,
        }
