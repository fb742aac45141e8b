"""From host and path to bucket and object."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpikit_alicloud_simulator.oss.addressing import copy_source, located
from cpikit_alicloud_simulator.oss.names import checked_bucket, checked_key
from cpikit_alicloud_simulator.oss.service import is_oss
from cpikit_alicloud_simulator.wire import ApiError, WireRequest


def request_for(
    host: str, path: str = "/", headers: dict[str, str] | None = None, **query: str
) -> WireRequest:
    raw = "&".join(f"{name}={value}" for name, value in query.items())
    return WireRequest("GET", path, raw, tuple(query.items()), headers or {}, b"", "http", host)


@pytest.mark.parametrize(
    ("host", "path", "bucket", "key", "region"),
    [
        ("127.0.0.1:4566", "/b/k", "b", "k", None),
        ("127.0.0.1:4566", "/b/", "b", "", None),
        ("127.0.0.1", "/", "", "", None),
        ("[::1]:4566", "/b/k", "b", "k", None),
        ("localhost:1", "/b/dir%2Fk%20e", "b", "dir/k e", None),
        ("b.localhost:1", "/k", "b", "k", None),
        ("b.127.0.0.1:1", "/k", "b", "k", None),
        ("oss-cn-hangzhou.aliyuncs.com", "/", "", "", "cn-hangzhou"),
        ("b.oss-cn-hangzhou.aliyuncs.com", "/x/y", "b", "x/y", "cn-hangzhou"),
        ("B.OSS-cn-hangzhou.aliyuncs.com.", "/k", "b", "k", "cn-hangzhou"),
        ("b.oss-us-west-1-internal.aliyuncs.com", "/k", "b", "k", "us-west-1"),
        ("b.vpc100-oss-cn-beijing.aliyuncs.com", "/k", "b", "k", "cn-beijing"),
        ("b.cn-hangzhou.oss.aliyuncs.com", "/k", "b", "k", "cn-hangzhou"),
        ("b.oss-accelerate.aliyuncs.com", "/k", "b", "k", None),
        ("oss-data.oss-cn-hangzhou.aliyuncs.com", "/k", "oss-data", "k", "cn-hangzhou"),
        ("oss-data.localhost", "/k", "oss-data", "k", None),
        ("simulator.test:80", "/b/k", "b", "k", None),
    ],
)
def test_host_and_path_name_bucket_and_object(
    host: str, path: str, bucket: str, key: str, region: str | None
) -> None:
    place = located(request_for(host, path))
    assert (place.bucket, place.key, place.endpoint_region) == (bucket, key, region)


def test_a_v4_scope_names_the_region() -> None:
    scope = "k/20260102/cn-beijing/oss/aliyun_v4_request"
    header = {"authorization": f"OSS4-HMAC-SHA256 Credential={scope},Signature=0"}
    assert located(request_for("127.0.0.1", "/b", header)).signed_region == "cn-beijing"
    by_query = request_for("127.0.0.1", "/b", **{"x-oss-credential": scope})
    assert located(by_query).signed_region == "cn-beijing"
    assert located(request_for("127.0.0.1", "/b")).signed_region is None


def test_a_path_that_is_not_utf8_is_no_object_name() -> None:
    with pytest.raises(ApiError) as refused:
        located(request_for("127.0.0.1", "/b/%ff"))
    assert (refused.value.status, refused.value.code) == (400, "InvalidObjectName")


@pytest.mark.parametrize("source", ["", "/", "/bucket", "/bucket/", "//k"])
def test_a_copy_source_names_bucket_and_object(source: str) -> None:
    with pytest.raises(ApiError) as refused:
        copy_source(source)
    assert refused.value.code == "InvalidArgument"
    assert copy_source("/b/k%2Fl?versionId=1") == copy_source("b/k/l") == ("b", "k/l")


@pytest.mark.parametrize(
    "name", ["ab", "a" * 64, "-abc", "abc-", "a.b", "a_b", "ABC", "aé1", "", "abc\n", "a b"]
)
def test_a_bucket_name_outside_of_the_rules_is_refused(name: str) -> None:
    with pytest.raises(ApiError) as refused:
        checked_bucket(name)
    assert refused.value.code == "InvalidBucketName"


@pytest.mark.parametrize("name", ["abc", "a" * 63, "0-9", "my--bucket"])
def test_a_bucket_name_inside_of_the_rules_passes(name: str) -> None:
    assert checked_bucket(name) == name


@pytest.mark.parametrize("key", ["", "/a", "\\a", "a" * 1024, "é" * 512, "\ud800"])
def test_an_object_name_outside_of_the_rules_is_refused(key: str) -> None:
    with pytest.raises(ApiError) as refused:
        checked_key(key)
    assert refused.value.code == "InvalidObjectName"


def test_an_object_name_has_up_to_1023_bytes() -> None:
    assert checked_key("a" * 1023)
    assert checked_key("é" * 511)
    assert checked_key("dir/ \n?&#☃")


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (request_for("127.0.0.1", "/b/k", {"authorization": "OSS id:sig"}), True),
        (request_for("127.0.0.1", "/b", {"authorization": "OSS4-HMAC-SHA256 x"}), True),
        (request_for("127.0.0.1", "/", {"authorization": "ACS3-HMAC-SHA256 x"}), False),
        (request_for("127.0.0.1", "/b/k", OSSAccessKeyId="a", Signature="b"), True),
        (request_for("127.0.0.1", "/", AccessKeyId="a", Signature="b"), False),
        (request_for("127.0.0.1", "/b/k", **{"x-oss-signature": "b"}), True),
        (request_for("127.0.0.1", "/b/k", {"x-oss-date": "now"}), True),
        (request_for("b.oss-cn-hangzhou.aliyuncs.com", "/k"), True),
        (request_for("ecs.cn-hangzhou.aliyuncs.com", "/"), False),
        (request_for("127.0.0.1", "/"), False),
    ],
)
def test_one_port_can_tell_oss_from_the_other_products(
    request_: WireRequest, expected: bool
) -> None:
    assert is_oss(request_) is expected


@settings(derandomize=True, database=None)
@given(host=st.text(max_size=40), path=st.text(max_size=40))
def test_any_host_and_path_is_located_or_refused(host: str, path: str) -> None:
    try:
        place = located(request_for(host, "/" + path))
    except ApiError as refused:
        assert refused.code == "InvalidObjectName"  # noqa: PT017  # refusing is one of two ways
    else:
        assert isinstance(place.bucket, str)
