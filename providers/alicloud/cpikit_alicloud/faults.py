"""The one border where a failure becomes a Fault, and a Fault an error of the contract.

Imported when the first call fails, never before.
"""

from __future__ import annotations

from cpikit.errors import CloudError, CpiError, NoDiskSpace
from cpikit.faults import Fault, FaultKind
from cpikit.operations import FaultError, Operation
from cpikit.retry import RetryPolicy
from cpikit_alicloud.codes import KINDS, KINDS_OF_MISSING, OF_ACTION, PATTERNS
from cpikit_alicloud.refusals import AnswerLost, Garbled, NotSent, ProxyRefused, Refused, Untrusted

_SERVER = 500  # this status of HTTP and those above it
_TOO_MANY = 429

_INITIALIZING = RetryPolicy(attempts=40, total_s=600, first_s=2, factor=1.5, cap_s=20)
"""A new VM or disk is not ready for minutes; the Go CPI waited 300 s for it."""

_RACING = RetryPolicy(attempts=15, total_s=90, first_s=1, factor=1.5, cap_s=10)
"""What the action sees lags behind what Describe shows, by seconds; a real state does not pass."""

_PROCESSING = RetryPolicy(attempts=40, total_s=300, first_s=2, factor=1.3, cap_s=10)
"""The first call with this token is still at work: RunInstances takes up to 86 s (SDK's table)."""

_SNAPSHOT = RetryPolicy(attempts=200, total_s=1800, first_s=5, factor=1.2, cap_s=30)
"""One snapshot of a disk at a time; a full one of a large disk takes many minutes."""

_THROTTLED = RetryPolicy(attempts=40, total_s=1800, first_s=1, cap_s=60, jitter=0.7)
"""Fifty VMs at ten a minute take five minutes: the last of them has to wait that long."""

POLICIES = {
    "IncorrectInstanceStatus.Initializing": _INITIALIZING,
    "IncorrectDiskStatus.Initializing": _INITIALIZING,
    "InstanceNotReady": _INITIALIZING,
    "IncorrectInstanceStatus": _RACING,
    "IncorrectDiskStatus": _RACING,
    "IncorrectEipStatus": _RACING,
    "SnapshotCreatedImage": _RACING,
    "DiskCreatingSnapshot": _SNAPSHOT,
    "IncorrectDiskStatus.CreatingSnapshot": _SNAPSHOT,
    "IdempotentProcessing": _PROCESSING,
    "LastTokenProcessing": _PROCESSING,
}
"""States that last longer than others of their kind."""

_MAY_BE_UNSUPPORTED = ("resize_disk", "update_disk", "create_network", "create_vm")
"""Methods whose callers do something about NotSupported, and create_vm, which has its own error."""

_SPACE = (FaultKind.NO_CAPACITY, FaultKind.QUOTA)
_CLOCK = frozenset(("InvalidTimeStamp.Expired", "IllegalTimestamp", "RequestTimeTooSkewed"))
_KEY = frozenset(
    (
        "SignatureDoesNotMatch",
        "InvalidAccessKeySecret",
        "InvalidAccessKeyId.NotFound",
        "InvalidAccessKeyId.Inactive",
        "InvalidAccessKeyId",
        "Forbidden.AccessKeyDisabled",
        "InvalidSecurityToken.Malformed",
        "InvalidSecurityToken.MismatchWithAccessKey",
    )
)
_PERMISSION = frozenset(  # what a RAM policy helps with; other refusals have other reasons
    """
    AccessDenied Forbbiden Forbidden Forbidden.RAM Forbidden.SubUser NoPermission
    NoPermission.System NoPermission.Tag
    """.split()
)
_IMPORT_ROLE = frozenset(("NoSetRoletoECSServiceAcount", "NoSetRoletoECSServiceAccount"))


def classify(error: Exception, operation: Operation) -> Fault | None:
    """The Fault that an exception of refusals.py is; None for what the core knows better."""
    if isinstance(error, Refused):
        return _of_refusal(error, operation)
    if isinstance(error, NotSent):
        return Fault(FaultKind.UNREACHABLE, message=str(error))
    if isinstance(error, AnswerLost):
        return Fault(FaultKind.ANSWER_LOST, message=str(error))
    if isinstance(error, Garbled):
        return Fault(FaultKind.SERVER_ERROR, message=str(error))
    if isinstance(error, Untrusted | ProxyRefused):
        return Fault(FaultKind.DENIED, message=str(error))
    return None


def kind_of(code: str, action: str = "", status: int = 400) -> FaultKind:
    """The kind that a code means; of one that nobody documented, by its family and its status."""
    kind = OF_ACTION.get((action, code)) or KINDS.get(code)
    if kind is None and (code in KINDS_OF_MISSING):
        kind = FaultKind.NOT_FOUND
    if kind is not None:
        return kind
    for beginning, end, family in PATTERNS:
        if code.startswith(beginning) and code.endswith(end):
            return family
    if code.endswith(".NotFound"):
        return FaultKind.NOT_FOUND
    if status == _TOO_MANY:
        return FaultKind.THROTTLED
    return FaultKind.SERVER_ERROR if status >= _SERVER else FaultKind.UNKNOWN


def policy(fault: Fault, _operation: Operation) -> RetryPolicy | None:
    """How long a state of the cloud lasts; None leaves it to the core's table."""
    if fault.kind is FaultKind.THROTTLED:
        return _THROTTLED
    return POLICIES.get(fault.code)


def error_for(fault: Fault, operation: Operation, method: str) -> CpiError | None:
    """Errors that the core's table cannot know; None leaves it to that.

    A disk that cannot be had for want of stock or quota is NoDiskSpace; what a cloud cannot do at
    all is NotSupported only where a caller falls back to something else.
    """
    if fault.kind in _SPACE and operation.kind == "disk" and method != "create_vm":
        return NoDiskSpace(str(FaultError(fault, operation)))
    if fault.kind is FaultKind.UNSUPPORTED and method not in _MAY_BE_UNSUPPORTED:
        return CloudError(str(FaultError(fault, operation)))
    return None


def _of_refusal(error: Refused, operation: Operation) -> Fault:
    kind = kind_of(error.code, operation.name, error.status)
    missing = KINDS_OF_MISSING.get(error.code, "other") if kind is FaultKind.NOT_FOUND else ""
    return Fault(
        kind,
        code=error.code,
        message=_message(error, operation, kind),
        resource_kind=missing,
        request_id=error.request_id,
        retry_after_s=error.retry_after_s,
    )


def _message(error: Refused, operation: Operation, kind: FaultKind) -> str:
    """The cloud's own words, and what to do where they do not say it."""
    remedy = ""
    if error.code in _CLOCK:
        remedy = "set this machine's clock: it may differ by 15 minutes"
    elif error.code in _KEY:
        remedy = "check access_key_id, access_key_secret and security_token"
    elif error.code in _IMPORT_ROLE:
        remedy = (
            "let ECS read the bucket: create the RAM role AliyunECSImageImportDefaultRole, or name "
            "another one as import_role_name"
        )
    elif operation.name == "RunInstances" and KINDS_OF_MISSING.get(error.code) == "stemcell":
        remedy = (
            "the stemcell's image was deleted or is not in this region: `bosh upload-stemcell "
            "--fix` makes it anew"
        )
    elif kind is FaultKind.DENIED and (permission := _permission(error, operation)):
        remedy = f"the CPI's RAM user or role needs the permission {permission}"
    words = error.message.strip().rstrip(".")
    return "; ".join(part for part in (words, remedy) if part)


def _permission(error: Refused, operation: Operation) -> str:
    """The RAM action that is missing, "" where none is."""
    if error.permission:
        return error.permission
    if error.code == "InvalidUser.PassRoleForbidden":
        return "ram:PassRole"
    return f"{error.product.lower()}:{operation.name}" if error.code in _PERMISSION else ""
