"""Images begun: imported from a bucket, or copied, with whatever name and tags they are to bear.

For create_stemcell, and for the light stemcells that `cpikit-alicloud` makes.
Source: ECS 2014-05-26, ImportImage, CopyImage, ModifyImageAttribute.
"""

from __future__ import annotations

from functools import partial
from math import ceil

from attrs import field, frozen

from cpikit.errors import CloudError, CpiError
from cpikit.operations import Effect, FaultError
from cpikit_alicloud import images
from cpikit_alicloud.patience import known_late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cpikit_alicloud.properties.stemcell import StemcellProperties
    from cpikit_alicloud.session import Session

_MIB = 1024
_LEAST_GIB = 5  # as the Go CPI had it; a stemcell's root.img is 3 to 5 GiB
_LONGEST_DESCRIPTION = 256  # ImportImage, Description
_STALE_TOKEN = "IdempotentFailed"  # noqa: S105  # an error code: the first call with it failed
_WORDS = {  # ImportImage, in the spelling that it takes
    "architecture": ("x86_64", "arm64", "i386"),
    "os_type": ("linux", "windows"),
    "disk_format": ("RAW", "QCOW2", "VHD"),
    "boot_mode": ("BIOS", "UEFI", "UEFI-Preferred"),
    "license_type": ("Auto", "Aliyun", "BYOL"),
    "imds_support": ("v1", "v2"),
}
_OTHER_WORDS = {"aarch64": "arm64", "amd64": "x86_64"}
_PLATFORMS = {"ubuntu": "Ubuntu", "centos": "CentOS", "opensuse": "OpenSUSE"}


@frozen
class Order:
    """What an image is to be called and tagged; `name` is unique in its region (ImportImage)."""

    name: str
    tags: list[dict[str, str]] = field(factory=list)


@frozen
class File:
    """An image file in a bucket of the region; its size in bytes, 0 where it is not known.

    `was_found` is True for one that an earlier call has uploaded, and that perhaps imports it yet.
    """

    bucket: str
    key: str
    size: int = 0
    was_found: bool = False


def begin_import(
    session: Session, properties: StemcellProperties, order: Order, file: File
) -> tuple[str, str]:
    """Begin to import the file: the image's id, and the id of the task that knows how it fares."""
    parameters = {
        **asked(session, properties, file),
        "ImageName": order.name,
        "Tag": order.tags,
    }
    answer = _made(session, "ImportImage", parameters, f"image of {file.bucket}/{file.key}")
    return str(answer["ImageId"]), str(answer.get("TaskId") or "")


def asked(session: Session, properties: StemcellProperties, file: File) -> dict[str, Any]:
    """The parameters of an import, but for the image's name and tags."""
    gib = max(ceil((properties.disk or 0) / _MIB), ceil(file.size / _MIB**3), _LEAST_GIB)
    mapping = {
        "Format": _word("disk_format", properties.disk_format) or "RAW",
        "OSSBucket": file.bucket,
        "OSSObject": file.key,
        "DiskImageSize": gib,
    }
    return {
        "Description": (properties.description or "")[:_LONGEST_DESCRIPTION] or None,
        "Architecture": architecture(properties.architecture),
        "OSType": _word("os_type", properties.os_type) or "linux",
        "Platform": _platform(properties),
        "BootMode": _word("boot_mode", properties.boot_mode),
        "LicenseType": _word("license_type", properties.license_type),
        "RoleName": session.config.import_role_name or None,
        "ResourceGroupId": session.config.resource_group_id or None,
        "DiskDeviceMapping": [mapping],
        "Features": {
            "NvmeSupport": "supported" if properties.nvme_support == "supported" else None,
            "ImdsSupport": _word("imds_support", properties.imds_support),
        },
    }


def begin_copy(
    session: Session,
    source_id: str,
    order: Order,
    region: str,
    *,
    encrypted: bool,
    kms_key_id: str = "",
) -> str:
    """Begin to copy an image of the session's region into one, which may be the same: its id.

    Within one region only an encrypted copy can be made (CopyImage).
    """
    kind = "encrypted copy" if encrypted else "copy"
    parameters = {
        "ImageId": source_id,
        "DestinationRegionId": region,
        "DestinationImageName": order.name,
        "DestinationDescription": f"{kind} of {source_id}",
        "Encrypted": True if encrypted else None,
        "KMSKeyId": kms_key_id or None,
        "ResourceGroupId": session.config.resource_group_id or None,
        "Tag": order.tags,
    }
    return str(_made(session, "CopyImage", parameters, f"{kind} of {source_id}")["ImageId"])


def keep_features(session: Session, source: images.Row, row: images.Row) -> None:
    """Give a copy in the session's region the features that it lost on the way."""
    features = images.features_of(source)
    if features and features != images.features_of(row):
        image_id = str(row["ImageId"])
        change(
            session, "ModifyImageAttribute", image_id, {"ImageId": image_id, "Features": features}
        )


def change(session: Session, action: str, image_id: str, parameters: Mapping[str, Any]) -> None:
    """A change of an image of our own making, which the action may know late."""
    known_late(
        session,
        lambda: session.client.call(
            "Ecs",
            action,
            parameters,
            effect=Effect.IDEMPOTENT,
            resource=image_id,
            kind="stemcell",
        ),
    )


def check(properties: StemcellProperties) -> None:
    """Raise CpiError for a word that ImportImage does not know, before anything is uploaded."""
    for name in _WORDS:
        _word(name, getattr(properties, name))


def _made(
    session: Session, action: str, parameters: Mapping[str, Any], what: str
) -> dict[str, Any]:
    """The answer of a creating action; a token whose first call failed goes once more, renewed."""
    for turn in range(2):
        token = session.client.token(action, turn, parameters)
        try:
            return known_late(session, partial(_sent, session, action, parameters, token, what))
        except FaultError as error:
            if turn or error.fault.code != _STALE_TOKEN:
                raise
    raise CloudError(f"{action} made nothing")  # pragma: no cover  # the second turn raises


def _sent(
    session: Session, action: str, parameters: Mapping[str, Any], token: str, what: str
) -> dict[str, Any]:
    return session.client.call(
        "Ecs",
        action,
        {**parameters, "ClientToken": token},
        effect=Effect.TOKENED,
        resource=what,
        kind="stemcell",
    )


def architecture(text: str | None) -> str:
    """The cloud's word for it. Raises CpiError for one that it does not have."""
    return _word("architecture", text) or "x86_64"


def _word(name: str, given: str | None) -> str | None:
    """The API's word for a property; None where nothing is said. Raises CpiError for another."""
    if not given:
        return None
    asked = given.lower()
    asked = _OTHER_WORDS.get(asked, asked)
    for word in _WORDS[name]:
        if word.lower() == asked:
            return word
    *most, last = _WORDS[name]
    raise CpiError(f"the stemcell's {name} is {given!r}, wanted {', '.join(most)} or {last}")


def _platform(properties: StemcellProperties) -> str:
    """Of the fixed list of ImportImage; bionic is not Ubuntu to it, as the Go CPI found out."""
    if "-bionic-" in (properties.name or ""):
        return "Others Linux"
    return _PLATFORMS.get((properties.os_distro or "").lower(), "Others Linux")
