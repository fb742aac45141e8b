"""List tags and what carries them, as older clients do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call, has_tags
from cpikit_alicloud_simulator.paging import Paging
from cpikit_alicloud_simulator.products.ecs import tags_refusals as refusals
from cpikit_alicloud_simulator.products.ecs.tags import KINDS, MOST_TAGS, kind_named
from cpikit_alicloud_simulator.resource import Resource
from cpikit_alicloud_simulator.tagging import is_fine

_PAGES = Paging(default=50, maximum=100)  # ECS 2014-05-26, DescribeTags: PageSize
_COUNTS = {
    "instance": "Instance",
    "disk": "Disk",
    "image": "Image",
    "snapshot": "Snapshot",
    "eni": "Eni",
    "securitygroup": "Securitygroup",
    "keypair": "KeyPair",
    "ddh": "Ddh",
    "launchtemplate": "LaunchTemplate",
}


@action(
    "Ecs",
    "DescribeTags",
    effect="read",
    optional="ResourceType ResourceId Tag.N.Key Tag.N.Value",
    paging=_PAGES,
    denied="empty",
)
def describe_tags(call: Call) -> Answer:
    """List tags with how many resources of each kind carry them."""
    _check_filters(call)
    counts: dict[tuple[str, str], Counter[str]] = {}
    filters = call.tag_filters()
    for word, resource in _resources(call):
        if call.text("ResourceId") not in ("", resource.id):
            continue
        for tag in resource.tags.items():
            if not filters or any(k == tag[0] and v in (None, tag[1]) for k, v in filters):
                counts.setdefault(tag, Counter())[word] += 1
    page = call.page(_PAGES, list(counts), key=str)
    shown = [
        {
            "TagKey": key,
            "TagValue": value,
            "ResourceTypeCount": {name: counts[key, value][word] for word, name in _COUNTS.items()},
        }
        for key, value in page.rows
    ]
    return {"Tags": {"Tag": shown}, **page.fields}


@action(
    "Ecs",
    "DescribeResourceByTags",
    effect="read",
    optional="ResourceType Tag.N.Key Tag.N.Value",
    paging=_PAGES,
    denied="empty",
)
def describe_resource_by_tags(call: Call) -> Answer:
    """List the resources that carry all of the given tags."""
    _check_filters(call)
    filters = call.tag_filters()
    rows = [(word, one) for word, one in _resources(call) if one.tags and has_tags(one, filters)]
    page = call.page(_PAGES, rows, key=lambda row: row[1].id)
    shown = [
        {"ResourceId": resource.id, "ResourceType": word, "RegionId": resource.region_id}
        for word, resource in page.rows
    ]
    return {"Resources": {"Resource": shown}, **page.fields}


def _check_filters(call: Call) -> None:
    given = call.structures("Tag")
    if len(given) > MOST_TAGS:
        raise refusals.BAD_COUNT.error()
    if any(not tag.has("Key") or not is_fine(tag.text("Key")) for tag in given):
        raise refusals.BAD_KEY.error()
    if any(not is_fine(tag.text("Value")) for tag in given):
        raise refusals.BAD_VALUE.error()


def _resources(call: Call) -> Iterator[tuple[str, Resource]]:
    """Give the caller's resources of the named kind, or of all kinds."""
    kinds = KINDS
    if call.has("ResourceType"):
        word = call.text("ResourceType").lower()
        kind = kind_named(call)
        kinds = {} if kind is None else {word: kind}
    for word, kind in kinds.items():
        for resource in call.look(kind).all():
            if resource.account_id == call.account_id:
                yield word, resource
