"""Check the filters that several lists of ECS have: tags, and when something was made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar

from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.resource import Resource

R = TypeVar("R", bound=Resource)

MOST_TAGS = 20
"""ECS, "Tag overview": a list filters by at most 20 tags."""

TOO_MANY_TAGS = Refusal(400, "InvalidTagCount", "The specified tags are too many.")
VALUE_ALONE = Refusal(400, "InvalidTag.Mismatch", "Tag.n.Key and Tag.n.Value do not match.")
BAD_FILTER_KEY = Refusal(404, "InvalidFilterKey.NotFound", "The Filter.n.Key does not exist.")
BAD_FILTER_VALUE = Refusal(404, "InvalidFilterValue", "The Filter.n.Value is not valid.")
INCOMPLETE = Refusal(400, "IncompleteParamter", "Filter.n.Key and Filter.n.Value go together.")

_KEYS = ("CreationStartTime", "CreationEndTime")
_TIMES = ("%Y-%m-%dT%H:%MZ", "%Y-%m-%dT%H:%M:%SZ")


def checked_tag_filters(call: Call) -> None:
    """Raise for tags that cannot be filtered by; `call.tag_filters()` gives the others."""
    given = call.structures("Tag")
    if len(given) > MOST_TAGS:
        raise TOO_MANY_TAGS.error()
    if any(not tag.has("Key") for tag in given):
        raise VALUE_ALONE.error()


def made_within(call: Call, found: Sequence[R]) -> list[R]:
    """Give those that were made in the hour that Filter.1 and Filter.2 name, or raise."""
    bounds = {"CreationStartTime": float("-inf"), "CreationEndTime": float("inf")}
    for each in call.structures("Filter"):
        key, value = each.text("Key"), each.text("Value")
        if not (key and value):
            raise INCOMPLETE.error()
        if key not in _KEYS:
            raise BAD_FILTER_KEY.error()
        bounds[key] = _moment(value)
    low, high = bounds.values()
    return [one for one in found if low <= one.created_s <= high]


def _moment(text: str) -> float:
    for form in _TIMES:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).timestamp()
        except ValueError:
            continue
    raise BAD_FILTER_VALUE.error()
