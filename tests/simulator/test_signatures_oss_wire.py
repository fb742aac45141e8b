"""Both official OSS SDKs pass the store's door with their signatures verified for real."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import evolve

from cpikit_alicloud_simulator.signatures import Identity, authenticate_oss
from cpikit_alicloud_simulator.wire import WireRequest
from tests.simulator.oss.harness import Served, World
from tests.simulator.signatures_kit import KEY, SESSION, knows

# oss2 2.19.1 signs V4 with datetime.utcnow(), which Python 3.12 warns of.
pytestmark = pytest.mark.filterwarnings(r"ignore:datetime.datetime.utc\w+:DeprecationWarning")

_WHY = "is in providers/alicloud/simulator/oracles/requirements.txt and not installed"
REGION = "cn-hangzhou"
OBJECT = "dir/a file+云.txt"


def sdk(name: str) -> Any:
    """Import an SDK's module; its own warnings are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(name, reason=f"{name} {_WHY}")


oss2 = sdk("oss2")
v2 = sdk("alibabacloud_oss_v2")


def strict(request: WireRequest, bucket: str, key: str) -> Identity:
    """Verify the signature as the simulator does, on the real clock."""
    live = evolve(SESSION, expires_at=datetime(2999, 1, 1, tzinfo=UTC))
    return authenticate_oss(request, knows(KEY, live), datetime.now(UTC), bucket=bucket, key=key)


@pytest.fixture
def door() -> Iterator[Served]:
    world = World(authenticate=strict)
    with Served(lambda request: world.service.answer(request, world.now)) as server:
        yield server


@pytest.mark.parametrize("version", ["v1", "v4"])
@pytest.mark.parametrize("key", [KEY, SESSION], ids=["key", "session"])
def test_oss2(door: Served, version: str, key: Any) -> None:
    auth = oss2.StsAuth(key.access_key_id, key.secret, key.security_token, version)
    bucket = oss2.Bucket(auth, door.url, "images", region=REGION)
    bucket.create_bucket(oss2.BUCKET_ACL_PRIVATE)
    bucket.put_object(OBJECT, b"hello", headers={"x-oss-meta-who": "me"})
    upload = bucket.init_multipart_upload("big").upload_id
    part = bucket.upload_part("big", upload, 1, b"x" * 200_000)
    bucket.complete_multipart_upload("big", upload, [oss2.models.PartInfo(1, part.etag)])
    assert bucket.get_object(OBJECT, byte_range=(1, 3)).read() == b"ell"
    assert sorted(one.key for one in oss2.ObjectIterator(bucket)) == ["big", OBJECT]
    signed = bucket.sign_url("GET", OBJECT, 60, slash_safe=True)
    assert bucket.get_object_with_url(signed).read() == b"hello"
    wrong = oss2.StsAuth(key.access_key_id, "wrong", key.security_token, version)
    with pytest.raises(oss2.exceptions.SignatureDoesNotMatch):
        oss2.Bucket(wrong, door.url, "images", region=REGION).get_object(OBJECT)


@pytest.mark.parametrize("version", ["v1", "v4"])
@pytest.mark.parametrize("key", [KEY, SESSION], ids=["key", "session"])
def test_the_second_oss_sdk(door: Served, version: str, key: Any) -> None:
    config = v2.config.load_default()
    config.credentials_provider = v2.credentials.StaticCredentialsProvider(
        key.access_key_id, key.secret, key.security_token
    )
    config.region, config.signature_version, config.endpoint = REGION, version, door.url
    config.retry_max_attempts = 1
    client = v2.Client(config)
    client.put_bucket(v2.PutBucketRequest(bucket="images"))
    client.put_object(v2.PutObjectRequest(bucket="images", key=OBJECT, body=b"hello"))
    found = client.get_object(v2.GetObjectRequest(bucket="images", key=OBJECT))
    assert found.body.content == b"hello"
    listed = client.list_objects_v2(v2.ListObjectsV2Request(bucket="images", prefix="dir/"))
    assert [one.key for one in listed.contents] == [OBJECT]
    signed = client.presign(v2.GetObjectRequest(bucket="images", key=OBJECT))
    answer = sdk("requests").get(signed.url, timeout=10)
    assert (answer.status_code, answer.content) == (200, b"hello")
