"""Check tags as the clouds do, and put them on resources."""

from __future__ import annotations

from collections.abc import Mapping

from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.limits import Quota
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.resource import Resource

LONGEST = 128
"""ECS, "Tag overview": keys and values have at most 128 characters."""
_FORBIDDEN_STARTS = ("aliyun", "acs:")
_FORBIDDEN_WITHIN = ("http://", "https://")

BAD_KEY = Refusal(400, "InvalidTagKey.Malformed", "The specified Tag.n.Key is not valid.")
BAD_VALUE = Refusal(400, "InvalidTagValue.Malformed", "The specified Tag.n.Value is not valid.")
TWICE = Refusal(400, "Duplicate.TagKey", "The Tag.N.Key contain duplicate key.")
TOO_MANY_AT_ONCE = Refusal(
    400, "InvalidTagCount", "The specified tags are beyond the permitted range."
)
TOO_MANY = Refusal(
    403, "QuotaExceed.Tags", "The quota of tags on the resource is exceeded: {quota} are allowed."
)
TAGS_PER_RESOURCE = Quota(
    "tags_per_resource", 20, "Tags on one resource.", 'ECS, "Limits": 20 tags per resource'
)


def checked_tags(call: Call, *, most: int = 20) -> dict[str, str]:
    """Give `Tag.N.Key` and `Tag.N.Value` as they may be put on a resource, or raise."""
    given = call.structures("Tag")
    if len(given) > most:
        raise TOO_MANY_AT_ONCE.error()
    tags: dict[str, str] = {}
    for tag in given:
        key, value = tag.text("Key"), tag.text("Value")
        if not is_fine(key) or not key:
            raise BAD_KEY.error(name=f"{tag.prefix}Key")
        if not is_fine(value):
            raise BAD_VALUE.error(name=f"{tag.prefix}Value")
        if key in tags:
            raise TWICE.error()
        tags[key] = value
    return tags


def merged_tags(call: Call, resource: Resource, tags: Mapping[str, str]) -> dict[str, str]:
    """Give a resource's tags with these on top, or raise that they are too many."""
    merged = {**resource.tags, **tags}
    call.within(TAGS_PER_RESOURCE, len(merged), TOO_MANY)
    return merged


def is_fine(text: str) -> bool:
    """Say whether a text may be a key or a value of a tag."""
    lower = text.lower()
    return (
        len(text) <= LONGEST
        and not lower.startswith(_FORBIDDEN_STARTS)
        and not any(part in lower for part in _FORBIDDEN_WITHIN)
    )
