"""The core's table of kinds: how often each goes again, and which error of the contract it is."""

from __future__ import annotations

import errno

from cpikit.errors import (
    CloudError,
    CpiError,
    DiskNotFound,
    NetworkNotFound,
    NoDiskSpace,
    NotSupported,
    VMCreationFailed,
    VMNotFound,
    text_of,
)
from cpikit.faults import Fault, FaultError, FaultKind, Operation
from cpikit.retry import NEVER, RetryPolicy

POLICIES = {
    # Clouds count calls in windows of a minute: the total has to outlive one.
    FaultKind.THROTTLED: RetryPolicy(attempts=12, total_s=300, first_s=1, cap_s=30, jitter=0.7),
    FaultKind.BUSY: RetryPolicy(attempts=30, total_s=300, first_s=1, factor=1.5, cap_s=15),
    FaultKind.UNREACHABLE: RetryPolicy(attempts=6, total_s=60, first_s=0.5, cap_s=15),
    FaultKind.ANSWER_LOST: RetryPolicy(attempts=5, total_s=120, first_s=0.5, cap_s=15),
    FaultKind.SERVER_ERROR: RetryPolicy(attempts=5, total_s=120, first_s=1, cap_s=20),
}
"""How often and how long each kind goes again; kinds that are not here never do."""

TRANSIENT = frozenset(POLICIES)
"""Faults that pass by themselves: a create_vm that died of one may be asked for again."""

_NOT_FOUND = {"vm": VMNotFound, "disk": DiskNotFound, "network": NetworkNotFound}

_NEVER_SENT = frozenset(
    {
        errno.ECONNREFUSED,
        errno.EHOSTUNREACH,
        errno.ENETUNREACH,
        errno.ENETDOWN,
        errno.EADDRNOTAVAIL,
    }
)


def classify(error: Exception) -> Fault:
    """Know the errors of a socket; whatever else happened is UNKNOWN and is not repeated."""
    return Fault(_kind(error), code=type(error).__name__, message=text_of(error))


def policy(fault: Fault) -> RetryPolicy:
    """How often and how long this kind goes again; never, for one that is not in the table."""
    return POLICIES.get(fault.kind, NEVER)


def error_for(fault: Fault, operation: Operation, method: str) -> CpiError:
    """The error of the contract that fits the kind and the method."""
    text = str(FaultError(fault, operation))
    if method == "create_vm" and fault.kind is not FaultKind.DENIED:
        return VMCreationFailed(text, ok_to_retry=fault.kind in TRANSIENT)
    if fault.kind is FaultKind.NOT_FOUND:
        return _NOT_FOUND.get(fault.resource_kind or operation.kind, CloudError)(text)
    if fault.kind is FaultKind.NO_SPACE:
        return NoDiskSpace(text)
    if fault.kind is FaultKind.UNSUPPORTED:
        return NotSupported(text)
    return CloudError(text)


def _kind(error: Exception) -> FaultKind:
    if isinstance(error, OSError) and error.errno in _NEVER_SENT:
        return FaultKind.UNREACHABLE
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return FaultKind.NO_SPACE
    if isinstance(error, TimeoutError | ConnectionError):
        return FaultKind.ANSWER_LOST  # sent or half sent: nobody knows
    return FaultKind.UNKNOWN
