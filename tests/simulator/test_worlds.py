"""Each recorded set of the contracts has a world in which what it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cpikit_alicloud_simulator import world_file
from cpikit_alicloud_simulator.simulator import Simulator

RECORDED = Path(__file__).parents[2] / "contracts/cpikit_contracts/recorded"
SETS = sorted(each.name for each in RECORDED.iterdir() if each.is_dir())
FIXED = re.compile(r'"((?:sg|vsw|vpc|m)-[a-z0-9]*fake[a-z0-9]*)"')
ADDRESSES = re.compile(r'"(203\.0\.113\.[0-9]+)"')
LEFT = {
    "cli-recreate-changed-disk": {"i-record00000000000002", "d-record00000000000003"},
    "cli-delete-env": {"i-record00000000000004", "d-record00000000000005"},
    "cli-recreate-lost-vm": {"d-record00000000000003", "m-record00000000000001"},
    "cli-delete-env-lost-vm": {"d-record00000000000003", "m-record00000000000004"},
    "cli-delete-env-old-state": {"d-record00000000000003", "m-record00000000000001"},
}


@pytest.mark.parametrize("name", SETS)
def test_what_a_recorded_set_names_exists(name: str) -> None:
    text = "".join(each.read_text("utf-8") for each in (RECORDED / name).glob("*.json"))
    world = Simulator(world=name).world
    for id_ in set(FIXED.findall(text)) | LEFT.get(name, set()):
        assert world.find(id_), id_
    for address in set(ADDRESSES.findall(text)):
        assert world.leaning_on("ip_address", address), address
    assert world.region_id == "eu-central-1"


def test_a_world_that_comes_along_is_named_and_no_other() -> None:
    assert set(world_file.names()) == {*SETS, "recorded", "contracts"}


def test_lists_go_on_and_tables_are_laid_over(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('quotas = {"vpc.eips" = 1, "vpc.vpcs" = 1}\nbuckets = []\n')
    mine = tmp_path / "b.toml"
    mine.write_text(
        'like = "a.toml"\nseed = 7\nquotas = {"vpc.eips" = 2}\nbuckets = [{name="x"}]\n'
    )
    found = world_file.read(str(mine))
    assert found == {
        "seed": 7,
        "quotas": {"vpc.eips": 2, "vpc.vpcs": 1},
        "buckets": [{"name": "x"}],
    }


def test_a_world_that_is_like_itself_is_refused(tmp_path: Path) -> None:
    mine = tmp_path / "a.toml"
    mine.write_text('like = "a.toml"\n')
    with pytest.raises(ValueError, match="like itself"):
        world_file.read(str(mine))


def test_the_temporary_keys_of_the_cpi_config_set_are_known() -> None:
    key = Simulator(world="director-cpi-config").world.accounts.find("fake-access-key-id")
    assert key is not None
    assert key.security_token == "fake-security-token"
