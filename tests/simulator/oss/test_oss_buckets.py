"""Buckets: names, quotas, owners, and when one may go."""

from __future__ import annotations

import pytest

from cpikit_alicloud_simulator.oss import OssSettings
from tests.simulator.oss.harness import World, texts, tree

BODY = (
    b"<CreateBucketConfiguration><StorageClass>IA</StorageClass>"
    b"<DataRedundancyType>ZRS</DataRedundancyType></CreateBucketConfiguration>"
)


def test_a_bucket_is_private_and_standard_until_said_otherwise(world: World) -> None:
    assert world.ask("PUT", "/my-bucket/").status == 200
    info = world.ask("GET", "/my-bucket/", bucketInfo="")
    assert texts(info, "Bucket/AccessControlList/Grant") == ["private"]
    assert texts(info, "Bucket/StorageClass") == ["Standard"]
    assert texts(info, "Bucket/Location") == ["oss-cn-hangzhou"]
    assert texts(info, "Bucket/CreationDate") == ["2026-01-02T03:04:05.000Z"]
    assert texts(info, "Bucket/Owner/ID") == ["alice"]


def test_acl_class_and_redundancy_come_with_the_request(world: World) -> None:
    world.ask("PUT", "/my-bucket/", BODY, headers={"x-oss-acl": "public-read"})
    info = world.ask("GET", "/my-bucket/", bucketInfo="")
    assert texts(info, "Bucket/StorageClass") == ["IA"]
    assert texts(info, "Bucket/DataRedundancyType") == ["ZRS"]
    assert texts(world.ask("GET", "/my-bucket", acl=""), "AccessControlList/Grant") == [
        "public-read"
    ]


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        (b"<CreateBucketConfiguration>", {}, "MalformedXML"),
        (b"<Other/>", {}, "MalformedXML"),
        (BODY.replace(b"IA", b"Fast"), {}, "InvalidArgument"),
        (BODY.replace(b"ZRS", b"RAID"), {}, "InvalidArgument"),
        (b"", {"x-oss-acl": "everyone"}, "InvalidArgument"),
    ],
)
def test_a_bucket_is_not_made_from_nonsense(
    world: World, body: bytes, headers: dict[str, str], code: str
) -> None:
    assert world.code("PUT", "/my-bucket/", body, headers=headers) == (400, code)
    assert world.store.bucket_region("my-bucket") is None


def test_a_name_is_taken_once_in_all_accounts(world: World) -> None:
    world.ask("PUT", "/my-bucket/")
    refusal = world.code("PUT", "/my-bucket/", account="bob")
    assert refusal == (409, "BucketAlreadyExists")


def test_making_ones_own_bucket_again_is_a_choice(world: World) -> None:
    world.ask("PUT", "/my-bucket/")
    assert world.ask("PUT", "/my-bucket/", headers={"x-oss-acl": "public-read"}).status == 200
    assert world.store.bucket("my-bucket").acl == "public-read"
    assert world.ask("PUT", "/my-bucket/").status == 200
    assert world.store.bucket("my-bucket").acl == "public-read"
    assert world.code("PUT", "/my-bucket/", BODY) == (409, "BucketAlreadyExists")
    strict = World(OssSettings(recreate_own_bucket="conflict"))
    strict.ask("PUT", "/my-bucket/")
    assert strict.code("PUT", "/my-bucket/") == (409, "BucketAlreadyExists")


def test_an_account_has_a_quota_in_each_region() -> None:
    world = World(OssSettings(bucket_quota=1))
    assert world.ask("PUT", "/first/").status == 200
    assert world.code("PUT", "/second/") == (400, "TooManyBuckets")
    assert world.ask("PUT", "/second/", account="bob").status == 200
    beijing = {"host": "third.oss-cn-beijing.aliyuncs.com"}
    assert world.ask("PUT", "/", **beijing).status == 200
    assert world.store.bucket_region("third") == "cn-beijing"


def test_a_bucket_goes_only_when_it_is_empty(world: World) -> None:
    world.ask("PUT", "/my-bucket/")
    world.ask("PUT", "/my-bucket/k", b"data")
    assert world.code("DELETE", "/my-bucket/") == (409, "BucketNotEmpty")
    world.ask("DELETE", "/my-bucket/k")
    upload = texts(world.ask("POST", "/my-bucket/k", uploads=""), "UploadId")[0]
    assert world.code("DELETE", "/my-bucket/") == (409, "BucketNotEmpty")
    world.ask("DELETE", "/my-bucket/k", uploadId=upload)
    assert world.ask("DELETE", "/my-bucket/").status == 204
    assert world.code("DELETE", "/my-bucket/") == (404, "NoSuchBucket")


def test_whether_an_upload_keeps_a_bucket_is_a_choice() -> None:
    world = World(OssSettings(uploads_keep_bucket=False))
    world.ask("PUT", "/my-bucket/")
    world.ask("POST", "/my-bucket/k", uploads="")
    assert world.ask("DELETE", "/my-bucket/").status == 204


def test_an_account_sees_its_own_buckets_in_order_and_in_pages(world: World) -> None:
    for name in ("ccc", "aaa", "bbb"):
        world.ask("PUT", f"/{name}/")
    world.ask("PUT", "/other/", account="bob")
    everything = world.ask("GET", "/")
    assert texts(everything, "Buckets/Bucket/Name") == ["aaa", "bbb", "ccc"]
    assert tree(everything).find("IsTruncated") is None
    first = world.ask("GET", "/", max_keys=2)
    assert texts(first, "Buckets/Bucket/Name") == ["aaa", "bbb"]
    assert texts(first, "IsTruncated") == ["true"]
    second = world.ask("GET", "/", max_keys=2, marker=texts(first, "NextMarker")[0])
    assert texts(second, "Buckets/Bucket/Name") == ["ccc"]
    assert texts(world.ask("GET", "/", prefix="b"), "Buckets/Bucket/Name") == ["bbb"]
    assert world.code("GET", "/", max_keys=0) == (400, "InvalidArgument")
    assert world.code("GET", "/", account=None) == (403, "AccessDenied")


def test_a_location_is_its_own_text(world: World) -> None:
    world.ask("PUT", "/my-bucket/")
    answer = world.ask("GET", "/my-bucket/", location="")
    assert (tree(answer).tag, tree(answer).text) == ("LocationConstraint", "oss-cn-hangzhou")


def test_a_bucket_counts_what_it_holds(world: World) -> None:
    world.ask("PUT", "/my-bucket/")
    world.ask("PUT", "/my-bucket/k", b"12345")
    world.ask("POST", "/my-bucket/u", uploads="")
    stat = world.ask("GET", "/my-bucket/", stat="")
    found = [texts(stat, name)[0] for name in ("Storage", "ObjectCount", "MultipartUploadCount")]
    assert found == ["5", "1", "1"]


def test_an_acl_can_be_changed(world: World) -> None:
    world.ask("PUT", "/my-bucket/")
    world.ask("PUT", "/my-bucket/", headers={"x-oss-acl": "public-read-write"}, acl="")
    assert world.store.bucket("my-bucket").acl == "public-read-write"


def test_bucket_tags_are_replaced_and_deleted(world: World) -> None:
    world.ask("PUT", "/my-bucket/")
    tag = b"<Tag><Key>%s</Key><Value>1</Value></Tag>"
    both = b"<Tagging><TagSet>" + tag % b"a" + tag % b"b" + b"</TagSet></Tagging>"
    assert world.ask("PUT", "/my-bucket/", both, tagging="").status == 200
    assert texts(world.ask("GET", "/my-bucket/", tagging=""), "TagSet/Tag/Key") == ["a", "b"]
    assert world.ask("DELETE", "/my-bucket/", tagging="a").status == 204
    assert world.store.bucket("my-bucket").tags == {"b": "1"}
    assert world.ask("DELETE", "/my-bucket/", tagging="").status == 204
    assert world.store.bucket("my-bucket").tags == {}
    assert world.code("PUT", "/my-bucket/", b"<Tagging/>", tagging="") == (400, "MalformedXML")
