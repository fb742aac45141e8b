"""The oracle finds what an SDK would not know, would misread, or would miss."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpikit_alicloud_simulator import oracle
from tests.simulator.signatures_kit import deterministic


def disks(*each: dict[str, Any]) -> dict[str, Any]:
    return {"RequestId": "R", "TotalCount": len(each), "Disks": {"Disk": list(each)}}


def test_an_answer_of_known_keys_and_types_has_no_findings() -> None:
    body = disks({"DiskId": "d-1", "Size": 20, "Portable": True, "Tags": {"Tag": []}})
    assert oracle.unknown_keys("Ecs", "DescribeDisks", body) == []
    assert oracle.wrong_types("Ecs", "DescribeDisks", body) == []


def test_an_unknown_key_is_found_at_any_depth_and_named_once() -> None:
    body = {**disks({"Colour": "red"}, {"Colour": "blue", "Tags": {"Tags": []}}), "Extra": 1}
    assert oracle.unknown_keys("Ecs", "DescribeDisks", body) == [
        "Extra",
        "Disks.Disk[].Colour",
        "Disks.Disk[].Tags.Tags",
    ]


def test_case_counts_in_keys() -> None:
    assert oracle.unknown_keys("Ecs", "AttachDisk", {"requestId": "R"}) == ["requestId"]


@pytest.mark.parametrize(
    ("disk", "finding"),
    [
        ({"Size": "20"}, "Disks.Disk[].Size: wanted int, found str"),
        ({"Size": True}, "Disks.Disk[].Size: wanted int, found bool"),
        ({"Size": 20.0}, "Disks.Disk[].Size: wanted int, found float"),
        ({"DiskId": 1}, "Disks.Disk[].DiskId: wanted str, found int"),
        ({"Portable": "true"}, "Disks.Disk[].Portable: wanted bool, found str"),
        ({"Tags": []}, "Disks.Disk[].Tags: wanted object, found list"),
        ({"Tags": {"Tag": {}}}, "Disks.Disk[].Tags.Tag: wanted list, found dict"),
    ],
)
def test_a_value_of_another_type_is_found(disk: dict[str, Any], finding: str) -> None:
    assert oracle.wrong_types("Ecs", "DescribeDisks", disks(disk)) == [finding]


def test_a_whole_number_is_a_good_float_and_null_is_absent() -> None:
    assert oracle.wrong_types("Ecs", "RunInstances", {"TradePrice": 1, "OrderId": None}) == []


def test_an_answer_that_is_no_object_is_of_the_wrong_type() -> None:
    assert oracle.wrong_types("Ecs", "AttachDisk", [1]) == ["the answer: wanted object, found list"]


def test_missing_keys_are_reported_with_null_as_missing() -> None:
    missing = oracle.missing_keys("Ecs", "RunInstances", {"RequestId": "R", "OrderId": None})
    assert missing == ["InstanceIdSets", "OrderId", "TradePrice"]
    assert "Disks.Disk[].ZoneId" in oracle.missing_keys("Ecs", "DescribeDisks", disks({}, {}))
    assert oracle.missing_keys("Ecs", "DescribeDisks", disks())[0] == "NextToken"


@pytest.mark.parametrize(
    "name",
    [
        "ImageId",
        "SystemDisk.Size",
        "Tag.1.Key",
        "Tag.20.Value",
        "DataDisk.16.Size",
        "NetworkInterface.1.SecurityGroupIds.2",
        "RegionId",
        "SignatureNonce",
        "SecurityToken",
    ],
)
def test_a_parameter_of_either_sdk_is_accepted(name: str) -> None:
    assert oracle.accepts("Ecs", "RunInstances", name)


@pytest.mark.parametrize(
    "name", ["SystemDiskSize", "imageId", "Tag.0.Key", "Tag.N.Color", "Tag..Key", "Tag.x.Key", ""]
)
def test_any_other_parameter_is_not(name: str) -> None:
    assert not oracle.accepts("Ecs", "RunInstances", name)


def test_what_the_sdks_do_not_know_is_an_error_that_says_what_they_do() -> None:
    with pytest.raises(oracle.UnknownToSdk, match="Ecs Describe: no SDK has this action"):
        oracle.accepts("Ecs", "Describe", "X")
    with pytest.raises(oracle.UnknownToSdk, match=r"Rds: no schemas .*'Ecs'"):
        oracle.unknown_keys("Rds", "X", {})
    with pytest.raises(oracle.UnknownToSdk, match="no model of its answer"):
        oracle.unknown_keys("Ecs", "PurchaseElasticityAssurance", {})


def test_all_products_are_there() -> None:
    assert oracle.products() == ["Alb", "Ecs", "Location", "Nlb", "Slb", "Sts", "Vpc"]
    assert "AssumeRoleWithOIDC" in oracle.actions("Sts")


def test_the_schemas_are_small_enough_to_ship() -> None:
    path = resources.files("cpikit_alicloud_simulator").joinpath("data/schemas.json")
    assert len(path.read_bytes()) < 500_000


schemas = [(product, action) for product in oracle.products() for action in oracle.actions(product)]
scalars = {"str": "x", "int": 1, "float": 1.5, "bool": True, "any": {}}


def example(tree: Any) -> Any:
    """Give an answer with every key of a model."""
    if isinstance(tree, list):
        return [example(tree[0])]
    if isinstance(tree, dict):
        return {key: example(below) for key, below in tree.items()}
    return scalars[tree]


def test_a_full_answer_of_every_model_has_no_findings_at_all() -> None:
    for product, action in schemas:
        tree = oracle.schema(product, action).response
        if tree is not None:
            body = example(tree)
            assert oracle.unknown_keys(product, action, body) == []
            assert oracle.wrong_types(product, action, body) == []
            assert oracle.missing_keys(product, action, body) == []


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["Disks", "Disk", "Tags", "Size", "X"]), inner)
    ),
    max_leaves=12,
)


@deterministic
@given(json_values)
def test_any_json_is_judged_without_an_error(body: Any) -> None:
    json.dumps(body)
    for judge in (oracle.unknown_keys, oracle.wrong_types, oracle.missing_keys):
        found = judge("Ecs", "DescribeDisks", body)
        assert len(found) == len(set(found))
