"""The neutral words for how a cloud call failed, and what was found out about it afterwards.

A provider turns its SDK's exceptions into a `Fault` at one border; retrying and error mapping read
Faults and nothing else.
"""

from __future__ import annotations

from enum import Enum

from attrs import frozen

from cpikit.operations import Effect, FaultError, Operation, Settled

__all__ = ["Effect", "Fault", "FaultError", "FaultKind", "Operation", "Settled"]


class FaultKind(Enum):
    """Why a cloud call failed, as far as the next step depends on it."""

    THROTTLED = "throttled"
    BUSY = "busy"  # the resource is in the middle of something; nothing was done
    UNREACHABLE = "unreachable"  # the request was never sent
    ANSWER_LOST = "answer_lost"  # sent, and no answer came: done or not, nobody knows
    NOT_FOUND = "not_found"
    NO_CAPACITY = "no_capacity"  # the cloud has none of it left
    QUOTA = "quota"  # the account may have no more of it
    NO_SPACE = "no_space"
    UNSUPPORTED = "unsupported"
    DENIED = "denied"
    EXPIRED = "expired"  # the credentials ran out: refresh them once
    SERVER_ERROR = "server_error"  # 5xx or unparsable: outcome unknown, as when an answer is lost
    INVALID = "invalid"
    UNKNOWN = "unknown"


@frozen
class Fault:
    """A failed cloud call in neutral words.

    `code` and `request_id` are the cloud's own; `retry_after_s` is how long the server asked to
    wait, in seconds. `resource` and `kind` name what it is about where that is not what the
    operation names (a missing image in a create_vm, say).
    """

    kind: FaultKind
    code: str = ""
    message: str = ""
    resource: str = ""
    resource_kind: str = ""
    request_id: str = ""
    retry_after_s: float | None = None

    def __str__(self) -> str:
        said = ": ".join(part for part in (self.code, self.message) if part) or self.kind.value
        return f"{said} (cloud request {self.request_id})" if self.request_id else said
