"""Calls on instances that exist: what they change, and what they are refused with."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit_alicloud_simulator.products.ecs.instance import Instance
from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.instances_kit import (
    ZONE,
    begin,
    create,
    refused,
    run,
    state,
)

UNKNOWN = "i-bp1unknown"
BY_ID = (
    "StartInstance StopInstance RebootInstance DeleteInstance ModifyInstanceAttribute "
    "DescribeInstanceAttribute DescribeUserData AllocatePublicIpAddress "
    "ModifyInstanceMetadataOptions"
).split()
WRITES = [name for name in BY_ID if not name.startswith("Describe")]


def instance(alicloud: Simulator, id_: str) -> Instance:
    found = alicloud.world.get(Instance, id_)
    assert found is not None
    return found


@pytest.mark.parametrize("action", BY_ID)
def test_an_unknown_instance_is_404_by_id(alicloud_direct: Simulator, action: str) -> None:
    begin(alicloud_direct)
    assert refused(alicloud_direct, action, InstanceId=UNKNOWN) == "InvalidInstanceId.NotFound"
    assert refused(alicloud_direct, action) == "MissingParameter"


@pytest.mark.parametrize("action", WRITES)
def test_a_locked_instance_takes_no_calls(alicloud_direct: Simulator, action: str) -> None:
    begin(alicloud_direct)
    id_ = run(alicloud_direct)
    instance(alicloud_direct, id_).lock = "security"
    assert refused(alicloud_direct, action, InstanceId=id_) == "InstanceLockedForSecurity"


# The action; the state that it starts from; what the instance's fields are; the code.
STATES: list[tuple[str, str, dict[str, Any], dict[str, Any], str]] = [
    ("StartInstance", "Running", {}, {}, "IncorrectInstanceStatus"),
    ("StopInstance", "Stopped", {}, {}, "IncorrectInstanceStatus"),
    ("RebootInstance", "Stopped", {}, {}, "IncorrectInstanceStatus"),
    ("DeleteInstance", "Running", {}, {}, "IncorrectInstanceStatus"),
    ("DeleteInstances", "Running", {}, {}, "IncorrectInstanceStatus"),
    ("DeleteInstance", "Stopping", {}, {"Force": True}, "IncorrectInstanceStatus"),
    ("DeleteInstance", "Starting", {}, {"Force": True}, "IncorrectInstanceStatus"),
    (
        "DeleteInstance",
        "Pending",
        {"initializing_until_s": 9e9},
        {},
        "IncorrectInstanceStatus.Initializing",
    ),
    ("StartInstance", "Stopped", {"disk_is_broken": True}, {}, "DiskError"),
    ("StopInstance", "Running", {"disk_is_broken": True}, {}, "DiskError"),
    ("RebootInstance", "Running", {"disk_is_broken": True}, {}, "DiskError"),
    ("StartInstance", "Stopped", {"lock": "disk"}, {}, "DiskInArrears"),
    ("StartInstance", "Stopped", {"lock": "financial"}, {}, "InstanceExpired"),
    ("StopInstance", "Running", {"lock": "financial"}, {}, "InstanceExpiredOrInArrears"),
    ("RebootInstance", "Running", {"lock": "financial"}, {}, "InstanceExpiredOrInArrears"),
    ("StartInstance", "Stopped", {"cannot_start": "not-ready"}, {}, "InstanceNotReady"),
    (
        "StartInstance",
        "Stopped",
        {"cannot_start": "kms"},
        {},
        "InvalidParameter.KMSKeyId.KMSUnauthorized",
    ),
    (
        "StopInstance",
        "Running",
        {"cannot_start": "kms"},
        {},
        "InvalidParameter.KMSKeyId.KMSUnauthorized",
    ),
    (
        "RebootInstance",
        "Running",
        {"cannot_start": "kms"},
        {},
        "InvalidParameter.KMSKeyId.KMSUnauthorized",
    ),
    (
        "StartInstance",
        "Stopped",
        {"cannot_start": "spot-price"},
        {},
        "OperationDenied.SpotPriceLowerThanPublicPrice",
    ),
    ("StartInstance", "Stopped", {"cannot_start": "quota"}, {}, "QuotaExceed.ElasticQuota"),
    (
        "StopInstance",
        "Running",
        {"type_id": "ecs.i3.xlarge"},
        {"StoppedMode": "StopCharging"},
        "InstanceType.ParameterMismatch",
    ),
    (
        "StopInstance",
        "Running",
        {"charge_type": "PrePaid"},
        {"StoppedMode": "StopCharging"},
        "InvalidInstanceId.NotSupport",
    ),
    *[
        (action, "Stopped", fields, extra, code)
        for action in ("DeleteInstance", "DeleteInstances")
        for fields, extra, code in (
            ({"deletion_protection": True}, {}, "InvalidOperation.DeletionProtection"),
            ({"in_routes": True}, {}, "DependencyViolation.RouteEntry"),
            (
                {"charge_type": "PrePaid", "expires_s": 9e9},
                {"TerminateSubscription": True},
                "InvalidOperation.NotInWhiteList",
            ),
            ({"lock": "security"}, {}, "InstanceLockedForSecurity"),
        )
    ],
    (
        "DeleteInstance",
        "Stopped",
        {"charge_type": "PrePaid", "expires_s": 9e9},
        {},
        "ChargeTypeViolation",
    ),
    ("DeleteInstance", "Stopped", {}, {"Force": "perhaps"}, "InvalidParameter"),
]


@pytest.mark.parametrize(("action", "start", "fields", "extra", "code"), STATES)
def test_a_state_that_does_not_allow_a_call_refuses_it(  # a table has columns
    alicloud_direct: Simulator,
    action: str,
    start: str,
    fields: dict[str, Any],
    extra: dict[str, Any],
    code: str,
) -> None:
    begin(alicloud_direct)
    id_ = run(alicloud_direct)
    found = instance(alicloud_direct, id_)
    found.state = start
    for name, value in fields.items():
        setattr(found, name, value)
    ids: Any = [id_] if action == "DeleteInstances" else id_
    assert refused(alicloud_direct, action, InstanceId=ids, **extra) == code
    assert state(alicloud_direct, id_) == start


def test_a_busy_interface_keeps_its_instance(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    id_ = create(alicloud_direct)
    found = instance(alicloud_direct, id_)
    found.interfaces(alicloud_direct.world)[0].state = "Detaching"
    code = refused(alicloud_direct, "DeleteInstance", InstanceId=id_)
    assert code == "InvalidOperation.EniLinked"


def test_a_poor_account_starts_nothing(alicloud_direct: Simulator) -> None:
    stopped = {"kind": "instance", "id": "i-poor", "state": "Stopped", "zone_id": ZONE}
    begin(alicloud_direct, stopped, standing={"*": ["insufficient"]})
    code = refused(alicloud_direct, "StartInstance", InstanceId="i-poor")
    assert code == "InsufficientBalance"


def test_many_are_deleted_all_or_none(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    good, bad = create(alicloud_direct), create(alicloud_direct)
    instance(alicloud_direct, bad).deletion_protection = True
    code = refused(alicloud_direct, "DeleteInstances", InstanceId=[good, bad])
    assert code == "InvalidOperation.DeletionProtection"
    assert state(alicloud_direct, good) == "Stopped"
    alicloud_direct.ask("Ecs", "DeleteInstances", InstanceId=[good], ClientToken="x")
    assert state(alicloud_direct, good) == "gone"


@pytest.mark.parametrize("does", ["refuse", "ignore"])
def test_an_unknown_id_among_many_is_a_knob(alicloud_direct: Simulator, does: str) -> None:
    begin(alicloud_direct, knobs={"ecs.delete_many_unknown": does})
    ids = [create(alicloud_direct), UNKNOWN]
    if does == "refuse":
        code = refused(alicloud_direct, "DeleteInstances", InstanceId=ids)
        assert code == "InvalidInstanceId.NotFound"
    else:
        alicloud_direct.ask("Ecs", "DeleteInstances", InstanceId=ids)
        assert state(alicloud_direct, ids[0]) == "gone"


@pytest.mark.parametrize("action", ["StartInstance", "StopInstance", "DeleteInstance"])
def test_a_dry_run_changes_nothing(alicloud_direct: Simulator, action: str) -> None:
    begin(alicloud_direct)
    id_ = run(alicloud_direct) if action == "StopInstance" else create(alicloud_direct)
    before = state(alicloud_direct, id_)
    assert refused(alicloud_direct, action, InstanceId=id_, DryRun=True) == "DryRunOperation"
    assert state(alicloud_direct, id_) == before
