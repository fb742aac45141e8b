"""The upload of a heavy stemcell's image, from its file until it is not needed any more.

Bucket and key follow from account, region and file, so a process that was killed leaves parts that
the next one finds.
"""

from __future__ import annotations

from contextlib import contextmanager

from attrs import frozen

from cpikit.errors import CloudError
from cpikit_alicloud import stemcell_files
from cpikit_alicloud.oss import Oss
from cpikit_alicloud.upload_store import Store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cpikit_alicloud.session import Session

_SUFFIX = ".img"


@frozen
class Place:
    """Where the image lies: bucket and key, its size in bytes, and the digest of its file."""

    bucket: str
    key: str
    size: int
    digest: str


@contextmanager
def uploaded(
    session: Session, image_path: str, tell: Callable[[int], None] | None = None
) -> Iterator[Place]:
    """The image in its bucket, for as long as it is needed; after a failure the undo removes it.

    `tell` hears the per cent that are there.
    """
    store = Store(session, Oss(session.config, session.client.keys), tell)
    bucket, is_own = store.bucket()
    digest = stemcell_files.digest(image_path)
    key = f"{digest}{_SUFFIX}"
    what = f"object {bucket}/{key}"

    def undo() -> None:
        left = store.tidy(bucket, key, is_own=is_own)
        if left:
            raise CloudError("; ".join(left))

    with stemcell_files.root_image(image_path) as image:
        session.context.undo.push(what, undo)
        store.secure(bucket, is_own=is_own)
        store.upload(bucket, key, image)
        yield Place(bucket, key, image.size, digest)
    for reason in store.tidy(bucket, key, is_own=is_own):
        session.context.log.event("left_behind", what=what, reason=reason)
    session.context.undo.forget(what)


def remove_left(session: Session, digest: str) -> None:
    """Remove what a killed process has left of the upload of the file with that digest."""
    store = Store(session, Oss(session.config, session.client.keys))
    bucket, is_own = store.bucket()
    key = f"{digest}{_SUFFIX}"
    for reason in store.tidy(bucket, key, is_own=is_own):
        session.context.log.event("left_behind", what=f"object {bucket}/{key}", reason=reason)
