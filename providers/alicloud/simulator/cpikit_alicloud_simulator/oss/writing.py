"""Writing objects: put, append, copy; their ACLs and tags."""

from __future__ import annotations

import base64

from attrs import evolve

from cpikit_alicloud_simulator.oss import errors, tags
from cpikit_alicloud_simulator.oss.access import OBJECT_ACLS, check_object
from cpikit_alicloud_simulator.oss.addressing import copy_source
from cpikit_alicloud_simulator.oss.answer import Answer
from cpikit_alicloud_simulator.oss.blobs import Content
from cpikit_alicloud_simulator.oss.bucket_calls import xml
from cpikit_alicloud_simulator.oss.call import OssCall
from cpikit_alicloud_simulator.oss.conditions import holds
from cpikit_alicloud_simulator.oss.crc64 import crc64
from cpikit_alicloud_simulator.oss.describing import (
    check_body,
    described,
    md5,
    quoted,
    written_headers,
)
from cpikit_alicloud_simulator.oss.names import checked_key
from cpikit_alicloud_simulator.oss.times import iso
from cpikit_alicloud_simulator.oss.values import Bucket, Description, StoredObject

_FAR = 2**62  # positions beyond any object are a wrong position, not a malformed one
_DIRECTIVES = ("COPY", "REPLACE")
_TAG_DIRECTIVES = ("Copy", "Replace", "COPY", "REPLACE")


def put_object(call: OssCall) -> Answer:
    """PutObject."""
    bucket, key = call.bucket(), checked_key(call.key)
    check_body(call)
    forbid_overwriting(bucket, key, forbidden=call.flag("x-oss-forbid-overwrite"))
    digest = md5(call.body)
    item = StoredObject(
        key=key,
        content=call.store.shelf.keep(call.body),
        etag=digest.hexdigest().upper(),
        crc64=crc64(call.body),
        last_modified=call.now.replace(microsecond=0),
        description=described(call, bucket),
        md5=base64.b64encode(digest.digest()).decode(),
    )
    bucket.objects.put(item)
    return Answer(200, written_headers(item))


def forbid_overwriting(bucket: Bucket, key: str, *, forbidden: bool) -> None:
    """Raise FileAlreadyExists where `x-oss-forbid-overwrite` meets an object."""
    if forbidden and bucket.objects.get(key) is not None:
        raise errors.file_already_exists()


def append_object(call: OssCall) -> Answer:
    """AppendObject: the first one, at 0, makes the object."""
    bucket, key = call.bucket(), checked_key(call.key)
    check_body(call)
    position = call.number("position", 0, _FAR, -1)
    if position < 0:
        raise errors.invalid_argument("position", "", "an integer not below 0")
    before = bucket.objects.get(key)
    if before and before.kind != "Appendable":
        raise errors.object_not_appendable()
    size = before.size if before else 0
    if position != size:
        raise errors.position_not_equal_to_length(size)
    digest = md5(((before.etag if before else "") + md5(call.body).hexdigest()).encode())
    item = StoredObject(
        key=key,
        content=(before.content if before else Content()) + call.store.shelf.keep(call.body),
        etag=digest.hexdigest().upper(),  # not the MD5: OSS, AppendObject
        crc64=crc64(call.body, before.crc64 if before else 0),
        last_modified=call.now.replace(microsecond=0),
        kind="Appendable",
        description=before.description if before else described(call, bucket),
    )
    bucket.objects.put(item)
    position_header = {"x-oss-next-append-position": str(item.size)}
    return Answer(200, written_headers(item) | position_header)


def source_of(call: OssCall) -> StoredObject | None:
    """Give the object to copy from if caller and conditions allow; None is 304."""
    name, key = copy_source(call.header("x-oss-copy-source") or "")
    bucket = call.store.bucket(name)
    check_object(call, "oss:GetObject", "read", bucket, key)
    if bucket.region != call.bucket().region:
        raise errors.other_data_center()
    item = bucket.objects.get(key)
    if item is None:
        raise errors.no_such_key(key)
    return item if holds(item, call.header, "x-oss-copy-source-") else None


def copy_object(call: OssCall) -> Answer:
    """CopyObject."""
    bucket, key = call.bucket(), checked_key(call.key)
    source = source_of(call)
    if source is None:
        return Answer(304)
    forbid_overwriting(bucket, key, forbidden=call.flag("x-oss-forbid-overwrite"))
    item = evolve(
        source,
        key=key,
        last_modified=call.now.replace(microsecond=0),
        description=_copied_description(call, bucket, source.description),
        kind="Normal" if source.kind == "Appendable" else source.kind,
    )
    bucket.objects.put(item)
    answer = xml(
        "CopyObjectResult",
        [("LastModified", iso(item.last_modified)), ("ETag", quoted(item.etag))],
    )
    return evolve(answer, headers={**answer.headers, **_without_md5(written_headers(item))})


def _without_md5(headers: dict[str, str]) -> dict[str, str]:
    headers.pop("Content-MD5", None)  # the body of this answer is a document
    return headers


def _copied_description(call: OssCall, bucket: Bucket, source: Description) -> Description:
    given = described(call, bucket)
    replace = call.choice("x-oss-metadata-directive", _DIRECTIVES, "COPY") == "REPLACE"
    retag = call.choice("x-oss-tagging-directive", _TAG_DIRECTIVES, "Copy").upper() == "REPLACE"
    return Description(
        given.headers if replace else source.headers,
        given.metadata if replace else source.metadata,
        given.tags if retag else source.tags,
        given.storage_class,
        given.acl,
    )


def put_object_acl(call: OssCall) -> Answer:
    """PutObjectACL."""
    item = call.object()
    acl = call.choice("x-oss-object-acl", OBJECT_ACLS, "default")
    return _redescribed(call, item, evolve(item.description, acl=acl))


def put_object_tagging(call: OssCall) -> Answer:
    """PutObjectTagging: replaces all of them."""
    item = call.object()
    wanted = tags.from_document(call.body, tags.OBJECT_TAGS)
    return _redescribed(call, item, evolve(item.description, tags=wanted))


def delete_object_tagging(call: OssCall) -> Answer:
    """DeleteObjectTagging."""
    item = call.object()
    answer = _redescribed(call, item, evolve(item.description, tags={}))
    return evolve(answer, status=204)


def _redescribed(call: OssCall, item: StoredObject, description: Description) -> Answer:
    call.bucket().objects.put(evolve(item, description=description))
    return Answer()
