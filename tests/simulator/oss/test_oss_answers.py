"""The frame of every answer, refusals, and requests that make no sense."""

from __future__ import annotations

import base64
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

import pytest
from attrs import fields
from hypothesis import given, settings
from hypothesis import strategies as st

from cpikit_alicloud_simulator.oss import OPERATIONS, SETTING_SOURCES, OssSettings
from cpikit_alicloud_simulator.oss.operations import SUBRESOURCES
from cpikit_alicloud_simulator.wire import WireRequest
from tests.simulator.oss.harness import World, texts, tree


def test_every_answer_has_ids_and_times(world: World) -> None:
    for answer in (world.ask("PUT", "/bkt/"), world.ask("GET", "/none/k")):
        assert answer.headers["Date"] == "Fri, 02 Jan 2026 03:04:05 GMT"
        assert answer.headers["Server"] == "AliyunOSS"
        assert len(answer.headers["x-oss-request-id"]) == 24
        assert int(answer.headers["x-oss-server-time"]) > 0


def test_ids_are_new_each_time_and_the_same_in_the_same_world() -> None:
    worlds = [World(), World()]
    ids = [[w.ask("GET", "/").headers["x-oss-request-id"] for _ in range(3)] for w in worlds]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 3


def test_a_read_more_or_less_changes_no_upload_id() -> None:
    ids = []
    for reads in (0, 3):
        world = World()
        world.ask("PUT", "/bkt/")
        for _ in range(reads):
            world.ask("GET", "/bkt/")
        ids.append(texts(world.ask("POST", "/bkt/k", uploads=""), "UploadId"))
    assert ids[0] == ids[1]


def test_a_refusal_is_a_document_that_names_the_request(world: World) -> None:
    answer = world.ask("GET", "/none/k", host="localhost:99")
    assert answer.headers["Content-Type"] == "application/xml"
    found = {element.tag: element.text for element in tree(answer)}
    assert found == {
        "Code": "NoSuchBucket",
        "Message": "The specified bucket does not exist.",
        "RequestId": answer.headers["x-oss-request-id"],
        "HostId": "localhost:99",
        "BucketName": "none",
    }


def test_a_refused_head_carries_its_document_in_a_header(world: World) -> None:
    world.ask("PUT", "/bkt/")
    answer = world.ask("HEAD", "/bkt/none")
    assert (answer.status, answer.body) == (404, b"")
    document = ET.fromstring(base64.b64decode(answer.headers["x-oss-err"]))  # noqa: S314  # ours
    assert document.findtext("Code") == "NoSuchKey"


def test_what_is_not_served_says_so_and_does_nothing_else(world: World) -> None:
    world.ask("PUT", "/bkt/")
    assert world.code("PUT", "/bkt/", b"<x/>", lifecycle="") == (501, "NotImplemented")
    assert world.code("DELETE", "/bkt/", website="") == (501, "NotImplemented")
    assert world.code("DELETE", "/bkt/k", acl="") == (501, "NotImplemented")
    assert world.store.bucket_region("bkt") == "cn-hangzhou"
    asked = world.request("GET", "/bkt/", versioning="")
    assert not world.service.operation(asked).served
    assert world.service.operation(asked).name == "GET bucket ?versioning"


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/"), ("PATCH", "/bkt/k"), ("HEAD", "/bkt/")]
)
def test_a_verb_that_a_resource_does_not_have_is_refused(
    world: World, method: str, path: str
) -> None:
    assert world.ask(method, path).status == 405


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "name"),
    [
        ("GET", "/", {}, {}, "ListBuckets"),
        ("GET", "/b", {"list-type": "2"}, {}, "ListObjectsV2"),
        ("GET", "/b/", {"prefix": "x"}, {}, "ListObjects"),
        ("PUT", "/b/k", {}, {"x-oss-copy-source": "/b/s"}, "CopyObject"),
        ("PUT", "/b/k", {"partNumber": "1", "uploadId": "x"}, {}, "UploadPart"),
        (
            "PUT",
            "/b/k",
            {"partNumber": "1", "uploadId": "x"},
            {"x-oss-copy-source": "/b/s"},
            "UploadPartCopy",
        ),
        ("POST", "/b/k", {"uploads": ""}, {}, "InitiateMultipartUpload"),
        ("GET", "/b/k", {"uploadId": "x"}, {}, "ListParts"),
        ("HEAD", "/b/k", {"objectMeta": ""}, {}, "GetObjectMeta"),
        ("DELETE", "/b/k", {"uploadId": "x"}, {}, "AbortMultipartUpload"),
        ("GET", "/b/%ff", {}, {}, "GetObject"),
    ],
)
def test_a_request_is_named_without_being_done(
    world: World,
    method: str,
    path: str,
    query: dict[str, str],
    headers: dict[str, str],
    name: str,
) -> None:
    request = WireRequest(method, path, "", tuple(query.items()), headers, b"", "http", "localhost")
    assert world.service.operation(request).name == name


def test_every_setting_has_a_source() -> None:
    assert {field.name for field in fields(OssSettings)} == set(SETTING_SOURCES)


FLAGS = sorted({flag for operation in OPERATIONS for flag in operation.flags} | SUBRESOURCES)
HEADERS = st.sampled_from(
    """range if-match if-modified-since content-md5 content-type content-length
    x-oss-copy-source x-oss-copy-source-range x-oss-acl x-oss-object-acl x-oss-meta-a x-oss-meta-
    x-oss-tagging x-oss-forbid-overwrite authorization x-oss-complete-all x-oss-storage-class
    x-oss-metadata-directive""".split()
)
GARBAGE = st.text(max_size=30) | st.text(
    alphabet=st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF), max_size=3
)
BODIES = st.binary(max_size=60) | st.sampled_from(
    [
        b"<Delete><Object><Key/></Object></Delete>",
        b"<Complete%b><Part><PartNumber>1</PartNumber><ETag/></Part></Complete%b>"
        % (b"MultipartUpload", b"MultipartUpload"),
        b"<Tagging><TagSet><Tag/></TagSet></Tagging>",
        b"<CreateBucketConfiguration/>",
        b"<" * 50,
    ]
)
PATHS = st.sampled_from(["/", "/bkt", "/bkt/", "/bkt/k", "/bkt/none", "/none/k"]) | st.text(
    alphabet="/bkt%f02e.\\?#é\x00", max_size=20
).map(lambda text: "/" + text)


@settings(derandomize=True, database=None, max_examples=1500)
@given(
    method=st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "", "G\u00cbT"]),
    path=PATHS,
    query=st.lists(st.tuples(st.sampled_from(FLAGS) | GARBAGE, GARBAGE), max_size=4),
    headers=st.dictionaries(HEADERS, GARBAGE, max_size=5),
    body=BODIES,
    host=st.sampled_from(["127.0.0.1", "bkt.localhost", "", "[", ":::", "."])
    | GARBAGE
    | GARBAGE.map(lambda text: f"{text}.localhost"),
)
def test_no_request_breaks_it(
    method: str,
    path: str,
    query: list[tuple[str, str]],
    headers: dict[str, str],
    body: bytes,
    host: str,
) -> None:
    world = World()
    world.ask("PUT", "/bkt/")
    world.ask("PUT", "/bkt/k", b"data")
    sent = {"authorization": "OSS alice:x", "content-length": str(len(body))} | headers
    request = WireRequest(method, path, "", tuple(query), sent, body, "http", host)
    world.service.operation(request)
    answer = world.service.answer(request, world.now)
    assert answer.status in {200, 204, 206, 304, 400, 403, 404, 405, 409, 411, 412, 416, 501}
    if answer.status >= 400 and method != "HEAD":
        assert texts(answer, "Code") != [""], "every refusal can be parsed"
    for name, value in answer.headers.items():
        sendable = f"{name}: {value}".encode()
        assert not set(sendable) & {0, 10, 13}, name


@settings(derandomize=True, database=None)
@given(raw=st.text(alphabet="ab&=%;+", max_size=20))
def test_any_query_is_recognised_as_something(raw: str) -> None:
    pairs = tuple(parse_qsl(raw, keep_blank_values=True))
    request = WireRequest("GET", "/b/k", raw, pairs, {}, b"", "http", "localhost")
    assert World().service.operation(request).name


def test_texts_reads_nothing_from_an_empty_list(world: World) -> None:
    world.ask("PUT", "/bkt/")
    assert texts(world.ask("GET", "/bkt/"), "Contents/Key") == []
