"""Listing objects, both versions, with prefixes, delimiters, pages and URL encoding."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import quote

from attrs import frozen

from cpikit_alicloud_simulator.oss import errors
from cpikit_alicloud_simulator.oss.answer import Answer
from cpikit_alicloud_simulator.oss.bucket_calls import owner_pairs, xml
from cpikit_alicloud_simulator.oss.call import OssCall
from cpikit_alicloud_simulator.oss.describing import quoted
from cpikit_alicloud_simulator.oss.documents import Pair
from cpikit_alicloud_simulator.oss.times import iso
from cpikit_alicloud_simulator.oss.values import Objects, StoredObject

_MOST = 1000  # OSS, ListObjects: max-keys 1 to 1000, default 100
_DEFAULT = 100


@frozen
class Page:
    """One page of a listing; `last` is the key or common prefix to go on after."""

    items: tuple[StoredObject, ...] = ()
    prefixes: tuple[str, ...] = ()
    is_truncated: bool = False
    last: str = ""


@frozen
class Wanted:
    """What to list: keys that start with `prefix`, after `marker`, rolled up at `delimiter`."""

    prefix: str
    delimiter: str
    marker: str
    limit: int

    def common_prefix(self, key: str) -> str | None:
        """Give the prefix that stands for this key, None if the key stands for itself."""
        if not self.delimiter:
            return None
        found = key.find(self.delimiter, len(self.prefix))
        return None if found < 0 else key[: found + len(self.delimiter)]


def page(objects: Objects, wanted: Wanted) -> Page:
    """List one page. A marker that is a common prefix passes over all that it stands for."""
    items: list[StoredObject] = []
    prefixes: list[str] = []
    last = ""
    passed = wanted.common_prefix(wanted.marker) == wanted.marker and wanted.marker
    for item in objects.starting_at(max(wanted.prefix, wanted.marker)):
        if not item.key.startswith(wanted.prefix):
            break
        prefix = wanted.common_prefix(item.key)
        if item.key <= wanted.marker or (passed and prefix == passed):
            continue
        if prefix is not None and prefixes and prefixes[-1] == prefix:
            continue
        if len(items) + len(prefixes) == wanted.limit:
            return Page(tuple(items), tuple(prefixes), is_truncated=True, last=last)
        if prefix is None:
            items.append(item)
        else:
            prefixes.append(prefix)
        last = prefix or item.key
    return Page(tuple(items), tuple(prefixes), is_truncated=False, last=last)


@frozen
class Encoding:
    """How names are written: as they are, or percent-encoded on request."""

    is_url: bool

    def __call__(self, name: str) -> str:
        """Write a name."""
        return quote(name, safe="") if self.is_url else name

    @property
    def pair(self) -> Pair:
        """The element that tells the reader."""
        return ("EncodingType", "url" if self.is_url else None)


def encoding(call: OssCall) -> Encoding:
    """Read `encoding-type`, whose only value is url."""
    value = call.query("encoding-type")
    if value not in (None, "", "url"):
        raise errors.invalid_argument("encoding-type", value or "", "url")
    return Encoding(value == "url")


def list_objects(call: OssCall) -> Answer:
    """ListObjects (GetBucket): goes on after `marker`."""
    wanted = _wanted(call, call.query("marker") or "")
    found, text = page(call.bucket().objects, wanted), encoding(call)
    more = ("NextMarker", text(found.last) if found.is_truncated else None)
    head: list[Pair] = [("Marker", text(wanted.marker)), more]
    return _document(call, wanted, found, head, with_owner=True)


def list_objects_v2(call: OssCall) -> Answer:
    """ListObjectsV2: goes on after `continuation-token`, begins after `start-after`."""
    token, start = call.query("continuation-token"), call.query("start-after")
    wanted = _wanted(call, _from_token(token) if token else (start or ""))
    found, text = page(call.bucket().objects, wanted), encoding(call)
    head: list[Pair] = [
        ("StartAfter", None if start is None else text(start)),
        ("ContinuationToken", token),
        ("NextContinuationToken", _token(found.last) if found.is_truncated else None),
        ("KeyCount", len(found.items) + len(found.prefixes)),
    ]
    with_owner = call.query("fetch-owner") == "true"
    return _document(call, wanted, found, head, with_owner=with_owner)


def _wanted(call: OssCall, marker: str) -> Wanted:
    limit = call.number("max-keys", 1, _MOST, _DEFAULT)
    return Wanted(call.query("prefix") or "", call.query("delimiter") or "", marker, limit)


def _document(
    call: OssCall, wanted: Wanted, found: Page, head: list[Pair], *, with_owner: bool
) -> Answer:
    bucket, text = call.bucket(), encoding(call)
    owner = owner_pairs(bucket.owner) if with_owner else None
    pairs: list[Pair] = [
        ("Name", bucket.name),
        ("Prefix", text(wanted.prefix)),
        ("MaxKeys", wanted.limit),
        ("Delimiter", text(wanted.delimiter)),
        text.pair,
        ("IsTruncated", found.is_truncated),
        *head,
        *[("Contents", _entry(item, text, owner)) for item in found.items],
        *[("CommonPrefixes", [("Prefix", text(prefix))]) for prefix in found.prefixes],
    ]
    return xml("ListBucketResult", pairs)


def _entry(item: StoredObject, text: Encoding, owner: list[Pair] | None) -> list[Pair]:
    return [
        ("Key", text(item.key)),
        ("LastModified", iso(item.last_modified)),
        ("ETag", quoted(item.etag)),
        ("Type", item.kind),
        ("Size", item.size),
        ("StorageClass", item.description.storage_class),
        ("Owner", owner),
    ]


def _token(last: str) -> str:
    return base64.urlsafe_b64encode(last.encode()).decode()


def _from_token(token: str) -> str:
    try:
        return base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise errors.invalid_argument(
            "continuation-token", token, "one that a listing gave"
        ) from error
