"""Imports under way: which of them read a file, and the one of ours that is taken over.

A process that was killed leaves an import that goes on without it. The next call for the same file
takes it over; until it is done nobody takes its file away. Whether the first call lives, nobody can
tell, so this is the rule: the image belongs to the request that it bears when its import ends. A
call has taken it over only where it saw its own mark on it while it was still under way; one that
finds another's mark in the end leaves the image alone and imports again. So no image is the answer
to two calls, or is undone by a call whose it is not; at worst one stays unclaimed, as nobody's.
Source: ECS 2014-05-26, ImportImage, DescribeImages.
"""

from __future__ import annotations

import json
from hashlib import sha256

from attrs import frozen

from cpikit.errors import CloudError
from cpikit.operations import FaultError
from cpikit.waiting import Seen, wait_until
from cpikit_alicloud import image_making, images, tags
from cpikit_alicloud.patience import AGAIN_S, await_listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cpikit_alicloud.image_making import File
    from cpikit_alicloud.properties.stemcell import StemcellProperties
    from cpikit_alicloud.session import Session

_UNDER_WAY = ("Creating", "Waiting")
_AT_WORK = "ImageIsImporting"
_LETTERS = 16


@frozen
class Asked:
    """Hashes of what an import was asked for, and of its file, as the image's state has them."""

    fingerprint: str = ""
    file: str = ""


_NOTHING = Asked()


def begun(
    session: Session,
    properties: StemcellProperties,
    name: str,
    user: Mapping[str, str],
    file: File,
) -> tuple[str, str]:
    """The id of an image that is being imported from the file, and of its task where it is new.

    An import of the same that this Director began earlier is taken over. Raises CloudError where
    the file is being imported as something else.
    """
    asked = _asked(session, properties, file)
    image_id = _taken_over(session, file, asked) if file.was_found else ""
    if image_id:
        return image_id, ""
    order = image_making.Order(name, marked(session, user, asked))
    try:
        return image_making.begin_import(session, properties, order, file)
    except FaultError as error:
        if error.fault.code != _AT_WORK:
            raise
        await_listed(session, lambda: reading(session, file.bucket, file.key) or None)
        image_id = _taken_over(session, file, asked)
        if not image_id:
            others = ", ".join(reading(session, file.bucket, file.key)) or "an image not listed"
            raise CloudError(
                f"{file.bucket}/{file.key} is being imported already, as {others}, which is "
                "another Director's or was asked for differently: upload again when it is there"
            ) from error
        return image_id, ""


def marked(
    session: Session, user: Mapping[str, str], asked: Asked = _NOTHING
) -> list[dict[str, str]]:
    """The tags of an image of this call."""
    context = session.context
    state = _state(session, asked)
    return tags.as_parameter({**user, **tags.marks(director=context.director_uuid, state=state)})


def reading(session: Session, bucket: str, key: str) -> dict[str, images.Row]:
    """The images of this account that are being imported from the file now, by id."""
    rows = session.client.listed(
        "Ecs",
        "DescribeImages",
        {"Status": ",".join(_UNDER_WAY), "ImageOwnerAlias": "self"},
        "Images",
        "Image",
        resource=f"images of {bucket}/{key}",
        kind="stemcell",
    )
    mark = _mark(bucket, key)
    return {
        str(row["ImageId"]): row
        for row in rows
        if (bucket, key) in images.files_of(row) or _letters(row).get("o") == mark
    }


def undo(session: Session, image_id: str) -> None:
    """Delete an image that this call began or took over, once its import has ended.

    Raises CloudError where another has taken it over, or where it is under way for too long.
    """

    def look() -> Seen[images.Row]:
        row = images.by_id(session, image_id)
        other = other_request(session, row) if row else ""
        if other:
            raise CloudError(f"request {other} of this Director goes on with it")
        status = str(row.get("Status")) if row else "gone"
        return Seen(status, row, done=status not in _UNDER_WAY)

    await_listed(session, lambda: images.by_id(session, image_id))
    seen = wait_until(
        session.context.clock,
        look,
        what=f"image {image_id}",
        wanted="an end of its making",
        deadline_s=session.config.waits.image_gone_s,
    )
    images.delete(session, image_id, seen.value)


def other_request(session: Session, row: images.Row) -> str:
    """The request that the image bears, where it is not this one."""
    own = tags.read_state(tags.state(request_id=session.context.request_id, at_s=0)).get("r", "")
    found = _letters(row).get("r", "")
    return found if found != own else ""


def _taken_over(session: Session, file: File, asked: Asked) -> str:
    """The id of the image of the same import, which is this call's from now on; "" without one."""
    for image_id, row in reading(session, file.bucket, file.key).items():
        is_ours = tags.of(row).get(tags.DIRECTOR) == session.context.director_uuid
        if not is_ours or _letters(row).get("f") != asked.fingerprint:
            continue
        mark = {tags.STATE: _state(session, asked)}
        parameters = {
            "ResourceType": "image",
            "ResourceId": [image_id],
            "Tag": tags.as_parameter(mark),
        }
        image_making.change(session, "TagResources", image_id, parameters)
        if _is_held(session, image_id):
            session.context.log.event("import_taken_over", image=image_id)
            return image_id
    return ""


def _is_held(session: Session, image_id: str) -> bool:
    """Whether the mark was there before the import's end, so that whoever sees the end sees it.

    The first look is a while after the mark: the list may show what was done as under way yet.
    """
    is_held: bool | None = None

    def look() -> bool | None:
        nonlocal is_held
        row = images.by_id(session, image_id)
        if row is None or row.get("Status") not in _UNDER_WAY:
            is_held = False
        elif not other_request(session, row):
            is_held = True
        return is_held

    session.context.clock.sleep(AGAIN_S)
    await_listed(session, look)
    return bool(is_held)


def _asked(session: Session, properties: StemcellProperties, file: File) -> Asked:
    parameters = image_making.asked(session, properties, file)
    stemcell = [properties.name, properties.version]  # two of one image are two to the Director
    text = json.dumps([parameters, stemcell], sort_keys=True, default=str)
    found = sha256(text.encode()).hexdigest()[:_LETTERS]
    return Asked(found, _mark(file.bucket, file.key))


def _mark(bucket: str, key: str) -> str:
    return sha256(f"{bucket}/{key}".encode()).hexdigest()[:_LETTERS]


def _state(session: Session, asked: Asked) -> str:
    return tags.state(
        request_id=session.context.request_id,
        at_s=session.client.now_s(),
        fingerprint=asked.fingerprint,
        o=asked.file,
    )


def _letters(row: images.Row) -> dict[str, str]:
    return tags.read_state(tags.of(row).get(tags.STATE))
