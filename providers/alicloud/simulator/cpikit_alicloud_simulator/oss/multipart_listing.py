"""Listing the parts of an upload, and the uploads of a bucket."""

from __future__ import annotations

from cpikit_alicloud_simulator.oss.answer import Answer
from cpikit_alicloud_simulator.oss.bucket_calls import owner_pairs, xml
from cpikit_alicloud_simulator.oss.call import OssCall
from cpikit_alicloud_simulator.oss.describing import quoted
from cpikit_alicloud_simulator.oss.documents import Pair
from cpikit_alicloud_simulator.oss.listing import Encoding, encoding
from cpikit_alicloud_simulator.oss.names import checked_key
from cpikit_alicloud_simulator.oss.times import iso
from cpikit_alicloud_simulator.oss.values import Part, Upload

_MOST = 1000  # OSS, ListParts and ListMultipartUploads: at most and by default 1000
_FAR = 2**31


def list_parts(call: OssCall) -> Answer:
    """ListParts."""
    bucket, text = call.bucket(), encoding(call)
    upload = call.store.upload(bucket, checked_key(call.key), call.query("uploadId") or "")
    limit = call.number("max-parts", 1, _MOST, _MOST)
    marker = call.number("part-number-marker", 0, _FAR, 0)
    numbers = [number for number in sorted(upload.parts) if number > marker]
    page = numbers[:limit]
    pairs: list[Pair] = [
        text.pair,
        ("Bucket", bucket.name),
        ("Key", text(upload.key)),
        ("UploadId", upload.upload_id),
        ("StorageClass", upload.description.storage_class),
        ("PartNumberMarker", marker),
        ("NextPartNumberMarker", page[-1] if page else marker),
        ("MaxParts", limit),
        ("IsTruncated", len(numbers) > limit),
        *[("Part", _part(upload.parts[number])) for number in page],
    ]
    return xml("ListPartsResult", pairs)


def _part(part: Part) -> list[Pair]:
    return [
        ("PartNumber", part.number),
        ("LastModified", iso(part.last_modified)),
        ("ETag", quoted(part.etag)),
        ("HashCrc64ecma", str(part.crc64)),
        ("Size", part.size),
    ]


def list_multipart_uploads(call: OssCall) -> Answer:
    """ListMultipartUploads: by key, then by upload id."""
    bucket, text = call.bucket(), encoding(call)
    limit = call.number("max-uploads", 1, _MOST, _MOST)
    prefix, delimiter = call.query("prefix") or "", call.query("delimiter") or ""
    after_key = call.query("key-marker") or ""
    after_id = call.query("upload-id-marker") or "" if after_key else ""
    rows = _rows(
        [u for u in bucket.uploads.values() if u.key.startswith(prefix)], len(prefix), delimiter
    )
    rows = [row for row in rows if _is_after(row, after_key, after_id)]
    page = rows[:limit]
    last_key, last_id = (page[-1][0], page[-1][1]) if len(rows) > limit else ("", "")
    pairs: list[Pair] = [
        ("Bucket", bucket.name),
        text.pair,
        ("KeyMarker", text(after_key)),
        ("UploadIdMarker", after_id),
        ("NextKeyMarker", text(last_key)),
        ("NextUploadIdMarker", last_id),
        ("Delimiter", text(delimiter)),
        ("Prefix", text(prefix)),
        ("MaxUploads", limit),
        ("IsTruncated", len(rows) > limit),
        *[("Upload", _upload(upload, text, bucket.owner)) for _, _, upload in page if upload],
        *[("CommonPrefixes", [("Prefix", text(key))]) for key, _, upload in page if not upload],
    ]
    return xml("ListMultipartUploadsResult", pairs)


def _rows(
    uploads: list[Upload], prefix_size: int, delimiter: str
) -> list[tuple[str, str, Upload | None]]:
    """Give key, upload id and upload in order; a common prefix has neither of the latter."""
    rows: dict[tuple[str, str], Upload | None] = {}
    for upload in uploads:
        found = upload.key.find(delimiter, prefix_size) if delimiter else -1
        if found < 0:
            rows[upload.key, upload.upload_id] = upload
        else:
            rows[upload.key[: found + len(delimiter)], ""] = None
    return [(key, upload_id, rows[key, upload_id]) for key, upload_id in sorted(rows)]


def _is_after(row: tuple[str, str, Upload | None], key: str, upload_id: str) -> bool:
    if row[0] != key:
        return row[0] > key
    return bool(upload_id) and row[1] > upload_id


def _upload(upload: Upload, text: Encoding, owner: str) -> list[Pair]:
    return [
        ("Key", text(upload.key)),
        ("UploadId", upload.upload_id),
        ("Initiator", owner_pairs(owner)),
        ("Owner", owner_pairs(owner)),
        ("StorageClass", upload.description.storage_class),
        ("Initiated", iso(upload.initiated)),
    ]
