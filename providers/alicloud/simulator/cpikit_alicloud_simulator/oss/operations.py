"""The table of OSS operations: how a request is recognised, who may do it, and what does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from attrs import field, frozen

from cpikit_alicloud_simulator.oss import (
    bucket_calls,
    listing,
    multipart,
    multipart_listing,
    reading,
    removing,
    writing,
)
from cpikit_alicloud_simulator.oss.access import Exposure
from cpikit_alicloud_simulator.oss.addressing import Place
from cpikit_alicloud_simulator.oss.answer import Answer
from cpikit_alicloud_simulator.oss.call import OssCall
from cpikit_alicloud_simulator.wire import WireRequest

Level: TypeAlias = Literal["service", "bucket", "object"]


@frozen
class Operation:
    """One operation of OSS. `flags` are the query names that tell it from its siblings.

    `action` is its name in RAM policies, `exposure` who beside the owner an ACL can let in.
    `run` is None for what the simulator does not serve.
    """

    name: str
    method: str
    level: Level
    flags: frozenset[str]
    action: str
    exposure: Exposure
    effect: Literal["read", "write"]
    run: Callable[[OssCall], Answer] | None = field(default=None, repr=False)
    header: str = ""

    @property
    def served(self) -> bool:
        """Whether the simulator does it."""
        return self.run is not None


def _row(  # the columns of the table below
    name: str,
    where: str,
    action: str,
    exposure: Exposure,
    run: Callable[[OssCall], Answer],
    header: str = "",
) -> Operation:
    method, level, *flags = where.split()
    effect: Literal["read", "write"] = "read" if method in {"GET", "HEAD"} else "write"
    levels: dict[str, Level] = {"/": "service", "/b": "bucket", "/b/o": "object"}
    place = levels[level]
    return Operation(
        name, method, place, frozenset(flags), f"oss:{action}", exposure, effect, run, header
    )


# OSS API reference, "List of operations"; action names from "RAM policy > OSS actions".
# Within one method and level the first row whose flags and header are all there wins.
OPERATIONS: tuple[Operation, ...] = (
    _row("ListBuckets", "GET /", "ListBuckets", "owner", bucket_calls.list_buckets),
    _row("GetBucketAcl", "GET /b acl", "GetBucketAcl", "owner", bucket_calls.get_bucket_acl),
    _row("PutBucketAcl", "PUT /b acl", "PutBucketAcl", "owner", bucket_calls.put_bucket_acl),
    _row(
        "GetBucketInfo", "GET /b bucketInfo", "GetBucketInfo", "owner", bucket_calls.get_bucket_info
    ),
    _row(
        "GetBucketLocation",
        "GET /b location",
        "GetBucketLocation",
        "owner",
        bucket_calls.get_bucket_location,
    ),
    _row("GetBucketStat", "GET /b stat", "GetBucketStat", "owner", bucket_calls.get_bucket_stat),
    _row(
        "GetBucketTags", "GET /b tagging", "GetBucketTagging", "owner", bucket_calls.get_bucket_tags
    ),
    _row(
        "PutBucketTags", "PUT /b tagging", "PutBucketTagging", "owner", bucket_calls.put_bucket_tags
    ),
    _row(
        "DeleteBucketTags",
        "DELETE /b tagging",
        "DeleteBucketTagging",
        "owner",
        bucket_calls.delete_bucket_tags,
    ),
    _row(
        "ListMultipartUploads",
        "GET /b uploads",
        "ListMultipartUploads",
        "owner",
        multipart_listing.list_multipart_uploads,
    ),
    _row("ListObjectsV2", "GET /b list-type", "ListObjects", "read", listing.list_objects_v2),
    _row("ListObjects", "GET /b", "ListObjects", "read", listing.list_objects),
    _row(
        "DeleteMultipleObjects",
        "POST /b delete",
        "DeleteObject",
        "write",
        removing.delete_multiple_objects,
    ),
    _row("PutBucket", "PUT /b", "PutBucket", "owner", bucket_calls.put_bucket),
    _row("DeleteBucket", "DELETE /b", "DeleteBucket", "owner", bucket_calls.delete_bucket),
    _row("GetObjectMeta", "HEAD /b/o objectMeta", "GetObject", "read", reading.get_object_meta),
    _row("HeadObject", "HEAD /b/o", "GetObject", "read", reading.head_object),
    _row("GetObjectAcl", "GET /b/o acl", "GetObjectAcl", "owner", reading.get_object_acl),
    _row("PutObjectAcl", "PUT /b/o acl", "PutObjectAcl", "owner", writing.put_object_acl),
    _row(
        "GetObjectTagging",
        "GET /b/o tagging",
        "GetObjectTagging",
        "owner",
        reading.get_object_tagging,
    ),
    _row(
        "PutObjectTagging",
        "PUT /b/o tagging",
        "PutObjectTagging",
        "owner",
        writing.put_object_tagging,
    ),
    _row(
        "DeleteObjectTagging",
        "DELETE /b/o tagging",
        "DeleteObjectTagging",
        "owner",
        writing.delete_object_tagging,
    ),
    _row("ListParts", "GET /b/o uploadId", "ListParts", "owner", multipart_listing.list_parts),
    _row("GetObject", "GET /b/o", "GetObject", "read", reading.get_object),
    _row(
        "InitiateMultipartUpload",
        "POST /b/o uploads",
        "PutObject",
        "write",
        multipart.initiate_multipart_upload,
    ),
    _row(
        "CompleteMultipartUpload",
        "POST /b/o uploadId",
        "PutObject",
        "write",
        multipart.complete_multipart_upload,
    ),
    _row("AppendObject", "POST /b/o append", "PutObject", "write", writing.append_object),
    _row(
        "UploadPartCopy",
        "PUT /b/o partNumber uploadId",
        "PutObject",
        "write",
        multipart.upload_part_copy,
        "x-oss-copy-source",
    ),
    _row("UploadPart", "PUT /b/o partNumber uploadId", "PutObject", "write", multipart.upload_part),
    _row("CopyObject", "PUT /b/o", "PutObject", "write", writing.copy_object, "x-oss-copy-source"),
    _row("PutObject", "PUT /b/o", "PutObject", "write", writing.put_object),
    _row(
        "AbortMultipartUpload",
        "DELETE /b/o uploadId",
        "AbortMultipartUpload",
        "write",
        multipart.abort_multipart_upload,
    ),
    _row("DeleteObject", "DELETE /b/o", "DeleteObject", "write", removing.delete_object),
)

# Query names that make a request another operation. One of them that the matched row does not
# have means an operation that is not served, never its plain sibling. Source: the list of
# sub-resources that the official SDKs sign, less those that only refine an operation.
SUBRESOURCES = frozenset(
    """
    accessPoint accessPointPolicy accessmonitor acl append asyncFetch bucketArchiveDirectRead
    bucketInfo callbackPolicy cname comp cors delete encryption group httpsConfig inventory
    inventoryId lifecycle link live location logging metaQuery objectInfo objectMeta
    objectMetaBatch partNumber policy policyStatus publicAccessBlock qos qosInfo qosRequester
    redundancyTransition referer regions replication replicationLocation replicationProgress
    requestPayment requesterQosInfo resourceGroup resourcePool resourcePoolBuckets
    resourcePoolInfo restore rtc sealAppend seal select stat style styleName symlink tagging
    transferAcceleration uploadId uploads versionId versioning versions vod website worm wormExtend
    wormId x-oss-async-process x-oss-process
    """.split()
)


def recognised(request: WireRequest, place: Place) -> Operation:
    """Say which operation a request is; one that is not served comes with `served` false."""
    level: Level = "object" if place.key else "bucket" if place.bucket else "service"
    names = {name for name, _ in request.query}
    for operation in OPERATIONS:
        if (
            (operation.method, operation.level) == (request.method, level)
            and operation.flags <= names
            and (not operation.header or operation.header in request.headers)
            and not (names & SUBRESOURCES) - operation.flags
        ):
            return operation
    flags = names & SUBRESOURCES
    name = f"{request.method} {level}" + (f" ?{'&'.join(sorted(flags))}" if flags else "")
    effect: Literal["read", "write"] = "read" if request.method in {"GET", "HEAD"} else "write"
    return Operation(name, request.method, level, frozenset(flags), "oss:*", "owner", effect)
