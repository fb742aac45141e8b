"""The table of kinds: which exception is which fault, and which error the Director sees."""

from __future__ import annotations

import errno

import pytest

from cpikit import (
    CloudError,
    DiskNotFound,
    Effect,
    Fault,
    FaultKind,
    NetworkNotFound,
    NoDiskSpace,
    NotSupported,
    Operation,
    VMCreationFailed,
    VMNotFound,
)
from cpikit.policies import POLICIES, TRANSIENT, classify, error_for, policy
from cpikit.retry import NEVER


class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), FaultKind.UNREACHABLE),
        (OSError(errno.EHOSTUNREACH, "x"), FaultKind.UNREACHABLE),
        (OSError(errno.ENETUNREACH, "x"), FaultKind.UNREACHABLE),
        (OSError(errno.ENOSPC, "x"), FaultKind.NO_SPACE),
        (TimeoutError("x"), FaultKind.ANSWER_LOST),
        (ConnectionResetError(errno.ECONNRESET, "x"), FaultKind.ANSWER_LOST),
        (BrokenPipeError(errno.EPIPE, "x"), FaultKind.ANSWER_LOST),
        (OSError(errno.EACCES, "x"), FaultKind.UNKNOWN),
        (ValueError("x"), FaultKind.UNKNOWN),
        (Mute(), FaultKind.UNKNOWN),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_exception_becomes_a_fault(error, kind):
    fault = classify(error)
    assert fault.kind is kind
    assert fault.code == type(error).__name__
    assert fault.message


@pytest.mark.parametrize("kind", FaultKind)
def test_a_kind_that_is_not_in_the_table_never_goes_again(kind):
    assert policy(Fault(kind)) is POLICIES.get(kind, NEVER)


@pytest.mark.parametrize("kind", FaultKind)
def test_create_vm_fails_as_a_creation_and_asks_again_only_for_what_passes(kind):
    error = error_for(Fault(kind), Operation("RunInstances", Effect.TOKENED), "create_vm")
    if kind is FaultKind.DENIED:
        assert type(error) is CloudError
    else:
        assert isinstance(error, VMCreationFailed)
        assert error.ok_to_retry is (kind in TRANSIENT)


@pytest.mark.parametrize(
    ("kind", "about", "wanted"),
    [
        (FaultKind.NOT_FOUND, "vm", VMNotFound),
        (FaultKind.NOT_FOUND, "disk", DiskNotFound),
        (FaultKind.NOT_FOUND, "network", NetworkNotFound),
        (FaultKind.NOT_FOUND, "stemcell", CloudError),
        (FaultKind.NOT_FOUND, "", CloudError),
        (FaultKind.NO_SPACE, "disk", NoDiskSpace),
        (FaultKind.UNSUPPORTED, "disk", NotSupported),
        (FaultKind.QUOTA, "disk", CloudError),
    ],
)
def test_a_kind_is_the_error_that_the_director_knows(kind, about, wanted):
    operation = Operation("X", Effect.READ, resource="r-1", kind=about)
    error = error_for(Fault(kind, code="C.1", message="why", request_id="R"), operation, "has_vm")
    assert type(error) is wanted
    assert error.message == "X of r-1 failed: C.1: why (cloud request R)"


def test_a_fault_may_be_about_something_else_than_its_operation():
    operation = Operation("AttachDisk", Effect.IDEMPOTENT, kind="vm")
    fault = Fault(FaultKind.NOT_FOUND, resource_kind="disk")
    assert type(error_for(fault, operation, "attach_disk")) is DiskNotFound


def test_a_fault_without_words_tells_its_kind():
    assert str(Fault(FaultKind.BUSY)) == "busy"
