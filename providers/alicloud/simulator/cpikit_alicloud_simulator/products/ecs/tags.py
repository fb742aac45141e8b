"""Tags of ECS: put on resources, taken off, listed; by the present actions and the old ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.paging import Paging
from cpikit_alicloud_simulator.products.ecs import tags_refusals as refusals
from cpikit_alicloud_simulator.products.ecs.conditions import refuse_account
from cpikit_alicloud_simulator.products.ecs.instance import Instance
from cpikit_alicloud_simulator.products.ecs.key_pairs import KeyPair, key_pair_named
from cpikit_alicloud_simulator.products.ecs.kinds import Disk, Image, Interface, Snapshot
from cpikit_alicloud_simulator.products.ecs.security_groups import SecurityGroup
from cpikit_alicloud_simulator.products.ecs.surroundings import DedicatedHost, LaunchTemplate
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.resource import Resource
from cpikit_alicloud_simulator.tagging import TAGS_PER_RESOURCE, checked_tags, is_fine

KINDS: Mapping[str, type[Resource]] = {
    "instance": Instance,
    "disk": Disk,
    "image": Image,
    "snapshot": Snapshot,
    "eni": Interface,
    "securitygroup": SecurityGroup,
    "keypair": KeyPair,
    "ddh": DedicatedHost,
    "launchtemplate": LaunchTemplate,
}
"""What carries tags, by the word that TagResources has for it."""

KNOWN = (*KINDS, "reservedinstance", "snapshotpolicy", "volume", "elasticityassurance")
"""Words that TagResources takes; of those without a kind, no world has any."""

QUOTA_CODE = Knob(
    "tags.quota_code",
    "QuotaExceed.Tags",
    ("QuotaExceed.Tags", "OperationDenied.QuotaExceed"),
    "What TagResources answers when a resource would have more than 20 tags.",
    "unverified: the error table has both; AddTags has only the second",
)
COUNT_CODE = Knob(
    "tags.count_code",
    "NumberExceed.Tags",
    ("NumberExceed.Tags", "InvalidTagCount"),
    "What TagResources, UntagResources and ListTagResources answer for more than 20 tags.",
    "unverified: the error tables have both; the old actions have only the second",
)
MOST_RESOURCES = 50
"""ECS 2014-05-26, TagResources, ResourceId.N."""
MOST_TAGS = 20
"""ECS 2014-05-26, TagResources, Tag.N."""

_PAGES = Paging(default=50, maximum=50, numbers=False, tokens=True, size_parameter="")
"""ECS 2014-05-26, ListTagResources: the size of a page cannot be chosen."""
_ACCOUNT_WORDS: Mapping[str, Refusal] = {
    "tags_of_others": refusals.OTHER_OWNER,
    "tag_scope": refusals.SCOPE_CLOSED,
    "no_tags": refusals.NO_PERMISSION,
}
_MISSING = {
    "RegionId": refusals.NO_REGION,
    "ResourceType": refusals.NO_RESOURCE_TYPE,
    "Tag.N.Key": refusals.NO_TAGS,
}


@action(
    "Ecs",
    "TagResources",
    effect="write",
    required="RegionId ResourceType ResourceId.N Tag.N.Key",
    optional="Tag.N.Value",
    resource="ResourceId",
    missing=_MISSING,
)
def tag_resources(call: Call) -> Answer:
    """Put tags on up to 50 resources; the same key is overwritten."""
    refuse_account(call, _ACCOUNT_WORDS)
    _demand_counts(call, len(call.structures("Tag")))
    tags = _checked(call)
    found = _named(call, call.texts("ResourceId"))
    code = call.knob(QUOTA_CODE)
    over = refusals.QUOTA if code == "QuotaExceed.Tags" else refusals.DENIED_BY_QUOTA
    _demand_room(call, found, tags, over)
    call.checked()
    for resource in found:
        resource.tags = {**resource.tags, **tags}
    return {}


@action(
    "Ecs",
    "UntagResources",
    effect="write",
    required="RegionId ResourceType ResourceId.N",
    optional="TagKey.N All",
    resource="ResourceId",
    missing=_MISSING,
)
def untag_resources(call: Call) -> Answer:
    """Take tags off resources; `All` counts only where no key is named."""
    refuse_account(call, _ACCOUNT_WORDS)
    keys = call.texts("TagKey")
    _demand_counts(call, len(keys))
    if any(not is_fine(key) for key in keys):
        raise refusals.BAD_KEY.error()
    if len(set(keys)) < len(keys):
        raise refusals.TWICE.error()
    takes_all = bool(call.boolean("All")) and not keys
    if not keys and not takes_all:
        raise refusals.NO_TAGS.error()
    found = _named(call, call.texts("ResourceId"))
    call.checked()
    for resource in found:
        kept = {} if takes_all else {k: v for k, v in resource.tags.items() if k not in keys}
        resource.tags = kept
    return {}


@action(
    "Ecs",
    "ListTagResources",
    effect="read",
    required="RegionId ResourceType",
    optional="ResourceId.N Tag.N.Key Tag.N.Value TagFilter.N.TagKey TagFilter.N.TagValues.N",
    paging=_PAGES,
    denied="empty",
    missing=_MISSING,
)
def list_tag_resources(call: Call) -> Answer:
    """List the tags of resources that are named, or that carry all of the given tags."""
    refuse_account(call, _ACCOUNT_WORDS)
    wanted = call.structures("Tag")
    filters = call.structures("TagFilter")
    ids = call.texts("ResourceId")
    _demand_counts(call, len(wanted) + len(filters))
    if not wanted and not ids and not filters:
        raise refusals.NO_TAGS.error()
    _checked(call)
    demands = [(tag.text("Key"), {tag.text("Value")} - {""}) for tag in wanted]
    demands += [(each.text("TagKey"), set(each.texts("TagValues"))) for each in filters]
    rows = [
        (resource, key)
        for resource in _seen(call, ids)
        if all(k in resource.tags and (not v or resource.tags[k] in v) for k, v in demands)
        for key in resource.tags
    ]
    page = call.page(_PAGES, rows, key=lambda row: f"{row[0].id} {row[1]}")
    shown = [
        {
            "ResourceId": _id(resource),
            "ResourceType": call.text("ResourceType"),
            "TagKey": key,
            "TagValue": resource.tags[key],
        }
        for resource, key in page.rows
    ]
    return {
        "TagResources": {"TagResource": shown},
        **{k: v for k, v in page.fields.items() if k == "NextToken"},
    }


@action(
    "Ecs",
    "AddTags",
    effect="write",
    required="ResourceType ResourceId Tag.N.Key",
    optional="Tag.N.Value",
    resource="ResourceId",
)
def add_tags(call: Call) -> Answer:
    """Put tags on one resource, as older clients do."""
    if len(call.structures("Tag")) > MOST_TAGS:
        raise refusals.BAD_COUNT.error()
    tags = _checked(call)
    found = _named(call, [call.text("ResourceId")])
    _demand_room(call, found, tags, refusals.DENIED_BY_QUOTA)
    call.checked()
    for resource in found:
        resource.tags = {**resource.tags, **tags}
    return {}


@action(
    "Ecs",
    "RemoveTags",
    effect="write",
    required="ResourceType ResourceId",
    optional="Tag.N.Key Tag.N.Value",
    resource="ResourceId",
)
def remove_tags(call: Call) -> Answer:
    """Take tags off one resource; one with another value than the given stays."""
    given = call.structures("Tag")
    if not 0 < len(given) <= MOST_TAGS:
        raise refusals.BAD_COUNT.error()
    if any(not tag.has("Key") or not is_fine(tag.text("Key")) for tag in given):
        raise refusals.BAD_KEY.error()
    (resource,) = _named(call, [call.text("ResourceId")])
    call.checked()
    gone = [
        tag.text("Key")
        for tag in given
        if tag.text("Value", None) in (None, resource.tags.get(tag.text("Key")))
    ]
    resource.tags = {key: value for key, value in resource.tags.items() if key not in gone}
    return {}


def _demand_counts(call: Call, count: int) -> None:
    resources = len(call.texts("ResourceId"))
    if resources > MOST_RESOURCES:
        raise refusals.TOO_MANY_RESOURCES.error(count=resources)
    if count > MOST_TAGS:
        named = call.knob(COUNT_CODE) == "NumberExceed.Tags"
        raise (refusals.TOO_MANY_TAGS if named else refusals.BAD_COUNT).error(count=count)


def _checked(call: Call) -> dict[str, str]:
    if any(not tag.has("Key") for tag in call.structures("Tag")):
        raise refusals.MISMATCH.error()
    return checked_tags(call)


def _demand_room(
    call: Call, found: Sequence[Resource], tags: Mapping[str, str], over: Refusal
) -> None:
    for resource in found:
        call.within(TAGS_PER_RESOURCE, len({**resource.tags, **tags}), over)


def kind_named(call: Call) -> type[Resource] | None:
    """Give the kind that ResourceType names; None for one that no world has any of."""
    word = call.text("ResourceType").lower()
    if word not in KNOWN:
        raise refusals.NO_TYPE.error()
    return KINDS.get(word)


def _named(call: Call, ids: Sequence[str]) -> list[Resource]:
    """Give the caller's own resources of these ids, or raise."""
    kind = kind_named(call)
    found: list[Resource] = []
    for id_ in dict.fromkeys(ids):
        resource = None if kind is None else call.own(kind).get(id_)
        if kind is KeyPair:
            resource = key_pair_named(call.world, call.account_id, call.region_id, id_)
        if resource is None:
            raise refusals.NO_RESOURCE.error()
        if resource.account_id != call.account_id or getattr(resource, "service_managed", False):
            raise refusals.UNSUPPORTED.error()
        found.append(resource)
    return found


def _seen(call: Call, ids: Sequence[str]) -> Iterator[Resource]:
    kind = kind_named(call)
    if kind is None:
        return
    every = call.look(kind)
    found = every.ids(ids) if ids and kind is not KeyPair else every.all()
    for resource in found:
        if resource.account_id == call.account_id and (not ids or _id(resource) in ids):
            yield resource


def _id(resource: Resource) -> str:
    return resource.name if isinstance(resource, KeyPair) else resource.id
