"""The cloud's refusals in neutral words: one table of codes, and how long each is worth a wait."""

from __future__ import annotations

from cpikit.faults import Fault, FaultKind
from cpikit.retry import RetryPolicy
from cpikit_fake.cloud.failures import CloudFailure, UnreadableAnswer

KINDS = {
    "Throttling": FaultKind.THROTTLED,
    "Busy": FaultKind.BUSY,
    "ImageNotFound": FaultKind.NOT_FOUND,
    "ServerNotFound": FaultKind.NOT_FOUND,
    "VolumeNotFound": FaultKind.NOT_FOUND,
    "SnapshotNotFound": FaultKind.NOT_FOUND,
    "SubnetNotFound": FaultKind.NOT_FOUND,
    "OutOfStock": FaultKind.NO_CAPACITY,
    "NoAddressLeft": FaultKind.NO_CAPACITY,
    "NoRangeLeft": FaultKind.NO_CAPACITY,
    "QuotaExceeded": FaultKind.QUOTA,
    "NoSpace": FaultKind.NO_SPACE,
    "CannotShrink": FaultKind.UNSUPPORTED,
    "AccessDenied": FaultKind.DENIED,
    "TokenExpired": FaultKind.EXPIRED,
    "InternalError": FaultKind.SERVER_ERROR,
    "StoreUnusable": FaultKind.UNKNOWN,
    "AddressInUse": FaultKind.INVALID,
    "AddressOutside": FaultKind.INVALID,
    "BadGateway": FaultKind.INVALID,
    "BadRange": FaultKind.INVALID,
    "BadSize": FaultKind.INVALID,
    "BadTag": FaultKind.INVALID,
    "IncorrectState": FaultKind.INVALID,
    "NoSuchSize": FaultKind.INVALID,
    "NoSuchZone": FaultKind.INVALID,
    "NotAttached": FaultKind.INVALID,
    "OtherZone": FaultKind.INVALID,
    "SubnetInUse": FaultKind.INVALID,
    "TooManyTags": FaultKind.INVALID,
    "VolumeInUse": FaultKind.INVALID,
}
_RESOURCE_KINDS = {
    "ImageNotFound": "stemcell",
    "ServerNotFound": "vm",
    "VolumeNotFound": "disk",
    "SnapshotNotFound": "snapshot",
    "SubnetNotFound": "network",
}
_SERVERS_FAULT = 500

# A cloud in a directory recovers in milliseconds: the core's waits, made a twentieth.
PATIENT = RetryPolicy(attempts=12, total_s=30, first_s=0.05, cap_s=1, jitter=0.5)
BRIEF = RetryPolicy(attempts=4, total_s=2, first_s=0.05, cap_s=0.5, jitter=0.5)


def classify(error: Exception) -> Fault | None:
    """What a refusal or an unreadable answer means; None for what the core knows (a socket's)."""
    if isinstance(error, UnreadableAnswer):
        return Fault(FaultKind.SERVER_ERROR, code="UnreadableAnswer", message=str(error))
    if not isinstance(error, CloudFailure):
        return None
    kind = KINDS.get(error.code)
    if kind is None:
        kind = FaultKind.SERVER_ERROR if error.status >= _SERVERS_FAULT else FaultKind.UNKNOWN
    return Fault(
        kind,
        code=error.code,
        message=error.message,
        resource=error.resource,
        resource_kind=_RESOURCE_KINDS.get(error.code, ""),
        request_id=error.request_id,
        retry_after_s=error.retry_after_s,
    )


def policy(fault: Fault) -> RetryPolicy:
    """How long a repetition is worth a wait; a dead endpoint here is not there later either."""
    return BRIEF if fault.kind is FaultKind.UNREACHABLE else PATIENT
