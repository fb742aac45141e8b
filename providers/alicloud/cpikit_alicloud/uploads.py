"""The upload of a heavy stemcell's image, from its file until it is not needed any more.

Bucket and key follow from account, region, Director and file. So a process that was killed leaves
parts that the next one finds, and Directors that share an account do not meet; two calls of one
Director for the same file do, and share one upload. The file stays while an image is made of it.
"""

from __future__ import annotations

from contextlib import contextmanager

from attrs import field, frozen

from cpikit.errors import CloudError
from cpikit.operations import FaultError
from cpikit_alicloud import importing, stemcell_files
from cpikit_alicloud.image_making import File
from cpikit_alicloud.oss import Oss
from cpikit_alicloud.upload_store import Store, Where

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from cpikit_alicloud.session import Session

GONE = frozenset(
    (
        "NoSuchBucket",
        "NoSuchUpload",
        "NoSuchKey",
        "InvalidOSSBucket.NotFound",
        "InvalidOSSObject.NotFound",
    )
)
"""How calls fail when another call of the same Director, which is done, has tidied meanwhile."""


@frozen
class Place:
    """The image in its bucket, and the digest of the stemcell's file.

    `imported` are the images that are seen to be made of it: lists may show them as unready yet.
    `is_gone` looks whether another call of this Director has taken the file away meanwhile.
    """

    file: File
    digest: str
    is_gone: Callable[[], bool]
    imported: set[str] = field(factory=set)


@contextmanager
def uploaded(
    session: Session, image_path: str, tell: Callable[[int], None] | None = None
) -> Iterator[Place]:
    """The image in its bucket, for as long as it is needed; after a failure the undo removes it.

    `tell` hears the per cent that are there. Raises FaultError with a code of GONE where it has to
    be uploaded once more.
    """
    store = Store(session, Oss(session.config, session.client.keys), tell)
    digest = stemcell_files.digest(image_path)
    place = store.place(digest)
    what = f"object {place}"

    def undo() -> None:
        left = _tidied(session, store, place, imported)
        if left:
            raise CloudError("; ".join(left))

    imported: set[str] = set()
    with stemcell_files.root_image(image_path) as image:
        session.context.undo.forget(what)
        session.context.undo.push(what, undo)
        store.secure(place)
        was_found = store.upload(place, image)
    file = File(place.bucket, place.key, image.size, was_found)
    yield Place(file, digest, lambda: store.is_gone(place), imported)
    _tidy(session, store, place, imported)
    session.context.undo.forget(what)


def remove_left(session: Session, digest: str, imported: Collection[str] = ()) -> None:
    """Remove what a killed process has left of the upload of the file with that digest."""
    store = Store(session, Oss(session.config, session.client.keys))
    _tidy(session, store, store.place(digest), imported)


def _tidy(session: Session, store: Store, place: Where, imported: Collection[str]) -> None:
    """Remove it. A stemcell that was imported is not given up because of an object that stayed."""
    try:
        left = _tidied(session, store, place, imported)
    except FaultError as error:
        left = [str(error)]
    for reason in left:
        session.context.log.event("left_behind", what=f"object {place}", reason=reason)


def _tidied(session: Session, store: Store, place: Where, imported: Collection[str]) -> list[str]:
    """What stayed, and why: a file is not taken away from under an import."""
    try:
        found = importing.reading(session, place.bucket, place.key)
    except FaultError:  # once is forgiven, as the store forgives it
        session.context.clock.sleep(session.config.waits.visibility_s)
        found = importing.reading(session, place.bucket, place.key)
    readers = found.keys() - set(imported)
    if readers:
        return [f"image {', '.join(sorted(readers))} is being imported from it"]
    return store.tidy(place)
