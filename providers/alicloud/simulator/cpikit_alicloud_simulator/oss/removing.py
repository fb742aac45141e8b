"""Deleting objects, one or many; what is gone already is deleted too."""

from __future__ import annotations

from cpikit_alicloud_simulator.oss import documents, errors
from cpikit_alicloud_simulator.oss.access import check_object
from cpikit_alicloud_simulator.oss.answer import Answer
from cpikit_alicloud_simulator.oss.bucket_calls import xml
from cpikit_alicloud_simulator.oss.call import OssCall
from cpikit_alicloud_simulator.oss.describing import check_digest
from cpikit_alicloud_simulator.oss.documents import Pair
from cpikit_alicloud_simulator.oss.listing import encoding
from cpikit_alicloud_simulator.oss.names import checked_key

_MOST = 1000  # OSS, DeleteMultipleObjects: up to 1,000 objects


def delete_object(call: OssCall) -> Answer:
    """DeleteObject: 204 whether it was there or not."""
    call.bucket().objects.remove(checked_key(call.key))
    return Answer(204)


def delete_multiple_objects(call: OssCall) -> Answer:
    """DeleteMultipleObjects."""
    bucket, text = call.bucket(), encoding(call)
    check_digest(call)
    root = documents.parsed(call.body, "Delete")
    keys = [documents.text(item, "Key") for item in root.findall("Object")]
    if not 1 <= len(keys) <= _MOST:
        raise errors.malformed_xml()
    wanted = [checked_key(key or "") for key in keys]
    for key in wanted:
        check_object(call, "oss:DeleteObject", "write", bucket, key)
    for key in wanted:
        bucket.objects.remove(key)
    if (documents.text(root, "Quiet") or "").lower() == "true":
        return Answer()
    deleted: list[Pair] = [("Deleted", [("Key", text(key))]) for key in wanted]
    return xml("DeleteResult", [text.pair, *deleted])
