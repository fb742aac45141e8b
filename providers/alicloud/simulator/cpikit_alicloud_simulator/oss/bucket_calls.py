"""Buckets: make, list, describe, tag, delete."""

from __future__ import annotations

from cpikit_alicloud_simulator.oss import documents, errors, tags
from cpikit_alicloud_simulator.oss.access import BUCKET_ACLS
from cpikit_alicloud_simulator.oss.answer import Answer
from cpikit_alicloud_simulator.oss.call import OssCall
from cpikit_alicloud_simulator.oss.describing import STORAGE_CLASSES
from cpikit_alicloud_simulator.oss.documents import Pair
from cpikit_alicloud_simulator.oss.names import checked_bucket
from cpikit_alicloud_simulator.oss.times import iso
from cpikit_alicloud_simulator.oss.values import Bucket

_REDUNDANCY = ("LRS", "ZRS")
_LISTED = 1000  # OSS, ListBuckets: max-keys up to 1000, default 100


def list_buckets(call: OssCall) -> Answer:
    """ListBuckets (GetService)."""
    limit = call.number("max-keys", 1, _LISTED, 100)
    prefix, marker = call.query("prefix") or "", call.query("marker") or ""
    owner = _signer(call)
    found = [
        bucket
        for bucket in call.store.buckets_of(owner)
        if bucket.name.startswith(prefix) and bucket.name > marker
    ]
    page, is_truncated = found[:limit], len(found) > limit
    paged: list[Pair] = [
        ("Prefix", prefix),
        ("Marker", marker),
        ("MaxKeys", limit),
        ("IsTruncated", is_truncated),
        ("NextMarker", page[-1].name if is_truncated else None),
    ]
    pairs: list[Pair] = [
        *(paged if is_truncated or prefix or marker or call.has("max-keys") else []),
        ("Owner", owner_pairs(owner)),
        ("Buckets", [("Bucket", _listed(bucket)) for bucket in page]),
    ]
    return xml("ListAllMyBucketsResult", pairs)


def _listed(bucket: Bucket) -> list[Pair]:
    return [
        ("CreationDate", iso(bucket.created_at)),
        ("ExtranetEndpoint", bucket.endpoint),
        ("IntranetEndpoint", bucket.internal_endpoint),
        ("Location", f"oss-{bucket.region}"),
        ("Name", bucket.name),
        ("Region", bucket.region),
        ("StorageClass", bucket.storage_class),
    ]


def put_bucket(call: OssCall) -> Answer:
    """PutBucket: the class and redundancy come in the body, the ACL in a header."""
    name = checked_bucket(call.place.bucket)
    owner = _signer(call)
    acl = call.choice("x-oss-acl", BUCKET_ACLS, "private")
    storage_class, redundancy = _configuration(call)
    region = call.place.endpoint_region or call.place.signed_region or call.store.region
    existing = call.store.buckets.get(name)
    if existing is None:
        used = [bucket for bucket in call.store.buckets_of(owner) if bucket.region == region]
        if len(used) >= call.settings.bucket_quota:
            raise errors.too_many_buckets(call.settings.bucket_quota)
        bucket = call.store.make_bucket(name, owner, call.now, region=region)
        bucket.acl, bucket.storage_class, bucket.redundancy = acl, storage_class, redundancy
        return Answer(headers={"Location": f"/{name}"})
    same = (existing.owner, existing.region, existing.storage_class) == (
        owner,
        region,
        storage_class,
    )
    if not same or call.settings.recreate_own_bucket == "conflict":
        raise errors.bucket_already_exists(name)
    if call.header("x-oss-acl"):
        existing.acl = acl
    return Answer(headers={"Location": f"/{name}"})


def _configuration(call: OssCall) -> tuple[str, str]:
    if not call.body:
        return "Standard", "LRS"
    root = documents.parsed(call.body, "CreateBucketConfiguration")
    storage_class = documents.text(root, "StorageClass") or "Standard"
    redundancy = documents.text(root, "DataRedundancyType") or "LRS"
    if storage_class not in STORAGE_CLASSES:
        raise errors.invalid_argument("StorageClass", storage_class, " or ".join(STORAGE_CLASSES))
    if redundancy not in _REDUNDANCY:
        raise errors.invalid_argument("DataRedundancyType", redundancy, " or ".join(_REDUNDANCY))
    return storage_class, redundancy


def delete_bucket(call: OssCall) -> Answer:
    """DeleteBucket: only an empty one."""
    bucket = call.bucket()
    busy = bucket.uploads and call.settings.uploads_keep_bucket
    if len(bucket.objects) or busy:
        raise errors.bucket_not_empty(bucket.name)
    del call.store.buckets[bucket.name]
    return Answer(204)


def get_bucket_info(call: OssCall) -> Answer:
    """GetBucketInfo."""
    bucket = call.bucket()
    about: list[Pair] = [
        *_listed(bucket)[:-2],
        ("StorageClass", bucket.storage_class),
        ("DataRedundancyType", bucket.redundancy),
        ("TransferAcceleration", "Disabled"),
        ("CrossRegionReplication", "Disabled"),
        ("AccessMonitor", "Disabled"),
        ("Owner", owner_pairs(bucket.owner)),
        ("AccessControlList", [("Grant", bucket.acl)]),
        ("ServerSideEncryptionRule", [("SSEAlgorithm", "None")]),
        ("BucketPolicy", [("LogBucket", ""), ("LogPrefix", "")]),
        ("Comment", ""),
    ]
    return xml("BucketInfo", [("Bucket", about)])


def get_bucket_location(call: OssCall) -> Answer:
    """GetBucketLocation: the element is its own text."""
    body = documents.rendered_text("LocationConstraint", f"oss-{call.bucket().region}")
    return Answer(headers={"Content-Type": "application/xml"}, body=body)


def get_bucket_stat(call: OssCall) -> Answer:
    """GetBucketStat, without the hour that the real figures lag behind."""
    bucket = call.bucket()
    pairs: list[Pair] = [
        ("Storage", sum(item.size for item in bucket.objects)),
        ("ObjectCount", len(bucket.objects)),
        ("MultipartUploadCount", len(bucket.uploads)),
        ("LastModifiedTime", int(call.now.timestamp())),
    ]
    return xml("BucketStat", pairs)


def get_bucket_acl(call: OssCall) -> Answer:
    """GetBucketAcl."""
    bucket = call.bucket()
    return acl_document(bucket.owner, bucket.acl)


def put_bucket_acl(call: OssCall) -> Answer:
    """PutBucketAcl."""
    bucket = call.bucket()
    bucket.acl = call.choice("x-oss-acl", BUCKET_ACLS, bucket.acl)
    return Answer()


def get_bucket_tags(call: OssCall) -> Answer:
    """GetBucketTags."""
    return Answer(headers={"Content-Type": "application/xml"}, body=tags.document(_tags_of(call)))


def put_bucket_tags(call: OssCall) -> Answer:
    """PutBucketTags: replaces all of them."""
    bucket = call.bucket()
    bucket.tags = tags.from_document(call.body, tags.BUCKET_TAGS)
    return Answer()


def delete_bucket_tags(call: OssCall) -> Answer:
    """DeleteBucketTags: all, or with `?tagging=k1,k2` only those."""
    bucket = call.bucket()
    named = [name for name in (call.query("tagging") or "").split(",") if name]
    bucket.tags = {k: v for k, v in bucket.tags.items() if named and k not in named}
    return Answer(204)


def _tags_of(call: OssCall) -> dict[str, str]:
    return call.bucket().tags


def acl_document(owner: str, acl: str) -> Answer:
    """Answer with an access control policy."""
    pairs: list[Pair] = [
        ("Owner", owner_pairs(owner)),
        ("AccessControlList", [("Grant", acl)]),
    ]
    return xml("AccessControlPolicy", pairs)


def owner_pairs(account_id: str) -> list[Pair]:
    """Name an owner; OSS shows the account id as both id and display name."""
    return [("ID", account_id), ("DisplayName", account_id)]


def xml(root: str, pairs: list[Pair]) -> Answer:
    """Answer with a document."""
    return Answer(headers={"Content-Type": "application/xml"}, body=documents.rendered(root, pairs))


def _signer(call: OssCall) -> str:
    if call.caller is None:
        raise errors.access_denied("Anonymous access is forbidden for this operation.")
    return call.caller.account_id
