"""The official `alibabacloud-oss-v2`, unmodified, living a whole life against the store."""

from __future__ import annotations

from pathlib import Path

import alibabacloud_oss_v2 as oss
import pytest
from alibabacloud_oss_v2.exceptions import OperationError, ServiceError

from tests.simulator.oss.harness import Served, World, noise

REGION = "cn-hangzhou"
BUCKET = "my-bucket"
PART = 100 * 1024


@pytest.fixture(params=["v1", "v4"])
def signature(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["path", "virtual-host"])
def client(request: pytest.FixtureRequest, signature: str, served: Served) -> oss.Client:
    """A client: straight to 127.0.0.1, or by the cloud's host names through a proxy."""
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider("alice", "a-secret")
    config.region, config.signature_version = REGION, signature
    config.retry_max_attempts = 1
    if request.param == "path":
        config.endpoint = served.url
    else:
        config.endpoint = f"http://oss-{REGION}.aliyuncs.com"
        config.proxy_host = {"http": served.url}  # given as text it is ignored: its key is wrong
    return oss.Client(config)


def made(client: oss.Client) -> oss.Client:
    client.put_bucket(oss.PutBucketRequest(bucket=BUCKET))
    return client


def put(client: oss.Client, key: str, data: bytes, **more: object) -> oss.PutObjectResult:
    return client.put_object(oss.PutObjectRequest(bucket=BUCKET, key=key, body=data, **more))


def read(client: oss.Client, key: str, **more: object) -> bytes:
    found = client.get_object(oss.GetObjectRequest(bucket=BUCKET, key=key, **more))
    return found.body.content


def code_of(refused: pytest.ExceptionInfo[OperationError]) -> tuple[int, str]:
    error = refused.value.unwrap()
    assert isinstance(error, ServiceError)
    return error.status_code, error.code


def test_a_whole_life(client: oss.Client) -> None:
    settings = oss.CreateBucketConfiguration(storage_class="IA")
    client.put_bucket(
        oss.PutBucketRequest(bucket=BUCKET, acl="private", create_bucket_configuration=settings)
    )
    info = client.get_bucket_info(oss.GetBucketInfoRequest(bucket=BUCKET)).bucket_info
    assert (info.location, info.storage_class, info.acl) == (f"oss-{REGION}", "IA", "private")
    assert info.owner.id == "alice"
    where = client.get_bucket_location(oss.GetBucketLocationRequest(bucket=BUCKET))
    assert where.location == f"oss-{REGION}"
    assert client.get_bucket_acl(oss.GetBucketAclRequest(bucket=BUCKET)).acl == "private"
    listed = client.list_buckets(oss.ListBucketsRequest()).buckets
    assert [found.name for found in listed] == [BUCKET]
    put(client, "dir/a file.txt", b"hello", metadata={"who": "me"}, tagging="a=1")
    assert read(client, "dir/a file.txt") == b"hello"
    assert read(client, "dir/a file.txt", range_header="bytes=1-3") == b"ell"
    head = client.head_object(oss.HeadObjectRequest(bucket=BUCKET, key="dir/a file.txt"))
    assert (head.metadata, head.content_length, head.tagging_count) == ({"who": "me"}, 5, 1)
    meta = client.get_object_meta(oss.GetObjectMetaRequest(bucket=BUCKET, key="dir/a file.txt"))
    assert meta.content_length == 5
    copy = oss.CopyObjectRequest(bucket=BUCKET, key="copy", source_key="dir/a file.txt")
    assert client.copy_object(copy).etag == head.etag
    append = oss.AppendObjectRequest(bucket=BUCKET, key="log", position=0, body=b"one")
    assert client.append_object(append).next_position == 3
    assert client.is_object_exist(BUCKET, "log")
    assert not client.is_object_exist(BUCKET, "none")
    pages = client.list_objects_v2_paginator(limit=1)
    keys = [
        item.key
        for page in pages.iter_page(oss.ListObjectsV2Request(bucket=BUCKET))
        for item in page.contents or []
    ]
    assert keys == ["copy", "dir/a file.txt", "log"]
    everything = [oss.DeleteObject(key=key) for key in keys]
    deleted = client.delete_multiple_objects(
        oss.DeleteMultipleObjectsRequest(bucket=BUCKET, objects=everything)
    )
    assert [item.key for item in deleted.deleted_objects] == keys
    client.delete_bucket(oss.DeleteBucketRequest(bucket=BUCKET))
    assert not client.is_bucket_exist(BUCKET)


def test_transfers_in_parallel_parts_with_checksums(
    client: oss.Client, served: Served, tmp_path: Path
) -> None:
    """Checksums of uploads and downloads are compared by default."""
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(noise(5 * PART + 17))
    made(client)
    uploader = client.uploader(
        part_size=PART, parallel_num=3, enable_checkpoint=True, checkpoint_dir=str(tmp_path)
    )
    request = oss.PutObjectRequest(bucket=BUCKET, key="image.raw")
    result = uploader.upload_file(request, str(source))
    assert result.etag.endswith('-6"')
    assert sum("partNumber" in request.raw_query for request in served.seen) == 6
    downloader = client.downloader(part_size=PART, parallel_num=2)
    downloader.download_file(oss.GetObjectRequest(bucket=BUCKET, key="image.raw"), str(target))
    assert target.read_bytes() == source.read_bytes()
    copier = client.copier(part_size=PART, parallel_num=2, multipart_copy_threshold=PART)
    copy = oss.CopyObjectRequest(bucket=BUCKET, key="copy", source_key="image.raw")
    assert copier.copy(copy).hash_crc64 == result.hash_crc64
    assert read(client, "copy") == source.read_bytes()


def test_an_upload_that_broke_is_resumed_with_the_parts_that_are_there(
    client: oss.Client, world: World, served: Served, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.write_bytes(noise(4 * PART))
    made(client)
    uploader = client.uploader(
        part_size=PART, parallel_num=1, enable_checkpoint=True, checkpoint_dir=str(tmp_path)
    )

    def stop(_increment: int, transferred: int, _total: int) -> None:
        if transferred >= 2 * PART:
            raise InterruptedError

    broken = oss.PutObjectRequest(bucket=BUCKET, key="image.raw", progress_fn=stop)
    with pytest.raises((InterruptedError, oss.exceptions.BaseError)):
        uploader.upload_file(broken, str(source))
    sent = sum("partNumber" in request.raw_query for request in served.seen)
    assert 0 < sent < 4
    uploader.upload_file(oss.PutObjectRequest(bucket=BUCKET, key="image.raw"), str(source))
    assert sum("partNumber" in request.raw_query for request in served.seen) == 4
    assert read(client, "image.raw") == source.read_bytes()


def test_a_multipart_upload_by_hand(client: oss.Client) -> None:
    made(client)
    begun = client.initiate_multipart_upload(
        oss.InitiateMultipartUploadRequest(bucket=BUCKET, key="k")
    )
    data = noise(PART)
    parts = []
    for number in (1, 2):
        part = oss.UploadPartRequest(
            bucket=BUCKET, key="k", upload_id=begun.upload_id, part_number=number, body=data
        )
        sent = client.upload_part(part)
        parts.append(oss.UploadPart(part_number=number, etag=sent.etag))
    listed = client.list_parts(
        oss.ListPartsRequest(bucket=BUCKET, key="k", upload_id=begun.upload_id)
    )
    assert [part.part_number for part in listed.parts] == [1, 2]
    uploads = client.list_multipart_uploads(oss.ListMultipartUploadsRequest(bucket=BUCKET))
    assert [upload.upload_id for upload in uploads.uploads] == [begun.upload_id]
    client.complete_multipart_upload(
        oss.CompleteMultipartUploadRequest(
            bucket=BUCKET,
            key="k",
            upload_id=begun.upload_id,
            complete_multipart_upload=oss.CompleteMultipartUpload(parts=parts),
        )
    )
    assert read(client, "k") == data * 2
    abort = oss.AbortMultipartUploadRequest(bucket=BUCKET, key="k", upload_id=begun.upload_id)
    with pytest.raises(OperationError) as refused:
        client.abort_multipart_upload(abort)
    assert code_of(refused) == (404, "NoSuchUpload")


def test_refusals_arrive_as_the_sdks_own_errors(client: oss.Client) -> None:
    with pytest.raises(OperationError) as refused:
        put(client, "k", b"")
    assert code_of(refused) == (404, "NoSuchBucket")
    made(client)
    with pytest.raises(OperationError) as refused:
        client.head_object(oss.HeadObjectRequest(bucket=BUCKET, key="none"))
    assert code_of(refused) == (404, "NoSuchKey"), "read from x-oss-err"
    put(client, "k", b"x")
    with pytest.raises(OperationError) as refused:
        put(client, "k", b"y", forbid_overwrite=True)
    assert code_of(refused) == (409, "FileAlreadyExists")
    with pytest.raises(OperationError) as refused:
        client.delete_bucket(oss.DeleteBucketRequest(bucket=BUCKET))
    assert code_of(refused) == (409, "BucketNotEmpty")


def test_tags_of_buckets_and_objects(client: oss.Client) -> None:
    made(client)
    put(client, "k", b"x")
    tags = oss.Tagging(tag_set=oss.TagSet(tags=[oss.Tag(key="cpikit-director", value="d-1")]))
    client.put_bucket_tags(oss.PutBucketTagsRequest(bucket=BUCKET, tagging=tags))
    found = client.get_bucket_tags(oss.GetBucketTagsRequest(bucket=BUCKET))
    assert found.tagging.tag_set.tags[0].value == "d-1"
    client.put_object_tagging(oss.PutObjectTaggingRequest(bucket=BUCKET, key="k", tagging=tags))
    tagged = client.get_object_tagging(oss.GetObjectTaggingRequest(bucket=BUCKET, key="k"))
    assert tagged.tag_set.tags[0].key == "cpikit-director"
