"""How a refusal of the cloud is told, and the one way in which a preflight asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cpikit.faults import FaultKind
from cpikit.operations import Effect, FaultError
from cpikit.preflight import Finding, Place, Weight
from cpikit_alicloud.session import Session

ACCEPTED = "DryRunOperation"
"""The code of a dry run that found nothing to refuse."""


def refused(subject: str, error: FaultError, place: Place | None = None) -> Finding:
    """A question that was not answered: something stays unknown, and a deploy will ask it too."""
    return Finding(subject, str(error), weight="failure", place=place)


def beginning(subject: str, error: Exception, region: str, endpoint: str) -> Finding:
    """Why the very first questions failed: what they need is the way there, and the region."""
    fault = error.fault if isinstance(error, FaultError) else None
    if fault is not None and fault.code.startswith("InvalidRegionId"):
        remedy = "correct region in cpi.json"
        return found(f"region {region}", "it does not exist", "one as cn-hangzhou", remedy)
    if fault is not None and fault.kind is FaultKind.UNREACHABLE:
        remedy = f"correct region or {endpoint}, or open the way to it"
        return found(subject, str(error), "an endpoint that answers", remedy)
    return found(subject, str(error))


def found(
    subject: str,
    what: str,
    wanted: str = "",
    remedy: str = "",
    *,
    weight: Weight = "failure",
    place: Place | None = None,
) -> Finding:
    """A finding that is not as it should be."""
    return Finding(subject, what, wanted, remedy, weight, place)


def asked(
    session: Session, product: str, action: str, parameters: Mapping[str, Any]
) -> FaultError | None:
    """Why the cloud refuses this question, None where it answers."""
    try:
        session.client.call(product, action, parameters, effect=Effect.READ)
    except FaultError as error:
        return None if error.fault.code == ACCEPTED else error
    return None


def dry(
    session: Session, product: str, action: str, parameters: Mapping[str, Any]
) -> FaultError | None:
    """Why the cloud would refuse this call, None where it would carry it out; nothing is done."""
    return asked(session, product, action, {**parameters, "DryRun": True})


def is_denied(error: FaultError | None) -> bool:
    """Whether it is the permission that is missing."""
    return error is not None and error.fault.kind is FaultKind.DENIED
