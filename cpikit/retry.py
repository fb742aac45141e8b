"""When a failed cloud call goes again, and after how long: pure arithmetic, no sleeping."""

from __future__ import annotations

from attrs import field, frozen, validators

from cpikit.faults import Effect, FaultKind

_NOTHING_WAS_DONE = frozenset({FaultKind.THROTTLED, FaultKind.BUSY, FaultKind.UNREACHABLE})
_OUTCOME_UNKNOWN = frozenset({FaultKind.ANSWER_LOST, FaultKind.SERVER_ERROR})


def may_repeat(kind: FaultKind, effect: Effect) -> bool:
    """The law: whether a call of this effect may be sent again after this kind of fault.

    THROTTLED, BUSY and UNREACHABLE for every effect, since nothing was done; ANSWER_LOST and
    SERVER_ERROR only where a second sending is harmless. Nothing else is ever repeated, whatever a
    policy says. (EXPIRED goes again at once with new credentials, one time: see Cloud.)
    """
    if kind in _NOTHING_WAS_DONE:
        return True
    return kind in _OUTCOME_UNKNOWN and effect is not Effect.ONCE


def leaves_outcome_unknown(kind: FaultKind) -> bool:
    """Whether the call may have been carried out although it failed."""
    return kind in _OUTCOME_UNKNOWN


@frozen
class RetryPolicy:
    """How often and how long a call is tried: both limits always hold together.

    `attempts` counts the first one; `total_s` is the longest time between the first failure and the
    start of the last attempt. Waits grow from `first_s` by `factor` up to `cap_s`; `jitter` is the
    share of each wait that is drawn by lot (0 none, 1 all of it).
    """

    attempts: int = field(validator=validators.ge(1))
    total_s: float = field(validator=validators.ge(0))
    first_s: float = field(default=0.5, validator=validators.ge(0))
    factor: float = field(default=2.0, validator=validators.ge(1))
    cap_s: float = field(default=30.0, validator=validators.ge(0))
    jitter: float = field(default=0.5, validator=[validators.ge(0), validators.le(1)])


NEVER = RetryPolicy(attempts=1, total_s=0)


def next_wait_s(
    policy: RetryPolicy,
    *,
    failures: int,
    elapsed_s: float,
    lot: float,
    retry_after_s: float | None = None,
) -> float | None:
    """Seconds to wait before the next attempt, or None when there is none.

    `failures` is how many attempts have failed (at least 1), `elapsed_s` the time since the first
    failure, `lot` a number in [0, 1). A wait that the server asked for wins over our own, but
    never past the total.
    """
    if failures >= policy.attempts:
        return None
    grown = policy.first_s
    for _ in range(failures - 1):
        grown = min(grown * policy.factor, policy.cap_s)
    grown = min(grown, policy.cap_s)
    wait_s = grown * (1 - policy.jitter * lot)
    if retry_after_s is not None:
        wait_s = max(retry_after_s, 0.0)
    if not elapsed_s + wait_s <= policy.total_s:  # put so that a NaN ends it too
        return None
    return wait_s
