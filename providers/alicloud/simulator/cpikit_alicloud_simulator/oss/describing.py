"""What a writer's headers say about an object, and the headers that a reader gets back."""

from __future__ import annotations

import base64
import binascii
import hashlib

from cpikit_alicloud_simulator.oss import errors, tags
from cpikit_alicloud_simulator.oss.access import OBJECT_ACLS
from cpikit_alicloud_simulator.oss.call import OssCall
from cpikit_alicloud_simulator.oss.conditions import http_date
from cpikit_alicloud_simulator.oss.values import Bucket, Description, StoredObject

STORAGE_CLASSES = ("Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive")
_KEPT_HEADERS = (
    "content-type",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "expires",
    "x-oss-server-side-encryption",
    "x-oss-server-side-encryption-key-id",
)
_DEFAULT_TYPE = "application/octet-stream"
_MD5_BYTES = 16


def described(call: OssCall, bucket: Bucket) -> Description:
    """Read the headers of a write."""
    headers = {name: value for name in _KEPT_HEADERS if (value := call.header(name))}
    headers.setdefault("content-type", _DEFAULT_TYPE)
    return Description(
        headers,
        _metadata(call),
        tags.from_header(call.header("x-oss-tagging")),
        call.choice("x-oss-storage-class", STORAGE_CLASSES, bucket.storage_class),
        call.choice("x-oss-object-acl", OBJECT_ACLS, "default"),
    )


def _metadata(call: OssCall) -> dict[str, str]:
    metadata = call.headers_below("x-oss-meta-")
    size = sum(len(name.encode()) + len(value.encode()) for name, value in metadata.items())
    limit = call.settings.user_metadata_maximum
    if size > limit:  # code assumed: PutObject states the limit, its table no code
        raise errors.invalid_argument("x-oss-meta-*", f"{size} bytes", f"at most {limit} bytes")
    return metadata


def check_body(call: OssCall) -> None:
    """Check length and Content-MD5 of content that was sent."""
    headers = call.request.headers
    if "content-length" not in headers and "transfer-encoding" not in headers:
        raise errors.missing_content_length()
    if len(call.body) > call.settings.put_maximum:
        raise errors.entity_too_large(len(call.body), call.settings.put_maximum)
    check_digest(call)


def check_digest(call: OssCall) -> None:
    """Check Content-MD5 where it was sent."""
    declared = call.header("content-md5")
    if declared is None:
        return
    try:
        digest = base64.b64decode(declared, validate=True)
    except (binascii.Error, ValueError) as error:
        raise errors.invalid_digest(declared) from error
    if len(digest) != _MD5_BYTES or digest != md5(call.body).digest():
        raise errors.invalid_digest(declared)


def md5(data: bytes) -> hashlib._Hash:
    """Hash for an ETag, which is no protection and meant to be none."""
    return hashlib.md5(data, usedforsecurity=False)


def etag_of_parts(etags: list[str]) -> str:
    """Give the ETag of joined parts: a hash of theirs and their number.

    The shape is OSS's; how OSS computes it is not documented, only that it is not the MD5.
    """
    return f"{md5(''.join(etags).encode()).hexdigest().upper()}-{len(etags)}"


def quoted(etag: str) -> str:
    """Give an ETag as headers and documents carry it."""
    return f'"{etag}"'


def written_headers(item: StoredObject) -> dict[str, str]:
    """Give the headers that answer a write."""
    headers = {"ETag": quoted(item.etag), "x-oss-hash-crc64ecma": str(item.crc64)}
    if item.md5:
        headers["Content-MD5"] = item.md5
    headers.update(_encryption(item.description))
    return headers


def _encryption(description: Description) -> dict[str, str]:
    name = "x-oss-server-side-encryption"
    algorithm = description.headers.get(name)
    return {name: algorithm} if algorithm else {}


def read_headers(item: StoredObject) -> dict[str, str]:
    """Give the headers that go with an object's content."""
    description = item.description
    headers = {
        **{_titled(name): value for name, value in description.headers.items()},
        **{f"x-oss-meta-{name}": value for name, value in description.metadata.items()},
        "ETag": quoted(item.etag),
        "Last-Modified": http_date(item.last_modified),
        "Accept-Ranges": "bytes",
        "x-oss-object-type": item.kind,
        "x-oss-storage-class": description.storage_class,
        "x-oss-hash-crc64ecma": str(item.crc64),
    }
    if item.md5:
        headers["Content-MD5"] = item.md5
    if item.kind == "Appendable":
        headers["x-oss-next-append-position"] = str(item.size)
    if description.tags:
        headers["x-oss-tagging-count"] = str(len(description.tags))
    return headers


def _titled(name: str) -> str:
    return name if name.startswith("x-oss-") else name.title()
