"""Every code of the cloud is one kind of fault, and every fault tells what to do about it."""

from __future__ import annotations

from collections import Counter

import pytest

from cpikit.faults import Fault, FaultKind
from cpikit.operations import Effect, Operation
from cpikit_alicloud import codes
from cpikit_alicloud.faults import classify, error_for, kind_of, policy
from cpikit_alicloud.refusals import AnswerLost, Garbled, NotSent, Refused, Untrusted

READ = Operation("DescribeDisks", Effect.READ, "d-1", "disk")


def test_no_code_stands_twice() -> None:
    words = [word for text in codes._WORDS.values() for word in text.split()]
    words += [word for text in codes.NOT_FOUND.values() for word in text.split()]
    assert [word for word, count in Counter(words).items() if count > 1] == []
    assert len(words) > 450


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("Throttling", FaultKind.THROTTLED),
        ("Throttling.User", FaultKind.THROTTLED),
        ("Throttling.Api", FaultKind.THROTTLED),
        ("Throttling.SomethingNew", FaultKind.THROTTLED),
        ("FlowLimitExceeded", FaultKind.THROTTLED),
        ("ServiceUnavailable", FaultKind.SERVER_ERROR),
        ("InternalError", FaultKind.SERVER_ERROR),
        ("OperationConflict", FaultKind.BUSY),
        ("InvalidOperation.Conflict", FaultKind.BUSY),
        ("IncorrectInstanceStatus", FaultKind.BUSY),
        ("IncorrectInstanceStatus.Initializing", FaultKind.BUSY),
        ("IdempotentProcessing", FaultKind.BUSY),
        ("LastTokenProcessing", FaultKind.BUSY),
        ("ServiceIsConfiguring", FaultKind.BUSY),
        ("BackendServer.configuring", FaultKind.BUSY),
        ("Conflict.Lock", FaultKind.BUSY),
        ("OperationDenied.NoStock", FaultKind.NO_CAPACITY),
        ("Zone.NotOnSale", FaultKind.NO_CAPACITY),
        ("QuotaExceed.ElasticQuota", FaultKind.QUOTA),
        ("QuotaExceeded.Anything", FaultKind.QUOTA),
        ("InvalidAccountStatus.NotEnoughBalance", FaultKind.QUOTA),
        ("InvalidDiskCategory.NotSupported", FaultKind.UNSUPPORTED),
        ("Forbidden.RAM", FaultKind.DENIED),
        ("Forbidden.Unheard", FaultKind.DENIED),
        ("InvalidSecurityToken.Expired", FaultKind.EXPIRED),
        ("InvalidInstanceId.NotFound", FaultKind.NOT_FOUND),
        ("InvalidSomething.NotFound", FaultKind.NOT_FOUND),
        ("InvalidZoneId.NotFound", FaultKind.INVALID),
        ("InvalidAnything.Malformed", FaultKind.INVALID),
        ("MissingParameter", FaultKind.INVALID),
        ("IdempotentFailed", FaultKind.INVALID),
        ("SomethingNew", FaultKind.UNKNOWN),
    ],
)
def test_codes_are_told_apart(code: str, kind: FaultKind) -> None:
    assert kind_of(code) is kind


def test_an_unknown_code_is_judged_by_its_status() -> None:
    assert kind_of("SomethingNew", status=503) is FaultKind.SERVER_ERROR
    assert kind_of("SomethingNew", status=429) is FaultKind.THROTTLED
    assert kind_of("HTTP 502", status=502) is FaultKind.SERVER_ERROR


def test_a_state_that_does_not_come_by_itself_is_left_to_the_room() -> None:
    assert kind_of("IncorrectDiskStatus", "AttachDisk") is FaultKind.INVALID
    assert kind_of("IncorrectInstanceStatus", "StartInstance") is FaultKind.INVALID


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NotSent("no connection"), FaultKind.UNREACHABLE),
        (AnswerLost("no answer"), FaultKind.ANSWER_LOST),
        (Garbled("no JSON"), FaultKind.SERVER_ERROR),
        (Untrusted("no trust"), FaultKind.DENIED),
    ],
)
def test_failures_of_the_wire_are_told_apart(error: Exception, kind: FaultKind) -> None:
    fault = classify(error, READ)
    assert fault is not None
    assert fault.kind is kind


def test_other_exceptions_are_left_to_the_core() -> None:
    assert classify(ValueError("?"), READ) is None


@pytest.mark.parametrize(
    ("code", "resource_kind"),
    [
        ("InvalidInstanceId.NotFound", "vm"),
        ("InvalidDiskId.NotFound", "disk"),
        ("InvalidImageId.NotFound", "stemcell"),
        ("InvalidVSwitchId.NotFound", "network"),
        ("InvalidResourceId.NotFound", ""),
        ("InvalidEniId.NotFound", "other"),
        ("ResourceNotFound.BackendServer", "other"),
    ],
)
def test_what_is_missing_is_named_by_its_kind(code: str, resource_kind: str) -> None:
    fault = classify(Refused(code), READ)
    assert fault is not None
    assert fault.resource_kind == resource_kind


def test_a_launch_without_its_image_says_how_to_get_it_back() -> None:
    launch = Operation("RunInstances", Effect.TOKENED)
    fault = classify(Refused("InvalidImageId.NotFound", "It does not exist."), launch)
    assert fault is not None
    assert "upload-stemcell --fix" in fault.message
    assert "upload-stemcell" not in told("InvalidImageId.NotFound")


def told(code: str, message: str = "", permission: str = "", product: str = "Ecs") -> str:
    refused = Refused(code, message, status=403, request_id="R-1", permission=permission)
    refused.product = product
    fault = classify(refused, READ)
    assert fault is not None
    assert fault.request_id == "R-1"
    return str(fault)


def test_a_missing_permission_is_told_by_the_name_of_the_action() -> None:
    assert "needs the permission ecs:DescribeDisks" in told("Forbidden.RAM", "no.")
    assert "needs the permission ram:PassRole" in told("NoPermission", permission="ram:PassRole")


@pytest.mark.parametrize(
    "code",
    """RealNameAuthenticationError InstanceLockedForSecurity EntityNotExist.Role NotBelongUser
    InvalidParameter.KMSKeyId.KMSUnauthorized InvalidOperation.NotInWhiteList
    Forbidden.RiskControl""".split(),
)
def test_what_no_policy_helps_with_asks_for_no_permission(code: str) -> None:
    assert "permission" not in told(code, "no.")
    assert "needs the permission ecs:X" in told(code, "no.", permission="ecs:X")


def test_a_role_that_may_not_be_passed_on_is_told_by_its_own_permission() -> None:
    assert "needs the permission ram:PassRole" in told("InvalidUser.PassRoleForbidden")


def test_a_wrong_clock_and_wrong_keys_are_told_as_such() -> None:
    assert "clock" in told("InvalidTimeStamp.Expired")
    assert "access_key_secret" in told("SignatureDoesNotMatch")


def test_the_request_id_of_the_cloud_is_in_every_message() -> None:
    for code in ("SomethingNew", "Throttling", "InvalidDiskId.NotFound", "Forbidden.RAM"):
        assert "cloud request R-1" in told(code)


def test_a_server_that_says_how_long_to_wait_is_heard() -> None:
    fault = classify(Refused("Throttling", retry_after_s=7.0), READ)
    assert fault is not None
    assert fault.retry_after_s == 7.0


def test_states_have_policies_of_their_own() -> None:
    initializing = policy(Fault(FaultKind.BUSY, "IncorrectInstanceStatus.Initializing"), READ)
    racing = policy(Fault(FaultKind.BUSY, "IncorrectInstanceStatus"), READ)
    assert initializing is not None
    assert racing is not None
    assert initializing.total_s > racing.total_s
    assert policy(Fault(FaultKind.UNREACHABLE), READ) is None


def test_a_disk_that_cannot_be_had_is_no_disk_space() -> None:
    create = Operation("CreateDisk", Effect.TOKENED, "disk", "disk")
    for kind in (FaultKind.NO_CAPACITY, FaultKind.QUOTA):
        error = error_for(Fault(kind, "X"), create, "create_disk")
        assert error is not None
        assert error.wire_type == "Bosh::Clouds::NoDiskSpace"
    assert error_for(Fault(FaultKind.QUOTA, "X"), create, "create_vm") is None


@pytest.mark.parametrize(
    ("method", "wire_type"),
    [
        ("snapshot_disk", "Bosh::Clouds::CloudError"),
        ("detach_disk", "Bosh::Clouds::CloudError"),
        ("update_disk", None),
        ("resize_disk", None),
    ],
)
def test_not_supported_is_for_callers_who_fall_back(method: str, wire_type: str | None) -> None:
    operation = Operation("CreateSnapshot", Effect.TOKENED, "d-1", "disk")
    error = error_for(Fault(FaultKind.UNSUPPORTED, "X"), operation, method)
    assert (error and error.wire_type) == wire_type
