"""Appending, copying, and objects as other products of the world see them."""

from __future__ import annotations

import hashlib

import pytest

from cpikit_alicloud_simulator.oss.crc64 import crc64
from tests.simulator.oss.harness import World, texts

DATA = bytes(range(256)) * 4  # 1024 bytes
ETAG = hashlib.md5(DATA, usedforsecurity=False).hexdigest().upper()


@pytest.fixture
def world() -> World:
    made = World()
    made.ask("PUT", "/bkt/")
    made.ask("PUT", "/bkt/k", DATA, headers={"content-type": "image/raw", "x-oss-meta-Who": "me"})
    return made


def test_appending_grows_an_object_from_its_end(world: World) -> None:
    first = world.ask("POST", "/bkt/log", b"one", append="", position=0)
    assert first.headers["x-oss-next-append-position"] == "3"
    second = world.ask("POST", "/bkt/log", b"two", append="", position=3)
    assert second.headers["x-oss-hash-crc64ecma"] == str(crc64(b"onetwo"))
    read = world.ask("GET", "/bkt/log")
    assert (read.body, read.headers["x-oss-object-type"]) == (b"onetwo", "Appendable")
    refusal = world.ask("POST", "/bkt/log", b"x", append="", position=3)
    assert (refusal.status, texts(refusal, "Code")) == (409, ["PositionNotEqualToLength"])
    assert refusal.headers["x-oss-next-append-position"] == "6"
    assert world.code("POST", "/bkt/k", b"x", append="", position=0) == (
        409,
        "ObjectNotAppendable",
    )
    assert world.code("POST", "/bkt/log", b"x", append="") == (400, "InvalidArgument")


def test_a_copy_keeps_content_and_description_unless_replaced(world: World) -> None:
    source = {"x-oss-copy-source": "/bkt/k"}
    answer = world.ask("PUT", "/bkt/c", headers=source)
    assert texts(answer, "ETag") == [f'"{ETAG}"']
    copied = world.ask("GET", "/bkt/c")
    assert (copied.body, copied.headers["x-oss-meta-who"]) == (DATA, "me")
    fresh = {**source, "x-oss-metadata-directive": "REPLACE", "x-oss-meta-new": "1"}
    world.ask("PUT", "/bkt/c", headers=fresh)
    replaced = world.ask("HEAD", "/bkt/c").headers
    assert replaced["x-oss-meta-new"] == "1"
    assert "x-oss-meta-who" not in replaced


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"x-oss-copy-source-if-match": ETAG}, 200),
        ({"x-oss-copy-source-if-match": "other"}, 412),
        ({"x-oss-copy-source-if-none-match": ETAG}, 304),
        ({"x-oss-copy-source-if-modified-since": "Fri, 02 Jan 2026 03:04:05 GMT"}, 304),
        ({"x-oss-copy-source-if-unmodified-since": "Fri, 02 Jan 2026 03:04:04 GMT"}, 412),
        ({"x-oss-copy-source": "/bkt/none"}, 404),
        ({"x-oss-copy-source": "/nobucket/k"}, 404),
        ({"x-oss-copy-source": "k"}, 400),
        ({"x-oss-copy-source": "/bkt/%ff"}, 400),
    ],
)
def test_conditions_on_the_source_decide_whether_it_is_copied(
    world: World, headers: dict[str, str], status: int
) -> None:
    sent = {"x-oss-copy-source": "/bkt/k"} | headers
    assert world.ask("PUT", "/bkt/c", headers=sent).status == status
    assert world.ask("HEAD", "/bkt/c").status == (200 if status == 200 else 404)


def test_a_copy_stays_in_its_region(world: World) -> None:
    world.ask("PUT", "/", host="far.oss-cn-beijing.aliyuncs.com")
    refusal = world.code("PUT", "/far/c", headers={"x-oss-copy-source": "/bkt/k"})
    assert refusal == (403, "AccessDenied")


def test_other_products_find_an_object_and_keep_reading_it(world: World) -> None:
    found = world.store.find_object("alice", "bkt", "k")
    assert found is not None
    assert (found.size, found.etag) == (1024, ETAG)
    world.ask("DELETE", "/bkt/k")
    with found.open() as file:
        assert file.read() == DATA
    assert world.store.find_object("alice", "bkt", "k") is None
    assert world.store.find_object("alice", "nobucket", "k") is None
    assert world.store.bucket_region("bkt") == "cn-hangzhou"


def test_other_accounts_do_not_find_it_unless_it_is_public(world: World) -> None:
    assert world.store.find_object("bob", "bkt", "k") is None
    world.ask("PUT", "/bkt/k", headers={"x-oss-object-acl": "public-read"}, acl="")
    assert world.store.find_object("bob", "bkt", "k") is not None


def test_everything_that_exists_can_be_walked(world: World) -> None:
    world.ask("POST", "/bkt/u", uploads="")
    kinds = [type(item).__name__ for _bucket, item in world.store.everything()]
    assert kinds == ["NoneType", "StoredObject", "Upload"]
