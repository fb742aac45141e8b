"""Tags: put on, taken off, listed; and each of their codes, without a rule."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.instances_kit import GROUP, refused
from tests.simulator.storage_kit import (
    ENI,
    FREE,
    IMAGE,
    OTHERS_IMAGE,
    RUNNING,
    SNAPSHOT,
    USED,
    Row,
    begin,
    check,
    knob,
    named,
    told,
)

ONE = [{"Key": "a", "Value": "b"}]
MANY = [{"Key": f"k{n}"} for n in range(21)]
LONG = "x" * 129


def on(*ids: str, **more: Any) -> dict[str, Any]:
    return {"ResourceType": "disk", "ResourceId": list(ids), "Tag": ONE, **more}


def off(*ids: str, **more: Any) -> dict[str, Any]:
    return {"ResourceType": "disk", "ResourceId": list(ids), "TagKey": ["a"], **more}


FULL = {FREE: {"tags": {f"k{n}": "" for n in range(20)}}}
PUT: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("MissingParameter.ResourceType", {}, {}, on(FREE, ResourceType="")),
    ("MissingParameter.Tags", {}, {}, on(FREE, Tag=[])),
    ("MissingParameter", {}, {}, on()),
    ("InvalidResourceType.NotFound", {}, {}, on(FREE, ResourceType="lamp")),
    ("InvalidResourceId.NotFound", {}, {}, on(FREE, "d-none")),
    ("InvalidResourceId.NotFound", {}, {}, on(SNAPSHOT)),
    ("InvalidResourceId.NotFound", {}, {}, on("rir-1", ResourceType="reservedinstance")),
    ("InvalidResourceId.NotSupported", {}, {}, on(OTHERS_IMAGE, ResourceType="image")),
    (
        "InvalidResourceId.NotSupported",
        {ENI: {"service_managed": True}},
        {},
        on(ENI, ResourceType="eni"),
    ),
    ("InvalidRegionId.NotFound", {}, {}, on(FREE, RegionId="cn-nowhere")),
    ("Duplicate.TagKey", {}, {}, on(FREE, Tag=ONE * 2)),
    ("InvalidTag.Mismatch", {}, {}, on(FREE, Tag=[*ONE, {"Value": "b"}])),
    ("InvalidTagKey.Malformed", {}, {}, on(FREE, Tag=[{"Key": "aliyun"}])),
    ("InvalidTagKey.Malformed", {}, {}, on(FREE, Tag=[{"Key": LONG}])),
    ("InvalidTagValue.Malformed", {}, {}, on(FREE, Tag=[{"Key": "a", "Value": LONG}])),
    ("InvalidTagValue.Malformed", {}, {}, on(FREE, Tag=[{"Key": "a", "Value": "see http://x"}])),
    ("NumberExceed.ResourceIds", {}, {}, on(*(f"d-{n}" for n in range(51)))),
    ("NumberExceed.Tags", {}, {}, on(FREE, Tag=MANY)),
    ("InvalidTagCount", {}, knob("tags.count_code", "InvalidTagCount"), on(FREE, Tag=MANY)),
    ("QuotaExceed.Tags", FULL, {}, on(FREE)),
    (
        "OperationDenied.QuotaExceed",
        FULL,
        knob("tags.quota_code", "OperationDenied.QuotaExceed"),
        on(FREE),
    ),
    ("NoPermission.Tag", {}, told("no_tags", "*"), on(FREE)),
    ("PermissionDenied.Scope", {}, told("tag_scope", "*"), on(FREE)),
    ("PermissionDenied.TagOwnerUid", {}, told("tags_of_others", "*"), on(FREE)),
]
TAKE: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("MissingParameter.ResourceType", {}, {}, off(FREE, ResourceType="")),
    ("MissingParameter.Tags", {}, {}, off(FREE, TagKey=[])),
    ("InvalidResourceType.NotFound", {}, {}, off(FREE, ResourceType="lamp")),
    ("InvalidResourceId.NotFound", {}, {}, off("d-none")),
    ("InvalidResourceId.NotSupported", {}, {}, off(OTHERS_IMAGE, ResourceType="image")),
    ("InvalidRegionId.NotFound", {}, {}, off(FREE, RegionId="cn-nowhere")),
    ("Duplicate.TagKey", {}, {}, off(FREE, TagKey=["a", "a"])),
    ("InvalidTagKey.Malformed", {}, {}, off(FREE, TagKey=["acs:x"])),
    ("NumberExceed.ResourceIds", {}, {}, off(*(f"d-{n}" for n in range(51)))),
    ("NumberExceed.Tags", {}, {}, off(FREE, TagKey=[f"k{n}" for n in range(21)])),
    (
        "InvalidTagCount",
        {},
        knob("tags.count_code", "InvalidTagCount"),
        off(FREE, TagKey=[f"k{n}" for n in range(21)]),
    ),
    ("NoPermission.Tag", {}, told("no_tags", "*"), off(FREE)),
    ("PermissionDenied.Scope", {}, told("tag_scope", "*"), off(FREE)),
    ("PermissionDenied.TagOwnerUid", {}, told("tags_of_others", "*"), off(FREE)),
]
SEE: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("MissingParameter.ResourceType", {}, {}, on(FREE, ResourceType="")),
    ("MissingParameter.Tags", {}, {}, {"ResourceType": "disk"}),
    ("InvalidResourceType.NotFound", {}, {}, on(FREE, ResourceType="lamp")),
    ("InvalidRegionId.NotFound", {}, {}, on(FREE, RegionId="cn-nowhere")),
    ("Duplicate.TagKey", {}, {}, on(FREE, Tag=ONE * 2)),
    ("InvalidTag.Mismatch", {}, {}, on(FREE, Tag=[{"Value": "b"}])),
    ("InvalidTagKey.Malformed", {}, {}, on(FREE, Tag=[{"Key": "aliyun"}])),
    ("InvalidTagValue.Malformed", {}, {}, on(FREE, Tag=[{"Key": "a", "Value": LONG}])),
    ("NumberExceed.ResourceIds", {}, {}, on(*(f"d-{n}" for n in range(51)))),
    ("NumberExceed.Tags", {}, {}, on(FREE, Tag=MANY)),
    ("InvalidTagCount", {}, knob("tags.count_code", "InvalidTagCount"), on(FREE, Tag=MANY)),
    ("NoPermission.Tag", {}, told("no_tags", "*"), on(FREE)),
    ("PermissionDenied.Scope", {}, told("tag_scope", "*"), on(FREE)),
    ("PermissionDenied.TagOwnerUid", {}, told("tags_of_others", "*"), on(FREE)),
]


def old(**more: Any) -> dict[str, Any]:
    return {"ResourceType": "disk", "ResourceId": FREE, "Tag": ONE, **more}


SHARED_CODES: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("InvalidResourceType.NotFound", {}, {}, old(ResourceType="lamp")),
    ("InvalidResourceId.NotFound", {}, {}, old(ResourceId="d-none")),
    ("InvalidRegionId.NotFound", {}, {}, old(RegionId="cn-nowhere")),
    (
        "InvalidResourceId.NotSupported",
        {},
        {},
        old(ResourceType="image", ResourceId=OTHERS_IMAGE),
    ),
    ("InvalidTagCount", {}, {}, old(Tag=MANY)),
    ("InvalidTagKey.Malformed", {}, {}, old(Tag=[{"Key": "aliyun"}])),
]
OLD_PUT: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("Duplicate.TagKey", {}, {}, old(Tag=ONE * 2)),
    ("InvalidTag.Mismatch", {}, {}, old(Tag=[*ONE, {"Value": "b"}])),
    ("InvalidTagValue.Malformed", {}, {}, old(Tag=[{"Key": "a", "Value": LONG}])),
    ("OperationDenied.QuotaExceed", FULL, {}, old()),
]
OLD_SEE: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("InvalidResourceType.NotFound", {}, {}, {"ResourceType": "lamp"}),
    ("InvalidRegionId.NotFound", {}, {}, {"RegionId": "cn-nowhere"}),
    ("InvalidTagCount", {}, {}, {"Tag": MANY}),
    ("InvalidTagKey.Malformed", {}, {}, {"Tag": [{"Key": "aliyun"}]}),
    ("InvalidTagValue.Malformed", {}, {}, {"Tag": [{"Key": "a", "Value": LONG}]}),
]
ROWS: list[Row] = [
    *[("TagResources", *each) for each in PUT],
    *[("UntagResources", *each) for each in TAKE],
    *[("ListTagResources", *each) for each in SEE],
    *[("AddTags", *each) for each in SHARED_CODES + OLD_PUT],
    *[("RemoveTags", *each) for each in SHARED_CODES],
    *[("DescribeTags", *each) for each in OLD_SEE],
    *[("DescribeResourceByTags", *each) for each in OLD_SEE],
]


@pytest.mark.parametrize("row", ROWS, ids=named(ROWS))
def test_a_call_is_refused_with_the_documented_code(alicloud_direct: Simulator, row: Row) -> None:
    check(alicloud_direct, row, refused)


def tags(alicloud: Simulator, kind: str, *ids: str, **filters: Any) -> list[tuple[str, str, str]]:
    answer = alicloud.ask(
        "Ecs", "ListTagResources", ResourceType=kind, ResourceId=list(ids), **filters
    )
    rows = answer["TagResources"]["TagResource"]
    return [(row["ResourceId"], row["TagKey"], row["TagValue"]) for row in rows]


KINDS = {
    "instance": RUNNING,
    "disk": FREE,
    "image": IMAGE,
    "snapshot": SNAPSHOT,
    "eni": ENI,
    "securitygroup": GROUP,
}


@pytest.mark.parametrize(("kind", "id_"), KINDS.items())
def test_every_kind_takes_tags_and_gives_them_back(
    alicloud_direct: Simulator, kind: str, id_: str
) -> None:
    begin(alicloud_direct)
    ask = alicloud_direct.ask
    both = [*ONE, {"Key": "empty"}]
    ask("Ecs", "TagResources", ResourceType=kind, ResourceId=[id_], Tag=both)
    ask("Ecs", "TagResources", ResourceType=kind, ResourceId=[id_], Tag=[{"Key": "a"}])
    assert tags(alicloud_direct, kind, id_) == [(id_, "a", ""), (id_, "empty", "")]
    ask("Ecs", "UntagResources", ResourceType=kind, ResourceId=[id_], TagKey=["a", "none"])
    assert tags(alicloud_direct, kind, id_) == [(id_, "empty", "")]
    ask("Ecs", "UntagResources", ResourceType=kind, ResourceId=[id_], All=True)
    assert tags(alicloud_direct, kind, id_) == []


def test_a_key_pair_is_tagged_by_its_name(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, {"ssh-1": {"kind": "keypair", "name": "mine"}})
    named_ = {"ResourceType": "keypair", "ResourceId": ["mine"]}
    alicloud_direct.ask("Ecs", "TagResources", **named_, Tag=ONE)
    assert tags(alicloud_direct, "keypair", "mine") == [("mine", "a", "b")]


def test_a_long_list_of_tags_is_read_page_by_page(alicloud_direct: Simulator) -> None:
    more = {
        f"d-bp1{n:03}": {"kind": "disk", "tags": {"a": str(n), "common": "x"}} for n in range(60)
    }
    begin(alicloud_direct, more)
    found, token = [], ""
    while True:
        page = alicloud_direct.ask(
            "Ecs",
            "ListTagResources",
            ResourceType="disk",
            NextToken=token,
            TagFilter=[{"TagKey": "common", "TagValues": ["x", "y"]}],
        )
        found += page["TagResources"]["TagResource"]
        token = page["NextToken"]
        if not token:
            break
    assert len({(row["ResourceId"], row["TagKey"]) for row in found}) == len(found) == 120


def test_the_old_actions_see_the_same_tags(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    ask = alicloud_direct.ask
    ask("Ecs", "AddTags", ResourceType="disk", ResourceId=FREE, Tag=ONE)
    ask("Ecs", "AddTags", ResourceType="instance", ResourceId=RUNNING, Tag=ONE)
    (shown,) = ask("Ecs", "DescribeTags", Tag=[{"Key": "a"}])["Tags"]["Tag"]
    counts = {name: n for name, n in shown["ResourceTypeCount"].items() if n}
    assert (shown["TagKey"], counts) == ("a", {"Disk": 1, "Instance": 1})
    found = ask("Ecs", "DescribeResourceByTags", ResourceType="disk", Tag=ONE)
    assert [row["ResourceId"] for row in found["Resources"]["Resource"]] == [FREE]
    other = [{"Key": "a", "Value": "other"}]
    ask("Ecs", "RemoveTags", ResourceType="disk", ResourceId=FREE, Tag=other)
    assert tags(alicloud_direct, "disk", FREE) == [(FREE, "a", "b")]
    ask("Ecs", "RemoveTags", ResourceType="disk", ResourceId=FREE, Tag=[{"Key": "a"}])
    assert tags(alicloud_direct, "disk", FREE) == []
    assert tags(alicloud_direct, "disk", USED) == []
