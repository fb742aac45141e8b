"""Multipart uploads: parts in any order, and every way to complete one wrongly."""

from __future__ import annotations

import hashlib

import pytest

from cpikit_alicloud_simulator.oss import OssSettings
from cpikit_alicloud_simulator.oss.crc64 import crc64
from tests.simulator.oss.harness import World, texts

PART = b"p" * 100


@pytest.fixture
def world() -> World:
    made = World(OssSettings(part_minimum=100))
    made.ask("PUT", "/bkt/")
    return made


def begun(world: World, key: str = "k", **headers: str) -> str:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return texts(world.ask("POST", f"/bkt/{key}", headers=given, uploads=""), "UploadId")[0]


def sent(world: World, upload: str, number: int, data: bytes, key: str = "k") -> str:
    answer = world.ask("PUT", f"/bkt/{key}", data, partNumber=number, uploadId=upload)
    assert answer.status == 200
    assert answer.headers["x-oss-hash-crc64ecma"] == str(crc64(data))
    return answer.headers["ETag"]


def listed(*parts: tuple[int, str]) -> bytes:
    rows = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"
        for number, etag in parts
    )
    return f"<CompleteMultipartUpload>{rows}</CompleteMultipartUpload>".encode()


def test_parts_sent_in_any_order_are_joined_in_theirs(world: World) -> None:
    upload = begun(world, x_oss_meta_who="me", content_type="image/raw")
    third = sent(world, upload, 3, b"end")
    sent(world, upload, 1, b"overwritten" * 20)
    first = sent(world, upload, 1, PART)
    sent(world, upload, 2, b"left out")
    answer = world.ask("POST", "/bkt/k", listed((1, first), (3, third)), uploadId=upload)
    whole = PART + b"end"
    assert answer.headers["x-oss-hash-crc64ecma"] == str(crc64(whole))
    assert texts(answer, "Location") == ["http://127.0.0.1:80/bkt/k"]
    read = world.ask("GET", "/bkt/k")
    assert read.body == whole
    assert read.headers["x-oss-object-type"] == "Multipart"
    assert read.headers["x-oss-meta-who"] == "me"
    assert read.headers["Content-Type"] == "image/raw"
    assert texts(answer, "ETag") == [read.headers["ETag"]]
    assert read.headers["ETag"].endswith('-2"')


def test_the_etag_of_joined_parts_depends_on_the_parts_alone(world: World) -> None:
    etags = []
    for _ in range(2):
        upload = begun(world)
        part = sent(world, upload, 1, PART)
        world.ask("POST", "/bkt/k", listed((1, part)), uploadId=upload)
        etags.append(world.ask("HEAD", "/bkt/k").headers["ETag"])
    assert etags[0] == etags[1]
    assert etags[0] != hashlib.md5(PART, usedforsecurity=False).hexdigest().upper()


def test_nothing_shows_before_it_is_complete(world: World) -> None:
    upload = begun(world)
    sent(world, upload, 1, PART)
    assert world.code("GET", "/bkt/k") == (404, "NoSuchKey")
    assert texts(world.ask("GET", "/bkt/"), "Contents/Key") == []


def test_a_completed_or_aborted_upload_is_gone(world: World) -> None:
    upload = begun(world)
    body = listed((1, sent(world, upload, 1, PART)))
    world.ask("POST", "/bkt/k", body, uploadId=upload)
    assert world.code("POST", "/bkt/k", body, uploadId=upload) == (404, "NoSuchUpload")
    other = begun(world)
    assert world.ask("DELETE", "/bkt/k", uploadId=other).status == 204
    assert world.code("DELETE", "/bkt/k", uploadId=other) == (404, "NoSuchUpload")
    refusal = world.code("PUT", "/bkt/k", PART, partNumber=1, uploadId=other)
    assert refusal == (404, "NoSuchUpload")
    assert world.code("GET", "/bkt/k", uploadId=other) == (404, "NoSuchUpload")


def test_an_upload_belongs_to_its_key(world: World) -> None:
    upload = begun(world)
    refusal = world.code("PUT", "/bkt/other", PART, partNumber=1, uploadId=upload)
    assert refusal == (404, "NoSuchUpload")


def test_a_list_that_does_not_fit_the_parts_is_refused(world: World) -> None:
    upload = begun(world)
    one, two = sent(world, upload, 1, PART), sent(world, upload, 2, PART)
    cases = [
        (listed((2, two), (1, one)), "InvalidPartOrder"),
        (listed((1, one), (1, one)), "InvalidPartOrder"),
        (listed((1, two[:-3] + 'XX"')), "InvalidPart"),
        (listed((1, one), (3, two)), "InvalidPart"),
        (b"<CompleteMultipartUpload/>", "MalformedXML"),
        (b"<CompleteMultipartUpload><Part/></CompleteMultipartUpload>", "MalformedXML"),
        (listed((1, one)).replace(b">1<", b">one<"), "MalformedXML"),
        (b"{}", "MalformedXML"),
        (b"", "MalformedXML"),
    ]
    for body, code in cases:
        assert world.code("POST", "/bkt/k", body, uploadId=upload) == (400, code)
    good = listed((1, one), (2, two.strip('"').lower()))
    assert world.ask("POST", "/bkt/k", good, uploadId=upload).status == 200


def test_only_the_last_part_may_be_small(world: World) -> None:
    upload = begun(world)
    small, last = sent(world, upload, 1, PART[:-1]), sent(world, upload, 2, b"x")
    body = listed((1, small), (2, last))
    assert world.code("POST", "/bkt/k", body, uploadId=upload) == (400, "EntityTooSmall")
    assert world.ask("POST", "/bkt/k", listed((2, last)), uploadId=upload).status == 200


def test_the_smallest_part_is_100_kilobytes_by_default() -> None:
    assert OssSettings().part_minimum == 102_400


def test_all_parts_can_be_taken_without_a_list(world: World) -> None:
    everything = {"x-oss-complete-all": "yes"}
    upload = begun(world)
    refusal = world.code("POST", "/bkt/k", headers=everything, uploadId=upload)
    assert refusal == (400, "InvalidPart")
    sent(world, upload, 2, b"end")
    sent(world, upload, 1, PART)
    refusal = world.code("POST", "/bkt/k", b"<x/>", headers=everything, uploadId=upload)
    assert refusal == (400, "InvalidArgument")
    world.ask("POST", "/bkt/k", headers=everything, uploadId=upload)
    assert world.ask("GET", "/bkt/k").body == PART + b"end"


@pytest.mark.parametrize("number", ["0", "10001", "-1", "one", "", "9" * 5000])
def test_a_part_has_a_number_from_1_to_10000(world: World, number: str) -> None:
    upload = begun(world)
    refusal = world.code("PUT", "/bkt/k", PART, partNumber=number, uploadId=upload)
    assert refusal == (400, "InvalidArgument")


def test_a_part_can_come_from_an_object(world: World) -> None:
    world.ask("PUT", "/bkt/src", bytes(range(200)))
    upload = begun(world)
    source = {"x-oss-copy-source": "/bkt/src", "x-oss-copy-source-range": "bytes=50-199"}
    answer = world.ask("PUT", "/bkt/k", headers=source, partNumber=1, uploadId=upload)
    etag = texts(answer, "ETag")[0]
    world.ask("POST", "/bkt/k", listed((1, etag)), uploadId=upload)
    assert world.ask("GET", "/bkt/k").body == bytes(range(50, 200))


@pytest.mark.parametrize(
    ("wanted", "status"),
    [("bytes=0-200", 416), ("bytes=5-", 400), ("bytes=-5", 400), ("all", 400), ("bytes=9-5", 416)],
)
def test_a_part_is_not_copied_from_outside_of_its_source(
    world: World, wanted: str, status: int
) -> None:
    world.ask("PUT", "/bkt/src", bytes(range(200)))
    upload = begun(world)
    source = {"x-oss-copy-source": "/bkt/src", "x-oss-copy-source-range": wanted}
    answer = world.ask("PUT", "/bkt/k", headers=source, partNumber=1, uploadId=upload)
    assert answer.status == status


def test_parts_are_listed_in_pages(world: World) -> None:
    upload = begun(world)
    for number in (5, 1, 3):
        sent(world, upload, number, PART)
    first = world.ask("GET", "/bkt/k", uploadId=upload, max_parts=2)
    assert texts(first, "Part/PartNumber") == ["1", "3"]
    assert texts(first, "IsTruncated") == ["true"]
    assert texts(first, "Part/HashCrc64ecma") == [str(crc64(PART))] * 2
    marker = texts(first, "NextPartNumberMarker")[0]
    rest = world.ask("GET", "/bkt/k", uploadId=upload, part_number_marker=marker)
    assert texts(rest, "Part/PartNumber") == ["5"]
    assert texts(rest, "IsTruncated") == ["false"]


def test_uploads_are_listed_in_pages_and_rolled_up(world: World) -> None:
    uploads = {key: begun(world, key) for key in ("a", "b/1", "b/2", "c")}
    second = begun(world, "a")
    ids: list[str] = []
    key_marker = id_marker = ""
    for _ in range(5):
        answer = world.ask(
            "GET",
            "/bkt/",
            uploads="",
            max_uploads=1,
            key_marker=key_marker,
            upload_id_marker=id_marker,
        )
        ids += texts(answer, "Upload/UploadId")
        key_marker = texts(answer, "NextKeyMarker")[0]
        id_marker = texts(answer, "NextUploadIdMarker")[0]
    assert sorted(ids) == sorted([*uploads.values(), second])
    assert texts(answer, "IsTruncated") == ["false"]
    top = world.ask("GET", "/bkt/", uploads="", delimiter="/")
    assert texts(top, "Upload/Key") == ["a", "a", "c"]
    assert texts(top, "CommonPrefixes/Prefix") == ["b/"]
    inside = world.ask("GET", "/bkt/", uploads="", prefix="b/", encoding_type="url")
    assert texts(inside, "Upload/Key") == ["b%2F1", "b%2F2"]


def test_overwriting_can_be_forbidden_at_both_ends(world: World) -> None:
    world.ask("PUT", "/bkt/k", b"there")
    forbid = {"x-oss-forbid-overwrite": "true"}
    assert world.code("POST", "/bkt/k", headers=forbid, uploads="") == (409, "FileAlreadyExists")
    upload = begun(world)
    body = listed((1, sent(world, upload, 1, PART)))
    refusal = world.code("POST", "/bkt/k", body, headers=forbid, uploadId=upload)
    assert refusal == (409, "FileAlreadyExists")
    later = begun(world, "new", x_oss_forbid_overwrite="true")
    body = listed((1, sent(world, later, 1, PART, "new")))
    world.ask("PUT", "/bkt/new", b"came between")
    assert world.code("POST", "/bkt/new", body, uploadId=later) == (409, "FileAlreadyExists")
