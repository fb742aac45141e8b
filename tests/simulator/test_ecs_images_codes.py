"""Each code of the calls on images comes from a request and a world, without a rule."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.instances_kit import refused
from tests.simulator.storage_kit import (
    BUCKET,
    FILE,
    IMAGE,
    KEY_CLOSED,
    KEY_OFF,
    LOCAL,
    OTHER,
    OTHERS_IMAGE,
    OWNER,
    RUNNING,
    SECRET,
    SNAPSHOT,
    STOPPED,
    STOPPED_SYSTEM,
    SYSTEM,
    SYSTEM_SNAPSHOT,
    TAKING,
    UNLISTED,
    Row,
    begin,
    knob,
    named,
    put,
    told,
)

KMS = "InvalidParameter.KMSKeyId."
MAPPING = {"OSSBucket": BUCKET, "OSSObject": FILE, "Format": "RAW", "DiskImageSize": 5}
REGION = "cn-hangzhou"
TWICE = [{"Key": "a"}, {"Key": "a"}]


def said(id_: str, *words: str) -> dict[str, Any]:
    return {id_: {"conditions": list(words)}}


def imported(mapping: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    whole = {**MAPPING, **(mapping or {})}
    given = {name: value for name, value in whole.items() if value is not None}
    return {"DiskDeviceMapping": [given], **more}


def copied(**more: Any) -> dict[str, Any]:
    return {"ImageId": IMAGE, "DestinationRegionId": "cn-beijing", **more}


def created(**more: Any) -> dict[str, Any]:
    whole = {"InstanceId": RUNNING, **more}
    return {name: value for name, value in whole.items() if value is not None}


def of(*mapping: dict[str, Any]) -> dict[str, Any]:
    return {"DiskDeviceMapping": list(mapping)}


ROOT = {"SnapshotId": SYSTEM_SNAPSHOT}
NAMED = {IMAGE: {"name": "taken"}}
DOES = dict[str, Any]
IMPORT: list[tuple[str, DOES, DOES, DOES]] = [
    ("Forbbiden", {}, told("image_forbidden", "*"), imported()),
    ("UserNotInTheWhiteList", {}, UNLISTED, imported()),
    ("InvalidRegion.NotSupport", {}, told("not_supported", REGION), imported()),
    ("InvalidRegionId.NotFound", {}, {}, imported(RegionId="cn-nowhere")),
    ("MissingParameter.DiskDeviceMapping", {}, {}, {}),
    ("MissingParameter", {}, {}, imported({"OSSObject": None})),
    ("InvalidArchitecture.Malformed", {}, {}, imported(Architecture="vax")),
    ("InvalidOSType.Malformed", {}, {}, imported(OSType="vms")),
    ("InvalidPlatform.Malformed", {}, {}, imported(Platform="VMS")),
    ("InvalidPlatform.Malformed", {}, {}, imported(OSType="windows", Platform="Ubuntu")),
    ("InvalidLicenseType.NotSupported", {}, {}, imported(LicenseType="Free")),
    ("InvalidLicenseType.BYOLOnly", {}, {}, imported(LicenseType="Aliyun", Platform="SUSE")),
    ("InvalidDescription.Malformed", {}, {}, imported(Description="http://")),
    ("InvalidImageName.Malformed", {}, {}, imported(ImageName="aliyun-x")),
    ("InvalidImageName.Duplicated", NAMED, {}, imported(ImageName="taken")),
    ("InvalidParameter.Malformed", {}, {}, imported(Features={"NvmeSupport": "perhaps"})),
    ("InvalidFormat.Malformed", {}, {}, imported({"Format": "TAR"})),
    (
        "InvalidImageFormat.Malformed",
        {},
        knob("image.bad_content", "refuse"),
        imported({"Format": "QCOW2"}),
    ),
    ("InvalidImageSize", {}, {}, imported({"DiskImageSize": 2049})),
    ("InvalidImageSize", {}, {}, imported({"DiskImageSize": "large"})),
    (
        "InvalidDataDiskSize",
        {},
        {},
        {"DiskDeviceMapping": [MAPPING, {**MAPPING, "DiskImageSize": 0}]},
    ),
    ("InvalidOSSBucket.NotFound", {}, {}, imported({"OSSBucket": "none"})),
    ("InvalidOSSBucket.NotMatched", {}, {}, imported(RegionId="cn-beijing")),
    ("InvalidOSSObject.NotFound", {}, {}, imported({"OSSObject": "none"})),
    ("InvalidOSSObject.Malformed", {}, {}, imported({"OSSObject": "/x"})),
    ("ImportImageFailed", {}, {}, imported({"OSSObject": "empty"})),
    (
        "ImageIsImporting",
        {
            "m-1": {
                "kind": "image",
                "state": "Creating",
                "devices": [{"ImportOSSBucket": BUCKET, "ImportOSSObject": FILE}],
            }
        },
        {},
        imported(),
    ),
    ("NoSetRoletoECSServiceAcount", {}, {}, imported(RoleName="nobody")),
    (
        "NoSetRoletoECSServiceAccount",
        {},
        knob("image.role_code", "NoSetRoletoECSServiceAccount"),
        imported(RoleName="nobody"),
    ),
    (
        "NoSetRoletoECSServiceAcount",
        {"role-1": {"kind": "ram_role", "name": "strange", "trusts": ["fc.aliyuncs.com"]}},
        {},
        imported(RoleName="strange"),
    ),
    (
        "NoSetRoletoECSServiceAcount",
        {
            "role-1": {
                "kind": "ram_role",
                "name": "blind",
                "policies": [{"Statement": [{"Effect": "Allow", "Action": "ecs:*"}]}],
            }
        },
        {},
        imported(RoleName="blind"),
    ),
    ("QuotaExceed.Image", {}, {"quotas": {"ecs.images": 0}}, imported()),
    ("QuotaExceed.Snapshot", {}, {"quotas": {"ecs.snapshots": 0}}, imported()),
    ("DryRunOperation", {}, {}, imported(DryRun=True)),
]
COPY: list[tuple[str, DOES, DOES, DOES]] = [
    ("DestinationRegion.NotFound", {}, {}, copied(DestinationRegionId="cn-nowhere")),
    ("SourceRegion.NotFound", {}, {}, copied(RegionId="cn-nowhere")),
    ("IncorrectImageStatus", {IMAGE: {"state": "Creating"}}, {}, copied()),
    ("InvalidDescription.Malformed", {}, {}, copied(DestinationDescription="http://")),
    ("InvalidImageName.Malformed", {}, {}, copied(DestinationImageName="acs:x")),
    (
        "InvalidImageName.Duplicated",
        {"m-1": {"kind": "image", "region_id": "cn-beijing", "name": "taken"}},
        {},
        copied(DestinationImageName="taken"),
    ),
    ("InvalidParameter.EncryptedIllegal", {}, {}, copied(KMSKeyId="key-1")),
    ("InvalidSnapshotId.NotFound", {IMAGE: {"snapshot_ids": ["s-none"]}}, {}, copied()),
    ("InvalidImageId.NotFound", {}, {}, copied(ImageId="m-none")),
    ("InvalidAliUid.IsNull", {}, told("unusable", "*"), copied()),
    ("Forbbiden", {}, told("image_forbidden", "*"), copied()),
    ("Forbidden", {}, told("sub_user", "*"), copied()),
    ("IncorrectDestinationRegion", {}, {}, copied(DestinationRegionId=REGION)),
    (f"{KMS}CMKNotEnabled", KEY_OFF, {}, copied(Encrypted=True, KMSKeyId="key-1")),
    (f"{KMS}KMSUnauthorized", KEY_CLOSED, {}, copied(Encrypted=True, KMSKeyId="key-1")),
    (f"{KMS}NotFound", KEY_OFF, {}, copied(Encrypted=True, KMSKeyId="key-2")),
    ("InvalidRegion.NotSupport", {}, told("not_supported", "cn-beijing"), copied()),
    ("RegionNotSupportCopy", {}, told("no_copies", "cn-beijing"), copied()),
    (
        "InvalidSnapshot.TooOld",
        {IMAGE: {"snapshot_ids": [SYSTEM_SNAPSHOT]}, **said(SYSTEM_SNAPSHOT, "too_old")},
        {},
        copied(),
    ),
    (
        "OperationDeined.EncryptedSnapshot",
        {
            OTHERS_IMAGE: {
                "kind": "image",
                "account_id": OTHER,
                "shared_with": [OWNER],
                "encrypted": True,
            }
        },
        {},
        copied(ImageId=OTHERS_IMAGE),
    ),
    (
        "OperationDenied",
        {"m-1": {"kind": "image", "account_id": "system", "is_public": True}},
        {},
        copied(ImageId="m-1"),
    ),
    ("OperationDenied.ImageCopying", {}, {"quotas": {"ecs.image_copies": 0}}, copied()),
    ("OperationDenied.NotPublished", said(IMAGE, "not_published"), {}, copied()),
    ("OperationDenied.SameRegionOnly", said(IMAGE, "same_region_only"), {}, copied()),
    ("QuotaExceed.Image", {}, {"quotas": {"ecs.images": 0}}, copied()),
    ("QuotaExceed.Snapshot", {}, {"quotas": {"ecs.snapshots": 0}}, copied()),
    ("SizeExceed.Image", {}, {"quotas": {"ecs.image_copy_gib": 1}}, copied()),
    ("UserNotInTheWhiteList", {}, UNLISTED, copied()),
    ("DryRunOperation", {}, {}, copied(DryRun=True)),
]
CREATE: list[tuple[str, DOES, DOES, DOES]] = [
    ("InvalidParameter.AllEmpty", {}, {}, created(InstanceId=None)),
    ("Duplicate.TagKey", {}, {}, created(Tag=TWICE)),
    ("InvalidTagKey.Malformed", {}, {}, created(Tag=[{"Key": "acs:"}])),
    ("InvalidTagValue.Malformed", {}, {}, created(Tag=[{"Key": "a", "Value": "http://"}])),
    ("QuotaExceed.Tags", {}, {"quotas": {"tags_per_resource": 0}}, created(Tag=[{"Key": "a"}])),
    ("IncorrectInstanceStatus", {RUNNING: {"state": "Starting"}}, {}, created()),
    ("InstanceLockedForSecurity", {RUNNING: {"lock": "security"}}, {}, created()),
    ("InvalidArchitecture.Malformed", {}, {}, created(InstanceId=None, **ROOT, Architecture="vax")),
    ("InvalidParamter.Conflict", {}, {}, created(Architecture="arm64")),
    ("InvalidDescription.Malformed", {}, {}, created(Description="http://")),
    ("InvalidImageName.Malformed", {}, {}, created(ImageName="x")),
    ("InvalidImageName.Duplicated", NAMED, {}, created(ImageName="taken")),
    ("InvalidImageVersion.Malformed", {}, {}, created(ImageVersion="x" * 50)),
    ("InvalidPlatform.Malformed", {}, {}, created(Platform="VMS")),
    ("InvalidDiskCategory.CreateImage", {SYSTEM: LOCAL}, {}, created()),
    ("InvalidInstanceId.ValueNotSupported", {SYSTEM: {"absent": True}}, {}, created()),
    ("InvalidInstanceId.NotFound", {}, {}, created(InstanceId="i-none")),
    ("IncorrectDiskStatus", {SYSTEM: {"state": "ReIniting"}}, {}, created()),
    (
        "IncorrectDiskStatus.CreatingSnapshot",
        {"s-1": {**TAKING["s-bp1taking"], "disk_id": SYSTEM}},
        {},
        created(),
    ),
    ("IncorrectDiskStatus.Invalid", said(SYSTEM, "invalid"), {}, created()),
    ("IncorrectDiskStatus.Transferring", said(SYSTEM, "transferring"), {}, created()),
    ("OperationDenied", said(SYSTEM, "denied"), {}, created()),
    ("InvalidAccountStatus.NotEnoughBalance", {}, {"standing": {"*": ["balance"]}}, created()),
    (
        "InvalidAccountStatus.SnapshotServiceUnavailable",
        {},
        told("snapshots_unavailable", "*"),
        created(),
    ),
    (f"{KMS}CMKNotEnabled", {STOPPED_SYSTEM: SECRET, **KEY_OFF}, {}, created(InstanceId=STOPPED)),
    (
        f"{KMS}KMSUnauthorized",
        {STOPPED_SYSTEM: SECRET, **KEY_CLOSED},
        {},
        created(InstanceId=STOPPED),
    ),
    ("InvalidSnapshot.TooOld", said(SYSTEM_SNAPSHOT, "too_old"), {}, ROOT),
    ("OperationDenied.InvalidSnapshotCategory", said(SYSTEM_SNAPSHOT, "archived"), {}, ROOT),
    ("InvalidSnapshotId.NotReady", {SYSTEM_SNAPSHOT: {"state": "progressing"}}, {}, ROOT),
    ("InvalidSnapshotId.NotFound", {}, {}, {"SnapshotId": "s-none"}),
    ("InvalidSystemSnapshot.Missing", {}, {}, {"SnapshotId": SNAPSHOT}),
    ("InvalidSystemSnapshot.Missing", {}, {}, of({"SnapshotId": SNAPSHOT})),
    ("InvalidSystemSnapshot.Missing", {}, {}, of(ROOT, {"Device": "/dev/xvdb"})),
    ("InvalidDevice.Malformed", {}, {}, of({**ROOT, "Device": "a:"})),
    (
        "InvalidDevice.InUse",
        {},
        {},
        of({**ROOT, "Device": "/dev/xvda"}, {"SnapshotId": SNAPSHOT, "Device": "/dev/xvda"}),
    ),
    ("InvalidDiskType.ValueNotSupported", {}, {}, of({**ROOT, "DiskType": "tape"})),
    ("InvalidSize.ValueNotSupported", {}, {}, of({**ROOT, "Size": 5})),
    ("InvalidRegionId.NotFound", {}, {}, created(RegionId="cn-nowhere")),
    (
        "InvalidResourceGroup.NotFound",
        {"rg-1": {"kind": "resource_group"}},
        {},
        created(ResourceGroupId="rg-2"),
    ),
    ("QuotaExceed.Image", {}, {"quotas": {"ecs.images": 0}}, created()),
    ("QuotaExceed.Snapshot", {}, {"quotas": {"ecs.snapshots": 0}}, created()),
    ("UserNotInTheWhiteList", {}, UNLISTED, created()),
    ("DryRunOperation", {}, {}, created(DryRun=True)),
]
ROWS: list[Row] = [
    *[("ImportImage", *each) for each in IMPORT],
    *[("CopyImage", *each) for each in COPY],
    *[("CreateImage", *each) for each in CREATE],
]


@pytest.mark.parametrize("row", ROWS, ids=named(ROWS))
def test_a_new_image_is_refused_with_the_documented_code(
    alicloud_direct: Simulator, row: Row
) -> None:
    action, code, changes, sections, request = row
    begin(alicloud_direct, changes, sections)
    put(alicloud_direct)
    put(alicloud_direct, b"", key="empty")
    before = alicloud_direct.world.counts()
    assert refused(alicloud_direct, action, **request) == code
    assert alicloud_direct.world.counts() == before


def test_a_token_of_another_image_is_refused(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    alicloud_direct.ask("Ecs", "CreateImage", **created(ClientToken="t"))
    other = {**ROOT, "ClientToken": "t"}
    assert refused(alicloud_direct, "CreateImage", **other) == "IdempotenceParamNotMatch"
