"""Multipart uploads: begin, send parts, list, complete, abort."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree.ElementTree import Element

from attrs import evolve

from cpikit_alicloud_simulator.oss import documents, errors
from cpikit_alicloud_simulator.oss.answer import Answer
from cpikit_alicloud_simulator.oss.blobs import Content
from cpikit_alicloud_simulator.oss.bucket_calls import xml
from cpikit_alicloud_simulator.oss.call import OssCall
from cpikit_alicloud_simulator.oss.conditions import copied_range
from cpikit_alicloud_simulator.oss.crc64 import combine, crc64
from cpikit_alicloud_simulator.oss.describing import (
    check_body,
    described,
    etag_of_parts,
    md5,
    quoted,
    written_headers,
)
from cpikit_alicloud_simulator.oss.listing import encoding
from cpikit_alicloud_simulator.oss.names import checked_key
from cpikit_alicloud_simulator.oss.times import iso
from cpikit_alicloud_simulator.oss.values import Bucket, Part, StoredObject, Upload
from cpikit_alicloud_simulator.oss.writing import forbid_overwriting, source_of

_PART_NUMBER = re.compile(r"[0-9]{1,9}")


def initiate_multipart_upload(call: OssCall) -> Answer:
    """InitiateMultipartUpload."""
    bucket, key, text = call.bucket(), checked_key(call.key), encoding(call)
    forbidden = call.flag("x-oss-forbid-overwrite")
    forbid_overwriting(bucket, key, forbidden=forbidden)
    upload = Upload(
        upload_id=call.store.hex_id(32),
        key=key,
        initiated=call.now.replace(microsecond=0),
        description=described(call, bucket),
        forbid_overwrite=forbidden,
    )
    bucket.uploads[upload.upload_id] = upload
    return xml(
        "InitiateMultipartUploadResult",
        [
            text.pair,
            ("Bucket", bucket.name),
            ("Key", text(key)),
            ("UploadId", upload.upload_id),
        ],
    )


def upload_part(call: OssCall) -> Answer:
    """UploadPart: a number sent again replaces the part."""
    upload = _upload(call)
    number = _number(call)
    check_body(call)
    part = _kept(call, upload, number, call.store.shelf.keep(call.body), call.body)
    return Answer(200, _part_headers(part))


def upload_part_copy(call: OssCall) -> Answer:
    """UploadPartCopy: a part from a range of an object."""
    upload = _upload(call)
    number = _number(call)
    source = source_of(call)
    if source is None:
        return Answer(304)
    start, end = copied_range(call.header("x-oss-copy-source-range"), source.size)
    content = source.content.cut(call.store.shelf, start, end)
    part = _kept(call, upload, number, content, source.content.read(start, end))
    answer = xml(
        "CopyPartResult",
        [("LastModified", iso(part.last_modified)), ("ETag", quoted(part.etag))],
    )
    return evolve(answer, headers={**answer.headers, **_part_headers(part)})


def _kept(call: OssCall, upload: Upload, number: int, content: Content, data: bytes) -> Part:
    etag = md5(data).hexdigest().upper()
    part = Part(number, content, etag, crc64(data), call.now.replace(microsecond=0))
    upload.parts[number] = part
    return part


def _part_headers(part: Part) -> dict[str, str]:
    return {"ETag": quoted(part.etag), "x-oss-hash-crc64ecma": str(part.crc64)}


def complete_multipart_upload(call: OssCall) -> Answer:
    """CompleteMultipartUpload: joins the named parts, forgets the others."""
    bucket, upload, text = call.bucket(), _upload(call), encoding(call)
    parts = _chosen(call, upload)
    minimum = call.settings.part_minimum
    for part in parts[:-1]:
        if part.size < minimum:
            raise errors.entity_too_small(part.number, part.size, minimum)
    forbidden = upload.forbid_overwrite or call.flag("x-oss-forbid-overwrite")
    forbid_overwriting(bucket, upload.key, forbidden=forbidden)
    item = _joined(call, upload, parts)
    bucket.objects.put(item)
    del bucket.uploads[upload.upload_id]
    answer = xml(
        "CompleteMultipartUploadResult",
        [
            text.pair,
            ("Location", _location(call, bucket, text(item.key))),
            ("Bucket", bucket.name),
            ("Key", text(item.key)),
            ("ETag", quoted(item.etag)),
        ],
    )
    return evolve(answer, headers={**answer.headers, **written_headers(item)})


def _joined(call: OssCall, upload: Upload, parts: list[Part]) -> StoredObject:
    checksum = 0
    for part in parts:
        checksum = combine(checksum, part.crc64, part.size)
    return StoredObject(
        key=upload.key,
        content=Content(tuple(blob for part in parts for blob in part.content.blobs)),
        etag=etag_of_parts([part.etag for part in parts]),
        crc64=checksum,
        last_modified=call.now.replace(microsecond=0),
        kind="Multipart",
        description=upload.description,
    )


def _chosen(call: OssCall, upload: Upload) -> list[Part]:
    everything = call.header("x-oss-complete-all")
    if everything is not None:
        if everything.lower() != "yes" or call.body:
            raise errors.invalid_argument("x-oss-complete-all", everything, "yes, with no body")
        if not upload.parts:
            raise errors.invalid_part(0)
        return [upload.parts[number] for number in sorted(upload.parts)]
    listed = documents.parsed(call.body, "CompleteMultipartUpload").findall("Part")
    if not listed:
        raise errors.malformed_xml()
    parts = [_named(element, upload) for element in listed]
    if any(a.number >= b.number for a, b in pairwise(parts)):
        raise errors.invalid_part_order()
    return parts


def _named(element: Element, upload: Upload) -> Part:
    number, etag = documents.text(element, "PartNumber"), documents.text(element, "ETag")
    if number is None or etag is None or not _PART_NUMBER.fullmatch(number.strip()):
        raise errors.malformed_xml()
    part = upload.parts.get(int(number))
    if part is None or part.etag != etag.strip().strip('"').upper():
        raise errors.invalid_part(int(number))
    return part


def _location(call: OssCall, bucket: Bucket, key: str) -> str:
    if call.place.path_style:
        return f"{call.request.scheme}://{call.request.host}/{bucket.name}/{key}"
    return f"{call.request.scheme}://{call.request.host}/{key}"


def abort_multipart_upload(call: OssCall) -> Answer:
    """AbortMultipartUpload: the parts are gone."""
    del call.bucket().uploads[_upload(call).upload_id]
    return Answer(204)


def _upload(call: OssCall) -> Upload:
    return call.store.upload(call.bucket(), checked_key(call.key), call.query("uploadId") or "")


def _number(call: OssCall) -> int:
    number = call.number("partNumber", 1, call.settings.part_maximum_number, 0)
    if number == 0:
        raise errors.invalid_argument("partNumber", "", "an integer from 1")
    return number
