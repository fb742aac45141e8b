"""Say whether a new disk is encrypted, and whether several instances share it."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.products.ecs.conditions import refuse_at
from cpikit_alicloud_simulator.products.ecs.kinds import Snapshot
from cpikit_alicloud_simulator.products.ecs.surroundings import checked_kms_key, demand_word
from cpikit_alicloud_simulator.refusal import Refusal

_MULTI: Mapping[str, bool] = {"Enabled": True, "Disabled": False, "TRUE": True, "FALSE": False}
_SHARABLE = ("cloud_essd", "cloud_auto", "cloud_regional_disk_auto")

ENCRYPTED_SNAPSHOT = Refusal(
    400, "EncryptedOption.Conflict", "A disk of an encrypted snapshot is encrypted."
)
KEY_ALONE = Refusal(
    400, "InvalidParameter.EncryptedIllegal", "KMSKeyId needs Encrypted to be true."
)
BAD_MULTI_ATTACH = Refusal(
    403, "InvalidParameter.MultiAttach", "The specified MultiAttach is not valid."
)
MULTI_BASIC = Refusal(
    403,
    "InvalidParameter.DiskCategoryAndMultiAttachConflict",
    "A basic disk attaches to one instance only.",
)
MULTI_CATEGORY = Refusal(
    403,
    "InvalidParameter.DiskCategoryAndMultiAttachNotMatch",
    "The disk category does not support MultiAttach.",
)
MULTI_ON_INSTANCE = Refusal(
    403,
    "InvalidParameter.MultiAttachAndInstanceIdConflict",
    "MultiAttach and InstanceId exclude each other.",
)
_ENCRYPTION_WORDS: Mapping[str, Refusal] = {
    "no_encryption": Refusal(
        400, "InvalidParameter.EncryptedNotSupported", "Disks here cannot be encrypted."
    ),
}
_MULTI_WORDS: Mapping[str, Refusal] = {
    "no_multi_attach": Refusal(
        403,
        "OperationDenied.ZoneNotSupportMultiAttachDisk",
        "The zone does not support disks that attach to several instances.",
    ),
}


@frozen
class Secret:
    """Whether a disk is encrypted, and with which key."""

    encrypted: bool = False
    key_id: str = ""


def checked_multi_attach(call: Call, category: str, zone_id: str) -> bool:
    """Say whether several instances are to share a disk."""
    given = call.choice("MultiAttach", _MULTI, "Disabled", otherwise=BAD_MULTI_ATTACH)
    if not _MULTI[given]:
        return False
    if call.has("InstanceId"):
        raise MULTI_ON_INSTANCE.error()
    if category == "cloud":
        raise MULTI_BASIC.error()
    if category not in _SHARABLE:
        raise MULTI_CATEGORY.error()
    refuse_at(call, zone_id, _MULTI_WORDS)
    return True


def checked_secret(call: Call, snapshot: Snapshot | None, zone_id: str) -> Secret:
    """Say whether a disk is encrypted; one of an encrypted snapshot is."""
    encrypted, key_id = call.boolean("Encrypted"), call.text("KMSKeyId")
    if key_id and not encrypted:
        raise KEY_ALONE.error()
    if encrypted is False and snapshot is not None and snapshot.encrypted:
        raise ENCRYPTED_SNAPSHOT.error()
    if encrypted:
        refuse_at(call, zone_id, _ENCRYPTION_WORDS)
        demand_word(call, "no_kms")
        return Secret(encrypted=True, key_id=checked_kms_key(call, key_id))
    if snapshot is not None and snapshot.encrypted:
        return Secret(encrypted=True, key_id=snapshot.kms_key_id)
    return Secret()
