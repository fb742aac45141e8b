"""Bucket and object of an upload: in parts, in parallel, resumed where another process left off.

Whose the bucket is, is looked at before a byte is sent: names can be guessed.
Source: OSS, InitiateMultipartUpload, UploadPart, ListParts, CompleteMultipartUpload, GetBucketInfo.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import TypeVar

from attrs import frozen

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


@frozen
class Where:
    """Bucket and key of an upload; `is_own` says that the bucket is of our own making."""

    bucket: str
    key: str
    is_own: bool

    def __str__(self) -> str:
        return f"{self.bucket}/{self.key}"


class Store:
    """What is done to bucket and object, each call through the core's law."""

    def __init__(
        self, session: Session, oss: Oss, tell: Callable[[int], None] | None = None
    ) -> None:
        self._tell = tell
        self._session = session
        self._oss = oss

    def place(self, digest: str) -> Where:
        """Where the file of that digest belongs: no other Director, and no other file, has it."""
        director = sha256(self._session.context.director_uuid.encode()).hexdigest()[:16]
        key = f"{digest}-{director}.img"
        if self._session.config.oss_bucket:
            return Where(self._session.config.oss_bucket, key, is_own=False)
        place = f"{self._account()}:{self._session.client.region}:{key}"
        name = f"bosh-stemcell-{sha256(place.encode()).hexdigest()[:24]}"
        return Where(name, key, is_own=True)

    def secure(self, place: Where) -> None:
        """See to it that the bucket is there. Raises CloudError when it is not this account's."""
        bucket = place.bucket
        try:
            owner, location = self._owner_and_place(bucket)
        except FaultError as error:
            if error.fault.kind is not FaultKind.NOT_FOUND:
                raise
            if not place.is_own:
                raise CloudError(
                    f"bucket {bucket} does not exist: make it, or leave out oss_bucket, and one is "
                    f"made for each upload ({error})"
                ) from error
            self._call("PutBucket", bucket, lambda: self._oss.make_bucket(bucket))
            owner, location = self._owner_and_place(bucket)
        if owner != self._account():
            raise CloudError(
                f"bucket {bucket} belongs to account {owner}, wanted this one: nothing was "
                "uploaded; name a bucket of your own as oss_bucket"
            )
        region = self._session.client.region
        if location.removeprefix("oss-") != region:
            raise CloudError(f"bucket {bucket} is in {location}, wanted oss-{region}: ImportImage")

    def upload(self, place: Where, image: RootImage) -> bool:
        """Upload what is not there yet; whether all was there, by an earlier call or another one.

        Raises FaultError with the code NoSuchUpload where another call has thrown it away.
        """
        if self._is_there(place, image):
            self._session.context.log.event("upload_found", object=place)
            return True
        try:
            self._send(place, image)
        except FaultError:  # also what was completed by a call whose answer was lost
            if not self._is_there(place, image):
                raise
            return True
        return False

    def is_gone(self, place: Where) -> bool:
        """Whether the object is certainly not there: a look that fails does not say that."""
        try:
            return self._size(place) is None
        except FaultError:
            return False

    def tidy(self, place: Where) -> list[str]:
        """Remove object, uploads, and the bucket if it is our own and now empty; what stayed, why.

        What was refused is tried a second time.
        """
        left = self._tidied(place)
        if left:
            self._session.context.clock.sleep(self._session.config.waits.visibility_s)
            left = self._tidied(place)
        return left

    def _tidied(self, place: Where) -> list[str]:
        steps = [("AbortMultipartUpload", lambda: self._abort_all(place))]
        steps.append(("DeleteObject", lambda: self._oss.remove(place.bucket, place.key)))
        if place.is_own:
            steps.append(("DeleteBucket", lambda: self._oss.remove_bucket(place.bucket)))
        left = []
        for action, step in steps:
            try:
                self._call(action, str(place), step)
            except FaultError as error:
                is_gone = error.fault.kind is FaultKind.NOT_FOUND
                if not is_gone and error.fault.code != _OTHERS_USE_IT:
                    left.append(str(error))
        return left

    def _send(self, place: Where, image: RootImage) -> None:
        """Go on with the upload that another process has left, else with a new one, to its end."""
        bucket, key = place.bucket, place.key
        upload_id = self._upload_id(place)
        present = self._call(
            "ListParts", str(place), lambda: self._oss.parts(bucket, key, upload_id), Effect.READ
        )
        if present:
            self._session.context.log.event("upload_resumed", object=place, parts=len(present))
        etags = self._send_parts(place, upload_id, image, present)
        self._call(
            "CompleteMultipartUpload",
            str(place),
            lambda: self._oss.complete(bucket, key, upload_id, sorted(etags.items())),
        )

    def _send_parts(
        self, place: Where, upload_id: str, image: RootImage, present: dict[int, str]
    ) -> dict[int, str]:
        """Every part's ETag. A few are on their way at once, and no more than that in memory."""
        config = self._session.config
        part_size = max(int(config.upload_part_mib * _MIB), _LEAST_PART)
        part_size = max(part_size, -(-image.size // _MOST_PARTS))
        width = max(int(config.upload_parallel), 1)
        etags: dict[int, str] = {}
        progress = _Progress(self._session, str(place), image.size, self._tell)
        with ThreadPoolExecutor(width) as pool:
            pending: deque[tuple[Part, Future[str]]] = deque()

            def finish_one() -> None:
                part, future = pending.popleft()
                etags[part.number] = self._settled(place, upload_id, part, future)
                progress.add(len(part.data))

            for part in image.parts(part_size):
                self._session.context.caller.check()
                if present.get(part.number) == part.md5:
                    etags[part.number] = part.md5
                    progress.add(len(part.data))
                    continue
                if len(pending) >= width:
                    finish_one()
                pending.append((part, pool.submit(self._put, place, upload_id, part)))
            while pending:
                finish_one()
        return etags

    def _put(self, place: Where, upload_id: str, part: Part) -> str:
        return self._oss.put_part(place.bucket, place.key, upload_id, part)

    def _settled(self, place: Where, upload_id: str, part: Part, future: Future[str]) -> str:
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
            return self._put(place, upload_id, part)

        return self._call("UploadPart", f"{place} part {part.number}", send)

    def _upload_id(self, place: Where) -> str:
        """The upload that another process has left, else a new one."""
        bucket, key = place.bucket, place.key
        found = self._call(
            "ListMultipartUploads", str(place), lambda: self._oss.uploads(bucket, key), Effect.READ
        )
        if found:
            return found[0]
        return self._call(  # one too many would be aborted with the others
            "InitiateMultipartUpload", str(place), lambda: self._oss.begin(bucket, key)
        )

    def _abort_all(self, place: Where) -> None:
        for upload_id in self._oss.uploads(place.bucket, place.key):
            self._oss.abort(place.bucket, place.key, upload_id)

    def _is_there(self, place: Where, image: RootImage) -> bool:
        return self._size(place) == image.size

    def _size(self, place: Where) -> int | None:
        return self._call(
            "HeadObject",
            str(place),
            lambda: self._oss.size(place.bucket, place.key),
            Effect.READ,
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
