"""The official `oss2`, unmodified, living a whole life against the store."""

from __future__ import annotations

from pathlib import Path

import oss2
import pytest
from oss2.models import PartInfo, Tagging, TaggingRule

from cpikit_alicloud_simulator.oss import OssSettings
from tests.simulator.oss.harness import Served, World, noise

# oss2 2.19.1 signs V4 with datetime.utcnow(), which Python 3.12 warns of.
pytestmark = pytest.mark.filterwarnings(r"ignore:datetime.datetime.utc\w+:DeprecationWarning")

REGION = "cn-hangzhou"
PART = 100 * 1024


@pytest.fixture(params=["V1", "V4"])
def auth(request: pytest.FixtureRequest) -> oss2.Auth:
    kind = {"V1": oss2.Auth, "V4": oss2.AuthV4}[request.param]
    return kind("alice", "alices-secret")


@pytest.fixture(params=["path", "virtual-host"])
def bucket(request: pytest.FixtureRequest, auth: oss2.Auth, served: Served) -> oss2.Bucket:
    """A bucket client: straight to 127.0.0.1, or by the cloud's host names through a proxy."""
    direct = request.param == "path"
    endpoint = served.url if direct else f"http://oss-{REGION}.aliyuncs.com"
    proxies = None if direct else {"http": served.url}
    return oss2.Bucket(auth, endpoint, "my-bucket", region=REGION, proxies=proxies)


def test_a_whole_life(bucket: oss2.Bucket, tmp_path: Path) -> None:
    bucket.create_bucket(oss2.BUCKET_ACL_PRIVATE)
    info = bucket.get_bucket_info()
    assert (info.location, info.acl.grant) == (f"oss-{REGION}", "private")
    assert bucket.get_bucket_location().location == f"oss-{REGION}"
    assert bucket.get_bucket_acl().acl == "private"
    bucket.put_object("dir/a file.txt", b"hello", headers={"x-oss-meta-who": "me"})
    assert bucket.get_object("dir/a file.txt").read() == b"hello"
    assert bucket.get_object("dir/a file.txt", byte_range=(1, 3)).read() == b"ell"
    assert bucket.head_object("dir/a file.txt").headers["x-oss-meta-who"] == "me"
    assert bucket.get_object_meta("dir/a file.txt").content_length == 5
    assert bucket.object_exists("dir/a file.txt")
    assert not bucket.object_exists("nothing")
    bucket.copy_object("my-bucket", "dir/a file.txt", "copy")
    bucket.append_object("log", 0, b"one")
    assert bucket.append_object("log", 3, b"two", init_crc=bucket_crc(b"one")).next_position == 6
    rule = TaggingRule()
    rule.add("cpikit", "yes")
    bucket.put_object_tagging("copy", Tagging(rule))
    assert bucket.get_object_tagging("copy").tag_set.tagging_rule == {"cpikit": "yes"}
    assert [item.key for item in oss2.ObjectIterator(bucket, max_keys=1)] == [
        "copy",
        "dir/a file.txt",
        "log",
    ]
    rolled = [(item.key, item.is_prefix()) for item in oss2.ObjectIteratorV2(bucket, delimiter="/")]
    assert rolled == [("copy", False), ("dir/", True), ("log", False)]
    deleted = bucket.batch_delete_objects(["copy", "dir/a file.txt", "log"])
    assert deleted.deleted_keys == ["copy", "dir/a file.txt", "log"]
    bucket.delete_bucket()
    with pytest.raises(oss2.exceptions.NoSuchBucket):
        bucket.get_bucket_info()


def bucket_crc(data: bytes) -> int:
    checksum = oss2.utils.Crc64()
    checksum.update(data)
    return checksum.crc


def test_a_resumable_upload_with_checksums(
    bucket: oss2.Bucket, served: Served, tmp_path: Path
) -> None:
    """oss2 compares CRC-64 for every part and for the whole: `enable_crc` is on by default."""
    assert bucket.enable_crc
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(noise(5 * PART + 17))
    bucket.create_bucket()
    oss2.resumable_upload(
        bucket,
        "image.raw",
        str(source),
        store=oss2.ResumableStore(root=str(tmp_path)),
        multipart_threshold=PART,
        part_size=PART,
        num_threads=3,
    )
    assert sum("partNumber" in request.raw_query for request in served.seen) == 6
    oss2.resumable_download(
        bucket,
        "image.raw",
        str(target),
        store=oss2.ResumableDownloadStore(root=str(tmp_path)),
        multiget_threshold=PART,
        part_size=PART,
        num_threads=2,
    )
    assert target.read_bytes() == source.read_bytes()
    assert bucket.get_object("image.raw").read() == source.read_bytes()


def test_an_upload_that_broke_is_resumed_with_the_parts_that_are_there(
    bucket: oss2.Bucket, served: Served, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.write_bytes(noise(4 * PART))
    bucket.create_bucket()

    def send(progress: object = None) -> None:
        oss2.resumable_upload(
            bucket,
            "image.raw",
            str(source),
            store=oss2.ResumableStore(root=str(tmp_path)),
            multipart_threshold=PART,
            part_size=PART,
            num_threads=1,
            progress_callback=progress,
        )

    def stop(consumed: int, _total: int) -> None:
        if consumed >= 2 * PART:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        send(stop)
    sent = sum("partNumber" in request.raw_query for request in served.seen)
    assert 0 < sent < 4
    send()
    assert sum("partNumber" in request.raw_query for request in served.seen) == 4
    assert bucket.get_object("image.raw").read() == source.read_bytes()


def test_a_multipart_upload_by_hand(bucket: oss2.Bucket) -> None:
    bucket.create_bucket()
    upload = bucket.init_multipart_upload("k").upload_id
    data = noise(PART)
    parts = [PartInfo(n, bucket.upload_part("k", upload, n, data).etag) for n in (1, 2)]
    assert [part.part_number for part in bucket.list_parts("k", upload).parts] == [1, 2]
    listed = list(oss2.MultipartUploadIterator(bucket))
    assert [(item.key, item.upload_id) for item in listed] == [("k", upload)]
    with pytest.raises(oss2.exceptions.ServerError) as refused:
        bucket.complete_multipart_upload("k", upload, [PartInfo(1, "0" * 32)])
    assert refused.value.code == "InvalidPart"
    bucket.complete_multipart_upload("k", upload, parts)
    copy = bucket.init_multipart_upload("copy").upload_id
    etag = bucket.upload_part_copy("my-bucket", "k", (0, PART - 1), "copy", copy, 1).etag
    bucket.complete_multipart_upload("copy", copy, [PartInfo(1, etag)])
    assert bucket.get_object("copy").read() == data
    aborted = bucket.init_multipart_upload("k").upload_id
    bucket.abort_multipart_upload("k", aborted)
    with pytest.raises(oss2.exceptions.NoSuchUpload):
        bucket.list_parts("k", aborted)


@pytest.mark.parametrize("slash_safe", [True, False])
def test_a_signed_url_reads_and_writes(bucket: oss2.Bucket, *, slash_safe: bool) -> None:
    bucket.create_bucket()
    put = bucket.sign_url("PUT", "dir/k", 60, slash_safe=slash_safe)
    bucket.put_object_with_url(put, b"by url")
    get = bucket.sign_url("GET", "dir/k", 60, slash_safe=slash_safe)
    assert bucket.get_object_with_url(get).read() == b"by url"


def test_refusals_arrive_as_the_sdks_own_errors(bucket: oss2.Bucket) -> None:
    with pytest.raises(oss2.exceptions.NoSuchBucket):
        bucket.put_object("k", b"")
    bucket.create_bucket()
    bucket.put_object("k", b"x")
    with pytest.raises(oss2.exceptions.NoSuchKey) as missing:
        bucket.get_object("none")
    assert missing.value.request_id
    with pytest.raises(oss2.exceptions.NotFound):
        bucket.head_object("none")
    with pytest.raises(oss2.exceptions.ServerError, match="BucketNotEmpty"):
        bucket.delete_bucket()
    with pytest.raises(oss2.exceptions.NotModified):
        bucket.get_object("k", headers={"If-None-Match": "*"})
    with pytest.raises(oss2.exceptions.PreconditionFailed):
        bucket.get_object("k", headers={"If-Match": '"no"'})
    with pytest.raises(oss2.exceptions.ServerError, match="FileAlreadyExists"):
        bucket.put_object("k", b"", headers={"x-oss-forbid-overwrite": "true"})


def test_the_service_lists_buckets(auth: oss2.Auth, served: Served, world: World) -> None:
    for name in ("bbb", "aaa"):
        world.ask("PUT", f"/{name}/")
    service = oss2.Service(auth, served.url, region=REGION)
    assert [found.name for found in oss2.BucketIterator(service, max_keys=1)] == ["aaa", "bbb"]


def test_content_on_disk_is_content_too(auth: oss2.Auth, tmp_path: Path) -> None:
    world = World(OssSettings(memory_ceiling=PART))
    with Served(lambda request: world.service.answer(request, world.now)) as server:
        bucket = oss2.Bucket(auth, server.url, "my-bucket", region=REGION)
        bucket.create_bucket()
        data = noise(3 * PART)
        bucket.put_object("k", data)
        assert world.store.shelf.held_in_memory == 0
        assert bucket.get_object("k").read() == data
