"""Patience with the cloud: endpoints that are away for minutes, resources that show up late."""

from __future__ import annotations

from cpikit.faults import FaultKind
from cpikit.operations import FaultError
from cpikit.waiting import Seen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from cpikit_alicloud.session import Session

    T = TypeVar("T")

_TOLERATED_S = 600.0  # an import of 15 minutes is not thrown away because of a shorter outage
AGAIN_S = 10.0
"""An accepted call shows its effect within that; one without any has failed, and goes again."""

_PASSING = frozenset(
    (
        FaultKind.THROTTLED,
        FaultKind.UNREACHABLE,
        FaultKind.ANSWER_LOST,
        FaultKind.SERVER_ERROR,
    )
)


def await_listed(session: Session, find: Callable[[], object]) -> None:
    """Wait until the list shows what was made a moment ago, at most `vm_visible_s`.

    Before an undo: what is not listed yet looks like what is gone.
    """
    clock = session.context.clock
    end_s = clock.monotonic_s() + session.config.waits.vm_visible_s
    while find() is None and clock.monotonic_s() < end_s:
        clock.sleep(1.0)


def known_late(
    session: Session, send: Callable[[], T], is_listed: Callable[[], object] | None = None
) -> T:
    """Send it, and again while the action does not know yet what the list shows already.

    NOT_FOUND right after our own making is waiting, at most `vm_visible_s`, not failure. Where
    somebody else may have made it, `is_listed` says whether the list shows it: a failure else.
    """
    clock = session.context.clock
    end_s = clock.monotonic_s() + session.config.waits.vm_visible_s
    while True:
        try:
            return send()
        except FaultError as error:
            if error.fault.kind is not FaultKind.NOT_FOUND or clock.monotonic_s() >= end_s:
                raise
            if is_listed is not None and not is_listed():
                raise
        clock.sleep(1.0)


def patient(
    session: Session, look: Callable[[], Seen[T]], *, has_begun: bool = True
) -> Callable[[], Seen[T]]:
    """The look, but one that fails for a passing reason has seen nothing, for up to ten minutes.

    Where nothing has begun yet, the first look has to succeed: there is nothing to be lost.
    """
    clock = session.context.clock
    last_s = clock.monotonic_s() if has_begun else None

    def tolerant() -> Seen[T]:
        nonlocal last_s
        try:
            seen = look()
        except FaultError as error:
            if error.fault.kind not in _PASSING or last_s is None:
                raise
            if clock.monotonic_s() - last_s > _TOLERATED_S:
                raise
            return Seen(f"not to be seen ({error.fault.kind.value})")
        last_s = clock.monotonic_s()
        return seen

    return tolerant
