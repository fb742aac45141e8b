"""Bucket and object of an upload: in parts, in parallel, resumed where another process left off.

Whose the bucket is, is looked at before a byte is sent: names can be guessed.
Source: OSS, InitiateMultipartUpload, UploadPart, ListParts, CompleteMultipartUpload, GetBucketInfo.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import TypeVar

from cpikit.errors import CloudError
from cpikit.faults import FaultKind
from cpikit.operations import Effect, FaultError, Operation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from cpikit_alicloud.oss import Oss
    from cpikit_alicloud.session import Session
    from cpikit_alicloud.stemcell_files import Part, RootImage

T = TypeVar("T")
_MIB = 1024 * 1024
_MOST_PARTS = 10_000  # OSS, UploadPart, partNumber
_LEAST_PART = 100 * 1024  # OSS, UploadPart: all but the last
_TENTHS = 10
_OTHERS_USE_IT = "BucketNotEmpty"
_TURNS = 3  # how often another process may take the bucket away between two calls


class Store:
    """What is done to bucket and object, each call through the core's law."""

    def __init__(
        self, session: Session, oss: Oss, tell: Callable[[int], None] | None = None
    ) -> None:
        self._tell = tell
        self._session = session
        self._oss = oss

    def bucket(self) -> tuple[str, bool]:
        """The bucket, and whether it is one of our own making."""
        if self._session.config.oss_bucket:
            return self._session.config.oss_bucket, False
        place = f"{self._account()}:{self._session.client.region}"
        return f"bosh-stemcell-{sha256(place.encode()).hexdigest()[:24]}", True

    def secure(self, bucket: str, *, is_own: bool) -> None:
        """See to it that the bucket is there. Raises CloudError when it is not this account's."""
        try:
            owner, place = self._owner_and_place(bucket)
        except FaultError as error:
            if error.fault.kind is not FaultKind.NOT_FOUND or not is_own:
                raise
            self._call("PutBucket", bucket, lambda: self._oss.make_bucket(bucket))
            owner, place = self._owner_and_place(bucket)
        if owner != self._account():
            raise CloudError(
                f"bucket {bucket} belongs to account {owner}, wanted this one: nothing was "
                "uploaded; name a bucket of your own as oss_bucket"
            )
        region = self._session.client.region
        if place.removeprefix("oss-") != region:
            raise CloudError(f"bucket {bucket} is in {place}, wanted oss-{region}: ImportImage")

    def upload(self, bucket: str, key: str, image: RootImage) -> None:
        """Upload what is not there yet; an object that is complete already is used as it is."""
        name = f"{bucket}/{key}"
        if self._size(bucket, key) == image.size:
            self._session.context.log.event("upload_found", object=name)
            return
        upload_id = self._upload_id(bucket, key)
        present = self._call(
            "ListParts", name, lambda: self._oss.parts(bucket, key, upload_id), Effect.READ
        )
        if present:
            self._session.context.log.event("upload_resumed", object=name, parts=len(present))
        etags = self._send_parts(bucket, key, upload_id, image, present)
        try:
            self._call(
                "CompleteMultipartUpload",
                name,
                lambda: self._oss.complete(bucket, key, upload_id, sorted(etags.items())),
            )
        except FaultError:  # repeated after a lost answer, it finds no upload any more
            if self._size(bucket, key) != image.size:
                raise

    def tidy(self, bucket: str, key: str, *, is_own: bool) -> list[str]:
        """Remove object, uploads, and the bucket if it is our own and now empty; what stayed, why.

        A stemcell that was imported is not given up because of an object that stayed, so what was
        refused is tried a second time.
        """
        left = self._tidied(bucket, key, is_own=is_own)
        if left:
            self._session.context.clock.sleep(self._session.config.waits.visibility_s)
            left = self._tidied(bucket, key, is_own=is_own)
        return left

    def _tidied(self, bucket: str, key: str, *, is_own: bool) -> list[str]:
        steps = [("AbortMultipartUpload", lambda: self._abort_all(bucket, key))]
        steps.append(("DeleteObject", lambda: self._oss.remove(bucket, key)))
        if is_own:
            steps.append(("DeleteBucket", lambda: self._oss.remove_bucket(bucket)))
        left = []
        for action, step in steps:
            try:
                self._call(action, f"{bucket}/{key}", step)
            except FaultError as error:
                is_gone = error.fault.kind is FaultKind.NOT_FOUND
                if not is_gone and error.fault.code != _OTHERS_USE_IT:
                    left.append(str(error))
        return left

    def _send_parts(
        self,
        bucket: str,
        key: str,
        upload_id: str,
        image: RootImage,
        present: dict[int, str],
    ) -> dict[int, str]:
        """Every part's ETag. A few are on their way at once, and no more than that in memory."""
        config = self._session.config
        part_size = max(int(config.upload_part_mib * _MIB), _LEAST_PART)
        part_size = max(part_size, -(-image.size // _MOST_PARTS))
        width = max(int(config.upload_parallel), 1)
        etags: dict[int, str] = {}
        progress = _Progress(self._session, f"{bucket}/{key}", image.size, self._tell)
        with ThreadPoolExecutor(width) as pool:
            pending: deque[tuple[Part, Future[str]]] = deque()

            def finish_one() -> None:
                part, future = pending.popleft()
                etags[part.number] = self._settled(bucket, key, upload_id, part, future)
                progress.add(len(part.data))

            for part in image.parts(part_size):
                self._session.context.caller.check()
                if present.get(part.number) == part.md5:
                    etags[part.number] = part.md5
                    progress.add(len(part.data))
                    continue
                if len(pending) >= width:
                    finish_one()
                pending.append(
                    (part, pool.submit(self._oss.put_part, bucket, key, upload_id, part))
                )
            while pending:
                finish_one()
        return etags

    def _settled(
        self, bucket: str, key: str, upload_id: str, part: Part, future: Future[str]
    ) -> str:
        """The part's ETag; a first attempt that failed goes again here, by the core's law.

        The core's law is for one thread: only first attempts run beside it.
        """
        failure = future.exception()  # waits for it
        if failure is None:
            return future.result()

        def send() -> str:
            nonlocal failure
            if failure is not None:
                found, failure = failure, None
                raise found
            return self._oss.put_part(bucket, key, upload_id, part)

        return self._call("UploadPart", f"{bucket}/{key} part {part.number}", send)

    def _upload_id(self, bucket: str, key: str) -> str:
        """The upload that another process has left, else a new one."""
        name = f"{bucket}/{key}"
        found = self._call(
            "ListMultipartUploads", name, lambda: self._oss.uploads(bucket, key), Effect.READ
        )
        if found:
            return found[0]
        for turn in range(_TURNS):
            try:
                return self._call(  # one too many would be aborted with the others
                    "InitiateMultipartUpload", name, lambda: self._oss.begin(bucket, key)
                )
            except FaultError as error:
                if error.fault.kind is not FaultKind.NOT_FOUND or turn + 1 == _TURNS:
                    raise
                self.secure(bucket, is_own=not self._session.config.oss_bucket)
        raise CloudError(
            f"bucket {bucket} does not stay"
        )  # pragma: no cover  # the last turn raises

    def _abort_all(self, bucket: str, key: str) -> None:
        for upload_id in self._oss.uploads(bucket, key):
            self._oss.abort(bucket, key, upload_id)

    def _size(self, bucket: str, key: str) -> int | None:
        return self._call(
            "HeadObject", f"{bucket}/{key}", lambda: self._oss.size(bucket, key), Effect.READ
        )

    def _owner_and_place(self, bucket: str) -> tuple[str, str]:
        return self._call(
            "GetBucketInfo", bucket, lambda: self._oss.owner_and_place(bucket), Effect.READ
        )

    def _account(self) -> str:
        return self._session.client.account()

    def _call(
        self,
        name: str,
        resource: str,
        send: Callable[[], T],
        effect: Effect = Effect.IDEMPOTENT,
    ) -> T:
        return self._session.client.beside(Operation(name, effect, resource, "object"), send)


class _Progress:
    """Tells a line for each tenth of the image."""

    def __init__(
        self, session: Session, name: str, size: int, tell: Callable[[int], None] | None
    ) -> None:
        self._tell = tell
        self._session = session
        self._name = name
        self._size = size
        self._done = 0
        self._told = 0

    def add(self, count: int) -> None:
        """So many bytes more are there."""
        self._done += count
        tenth = self._done * _TENTHS // self._size
        if tenth > self._told:
            self._told = tenth
            if self._tell is not None:
                self._tell(tenth * _TENTHS)
            self._session.context.log.event(
                "uploading",
                object=self._name,
                percent=tenth * _TENTHS,
                mib=self._done // _MIB,
            )
