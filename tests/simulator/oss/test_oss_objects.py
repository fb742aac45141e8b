"""Objects: what is written is read back, in part, under conditions, with its marks."""

from __future__ import annotations

import base64
import hashlib

import pytest

from cpikit_alicloud_simulator.oss import OssSettings
from cpikit_alicloud_simulator.oss.crc64 import crc64
from tests.simulator.oss.harness import World, texts

DATA = bytes(range(256)) * 4  # 1024 bytes
ETAG = hashlib.md5(DATA, usedforsecurity=False).hexdigest().upper()
MD5 = base64.b64encode(bytes.fromhex(ETAG)).decode()


@pytest.fixture
def world() -> World:
    made = World()
    made.ask("PUT", "/bkt/")
    made.ask("PUT", "/bkt/k", DATA, headers={"content-type": "image/raw", "x-oss-meta-Who": "me"})
    return made


def test_an_object_reads_back_with_its_headers(world: World) -> None:
    answer = world.ask("GET", "/bkt/k")
    assert (answer.status, answer.body) == (200, DATA)
    expected = {
        "ETag": f'"{ETAG}"',
        "Content-Type": "image/raw",
        "Content-MD5": MD5,
        "Last-Modified": "Fri, 02 Jan 2026 03:04:05 GMT",
        "x-oss-object-type": "Normal",
        "x-oss-storage-class": "Standard",
        "x-oss-hash-crc64ecma": str(crc64(DATA)),
        "x-oss-meta-who": "me",
        "Accept-Ranges": "bytes",
    }
    assert expected.items() <= answer.headers.items()


def test_head_says_the_same_without_the_body(world: World) -> None:
    head, get = world.ask("HEAD", "/bkt/k"), world.ask("GET", "/bkt/k")
    assert head.body == b""
    assert head.headers["Content-Length"] == "1024"
    own = {"Content-Length", "x-oss-request-id"}
    assert {k: v for k, v in head.headers.items() if k not in own} == {
        k: v for k, v in get.headers.items() if k not in own
    }
    meta = world.ask("HEAD", "/bkt/k", objectMeta="")
    assert meta.headers["Content-Length"] == "1024"
    assert "Content-Type" not in meta.headers


def test_a_write_answers_with_etag_digest_and_checksum(world: World) -> None:
    answer = world.ask("PUT", "/bkt/other", b"hello")
    assert answer.headers["ETag"] == '"5D41402ABC4B2A76B9719D911017C592"'
    assert answer.headers["Content-MD5"] == "XUFAKrxLKna5cZ2REBfFkg=="
    assert answer.headers["x-oss-hash-crc64ecma"] == str(crc64(b"hello"))


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-499", 0, 500),
        ("bytes=1000-", 1000, 1024),
        ("bytes=-24", 1000, 1024),
        ("bytes=0-1023", 0, 1024),
        ("bytes=0-9,20-29", 0, 10),
    ],
)
def test_a_range_inside_is_partial_content(world: World, header: str, start: int, end: int) -> None:
    answer = world.ask("GET", "/bkt/k", headers={"Range": header})
    assert (answer.status, answer.body) == (206, DATA[start:end])
    assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/1024"
    assert answer.headers["x-oss-hash-crc64ecma"] == str(crc64(DATA)), "always of the whole"
    assert "Content-MD5" not in answer.headers


@pytest.mark.parametrize(
    "header",
    [
        "byte=0-9",
        "bytes=0-1024",
        "bytes=1024-",
        "bytes=2000-3000",
        "bytes=-2000",
        "bytes=-0",
        "bytes=9-5",
        "bytes=-",
        "bytes=a-b",
        "bytes=" + "9" * 5000 + "-",
        "items=0-1",
    ],
)
def test_a_range_outside_is_ignored_by_default(world: World, header: str) -> None:
    answer = world.ask("GET", "/bkt/k", headers={"Range": header})
    assert (answer.status, answer.body) == (200, DATA)


def test_standard_range_behaviour_cuts_the_end_and_refuses_the_start(world: World) -> None:
    standard = {"x-oss-range-behavior": "standard"}
    cut = world.ask("GET", "/bkt/k", headers={"Range": "bytes=1000-5000", **standard})
    assert (cut.status, cut.body) == (206, DATA[1000:])
    last = world.ask("GET", "/bkt/k", headers={"Range": "bytes=-5000", **standard})
    assert (last.status, last.body) == (206, DATA)
    for header in ("bytes=1024-2000", "bytes=1024-", "bytes=-0"):
        refusal = world.code("GET", "/bkt/k", headers={"Range": header, **standard})
        assert refusal == (416, "InvalidRange")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-Match": f'"{ETAG}"'}, 200),
        ({"If-Match": ETAG.lower()}, 200),
        ({"If-Match": "*"}, 200),
        ({"If-Match": '"other"'}, 412),
        ({"If-None-Match": f'"{ETAG}"'}, 304),
        ({"If-None-Match": '"other"'}, 200),
        ({"If-Modified-Since": "Fri, 02 Jan 2026 03:04:05 GMT"}, 304),
        ({"If-Modified-Since": "Fri, 02 Jan 2026 03:04:04 GMT"}, 200),
        ({"If-Unmodified-Since": "Fri, 02 Jan 2026 03:04:05 GMT"}, 200),
        ({"If-Unmodified-Since": "Fri, 02 Jan 2026 03:04:04 GMT"}, 412),
        ({"If-Modified-Since": "yesterday"}, 200),
        ({"If-Unmodified-Since": "Fri, 02 Jan 99999 03:04:04 GMT"}, 200),
    ],
)
def test_conditions_decide_whether_it_is_read(
    world: World, headers: dict[str, str], status: int
) -> None:
    assert world.ask("GET", "/bkt/k", headers=headers).status == status
    head = world.ask("HEAD", "/bkt/k", headers=headers)
    assert (head.status, head.body) == (status, b"")


def test_not_modified_carries_the_etag_and_no_body(world: World) -> None:
    answer = world.ask("GET", "/bkt/k", headers={"If-None-Match": ETAG})
    assert (answer.body, answer.headers["ETag"]) == (b"", f'"{ETAG}"')


def test_a_digest_that_does_not_match_is_refused(world: World) -> None:
    assert world.ask("PUT", "/bkt/d", DATA, headers={"Content-MD5": MD5}).status == 200
    for wrong in ("1B2M2Y8AsgTpgAmY7PhCfg==", "not base64!", "YWJj", "é"):
        refusal = world.code("PUT", "/bkt/e", DATA, headers={"Content-MD5": wrong})
        assert refusal == (400, "InvalidDigest")
    assert world.code("GET", "/bkt/e") == (404, "NoSuchKey")


def test_overwriting_can_be_forbidden(world: World) -> None:
    forbid = {"x-oss-forbid-overwrite": "true"}
    assert world.code("PUT", "/bkt/k", b"", headers=forbid) == (409, "FileAlreadyExists")
    assert world.ask("PUT", "/bkt/new", b"", headers=forbid).status == 200
    assert (
        world.ask("PUT", "/bkt/k", b"", headers={"x-oss-forbid-overwrite": "false"}).status == 200
    )
    odd = {"x-oss-forbid-overwrite": "maybe"}
    assert world.code("PUT", "/bkt/k", b"", headers=odd) == (400, "InvalidArgument")


def test_a_length_is_demanded_and_bounded() -> None:
    world = World(OssSettings(put_maximum=4))
    world.ask("PUT", "/bkt/")
    assert world.code("PUT", "/bkt/k", b"12345") == (400, "EntityTooLarge")
    request = world.request("PUT", "/bkt/k", headers={"drop": "content-length"})
    refusal = world.service.answer(request, world.now)
    assert (refusal.status, texts(refusal, "Code")) == (411, ["MissingContentLength"])


def test_user_metadata_is_bounded(world: World) -> None:
    full = {"x-oss-meta-a": "x" * 8191}
    assert world.ask("PUT", "/bkt/m", b"", headers=full).status == 200
    over = {"x-oss-meta-a": "x" * 8192}
    assert world.code("PUT", "/bkt/m", b"", headers=over) == (400, "InvalidArgument")


def test_tags_come_in_a_header_or_a_document(world: World) -> None:
    world.ask("PUT", "/bkt/t", b"", headers={"x-oss-tagging": "a=1&b=x%20y&c"})
    assert texts(world.ask("GET", "/bkt/t", tagging=""), "TagSet/Tag/Value") == ["1", "x y", ""]
    assert world.ask("HEAD", "/bkt/t").headers["x-oss-tagging-count"] == "3"
    body = b"<Tagging><TagSet><Tag><Key>z</Key><Value>9</Value></Tag></TagSet></Tagging>"
    assert world.ask("PUT", "/bkt/t", body, tagging="").status == 200
    assert texts(world.ask("GET", "/bkt/t", tagging=""), "TagSet/Tag/Key") == ["z"]
    assert world.ask("DELETE", "/bkt/t", tagging="").status == 204
    assert "x-oss-tagging-count" not in world.ask("HEAD", "/bkt/t").headers
    assert world.ask("GET", "/bkt/t").status == 200, "only the tags are gone"


@pytest.mark.parametrize(
    "tagging",
    [
        "a=1&a=2",
        "k" * 129 + "=1",
        "a=" + "v" * 257,
        "a=%ff",
        "a=b*c",
        "=1",
        "&".join(f"k{n}=v" for n in range(11)),
        "&".join(f"k{n}=v" for n in range(200)),
    ],
)
def test_tags_outside_of_the_limits_are_refused(world: World, tagging: str) -> None:
    refusal = world.code("PUT", "/bkt/t", b"", headers={"x-oss-tagging": tagging})
    assert refusal == (400, "InvalidTag")


def test_an_archived_object_is_not_read_before_it_is_restored(world: World) -> None:
    world.ask("PUT", "/bkt/cold", b"x", headers={"x-oss-storage-class": "Archive"})
    assert world.code("GET", "/bkt/cold") == (403, "InvalidObjectState")
    assert world.ask("HEAD", "/bkt/cold").headers["x-oss-storage-class"] == "Archive"
    odd = {"x-oss-storage-class": "Lukewarm"}
    assert world.code("PUT", "/bkt/cold", b"x", headers=odd) == (400, "InvalidArgument")


def test_a_signed_reader_may_choose_headers(world: World) -> None:
    answer = world.ask("GET", "/bkt/k", **{"response-content-type": "text/x"})
    assert answer.headers["Content-Type"] == "text/x"
    refusal = world.code("GET", "/bkt/k", **{"response-expires": "a\r\nSet-Cookie: b"})
    assert refusal == (400, "InvalidArgument")


def test_deleting_succeeds_whether_it_was_there_or_not(world: World) -> None:
    assert world.ask("DELETE", "/bkt/k").status == 204
    assert world.ask("DELETE", "/bkt/k").status == 204
    assert world.code("GET", "/bkt/k") == (404, "NoSuchKey")
    assert world.code("DELETE", "/nobucket/k") == (404, "NoSuchBucket")


def test_many_are_deleted_at_once(world: World) -> None:
    world.ask("PUT", "/bkt/a b", b"")
    body = b"<Delete><Object><Key>k</Key></Object><Object><Key>a b</Key></Object></Delete>"
    answer = world.ask("POST", "/bkt/", body, delete="", encoding_type="url")
    assert texts(answer, "Deleted/Key") == ["k", "a%20b"]
    assert texts(world.ask("GET", "/bkt/"), "Contents/Key") == []
    quiet = body.replace(b"<Delete>", b"<Delete><Quiet>true</Quiet>")
    assert world.ask("POST", "/bkt/", quiet, delete="").body == b""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<Delete></Delete>",
        b"<Delete><Object>",
        b"<Delete>" + b"<Object><Key>k</Key></Object>" * 1001 + b"</Delete>",
        b'<!DOCTYPE d [<!ENTITY e "eee">]><Delete><Object><Key>&e;</Key></Object></Delete>',
        "<Delete><Object><Key>k</Key></Object></Delete>".encode("utf-16"),
    ],
)
def test_a_list_that_is_none_deletes_nothing(world: World, body: bytes) -> None:
    assert world.code("POST", "/bkt/", body, delete="") == (400, "MalformedXML")
    assert world.ask("GET", "/bkt/k").status == 200
