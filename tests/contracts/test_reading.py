"""The strict and the kind reading of an answer."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpikit_contracts.exchange import Ending, Exchange, Invocation
from cpikit_contracts.reading import CpiError, first_object, only_object, read

ANSWERS = st.fixed_dictionaries(
    {
        "result": st.none() | st.text() | st.integers() | st.lists(st.text()),
        "error": st.none(),
        "log": st.text(),
    }
)


def exchanged(stdout: bytes) -> Exchange:
    return Exchange(Invocation((), b"", "director", {}), stdout, b"", 0, Ending.EOF, 0.0)


@given(ANSWERS, st.sampled_from([b"", b" ", b"\n", b"\r\n\t"]))
def test_an_answer_is_read_alike_kindly_and_strictly(answer: dict[str, Any], space: bytes) -> None:
    stdout = space + json.dumps(answer).encode() + space
    assert only_object(stdout) == (answer, "")
    assert first_object(stdout) == answer


@given(ANSWERS, st.binary(min_size=1, max_size=30).filter(lambda junk: bool(junk.strip())))
def test_junk_around_an_answer_is_refused_strictly_and_forgiven_kindly(
    answer: dict[str, Any], junk: bytes
) -> None:
    stdout = json.dumps(answer).encode() + b"\n" + junk
    assert only_object(stdout)[0] is None
    assert first_object(stdout) == answer


@given(st.binary(max_size=200))
def test_no_bytes_break_either_reading(stdout: bytes) -> None:
    strict, said = only_object(stdout)
    assert (strict is None) == bool(said)
    read(exchanged(stdout))


@pytest.mark.parametrize(
    ("kind", "message", "means"),
    [
        ("Bosh::Clouds::NotImplemented", "x", True),
        ("InvalidCall", "Method is not known, got x", True),
        ("Bosh::Clouds::CloudError", "Invalid Method: x", True),
        ("InvalidCall", "x", False),
        ("NotImplemented", "x", False),
        ("Bosh::Clouds::NotSupported", "x", False),
    ],
)
def test_not_implemented_has_three_forms(kind: str, message: str, means: bool) -> None:
    assert CpiError(kind, message, ok_to_retry=False).means_not_implemented is means


@pytest.mark.parametrize(
    "stdout", [b"", b"null", b"[]", b'"x"', b"NaN", b"\xef\xbb\xbf{}", b"{}{}"]
)
def test_what_ruby_and_go_refuse_is_refused(stdout: bytes) -> None:
    assert only_object(stdout)[0] is None


def test_falsy_errors_are_read_kindly_as_none() -> None:
    assert read(exchanged(b'{"result":1,"error":false,"log":""}')).succeeded
