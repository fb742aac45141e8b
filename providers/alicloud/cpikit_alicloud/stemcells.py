"""create_stemcell and delete_stemcell: an image imported, copied, or one that is there.

Source: ECS 2014-05-26, ImportImage, CopyImage, ModifyImageAttribute.
"""

from __future__ import annotations

import re

from cpikit.errors import CloudError
from cpikit.operations import FaultError
from cpikit.types import StemcellCid
from cpikit_alicloud import image_making, images, importing, tags

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from cpikit_alicloud.properties.stemcell import StemcellProperties
    from cpikit_alicloud.session import Session

_LONGEST_NAME = 128  # ImportImage, ImageName
_TURNS = 3  # how often another call of the same Director may take the upload away
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
    """The image's id: a light stemcell's own, or of an image made here.

    What was made stays unclaimed: no later call tells that its caller heard of it, and a claim of
    our own before the answer would hide the image of a process that was killed in between.
    """
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
    if is_made:
        mark = {tags.DIRECTOR: session.context.director_uuid}
        images.mark_snapshots(session, row, mark)
    return StemcellCid(str(row["ImageId"]))


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
    image_making.check(properties)
    if properties.oss_bucket and properties.oss_object:
        file = image_making.File(properties.oss_bucket, properties.oss_object)
        return _import(session, properties, user, file)
    from cpikit_alicloud import uploads  # 200 ms of the OSS SDK, for heavy stemcells alone

    for turn in range(_TURNS):
        try:
            with uploads.uploaded(session, image_path) as place:
                row = _import(session, properties, user, place.file, place.is_gone)
                place.imported.add(str(row["ImageId"]))
                return row
        except FaultError as error:
            if turn + 1 == _TURNS or error.fault.code not in uploads.GONE:
                raise
            session.context.log.event("upload_vanished", reason=str(error))
    raise CloudError("the upload does not stay")  # pragma: no cover  # the last turn raises


def _import(
    session: Session,
    properties: StemcellProperties,
    user: Mapping[str, str],
    file: image_making.File,
    is_gone: Callable[[], bool] = lambda: False,
) -> images.Row:
    """The image of the file. One that another call has taken over is left to it (see importing).

    Where `is_gone` says that the file was taken away from under the import, the next turn's import
    is refused with a code of uploads.GONE.
    """
    for _ in range(_TURNS):
        name = _name(session, "bosh", properties.name or "stemcell", properties)
        image_id, task_id = importing.begun(session, properties, name, user, file)
        row = _awaited(session, image_id, task_id, is_gone)
        if row is not None:
            return row
    raise CloudError(
        f"other calls of this Director have taken {_TURNS} imports of {file.bucket}/{file.key}, or "
        "its file, from this one: upload again when they are done"
    )


def _awaited(
    session: Session, image_id: str, task_id: str, is_gone: Callable[[], bool]
) -> images.Row | None:
    """The image once available and ours for good; None where another call took it, or its file."""
    undo, what = session.context.undo, f"image {image_id}"
    undo.push(what, lambda: importing.undo(session, image_id))
    try:
        row = images.await_available(session, image_id, task_id)
    except CloudError as error:
        if not is_gone():
            raise
        session.context.log.event("import_vanished", image=image_id, reason=str(error))
        importing.undo(session, image_id)
        undo.forget(what)
        return None
    undo.forget(what)
    other = importing.other_request(session, row)
    if other:
        session.context.log.event("import_lost", image=image_id, request=other)
        return None
    undo.push(what, lambda: images.delete(session, image_id))
    return row


def _encrypted_copy(
    session: Session,
    source: images.Row,
    properties: StemcellProperties,
    user: Mapping[str, str],
) -> images.Row:
    """An encrypted copy of the image in this region, with the features that a copy loses."""
    name = _name(session, "bosh", "stemcell", properties)
    order = image_making.Order(name, importing.marked(session, user))
    image_id = image_making.begin_copy(
        session,
        str(source["ImageId"]),
        order,
        session.client.region,
        encrypted=True,
        kms_key_id=session.config.kms_key_id,
    )
    session.context.undo.push(f"image {image_id}", lambda: importing.undo(session, image_id))
    row = images.await_available(session, image_id)
    image_making.keep_features(session, source, row)
    return row


def _dispose(session: Session, row: images.Row) -> None:
    """Delete the image that was only a step on the way."""
    image_id = str(row["ImageId"])
    images.delete(session, image_id, row)
    session.context.undo.forget(f"image {image_id}")


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
    unique = session.client.token(kind, name, version, session.client.now_s())[-12:]
    plain = tags.display_name("-".join(filter(None, (kind, name.removeprefix("bosh-"), version))))
    return f"{plain[: _LONGEST_NAME - len(unique) - 1]}-{unique}"
