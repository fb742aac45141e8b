"""Reading objects: whole, in part, under conditions, or only their headers."""

from __future__ import annotations

import re

from cpikit_alicloud_simulator.oss import errors, tags
from cpikit_alicloud_simulator.oss.answer import Answer
from cpikit_alicloud_simulator.oss.bucket_calls import acl_document
from cpikit_alicloud_simulator.oss.call import OssCall
from cpikit_alicloud_simulator.oss.conditions import byte_range, holds, http_date
from cpikit_alicloud_simulator.oss.describing import quoted, read_headers
from cpikit_alicloud_simulator.oss.values import StoredObject
from cpikit_alicloud_simulator.wire import ApiError

_OVERRIDES = {  # OSS, GetObject: response-* replace a header of the answer
    "response-content-type": "Content-Type",
    "response-content-language": "Content-Language",
    "response-expires": "Expires",
    "response-cache-control": "Cache-Control",
    "response-content-disposition": "Content-Disposition",
    "response-content-encoding": "Content-Encoding",
}
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")
_FROZEN = ("Archive", "ColdArchive", "DeepColdArchive")


def get_object(call: OssCall) -> Answer:
    """GetObject."""
    item = call.object()
    if not holds(item, call.header):
        return _not_modified(item)
    if item.description.storage_class in _FROZEN:
        raise errors.invalid_object_state()
    headers = read_headers(item) | _overridden(call)
    standard = call.header("x-oss-range-behavior") == "standard"
    part = byte_range(call.header("range"), item.size, standard=standard)
    if part is None:
        return Answer(200, headers, item.content.read())
    start, end = part
    headers.pop("Content-MD5", None)  # it is that of the whole
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{item.size}"
    return Answer(206, headers, item.content.read(start, end))


def head_object(call: OssCall) -> Answer:
    """HeadObject: the headers of GetObject and no body."""
    item = call.object()
    if not holds(item, call.header):
        return _not_modified(item)
    return Answer(200, read_headers(item) | {"Content-Length": str(item.size)})


def get_object_meta(call: OssCall) -> Answer:
    """GetObjectMeta: only what the content itself says."""
    item = call.object()
    headers = {
        "ETag": quoted(item.etag),
        "Last-Modified": http_date(item.last_modified),
        "Content-Length": str(item.size),
        "x-oss-hash-crc64ecma": str(item.crc64),
    }
    return Answer(200, headers)


def get_object_acl(call: OssCall) -> Answer:
    """GetObjectACL."""
    return acl_document(call.bucket().owner, call.object().description.acl)


def get_object_tagging(call: OssCall) -> Answer:
    """GetObjectTagging."""
    body = tags.document(call.object().description.tags)
    return Answer(headers={"Content-Type": "application/xml"}, body=body)


def _not_modified(item: StoredObject) -> Answer:
    headers = {"ETag": quoted(item.etag), "Last-Modified": http_date(item.last_modified)}
    return Answer(304, headers)


def _overridden(call: OssCall) -> dict[str, str]:
    wanted = {header: value for name, header in _OVERRIDES.items() if (value := call.query(name))}
    if wanted and call.caller is None:
        raise ApiError(
            400,
            "InvalidRequest",
            "Request specific response headers cannot be used for anonymous GET requests.",
        )
    for header, value in wanted.items():
        if _UNPRINTABLE.search(value):
            raise errors.invalid_argument(header, value, "text without control characters")
    return wanted
