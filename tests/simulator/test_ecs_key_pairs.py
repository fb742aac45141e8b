"""Key pairs are made, imported, found, used and deleted."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from cpikit_alicloud_simulator.products.ecs.instance import Instance
from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.instances_kit import begin, refused, run


def names(alicloud: Simulator, **filters: Any) -> list[str]:
    rows = alicloud.ask("Ecs", "DescribeKeyPairs", **filters)["KeyPairs"]["KeyPair"]
    return [row["KeyPairName"] for row in rows]


def public_half(pem: str) -> str:
    private = serialization.load_pem_private_key(pem.encode(), password=None)
    raw = private.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    return raw.decode()


def test_a_made_pair_fits_what_the_instance_gets(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    made = alicloud_direct.ask("Ecs", "CreateKeyPair", KeyPairName="mine")
    id_ = run(alicloud_direct, KeyPairName="mine")
    instance = alicloud_direct.world.get(Instance, id_)
    assert instance is not None
    view = instance.metadata_view(alicloud_direct.world)
    assert view is not None
    assert view.public_keys == (public_half(made["PrivateKeyBody"]),)
    code = refused(alicloud_direct, "DeleteKeyPairs", KeyPairNames='["mine"]')
    assert code == "DependencyViolation"
    alicloud_direct.ask("Ecs", "DeleteInstance", InstanceId=id_, Force=True)
    alicloud_direct.ask("Ecs", "DeleteKeyPairs", KeyPairNames='["mine","none"]')
    assert names(alicloud_direct) == []


def test_the_same_seed_makes_the_same_pair(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, seed=3)
    first = alicloud_direct.ask("Ecs", "CreateKeyPair", KeyPairName="mine")
    begin(alicloud_direct, seed=3)
    second = alicloud_direct.ask("Ecs", "CreateKeyPair", KeyPairName="mine")
    assert first["PrivateKeyBody"] == second["PrivateKeyBody"]


def test_an_imported_pair_has_the_print_of_its_key(alicloud_direct: Simulator) -> None:
    body = public_half(
        alicloud_direct.ask("Ecs", "CreateKeyPair", KeyPairName="a1")["PrivateKeyBody"]
    )
    made = alicloud_direct.ask(
        "Ecs",
        "ImportKeyPair",
        KeyPairName="b1",
        PublicKeyBody=f"{body} me@here",
        Tag=[{"Key": "t", "Value": "v"}],
    )
    rows = alicloud_direct.ask("Ecs", "DescribeKeyPairs")["KeyPairs"]["KeyPair"]
    assert {row["KeyPairFingerPrint"] for row in rows} == {made["KeyPairFingerPrint"]}
    assert names(alicloud_direct, KeyPairName="b*") == ["b1"]
    assert names(alicloud_direct, Tag=[{"Key": "t"}]) == ["b1"]
    assert names(alicloud_direct, KeyPairFingerPrint="none") == []
    (row,) = alicloud_direct.ask(
        "Ecs", "DescribeKeyPairs", KeyPairName="b1", IncludePublicKey=True
    )["KeyPairs"]["KeyPair"]
    assert row["PublicKey"] == f"{body} me@here"


@pytest.mark.parametrize(
    ("action", "asked", "code"),
    [
        ("CreateKeyPair", {}, "MissingParameter"),
        ("CreateKeyPair", {"KeyPairName": "1x"}, "InvalidKeyPairName.Malformed"),
        ("CreateKeyPair", {"KeyPairName": "here"}, "KeyPair.AlreadyExist"),
        (
            "ImportKeyPair",
            {"KeyPairName": "new", "PublicKeyBody": "x"},
            "InvalidPublicKeyBody.Malformed",
        ),
        ("DeleteKeyPairs", {"KeyPairNames": "here"}, "InvalidParameter"),
        ("DescribeKeyPairs", {"PageNumber": "x"}, "InvalidParameter"),
    ],
)
def test_a_wrong_call_is_refused(
    alicloud_direct: Simulator, action: str, asked: dict[str, Any], code: str
) -> None:
    begin(alicloud_direct, {"kind": "keypair", "name": "here"})
    assert refused(alicloud_direct, action, **asked) == code


def test_pairs_have_a_quota(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, quotas={"ecs.key_pairs": 0})
    code = refused(alicloud_direct, "CreateKeyPair", KeyPairName="mine")
    assert code == "QuotaExceed.KeyPair"
