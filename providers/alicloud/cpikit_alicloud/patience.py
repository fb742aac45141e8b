"""Waits that last for hours outlive an endpoint that is away for minutes."""

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
_PASSING = frozenset(
    (
        FaultKind.THROTTLED,
        FaultKind.UNREACHABLE,
        FaultKind.ANSWER_LOST,
        FaultKind.SERVER_ERROR,
    )
)


def patient(session: Session, look: Callable[[], Seen[T]]) -> Callable[[], Seen[T]]:
    """The look, but one that fails for a passing reason has seen nothing, for up to ten minutes."""
    clock = session.context.clock
    last_s = clock.monotonic_s()

    def tolerant() -> Seen[T]:
        nonlocal last_s
        try:
            seen = look()
        except FaultError as error:
            silent_s = clock.monotonic_s() - last_s
            if error.fault.kind not in _PASSING or silent_s > _TOLERATED_S:
                raise
            return Seen(f"not to be seen ({error.fault.kind.value})")
        last_s = clock.monotonic_s()
        return seen

    return tolerant
