"""What can be set about OSS: limits, and the answers to questions that the documents leave open."""

from __future__ import annotations

from typing import Literal

from attrs import frozen


@frozen
class OssSettings:
    """Numbers are bytes or counts; a Literal lists every plausible value, the default first.

    The foundation's knobs can set any of them; `sources` in `SETTING_SOURCES` says where each
    default comes from.
    """

    bucket_quota: int = 100
    part_minimum: int = 100 * 1024
    part_maximum_number: int = 10_000
    put_maximum: int = 5 * 1024**3
    user_metadata_maximum: int = 8 * 1024
    memory_ceiling: int = 256 * 1024**2
    recreate_own_bucket: Literal["ok", "conflict"] = "ok"
    uploads_keep_bucket: bool = True
    path_style_on_cloud_hosts: Literal["refuse", "allow"] = "refuse"


SETTING_SOURCES = {
    "bucket_quota": "OSS limits: 100 buckets of one account in one region",
    "part_minimum": "OSS CompleteMultipartUpload: EntityTooSmall below 100 KB, the last excepted",
    "part_maximum_number": "OSS UploadPart: part numbers 1 to 10,000",
    "put_maximum": "OSS PutObject: at most 5 GB",
    "user_metadata_maximum": "OSS PutObject: all x-oss-meta-* together at most 8 KB",
    "memory_ceiling": "the simulator's own: content above it goes to temporary files",
    "recreate_own_bucket": "unverified: documents list 409, clients in production see 200",
    "uploads_keep_bucket": "OSS error reference, BucketNotEmpty: parts of uploads count too",
    "path_style_on_cloud_hosts": "OSS error reference: SecondLevelDomainForbidden",
}
