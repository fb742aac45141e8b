"""All of OSS's state: every bucket of every account, and the place where content lies."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime

from attrs import define, field

from cpikit_alicloud_simulator.oss import errors
from cpikit_alicloud_simulator.oss.blobs import Shelf
from cpikit_alicloud_simulator.oss.settings import OssSettings
from cpikit_alicloud_simulator.oss.values import Bucket, StoredObject, Upload

_PUBLIC_READ = ("public-read", "public-read-write")


@define
class OssStore:
    """The buckets of a world. Ids come from `seed`, so equal requests give equal answers.

    `region` is where a bucket is made when the request does not say so (on loopback, only the
    scope of a V4 signature or a cloud host name says so).
    """

    region: str = "cn-hangzhou"
    settings: OssSettings = field(factory=OssSettings)
    seed: int = 0
    buckets: dict[str, Bucket] = field(factory=dict, init=False)
    shelf: Shelf = field(init=False)
    _streams: dict[int, random.Random] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self.shelf = Shelf(self.settings.memory_ceiling)

    def hex_id(self, digits: int) -> str:
        """Give the next id of that many upper-case hexadecimal digits.

        Each length has a sequence of its own, so that a read more or less, which takes a request
        id, changes no upload id.
        """
        if digits not in self._streams:
            seed = f"oss {digits} {self.seed}"
            self._streams[digits] = random.Random(seed)  # noqa: S311  # ids, not secrets
        return f"{self._streams[digits].getrandbits(4 * digits):0{digits}X}"

    def bucket(self, name: str) -> Bucket:
        """Give the bucket or raise NoSuchBucket."""
        found = self.buckets.get(name)
        if found is None:
            raise errors.no_such_bucket(name)
        return found

    def buckets_of(self, owner: str) -> list[Bucket]:
        """Give an account's buckets by name."""
        return sorted((b for b in self.buckets.values() if b.owner == owner), key=_name)

    def make_bucket(
        self, name: str, owner: str, now: datetime, *, region: str | None = None
    ) -> Bucket:
        """Make a private bucket, for a world file or a request; the name must be free."""
        if name in self.buckets:
            raise errors.bucket_already_exists(name)
        bucket = Bucket(name, owner, region or self.region, now.replace(microsecond=0))
        self.buckets[name] = bucket
        return bucket

    def bucket_region(self, bucket: str) -> str | None:
        """Give the region of a bucket, None if there is no such bucket."""
        found = self.buckets.get(bucket)
        return found.region if found else None

    def find_object(self, account_id: str, bucket: str, key: str) -> StoredObject | None:
        """Give an object that this account may read, None if there is none such.

        For other products of the same world, such as ImportImage. Its content stays readable
        after the object was overwritten or deleted.
        """
        holder = self.buckets.get(bucket)
        found = holder.objects.get(key) if holder else None
        if holder is None or found is None:
            return None
        acl = found.description.acl
        public = (holder.acl if acl == "default" else acl) in _PUBLIC_READ
        return found if public or holder.owner == account_id else None

    def upload(self, bucket: Bucket, key: str, upload_id: str) -> Upload:
        """Give the upload or raise NoSuchUpload."""
        found = bucket.uploads.get(upload_id)
        if found is None or found.key != key:
            raise errors.no_such_upload(upload_id)
        return found

    def everything(self) -> Iterator[tuple[Bucket, StoredObject | Upload | None]]:
        """Walk all that exists, for an inventory: each bucket, then what is in it."""
        for bucket in self.buckets.values():
            yield bucket, None
            for item in bucket.objects:
                yield bucket, item
            for upload in bucket.uploads.values():
                yield bucket, upload


def _name(bucket: Bucket) -> str:
    return bucket.name
