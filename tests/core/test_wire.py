"""The envelope: any bytes become a Request or a CpiError, any Response one ASCII JSON object."""

from __future__ import annotations

import json

import pytest
from cpikit_toy.provider import PROVIDER
from hypothesis import example, given, settings
from hypothesis import strategies as st
from toy_process import answer_of, checked, request, run, write_config

from cpikit import CpiError, VMCreationFailed, testing
from cpikit.wire import Request, Response, kind_of, parse

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["info", "has_vm", "create_vm", "ping", "arguments", "\ud800"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
METHODS = st.sampled_from(
    ["info", "has_vm", "create_vm", "create_disk", "ping", "", "x", "__init__", "\ud800"]
)
ENVELOPES = st.fixed_dictionaries(
    {},
    optional={
        "method": METHODS | JSON,
        "arguments": st.lists(JSON, max_size=7) | JSON,
        "context": st.dictionaries(st.text(), JSON, max_size=3) | JSON,
        "api_version": st.integers(-1, 5) | JSON,
        "more": JSON,
    },
)
WELL = request("has_vm", "vm-1")


def mangled(draw_bytes, at, cut):
    return WELL[: at % len(WELL)] + draw_bytes + WELL[(at % len(WELL)) + cut :]


RAW = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")),
    JSON.map(lambda value: json.dumps(value).encode()),
    ENVELOPES.map(lambda value: json.dumps(value).encode()),
    ENVELOPES.map(
        lambda value: json.dumps(value, ensure_ascii=False).encode("utf-16", "surrogatepass")
    ),
    st.builds(mangled, st.binary(max_size=4), st.integers(0, 500), st.integers(0, 9)),
    st.integers(1, 200_000).map(lambda depth: b"[" * depth),
    st.integers(1, 2000).map(lambda depth: b'{"method":' * depth + b"1" + b"}" * depth),
)


def is_valid_for_anything(raw):
    answer = testing.InProcess(PROVIDER, {"state_dir": "/nowhere"}).raw(raw)
    assert answer.isascii()
    assert answer.endswith(b"\n")
    assert answer.count(b"\n") == 1
    checked(answer)


@settings(max_examples=400)
@given(RAW)
@example(b"")
@example(b"\xef\xbb\xbf{}")
@example(b'{"method":"info","method":"has_vm","arguments":[]}')
def test_any_bytes_get_one_valid_response_of_a_known_type(raw):
    is_valid_for_anything(raw)


@pytest.mark.slow
@settings(max_examples=5000)
@given(RAW)
def test_five_thousand_malformed_requests_get_one_valid_response_each(raw):
    is_valid_for_anything(raw)


@pytest.mark.slow
@settings(max_examples=200)
@given(RAW)
def test_two_hundred_malformed_requests_are_answered_by_the_executable(tmp_path_factory, raw):
    folder = tmp_path_factory.getbasetemp() / "executable"
    folder.mkdir(exist_ok=True)
    answer_of(run(write_config(folder), raw))


@given(ENVELOPES)
def test_a_request_is_read_whole_or_refused_with_its_place(body):
    raw = json.dumps(body).encode()
    try:
        found = parse(raw)
    except CpiError as error:
        assert "wanted" in error.message
        return
    body = json.loads(raw)
    assert found.method == body["method"]
    assert found.arguments == body["arguments"] or "NaN" in repr(found.arguments)
    assert found.context == (body.get("context") or {})
    assert found.api_version == body.get("api_version")


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"arguments": []}, "$.method: wanted the name of a CPI method, found null"),
        ({"method": 1, "arguments": []}, "$.method: wanted the name of a CPI method, found a num"),
        ({"method": "", "arguments": []}, "$.method: "),
        ({"method": "x"}, "$.arguments: wanted an array, found null"),
        ({"method": "x", "arguments": {}}, "$.arguments: wanted an array, found an object"),
        ({"method": "x", "arguments": [], "context": []}, "$.context: wanted an object"),
        ({"method": "x", "arguments": [], "api_version": "2"}, "found a string"),
        ({"method": "x", "arguments": [], "api_version": True}, "found a boolean"),
        ({"method": "x", "arguments": [], "api_version": 2.0}, "found a number"),
    ],
)
def test_what_is_malformed_is_told_with_its_place(body, place):
    with pytest.raises(CpiError, match="malformed request") as refused:
        parse(json.dumps(body).encode())
    assert place in refused.value.message


def test_unknown_keys_pass_and_null_is_absent():
    body = {"method": "x", "arguments": [], "context": None, "api_version": None, "new": 1}
    found = parse(json.dumps(body).encode())
    assert (found.context, found.api_version) == ({}, None)
    assert (found.request_id, found.director_uuid, found.stemcell_api_version) == ("", "", None)


@given(JSON)
def test_odd_contexts_give_empty_words(value):
    found = Request(
        method="x",
        arguments=[],
        context={"request_id": value, "director_uuid": value, "vm": value},
        api_version=2,
    )
    assert isinstance(found.request_id, str)
    assert isinstance(found.director_uuid, str)
    assert found.stemcell_api_version is None or isinstance(found.stemcell_api_version, int)


@pytest.mark.parametrize(
    ("vm", "version"),
    [
        ({"stemcell": {"api_version": 3}}, 3),
        ({"stemcell": {"api_version": True}}, None),
        ({"stemcell": {}}, None),
        ({"stemcell": None}, None),
        ({}, None),
    ],
)
def test_the_stemcell_s_version_is_a_number_or_absent(vm, version):
    found = Request(method="x", arguments=[], context={"vm": vm}, api_version=2)
    assert found.stemcell_api_version == version


@given(st.text(), st.booleans())
def test_an_error_is_encoded_with_its_three_keys(message, ok):
    raw = Response(result=1, error=VMCreationFailed(message, ok_to_retry=ok)).encode()
    assert raw.isascii()
    error = checked(raw)["error"]
    assert error["type"] == "Bosh::Clouds::VMCreationFailed"
    assert error["ok_to_retry"] is ok


@pytest.mark.parametrize("junk", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_json_does_not_have_is_not_encoded(junk):
    with pytest.raises(ValueError, match="JSON"):
        Response(result=[junk]).encode()


def test_a_value_s_kind_is_told_and_never_the_value():
    kinds = [None, True, 1, 1.5, "s", [], {}, object()]
    assert [kind_of(kind) for kind in kinds] == [
        "null",
        "a boolean",
        "a number",
        "a number",
        "a string",
        "an array",
        "an object",
        "object",
    ]
