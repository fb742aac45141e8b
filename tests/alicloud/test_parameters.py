"""Parameters as the wire has them, and pages as each action knows them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpikit.errors import CpiError
from cpikit_alicloud import paging
from cpikit_alicloud.parameters import flat


@pytest.mark.parametrize(
    ("given_", "sent"),
    [
        ({"A": "x"}, {"A": "x"}),
        ({"A": None}, {}),
        ({"A": True, "B": False}, {"A": "true", "B": "false"}),
        ({"A": 3, "B": 2.0, "C": 2.5}, {"A": "3", "B": "2", "C": "2.5"}),
        ({"A": ["x", "y"]}, {"A.1": "x", "A.2": "y"}),
        (
            {"Tag": [{"Key": "k", "Value": ""}, {"Key": "l", "Value": None}]},
            {"Tag.1.Key": "k", "Tag.1.Value": "", "Tag.2.Key": "l"},
        ),
        ({"SystemDisk": {"Size": 40, "Category": None}}, {"SystemDisk.Size": "40"}),
        (
            {"NetworkInterface": [{"SecurityGroupIds": ["sg-1", "sg-2"]}]},
            {
                "NetworkInterface.1.SecurityGroupIds.1": "sg-1",
                "NetworkInterface.1.SecurityGroupIds.2": "sg-2",
            },
        ),
        ({"A": [], "B": {}}, {}),
    ],
)
def test_values_become_flat_texts(given_: dict[str, Any], sent: dict[str, str]) -> None:
    assert flat(given_) == sent


def test_what_is_no_unicode_text_is_refused() -> None:
    with pytest.raises(CpiError, match="DiskId is not Unicode"):
        flat({"DiskId": "d-\ud800"})


_NAMES = st.text("ABCDEFGH", min_size=1, max_size=3)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("abc", max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(_NAMES, _VALUES, max_size=4))
@settings(derandomize=True, database=None, max_examples=200)
def test_every_leaf_is_sent_once_as_text(parameters: dict[str, Any]) -> None:
    def leaves(value: Any) -> int:
        if isinstance(value, dict):
            return sum(map(leaves, value.values()))
        if isinstance(value, list):
            return sum(map(leaves, value))
        return 0 if value is None else 1

    sent = flat(parameters)
    assert len(sent) == leaves(parameters)
    assert all(isinstance(value, str) for value in sent.values())


def pages_of(action: str, answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The parameters of each page asked for, until the last one."""
    page, asked, so_far = paging.first(action), [], 0
    for answer in answers:
        asked.append(page)
        here = len(paging.rows(answer, ("Rows",)))
        so_far += here
        following = paging.following(page, answer, so_far, here)
        if following is None:
            return asked
        page = following
    raise AssertionError("more pages are wanted than there are")


def rows(count: int) -> list[dict[str, int]]:
    return [{"n": n} for n in range(count)]


def test_tokens_are_followed_to_the_page_without_one() -> None:
    answers = [
        {"Rows": rows(2), "NextToken": "a", "TotalCount": 0},
        {"Rows": [], "NextToken": "b", "TotalCount": 0},
        {"Rows": rows(1), "NextToken": ""},
    ]
    asked = pages_of("DescribeDisks", answers)
    assert [page.get("NextToken") for page in asked] == [None, "a", "b"]


def test_a_token_that_repeats_itself_ends_the_list() -> None:
    answers = [{"Rows": rows(1), "NextToken": "a"}, {"Rows": rows(1), "NextToken": "a"}]
    assert len(pages_of("DescribeDisks", answers)) == 2


def test_page_numbers_are_counted_up_to_the_total() -> None:
    answers = [
        {"Rows": rows(100), "TotalCount": 250},
        {"Rows": rows(100), "TotalCount": 250},
        {"Rows": rows(50), "TotalCount": 250},
    ]
    asked = pages_of("DescribeImages", answers)
    assert [page["PageNumber"] for page in asked] == [1, 2, 3]


def test_an_empty_page_ends_a_list_whose_total_is_wrong() -> None:
    assert len(pages_of("DescribeImages", [{"Rows": [], "TotalCount": 9}])) == 1


@pytest.mark.parametrize(
    "answer", [{}, {"Rows": None}, {"Rows": "x"}, {"Rows": [1, None]}, {"A": 1}]
)
def test_an_answer_without_rows_has_none(answer: dict[str, Any]) -> None:
    assert paging.rows(answer, ("Rows",)) == []
    assert paging.rows(answer, ("A", "Rows")) == []
