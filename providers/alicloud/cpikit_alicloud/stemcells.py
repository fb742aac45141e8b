"""create_stemcell and delete_stemcell: an image imported, copied, or one that is there.

Source: ECS 2014-05-26, ImportImage, CopyImage, ModifyImageAttribute.
"""

from __future__ import annotations

import re
from functools import partial
from math import ceil

from cpikit.errors import CloudError, CpiError
from cpikit.operations import Effect, FaultError
from cpikit.types import StemcellCid
from cpikit_alicloud import images, tags
from cpikit_alicloud.patience import known_late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cpikit_alicloud.properties.stemcell import StemcellProperties
    from cpikit_alicloud.session import Session

_MIB = 1024
_LEAST_GIB = 5  # as the Go CPI had it; a stemcell's root.img is 3 to 5 GiB
_LONGEST_NAME = 128  # ImportImage, ImageName
_LONGEST_DESCRIPTION = 256  # ImportImage, Description
_STALE_TOKEN = "IdempotentFailed"  # noqa: S105  # an error code: the first call with it failed
_PLATFORMS = {"ubuntu": "Ubuntu", "centos": "CentOS", "opensuse": "OpenSUSE"}
_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_MADE_BY_THE_GO_CPI = re.compile(
    rf"(stemcell-.+-{_UUID}\.raw|bosh-stemcell-.+-{_UUID})"  # its upload, its encrypted copy
)


def create_stemcell(
    session: Session,
    image_path: str,
    properties: StemcellProperties,
    env: Mapping[str, Any] | None,
) -> StemcellCid:
    """The image's id: a light stemcell's own, or of an image made here, which is then claimed."""
    user = tags.user_tags((env or {}).get("tags") or {})[0]
    is_made = False
    if properties.image_id:
        row = _light(session, properties)
    else:
        row = _imported(session, image_path, properties, user)
        is_made = True
    if session.config.encrypted and not images.is_encrypted(row):
        source = row
        row = _encrypted_copy(session, source, properties, user)
        if is_made:  # a light stemcell's image is the operator's: it is never touched
            _dispose(session, source)
        is_made = True
    image_id = str(row["ImageId"])
    if is_made:
        images.mark_snapshots(session, row)
        _claim(session, image_id)
    return StemcellCid(image_id)


def delete_stemcell(session: Session, stemcell_cid: StemcellCid) -> None:
    """Delete the image and its snapshots where they are ours; one that is gone is a success.

    An image without our tags is deleted only if this account owns it, nobody shares it and its name
    is one that the Go CPI gave; otherwise it is left, which is told.
    """
    row = images.by_id(session, stemcell_cid)
    if row is None:
        session.context.clock.sleep(session.config.waits.visibility_s)
        row = images.by_id(session, stemcell_cid)
    if row is None:  # perhaps only the image, by a process that was killed at it
        images.remove_snapshots(session, stemcell_cid, images.left_snapshots(session, stemcell_cid))
        return
    reason = _not_ours(session, row)
    if reason:
        session.context.log.event("image_left", image=stemcell_cid, reason=reason)
        return
    images.delete(session, stemcell_cid, row)


def _light(session: Session, properties: StemcellProperties) -> images.Row:
    region = session.client.region
    image_id = properties.image_id.get(region)
    if not image_id:
        known = ", ".join(sorted(properties.image_id))
        raise CloudError(
            f"this light stemcell has no image in {region}, only in {known}: use a stemcell with "
            "one there, or a heavy one"
        )
    row = images.by_id(session, image_id)
    if row is None:
        raise CloudError(
            f"image {image_id} of this light stemcell does not exist in {region}, or is not shared "
            "with this account"
        )
    if row.get("Status") not in images.AVAILABLE:
        row = images.await_available(session, image_id)
    return row


def _imported(
    session: Session,
    image_path: str,
    properties: StemcellProperties,
    user: Mapping[str, str],
) -> images.Row:
    """The image of the file, or of one that lies in the operator's bucket already."""
    if properties.oss_bucket and properties.oss_object:
        return _import(session, properties, user, properties.oss_bucket, properties.oss_object, 0)
    from cpikit_alicloud import uploads  # 200 ms of the OSS SDK, for heavy stemcells alone

    with uploads.uploaded(session, image_path) as place:
        return _import(session, properties, user, place.bucket, place.key, place.size)


def _import(
    session: Session,
    properties: StemcellProperties,
    user: Mapping[str, str],
    bucket: str,
    key: str,
    size: int,
) -> images.Row:
    parameters = _import_parameters(session, properties, user, bucket, key, size)
    answer = _made(session, "ImportImage", parameters, f"image of {bucket}/{key}")
    image_id = str(answer["ImageId"])
    session.context.undo.push(f"image {image_id}", lambda: images.undo(session, image_id))
    return images.await_available(session, image_id, str(answer.get("TaskId") or ""))


def _import_parameters(
    session: Session,
    properties: StemcellProperties,
    user: Mapping[str, str],
    bucket: str,
    key: str,
    size: int,
) -> dict[str, Any]:
    config = session.config
    gib = max(ceil((properties.disk or 0) / _MIB), ceil(size / _MIB**3), _LEAST_GIB)
    return {
        "ImageName": _name(session, "bosh", properties.name or "stemcell", properties),
        "Description": (properties.description or "")[:_LONGEST_DESCRIPTION] or None,
        "Architecture": _architecture(properties.architecture),
        "OSType": properties.os_type or "linux",
        "Platform": _platform(properties),
        "BootMode": properties.boot_mode,
        "LicenseType": properties.license_type,
        "RoleName": config.import_role_name or None,
        "ResourceGroupId": config.resource_group_id or None,
        "DiskDeviceMapping": [
            {
                "Format": (properties.disk_format or "raw").upper(),
                "OSSBucket": bucket,
                "OSSObject": key,
                "DiskImageSize": gib,
            }
        ],
        "Features": {
            "NvmeSupport": "supported" if properties.nvme_support == "supported" else None,
            "ImdsSupport": properties.imds_support,
        },
        "Tag": _tags(session, user),
    }


def _encrypted_copy(
    session: Session,
    source: images.Row,
    properties: StemcellProperties,
    user: Mapping[str, str],
) -> images.Row:
    """An encrypted copy of the image in this region, with the features that a copy loses."""
    source_id = str(source["ImageId"])
    parameters = {
        "ImageId": source_id,
        "DestinationRegionId": session.client.region,
        "DestinationImageName": _name(session, "bosh", "stemcell", properties),
        "DestinationDescription": f"encrypted copy of {source_id}",
        "Encrypted": True,
        "KMSKeyId": session.config.kms_key_id or None,
        "ResourceGroupId": session.config.resource_group_id or None,
        "Tag": _tags(session, user),
    }
    answer = _made(session, "CopyImage", parameters, f"encrypted copy of {source_id}")
    image_id = str(answer["ImageId"])
    session.context.undo.push(f"image {image_id}", lambda: images.undo(session, image_id))
    row = images.await_available(session, image_id)
    features = images.features_of(source)
    if features != images.features_of(row) and features:
        _change(
            session, "ModifyImageAttribute", image_id, {"ImageId": image_id, "Features": features}
        )
    return row


def _dispose(session: Session, row: images.Row) -> None:
    """Delete the image that was only a step on the way."""
    image_id = str(row["ImageId"])
    images.delete(session, image_id, row)
    session.context.undo.forget(f"image {image_id}")


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


def _tags(session: Session, user: Mapping[str, str]) -> list[dict[str, str]]:
    context = session.context
    state = tags.state(request_id=context.request_id, at_s=session.client.now_s())
    return tags.as_parameter({**user, **tags.marks(director=context.director_uuid, state=state)})


def _claim(session: Session, image_id: str) -> None:
    """Mark the image as claimed: from here on its id is answered."""
    context = session.context
    state = tags.state(request_id=context.request_id, at_s=session.client.now_s(), claimed=True)
    marks = tags.as_parameter({tags.STATE: state})
    tagged = {"ResourceType": "image", "ResourceId": [image_id], "Tag": marks}
    _change(session, "TagResources", image_id, tagged)


def _change(session: Session, action: str, image_id: str, parameters: Mapping[str, Any]) -> None:
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


def _not_ours(session: Session, row: images.Row) -> str:
    """Why the image is not deleted; "" when it is ours."""
    marks = tags.of(row)
    owner = marks.get(tags.DIRECTOR)
    if owner is not None:
        same = owner == session.context.director_uuid
        return "" if same else f"it was made for Director {owner}"
    if row.get("ImageOwnerAlias") != "self" or row.get("IsPublic"):
        return "this account does not own it"
    if not _MADE_BY_THE_GO_CPI.fullmatch(str(row.get("ImageName") or "")):
        return f"it was not made by a CPI: its name is {row.get('ImageName')!r}"
    accounts = images.shared_with(session, str(row["ImageId"]))
    return f"it is shared with {', '.join(accounts)}" if accounts else ""


def _name(session: Session, kind: str, name: str, properties: StemcellProperties) -> str:
    """A legal name that no other image has: names are unique in a region (ImportImage)."""
    version = "" if properties.version is None else str(properties.version)
    unique = session.client.token(kind, name, version)[-12:]
    plain = tags.display_name("-".join(filter(None, (kind, name.removeprefix("bosh-"), version))))
    return f"{plain[: _LONGEST_NAME - len(unique) - 1]}-{unique}"


def _architecture(text: str | None) -> str:
    architecture = {"aarch64": "arm64", "amd64": "x86_64"}.get(text or "", text or "x86_64")
    if architecture not in ("x86_64", "arm64", "i386"):
        raise CpiError(f"architecture is {text!r}, wanted x86_64 or arm64")
    return architecture


def _platform(properties: StemcellProperties) -> str:
    """Of the fixed list of ImportImage; bionic is not Ubuntu to it, as the Go CPI found out."""
    if "-bionic-" in (properties.name or ""):
        return "Others Linux"
    return _PLATFORMS.get((properties.os_distro or "").lower(), "Others Linux")
