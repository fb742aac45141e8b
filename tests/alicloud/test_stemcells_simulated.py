"""Stemcells on the simulator, over a socket: the image file, the import, the image, and its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cpikit.testing import CallFailed
from cpikit_alicloud_simulator.simulator import Simulator
from tests.alicloud.stemcell_kit import MANIFEST, Stemcells, on_simulator


@pytest.fixture
def stemcells(
    alicloud: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stemcells]:
    with on_simulator(alicloud, tmp_path, monkeypatch) as kit:
        yield kit


def test_a_heavy_stemcell_lives_and_leaves_nothing(stemcells: Stemcells) -> None:
    before = stemcells.inventory()
    cid = stemcells.call("create_stemcell", stemcells.heavy(), MANIFEST, {"tags": {"a": "b"}})
    (image,) = stemcells.inventory()["image"]
    assert (image["id"], image["claimed"]) == (cid, False)  # no caller ever says that it heard
    assert "object" not in stemcells.inventory()
    stemcells.call("delete_stemcell", cid)
    assert stemcells.inventory() == before


def test_an_encrypted_stemcell_is_a_copy_and_the_first_image_goes(stemcells: Stemcells) -> None:
    cid = stemcells.call("create_stemcell", stemcells.heavy(), MANIFEST, encrypted=True)
    assert [row["id"] for row in stemcells.inventory()["image"]] == [cid]
    stemcells.call("delete_stemcell", cid)
    assert "image" not in stemcells.inventory()
    assert "snapshot" not in stemcells.inventory()


def test_a_light_stemcell_is_looked_up_and_left(stemcells: Stemcells) -> None:
    cid = stemcells.call("create_stemcell", stemcells.heavy(), MANIFEST)
    light = {"image_id": {stemcells.simulator.world.region_id: cid}}
    assert stemcells.call("create_stemcell", "/dev/null", light) == cid
    missing = {"image_id": {stemcells.simulator.world.region_id: "m-none"}}
    with pytest.raises(CallFailed, match="not shared"):
        stemcells.call("create_stemcell", "/dev/null", missing)


def test_no_parameter_is_unknown_to_the_cloud(stemcells: Stemcells) -> None:
    cid = stemcells.call("create_stemcell", stemcells.heavy(), MANIFEST)
    stemcells.call("delete_stemcell", cid)
    odd = {
        (entry["name"], name)
        for entry in stemcells.simulator.control.requests(limit=1000)
        for name in entry["unknown_parameters"]
    }
    assert odd == set()


@pytest.mark.parametrize(
    "knob",
    [
        {"image__copy_drops": "nothing"},
        {"image__delete_unknown": "ignore"},
        {"snapshot__delete_unknown": "ignore"},
        {"visibility__describe_s": 5.0},
        {"visibility__act_s": 5.0},
        {"oss__recreate_own_bucket": "conflict"},
        {"oss__uploads_keep_bucket": False},
        {"client_token__busy_s": 5},
        {"client_token__failed": "IdempotentFailed"},
    ],
    ids=str,
)
def test_a_life_with_one_knob_off_its_default(stemcells: Stemcells, knob: dict[str, Any]) -> None:
    before = stemcells.inventory()
    stemcells.simulator.control.set_knobs(**knob)
    cid = stemcells.call("create_stemcell", stemcells.heavy(), MANIFEST, encrypted=True)
    assert [row["id"] for row in stemcells.inventory()["image"]] == [cid]
    stemcells.call("delete_stemcell", cid)
    stemcells.clock.sleep(60)
    assert stemcells.inventory() == before


@pytest.mark.parametrize(
    ("do", "name"),
    [
        (do, name)
        for do in ("throttle", "lose", "drop")
        for name in ("ImportImage", "CopyImage", "DescribeImages", "TagResources", "DeleteImage")
    ],
)
def test_troubles_on_the_way_pass(stemcells: Stemcells, do: str, name: str) -> None:
    stemcells.simulator.control.arm(do, name=name, times=1)
    cid = stemcells.call("create_stemcell", stemcells.heavy(), MANIFEST, encrypted=True)
    assert [row["id"] for row in stemcells.inventory()["image"]] == [cid]
    stemcells.call("delete_stemcell", cid)
    assert "image" not in stemcells.inventory()
    assert "snapshot" not in stemcells.inventory()


@pytest.mark.parametrize("name", ["DeleteObject", "DeleteBucket"])
def test_an_upload_whose_removal_is_refused_once_is_removed_all_the_same(
    stemcells: Stemcells, name: str
) -> None:
    before = stemcells.inventory()
    stemcells.simulator.control.arm("fail", name=name, times=1, code="AccessDenied", status=403)
    cid = stemcells.call("create_stemcell", stemcells.heavy(), MANIFEST)
    asked = [call["name"] for call in stemcells.simulator.control.calls()]
    assert asked.count(name) == 2
    stemcells.call("delete_stemcell", cid)
    assert stemcells.inventory() == before


def test_a_file_that_is_no_image_is_told_and_leaves_nothing(stemcells: Stemcells) -> None:
    before = stemcells.inventory()
    stemcells.simulator.control.arm("fail", name="ImportImage", code="InvalidFormat.Malformed")
    with pytest.raises(CallFailed, match=r"InvalidFormat\.Malformed"):
        stemcells.call("create_stemcell", stemcells.heavy(), MANIFEST)
    assert stemcells.inventory() == before
