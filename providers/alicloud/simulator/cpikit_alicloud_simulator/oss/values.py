"""Buckets, objects, uploads and parts as OSS keeps them."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import BinaryIO

from attrs import define, field, frozen

from cpikit_alicloud_simulator.oss.blobs import Content


@frozen
class Description:
    """What a writer says about an object beside its bytes; header names are lower-case."""

    headers: Mapping[str, str] = field(factory=dict)
    metadata: Mapping[str, str] = field(factory=dict)
    tags: Mapping[str, str] = field(factory=dict)
    storage_class: str = "Standard"
    acl: str = "default"


@frozen
class StoredObject:
    """One object. `etag` has no quotes; `crc64` is that of the whole content."""

    key: str
    content: Content
    etag: str
    crc64: int
    last_modified: datetime
    kind: str = "Normal"
    description: Description = field(factory=Description)
    md5: str | None = None

    @property
    def size(self) -> int:
        """The length in bytes."""
        return self.content.size

    def open(self) -> BinaryIO:
        """Give a file that reads the content, valid even after the object was deleted."""
        return self.content.open()


@frozen
class Part:
    """One uploaded part."""

    number: int
    content: Content
    etag: str
    crc64: int
    last_modified: datetime

    @property
    def size(self) -> int:
        """The length in bytes."""
        return self.content.size


@define
class Upload:
    """A multipart upload that is neither completed nor aborted."""

    upload_id: str
    key: str
    initiated: datetime
    description: Description
    forbid_overwrite: bool = False
    parts: dict[int, Part] = field(factory=dict)


@define
class Objects:
    """The objects of one bucket by key, walked in the order of their UTF-8 bytes.

    Python orders text by code point, which is the order of UTF-8 bytes.
    """

    _by_key: dict[str, StoredObject] = field(factory=dict)
    _keys: list[str] = field(factory=list)

    def __len__(self) -> int:
        return len(self._by_key)

    def __iter__(self) -> Iterator[StoredObject]:
        return (self._by_key[key] for key in self._keys)

    def get(self, key: str) -> StoredObject | None:
        """Give the object, or None."""
        return self._by_key.get(key)

    def put(self, item: StoredObject) -> None:
        """Add or replace."""
        if item.key not in self._by_key:
            insort(self._keys, item.key)
        self._by_key[item.key] = item

    def remove(self, key: str) -> bool:
        """Take the object away; False if there was none."""
        if self._by_key.pop(key, None) is None:
            return False
        del self._keys[bisect_left(self._keys, key)]
        return True

    def starting_at(self, low: str) -> Iterator[StoredObject]:
        """Walk from the first key that is not below `low`."""
        for place in range(bisect_left(self._keys, low), len(self._keys)):
            yield self._by_key[self._keys[place]]


@define
class Bucket:
    """One bucket with all that is in it. `owner` is an account id."""

    name: str
    owner: str
    region: str
    created_at: datetime
    acl: str = "private"
    storage_class: str = "Standard"
    redundancy: str = "LRS"
    tags: dict[str, str] = field(factory=dict)
    objects: Objects = field(factory=Objects)
    uploads: dict[str, Upload] = field(factory=dict)

    @property
    def endpoint(self) -> str:
        """The public endpoint of the bucket's region."""
        return f"oss-{self.region}.aliyuncs.com"

    @property
    def internal_endpoint(self) -> str:
        """The endpoint inside of the region."""
        return f"oss-{self.region}-internal.aliyuncs.com"
