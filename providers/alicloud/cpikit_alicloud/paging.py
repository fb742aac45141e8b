"""The pages of a list: which kind of paging an action knows, and where the next page begins.

Source: the API page of each action; both kinds are in use, and sizes that are too large are
clamped by some actions and refused by others.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

MOST_PAGES = 1000  # 100,000 rows: no account has that many, but a server may repeat itself for ever

_BY_NUMBER = {
    "DescribeImages": 100,
    "DescribeInstanceStatus": 50,
    "DescribeVSwitches": 50,
    "DescribeVpcs": 50,
    "DescribeEipAddresses": 100,
    "DescribeKeyPairs": 50,
    "DescribeTasks": 100,
    "DescribeImageSharePermission": 100,
}
"""Actions that know PageNumber alone, with the largest PageSize of each."""

_UNSIZED = frozenset(("ListTagResources", "DescribeAvailableResource", "DescribeZones"))
"""Actions whose page size cannot be set."""


def first(action: str) -> dict[str, Any]:
    """The parameters of the first page."""
    if action in _BY_NUMBER:
        return {"PageNumber": 1, "PageSize": _BY_NUMBER[action]}
    return {} if action in _UNSIZED else {"MaxResults": 100}


def following(
    page: Mapping[str, Any], answer: Mapping[str, Any], so_far: int, here: int
) -> dict[str, Any] | None:
    """The next page's parameters; None after the last one.

    `so_far` and `here` count the rows of all pages and of this one. TotalCount counts for page
    numbers alone: with tokens it is documented as meaningless.
    """
    if "PageNumber" in page:
        if not here or so_far >= int(answer.get("TotalCount") or 0):
            return None
        return {**page, "PageNumber": page["PageNumber"] + 1}
    token = answer.get("NextToken")
    if not token or token == page.get("NextToken"):
        return None
    return {**page, "NextToken": token}


def rows(answer: Mapping[str, Any], path: tuple[str, ...]) -> list[dict[str, Any]]:
    """The rows in an answer; absent and null wrappers are an empty list."""
    found: Any = answer
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
