"""Snapshots: how they come about and go, and each of their codes, without a rule."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit_alicloud_simulator.products.ecs.kinds import Image
from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.instances_kit import refused
from tests.simulator.storage_kit import (
    FREE,
    IMAGE,
    KEY_CLOSED,
    LOCAL,
    NEW,
    RUNNING,
    SECRET,
    SHARED,
    SNAPSHOT,
    SYSTEM_SNAPSHOT,
    TAKING,
    USED,
    Row,
    begin,
    check,
    named,
    told,
)

TAKE = {"DiskId": USED}
DAY_S = 86_400


def said(id_: str, *words: str) -> dict[str, Any]:
    return {id_: {"conditions": list(words)}}


CREATE: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("MissingParameter", {}, {}, {}),
    ("InvalidDiskId.NotFound", {}, {}, {"DiskId": "d-none"}),
    ("InvalidVolumeId.NotFound", {}, {}, {"DiskId": "v-none"}),
    ("DiskCategory.OperationNotSupported", {USED: LOCAL}, {}, TAKE),
    ("Duplicate.TagKey", {}, {}, {**TAKE, "Tag": [{"Key": "a"}, {"Key": "a"}]}),
    ("InvalidTagKey.Malformed", {}, {}, {**TAKE, "Tag": [{"Key": "acs:"}]}),
    ("InvalidTagValue.Malformed", {}, {}, {**TAKE, "Tag": [{"Key": "a", "Value": "http://"}]}),
    ("IncorrectInstanceStatus", {RUNNING: {"state": "Starting"}}, {}, TAKE),
    ("InvalidSnapshotName.Malformed", {}, {}, {**TAKE, "SnapshotName": "auto-x"}),
    ("InvalidDescription.Malformed", {}, {}, {**TAKE, "Description": "http://"}),
    ("CreateSnapshot.Failed", said(USED, "failing"), {}, TAKE),
    ("DiskId.ValueNotSupported", said(USED, "no_snapshots"), {}, TAKE),
    ("IncorrectDiskStatus.Invalid", said(USED, "invalid"), {}, TAKE),
    ("IncorrectDiskStatus.NeverUsed", said(USED, "never_used"), {}, TAKE),
    ("IncorrectDiskStatus.Transferring", said(USED, "transferring"), {}, TAKE),
    ("IncorrectVolumeStatus", said(USED, "volume_busy"), {}, TAKE),
    ("DiskInArrears", {USED: {"lock": "financial"}}, {}, TAKE),
    ("IncorrectDiskStatus", {USED: {"state": "Attaching"}}, {}, TAKE),
    ("IncorrectDiskStatus.NeverAttached", {}, {}, {"DiskId": NEW}),
    (
        "IncorrectDiskStatus.CreatingSnapshot",
        {"s-bp1taking": {**TAKING["s-bp1taking"], "disk_id": USED}},
        {},
        TAKE,
    ),
    ("IncorrectDiskType.NotSupport", {USED: SHARED}, {}, TAKE),
    ("InstanceLockedForSecurity", {RUNNING: {"lock": "security"}}, {}, TAKE),
    ("InvalidInstanceId.NotFound", {USED: {"instance_id": "i-none"}}, {}, TAKE),
    ("InvalidAccountStatus.NotEnoughBalance", {}, {"standing": {"*": ["balance"]}}, TAKE),
    (
        "InvalidAccountStatus.SnapshotServiceUnavailable",
        {},
        told("snapshots_unavailable", "*"),
        TAKE,
    ),
    ("InvalidParameter.KMSKeyId.KMSUnauthorized", {USED: SECRET, **KEY_CLOSED}, {}, TAKE),
    ("QuotaExceed.Snapshot", {}, {"quotas": {"ecs.snapshots_per_disk": 0}}, TAKE),
    (
        "QuotaExceed.Tags",
        {},
        {"quotas": {"tags_per_resource": 0}},
        {**TAKE, "Tag": [{"Key": "a"}]},
    ),
]
DELETE: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("MissingParameter", {}, {}, {}),
    ("InvalidSnapshotId.NotFound", {}, {}, {"SnapshotId": "s-none"}),
    ("Operation.Conflict", said(SNAPSHOT, "conflict"), {}, {"SnapshotId": SNAPSHOT}),
    (
        "SnapshotCreatedDisk",
        {FREE: {"source_snapshot_id": SNAPSHOT}},
        {},
        {"SnapshotId": SNAPSHOT},
    ),
    (
        "SnapshotCreatedImage",
        {IMAGE: {"snapshot_ids": [SYSTEM_SNAPSHOT]}},
        {},
        {"SnapshotId": SYSTEM_SNAPSHOT, "Force": True},
    ),
]
FILTERS = [{"Key": "CreationStartTime", "Value": "2026-01-01T00:00Z"}]
LIST: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("DryRunOperation", {}, {}, {"DryRun": True}),
    ("InvalidTag.Mismatch", {}, {}, {"Tag": [{"Value": "a"}]}),
    ("InvalidTagCount", {}, {}, {"Tag": [{"Key": f"k{n}"} for n in range(21)]}),
    ("InvalidSnapshotCategory.Malformed", {}, {}, {"Category": "best"}),
    ("InvalidSnapshotIds.Malformed", {}, {}, {"SnapshotIds": "s-1"}),
    ("InvalidFilterKey.NotFound", {}, {}, {"Filter": [{"Key": "Color", "Value": "x"}]}),
    ("InvalidFilterValue", {}, {}, {"Filter": [{"Key": "CreationEndTime", "Value": "x"}]}),
    ("InvalidSnapshotLinkId.NotFound", {}, {}, {"SnapshotLinkId": "sl-none"}),
    ("InvalidSnapshotType.NotFound", {}, {}, {"SnapshotType": "best"}),
    ("InvalidSourceDiskType", {}, {}, {"SourceDiskType": "best"}),
    ("InvalidStatus.NotFound", {}, {}, {"Status": "best"}),
    ("InvalidUsage", {}, {}, {"Usage": "best"}),
]
ROWS: list[Row] = [
    *[("CreateSnapshot", *each) for each in CREATE],
    *[("DeleteSnapshot", *each) for each in DELETE],
    *[("DescribeSnapshots", *each) for each in LIST],
]


@pytest.mark.parametrize("row", ROWS, ids=named(ROWS))
def test_a_call_is_refused_with_the_documented_code(alicloud_direct: Simulator, row: Row) -> None:
    check(alicloud_direct, row, refused)


def test_tokens_are_refused_with_the_codes_of_snapshots(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, sections={"knobs": {"client_token.busy_s": 5}})
    alicloud_direct.ask("Ecs", "CreateSnapshot", **TAKE, ClientToken="t")
    assert refused(alicloud_direct, "CreateSnapshot", **TAKE, ClientToken="t") == (
        "IdempotentProcessing"
    )
    other = {"DiskId": FREE, "ClientToken": "t"}
    assert refused(alicloud_direct, "CreateSnapshot", **other) == "IdempotentParameterMismatch"


def snapshots(alicloud: Simulator, **filters: Any) -> list[dict[str, Any]]:
    answer = alicloud.ask("Ecs", "DescribeSnapshots", **filters)
    return list(answer["Snapshots"]["Snapshot"])


def test_a_snapshot_says_how_far_it_is(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, profile="typical")
    ask = alicloud_direct.ask
    id_ = ask("Ecs", "CreateSnapshot", **TAKE, SnapshotName="mine")["SnapshotId"]
    alicloud_direct.clock.sleep(12)
    (shown,) = snapshots(alicloud_direct, SnapshotIds=f'["{id_}"]')
    assert (shown["Status"], shown["Progress"], shown["RemainTime"]) == ("progressing", "40%", 18)
    assert refused(alicloud_direct, "DeleteDisk", DiskId=USED) == "DiskCreatingSnapshot"
    alicloud_direct.clock.sleep(18)
    (shown,) = snapshots(alicloud_direct, DiskId=USED, Status="accomplished")
    assert (shown["Progress"], shown["SourceDiskId"], shown["Usage"]) == ("100%", USED, "none")


def test_deleting_a_snapshot_in_progress_cancels_it(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, profile="typical")
    id_ = alicloud_direct.ask("Ecs", "CreateSnapshot", **TAKE)["SnapshotId"]
    alicloud_direct.ask("Ecs", "DeleteSnapshot", SnapshotId=id_)
    alicloud_direct.clock.sleep(60)
    assert snapshots(alicloud_direct, SnapshotIds=f'["{id_}"]') == []


def test_a_snapshot_goes_when_its_days_are_over(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    ask = alicloud_direct.ask
    id_ = ask("Ecs", "CreateSnapshot", **TAKE, RetentionDays=2)["SnapshotId"]
    ask("Ecs", "ModifySnapshotAttribute", SnapshotId=id_, RetentionDays=3, SnapshotName="named")
    alicloud_direct.clock.sleep(2 * DAY_S + 1)
    (shown,) = snapshots(alicloud_direct, SnapshotIds=f'["{id_}"]')
    assert (shown["SnapshotName"], shown["RetentionDays"]) == ("named", 3)
    alicloud_direct.clock.sleep(DAY_S)
    assert snapshots(alicloud_direct, SnapshotIds=f'["{id_}"]') == []


def test_a_snapshot_that_an_image_needs_stays(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    id_ = alicloud_direct.ask("Ecs", "CreateSnapshot", **TAKE, RetentionDays=1)["SnapshotId"]
    image = alicloud_direct.world.get(Image, IMAGE)
    assert image is not None
    image.snapshot_ids = (id_,)
    alicloud_direct.clock.sleep(2 * DAY_S)
    assert len(snapshots(alicloud_direct, SnapshotIds=f'["{id_}"]')) == 1


def test_an_unknown_snapshot_may_be_ignored(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, sections={"knobs": {"snapshot.delete_unknown": "ignore"}})
    alicloud_direct.ask("Ecs", "DeleteSnapshot", SnapshotId="s-none")


def test_the_use_of_snapshots_is_shown_and_forced_away(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, {FREE: {"source_snapshot_id": SNAPSHOT}})
    assert [each["SnapshotId"] for each in snapshots(alicloud_direct, Usage="disk")] == [SNAPSHOT]
    alicloud_direct.ask("Ecs", "DeleteSnapshot", SnapshotId=SNAPSHOT, Force=True)
    assert snapshots(alicloud_direct, Usage="disk") == []


# A filter, and what of the two snapshots it leaves.
BOTH = [SNAPSHOT, SYSTEM_SNAPSHOT]
FOUND: list[tuple[dict[str, Any], list[str]]] = [
    ({}, BOTH),
    ({"SnapshotIds": "[]"}, []),
    ({"SnapshotIds": f'["{SNAPSHOT}","s-none"]'}, [SNAPSHOT]),
    ({"SourceDiskType": "System"}, [SYSTEM_SNAPSHOT]),
    ({"SnapshotName": "n"}, [SNAPSHOT]),
    ({"DiskId": USED}, [SNAPSHOT]),
    ({"InstanceId": RUNNING}, [SNAPSHOT]),
    ({"SnapshotLinkId": f"sl-{USED.removeprefix('d-')}"}, [SNAPSHOT]),
    ({"Status": "progressing"}, []),
    ({"Status": "all", "SnapshotType": "user"}, BOTH),
    ({"Encrypted": "true"}, [SYSTEM_SNAPSHOT]),
    ({"Tag": [{"Key": "a", "Value": "b"}]}, [SNAPSHOT]),
    ({"Filter": FILTERS}, BOTH),
    ({"Filter": [{"Key": "CreationEndTime", "Value": "2025-01-01T00:00:00Z"}]}, []),
]


@pytest.mark.parametrize(("filters", "ids"), FOUND)
def test_a_filter_leaves_what_it_says(
    alicloud_direct: Simulator, filters: dict[str, Any], ids: list[str]
) -> None:
    changes = {
        SNAPSHOT: {"name": "n", "disk_id": USED, "tags": {"a": "b"}},
        SYSTEM_SNAPSHOT: {"encrypted": True},
    }
    begin(alicloud_direct, changes)
    assert [each["SnapshotId"] for each in snapshots(alicloud_direct, **filters)] == ids
