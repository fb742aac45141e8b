"""Tags of objects and buckets, in headers and in XML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

from attrs import frozen

from cpikit_alicloud_simulator.oss import documents, errors


@frozen
class TagLimits:
    """How many tags, and how long their keys and values may be."""

    number: int
    key: int
    value: int


OBJECT_TAGS = TagLimits(number=10, key=128, value=256)  # OSS, PutObjectTagging
BUCKET_TAGS = TagLimits(number=20, key=64, value=128)  # OSS, PutBucketTags

_ALLOWED = re.compile(r"[\w +\-=._:/]*")  # OSS: letters, digits, space and + - = . _ : /


def from_header(text: str | None) -> dict[str, str]:
    """Read `x-oss-tagging`: k1=v1&k2=v2, URL-encoded."""
    if not text:
        return {}
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=100, errors="strict")
    except ValueError as error:
        raise errors.invalid_tag("not a list of key=value pairs") from error
    return checked(pairs, OBJECT_TAGS)


def from_document(body: bytes, limits: TagLimits) -> dict[str, str]:
    """Read <Tagging><TagSet><Tag><Key/><Value/>."""
    root = documents.parsed(body, "Tagging")
    if root.find("TagSet") is None:
        raise errors.malformed_xml()
    pairs = []
    for tag in root.findall("TagSet/Tag"):
        key = documents.text(tag, "Key")
        if key is None:
            raise errors.malformed_xml()
        pairs.append((key, documents.text(tag, "Value") or ""))
    return checked(pairs, limits)


def checked(pairs: Iterable[tuple[str, str]], limits: TagLimits) -> dict[str, str]:
    """Give the tags or raise InvalidTag."""
    tags: dict[str, str] = {}
    for key, value in pairs:
        if key in tags:
            raise errors.invalid_tag("a key is given twice")
        if not 1 <= len(key) <= limits.key or len(value) > limits.value:
            raise errors.invalid_tag("a key or a value has a wrong length")
        if not _ALLOWED.fullmatch(key) or not _ALLOWED.fullmatch(value):
            raise errors.invalid_tag("a character is not allowed")
        tags[key] = value
    if len(tags) > limits.number:
        raise errors.invalid_tag(f"more than {limits.number} tags")
    return tags


def document(tags: Mapping[str, str]) -> bytes:
    """Write the tags."""
    pairs = [("Tag", [("Key", key), ("Value", value)]) for key, value in tags.items()]
    return documents.rendered("Tagging", [("TagSet", pairs)])
