"""A client token through the tries of one call: which follows which failure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cpikit_alicloud.client_tokens import with_tokens
from cpikit_alicloud.refusals import AnswerLost, Garbled, Refused


def busy(code: str = "Conflict.Lock", status: int = 400) -> Refused:
    return Refused(code, "not now", status=status)


def tokens_after(*failures: Exception) -> list[str]:
    """The tokens that are sent while these failures come one by one, and then an answer."""
    left = list(failures)
    sent = []

    def send(given: Mapping[str, str]) -> dict[str, Any]:
        sent.append(given["ClientToken"])
        if left:
            raise left.pop(0)
        return {"done": True}

    again = with_tokens({"ClientToken": "a" * 64, "Other": "x"}, send)
    for _ in range(len(failures) + 1):
        try:
            assert again() == {"done": True}
            break
        except (Refused, AnswerLost, Garbled):
            continue
    assert all(len(token) <= 64 for token in sent)
    return [str(sorted(set(sent), key=sent.index).index(token)) for token in sent]


@pytest.mark.parametrize(
    ("failures", "tokens"),
    [
        ([], "0"),
        ([busy(), busy("Throttling.User")], "012"),
        ([AnswerLost("x")], "00"),
        ([AnswerLost("x"), busy("Throttling")], "000"),  # the first one may have made something
        ([Garbled("x"), busy()], "000"),
        ([busy(status=503), busy()], "000"),
        ([busy("IdempotentProcessing"), busy()], "000"),
        ([busy("IdempotentFailed")], "01"),
        ([AnswerLost("x"), busy("IdempotentFailed")], "001"),  # what had that token did nothing
        ([busy("IdempotentFailed"), busy()], "012"),
    ],
)
def test_a_token_is_kept_while_in_doubt_and_fresh_after_a_refusal(
    failures: list[Exception], tokens: str
) -> None:
    assert "".join(tokens_after(*failures)) == tokens


def test_a_call_without_a_token_goes_as_it_is() -> None:
    assert with_tokens({"A": "b"}, dict)() == {"A": "b"}
