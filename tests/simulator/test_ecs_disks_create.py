"""Each code of the calls on disks comes from a request and a world, without a rule."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.instances_kit import ZONE, refused
from tests.simulator.storage_kit import (
    ENTRY_TYPE,
    KEY_CLOSED,
    KEY_OFF,
    RUNNING,
    SNAPSHOT,
    SYSTEM,
    SYSTEM_SNAPSHOT,
    Row,
    check,
    knob,
    named,
    told,
)


def made(**changes: Any) -> dict[str, Any]:
    """Give the request of a disk that could be made; None leaves a parameter out."""
    whole = {"ZoneId": ZONE, "Size": 20, "DiskCategory": "cloud_efficiency", **changes}
    return {name: value for name, value in whole.items() if value is not None}


SIZE_CODES = (
    "InvalidDataDiskSize.ValueNotSupported",
    "InvalidDiskSizeOrCategory",
    "InvalidDiskSize.NotSupported",
    "InvalidSize.ValueNotSupported",
)
STANDINGS = {
    "arrears": "Account.Arrearage",
    "balance": "InvalidAccountStatus.NotEnoughBalance",
    "bad_payment": "InvalidPayMethod",
    "verification": "SecurityRisk.3DVerification",
    "not_listed": "UserNotInTheWhiteList",
}
PLACES = {
    "not_supported": "InvalidRegion.NotSupport",
    "closed": "RegionUnauthorized",
    "off_sale": "Zone.NotOnSale",
    "denied": "OperationDenied",
    "upgrading": "InvalidStatus.Upgrading",
}
FROM = {"SnapshotId": SNAPSHOT}
ESSD = {"DiskCategory": "cloud_essd"}
REQUESTS: list[tuple[str, dict[str, Any]]] = [
    ("MissingParameter", made(ZoneId=None)),
    ("MissingParameter", made(Size=None)),
    ("InvalidZoneId.NotFound", made(ZoneId="cn-hangzhou-z")),
    ("InvalidRegionId.NotFound", made(RegionId="cn-nowhere")),
    ("InvalidParameter.Conflict", made(InstanceId=RUNNING)),
    ("InvalidInstanceId.NotFound", made(ZoneId=None, InstanceId="i-none")),
    ("InvalidDiskCategory.ValueNotSupported", made(DiskCategory="cloud_fast")),
    ("InvalidDataDiskCategory.ValueNotSupported", made(DiskCategory="ephemeral_ssd")),
    ("InvalidSize.ValueNotSupported", made(Size="large")),
    ("InvalidPerformanceLevel.Malformed", made(PerformanceLevel="PL9")),
    ("InvalidDiskName.Malformed", made(DiskName="1")),
    ("InvalidDescription.Malformed", made(Description="http://x")),
    ("Duplicate.TagKey", made(Tag=[{"Key": "a"}, {"Key": "a"}])),
    ("InvalidTagKey.Malformed", made(Tag=[{"Key": "acs:a"}])),
    ("InvalidTagValue.Malformed", made(Tag=[{"Key": "a", "Value": "http://"}])),
    ("InvalidParameter.EncryptedIllegal", made(KMSKeyId="key-1")),
    ("InvalidParameter.MultiAttach", made(MultiAttach="Perhaps")),
    (
        "InvalidParameter.DiskCategoryAndMultiAttachConflict",
        made(DiskCategory="cloud", MultiAttach="Enabled"),
    ),
    ("InvalidParameter.DiskCategoryAndMultiAttachNotMatch", made(MultiAttach="Enabled")),
    (
        "InvalidParameter.MultiAttachAndInstanceIdConflict",
        made(ZoneId=None, InstanceId=RUNNING, MultiAttach="Enabled"),
    ),
    ("InvalidSnapshotId.NotFound", made(SnapshotId="s-none")),
    ("InvalidSnapshotId.NotDataDiskSnapshot", made(SnapshotId=SYSTEM_SNAPSHOT)),
]
CREATE: list[Row] = [
    *[("CreateDisk", code, {}, {}, request) for code, request in REQUESTS],
    *[
        ("CreateDisk", code, {}, knob("disk.size_out_of_range", code), made(Size=5))
        for code in SIZE_CODES
    ],
    *[
        ("CreateDisk", code, {}, {"standing": {"*": [word]}}, made())
        for word, code in STANDINGS.items()
    ],
    *[("CreateDisk", code, {}, told(word), made()) for word, code in PLACES.items()],
    (
        "CreateDisk",
        "InvalidDiskCategory.ValueUnauthorized",
        {},
        told("disk_category_unauthorized", "*"),
        made(),
    ),
    (
        "CreateDisk",
        "InvalidAccountStatus.SnapshotServiceUnavailable",
        {},
        told("snapshots_unavailable", "*"),
        made(**FROM),
    ),
    (
        "CreateDisk",
        "InvalidParameter.EncryptedNotSupported",
        {},
        told("no_encryption"),
        made(Encrypted=True),
    ),
    (
        "CreateDisk",
        "OperationDenied.ZoneNotSupportMultiAttachDisk",
        {},
        told("no_multi_attach"),
        made(**ESSD, MultiAttach="Enabled"),
    ),
    (
        "CreateDisk",
        "InvalidParameter.Encrypted.KmsNotEnabled",
        {},
        {"standing": {"*": ["no_kms"]}},
        made(Encrypted=True),
    ),
    (
        "CreateDisk",
        "InvalidDiskCategory.NotSupported",
        {},
        {"stock": [{"disk": "cloud_efficiency", "state": "sold_out"}]},
        made(),
    ),
    (
        "CreateDisk",
        "InvalidInstance.NotFoundSystemDisk",
        {SYSTEM: {"absent": True}},
        {},
        made(ZoneId=None, InstanceId=RUNNING),
    ),
    (
        "CreateDisk",
        "InvalidDataDiskCategory.NotSupported",
        {RUNNING: ENTRY_TYPE},
        {},
        made(ZoneId=None, InstanceId=RUNNING, **ESSD),
    ),
    (
        "CreateDisk",
        "InstanceDiskCategoryLimitExceed",
        {},
        {"quotas": {"ecs.disks_of_category_on_instance": 1}},
        made(ZoneId=None, InstanceId=RUNNING, **ESSD),
    ),
    (
        "CreateDisk",
        "EncryptedOption.Conflict",
        {SNAPSHOT: {"encrypted": True}},
        {},
        made(**FROM, Encrypted=False),
    ),
    (
        "CreateDisk",
        "InvalidSnapshotId.NotReady",
        {SNAPSHOT: {"state": "progressing"}},
        {},
        made(**FROM),
    ),
    (
        "CreateDisk",
        "InvalidSnapshot.NotReady",
        {SNAPSHOT: {"state": "progressing"}},
        knob("snapshot.not_ready_code", "InvalidSnapshot.NotReady"),
        made(**FROM),
    ),
    (
        "CreateDisk",
        "InvalidSnapshot.TooOld",
        {SNAPSHOT: {"conditions": ["too_old"]}},
        {},
        made(**FROM),
    ),
    (
        "CreateDisk",
        "OperationDenied.SnapshotNotAllowed",
        {SNAPSHOT: {"conditions": ["not_allowed"]}},
        {},
        made(**FROM),
    ),
    (
        "CreateDisk",
        "InvalidSnapshot.TooLarge",
        {SNAPSHOT: {"size_gib": 40_000}},
        {},
        made(**FROM),
    ),
    (
        "CreateDisk",
        "InvalidDiskSize.TooSmall",
        {SNAPSHOT: {"size_gib": 50}},
        knob("disk.smaller_than_snapshot", "refuse"),
        made(**FROM),
    ),
    (
        "CreateDisk",
        "InvalidParameter.KMSKeyId.NotFound",
        KEY_OFF,
        {},
        made(Encrypted=True, KMSKeyId="key-2"),
    ),
    (
        "CreateDisk",
        "InvalidParameter.KMSKeyId.CMKNotEnabled",
        KEY_OFF,
        {},
        made(Encrypted=True, KMSKeyId="key-1"),
    ),
    (
        "CreateDisk",
        "InvalidParameter.KMSKeyId.KMSUnauthorized",
        KEY_CLOSED,
        {},
        made(Encrypted=True, KMSKeyId="key-1"),
    ),
    (
        "CreateDisk",
        "InvalidResourceGroup.NotFound",
        {"rg-1": {"kind": "resource_group"}},
        {},
        made(ResourceGroupId="rg-2"),
    ),
    ("CreateDisk", "QuotaExceed.PostPaidDisk", {}, {"quotas": {"ecs.disks": 0}}, made()),
    (
        "CreateDisk",
        "QuotaExceed.PortableCloudDisk",
        {},
        {"quotas": {"ecs.portable_disks": 0}},
        made(),
    ),
    (
        "CreateDisk",
        "QuotaExceed.Tags",
        {},
        {"quotas": {"tags_per_resource": 0}},
        made(Tag=[{"Key": "a"}]),
    ),
]


@pytest.mark.parametrize("row", CREATE, ids=named(CREATE))
def test_a_disk_is_refused_with_the_documented_code(alicloud_direct: Simulator, row: Row) -> None:
    check(alicloud_direct, row, refused)


def test_a_token_is_being_processed(alicloud_direct: Simulator) -> None:
    alicloud_direct.reset({"knobs": {"client_token.busy_s": 5}})
    alicloud_direct.ask("Ecs", "CreateDisk", **made(ClientToken="t"))
    assert refused(alicloud_direct, "CreateDisk", **made(ClientToken="t")) == "LastTokenProcessing"
