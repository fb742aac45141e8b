"""Cut a list into pages, by number or by token, as the APIs do."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Generic, TypeVar

from attrs import frozen

from cpikit_alicloud_simulator import refusal
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.parameters import Parameters
from cpikit_alicloud_simulator.refusal import Refusal

T = TypeVar("T")

PAGE_SIZE_OVER = Knob(
    "paging.page_size_over_maximum",
    "clamp",
    ("clamp", "refuse"),
    "What a PageSize above the maximum does.",
    "unverified: MaxResults is documented as clamped, PageSize is not",
)
TOKEN_TOTAL = Knob(
    "paging.total_count_with_tokens",
    "true",
    ("true", "zero"),
    "TotalCount of an answer that is paged by NextToken: the true count, or 0.",
    "ECS documents call the value meaningless in token mode",
)

LAST_TOKEN = Knob(
    "paging.last_token",
    "empty",
    ("empty", "absent"),
    "What NextToken is in an answer after which nothing follows.",
    "seen both ways: clients have to take an absent one and an empty one for the end",
)


@frozen
class Paging:
    """How one action pages. `numbers`: PageNumber and PageSize; `tokens`: NextToken, MaxResults.

    `least` is what a smaller MaxResults is raised to. An empty `size_parameter` says that the size
    of a page cannot be chosen.
    """

    default: int
    maximum: int
    least: int = 1
    numbers: bool = True
    tokens: bool = False
    size_parameter: str = "MaxResults"
    bad_token: Refusal = refusal.INVALID_PAGE
    bad_number: Refusal = refusal.INVALID_PAGE
    sends_max_results: bool = False

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters that belong to paging."""
        by_number = ("PageNumber", "PageSize") if self.numbers else ()
        by_token = ("NextToken", self.size_parameter) if self.tokens else ()
        return tuple(name for name in (*by_number, *by_token) if name)


@frozen
class Page(Generic[T]):
    """One page: its rows, and the fields of the answer that tell where it lies."""

    rows: Sequence[T]
    fields: dict[str, object]


@frozen
class PagingChoices:
    """The knobs of paging as a world has them."""

    clamps: bool = True
    true_total: bool = True
    ends_with_token: bool = True


def cut(
    given: Parameters, paging: Paging, rows: Sequence[T], key: Sequence[str], how: PagingChoices
) -> Page[T]:
    """Give the page that a call asks for. `key` names each row, in the order of the rows.

    A token names the last row that was shown, so rows that come or go between two calls neither
    repeat nor hide others.
    """
    asks_by_token = given.has("NextToken") or given.has(paging.size_parameter)
    by_number = given.has("PageNumber") or given.has("PageSize")
    if paging.tokens and (asks_by_token or not paging.numbers or not by_number):
        return _by_token(given, paging, rows, key, how)
    return _by_number(given, paging, rows, how)


def _by_number(given: Parameters, paging: Paging, rows: Sequence[T], how: PagingChoices) -> Page[T]:
    number = given.integer("PageNumber", 1, low=1, otherwise=paging.bad_number)
    high = None if how.clamps else paging.maximum
    size = given.integer("PageSize", paging.default, low=1, high=high, otherwise=paging.bad_number)
    size = min(size, paging.maximum)
    shown = rows[(number - 1) * size : number * size]
    fields: dict[str, object] = {"PageNumber": number, "PageSize": size, "TotalCount": len(rows)}
    return Page(shown, fields)


def _by_token(
    given: Parameters, paging: Paging, rows: Sequence[T], key: Sequence[str], how: PagingChoices
) -> Page[T]:
    size = given.integer(paging.size_parameter, paging.default, low=0, otherwise=paging.bad_number)
    size = min(max(size, paging.least), paging.maximum)
    token = given.text("NextToken")
    first = _after(token, key, paging) if token else 0
    last = first + size
    more = last < len(rows)
    fields: dict[str, object] = {
        "NextToken": _token(last, key[last - 1]) if more else "",
        "TotalCount": len(rows) if how.true_total else 0,
    }
    if not more and not how.ends_with_token:
        del fields["NextToken"]
    if paging.numbers:
        fields |= {"PageNumber": 1, "PageSize": size}
    if paging.sends_max_results:
        fields["MaxResults"] = size
    return Page(rows[first:last], fields)


def _token(place: int, key: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([place, key]).encode()).decode()


def _after(token: str, key: Sequence[str], paging: Paging) -> int:
    """Find where the page after a token begins."""
    try:
        place, name = json.loads(base64.b64decode(token.encode(), b"-_", validate=True))
    except (ValueError, TypeError, binascii.Error) as error:
        raise paging.bad_token.error(name="NextToken") from error
    if not isinstance(place, int) or not isinstance(name, str) or not 0 < place < 10**9:
        raise paging.bad_token.error(name="NextToken")
    if place <= len(key) and key[place - 1] == name:
        return place
    if name in key:
        return list(key).index(name) + 1
    return min(place - 1, len(key))  # the row is gone: those after it have moved up
