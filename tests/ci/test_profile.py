"""From metadata to the judge: what is written is what the judge and cpikit take."""

from __future__ import annotations

import argparse
import json
import tomllib

import pytest
from ci_work import CI
from hypothesis import given, settings
from hypothesis import strategies as some

from ci.tooling import profile
from ci.tooling.failure import Failure
from ci.tooling.metadata import flattened, read, value
from cpikit.commands import check
from cpikit_contracts.profile import load

IMAGE = "m-0123456789abcdefghij"


def written(tmp_path, *words):
    arguments = ["--metadata", str(CI / "simulator.json"), "--stemcell", IMAGE]
    profile.main([*arguments, "--output", str(tmp_path), *words])
    return tmp_path


@pytest.mark.parametrize(
    "words", [["--against", "simulator"], ["--against", "region", "--live", "cpikit-ci"]]
)
def test_the_judge_takes_the_profile(tmp_path, words):
    found = load(written(tmp_path, *words) / "contract.toml")
    assert found.world.live == (words[1] == "region")
    assert found.idempotent == {"create_vm"}
    assert found.dead
    assert set(found.unknown) == {"vm", "disk", "stemcell", "snapshot", "network"}


def test_a_live_run_has_no_world_of_its_own_and_few_resources_at_once(tmp_path):
    found = load(written(tmp_path, "--against", "region", "--live", "cpikit-ci") / "contract.toml")
    assert found.world.up == ()
    assert found.limits.resources <= 12


@pytest.mark.parametrize("live", [[], ["--live", ""], ["--live", "another"]])
def test_a_live_run_in_an_environment_that_nobody_named_is_refused(tmp_path, live):
    with pytest.raises(Failure, match="wanted 'cpikit-ci'"):
        written(tmp_path, "--against", "region", *live)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["cpi.json", "dead.json"])
def test_cpikit_takes_both_configurations(tmp_path, capsys, name):
    path = written(tmp_path, "--against", "simulator") / name
    assert check.run(argparse.Namespace(config=str(path), context="{}")) == 0
    assert "warning" not in capsys.readouterr().out


def test_the_region_is_reached_by_a_role_and_no_key(tmp_path):
    folder = written(tmp_path, "--against", "region", "--live", "cpikit-ci")
    document = json.loads((folder / "cpi.json").read_text())
    section = document["cloud"]["properties"]["alicloud"]
    assert section["credential_source"] == "ecs_ram_role"
    assert "access_key_id" not in section


def test_the_dead_configuration_reaches_nobody(tmp_path):
    document = json.loads((written(tmp_path, "--against", "simulator") / "dead.json").read_text())
    section = document["cloud"]["properties"]["alicloud"]
    endpoints = {key: text for key, text in section.items() if key.endswith("_endpoint")}
    assert len(endpoints) == 7
    assert set(endpoints.values()) == {"https://127.0.0.1:9"}


def test_addresses_are_those_of_the_static_range(tmp_path):
    found = load(written(tmp_path, "--against", "simulator") / "contract.toml")
    ips = found.inputs["networks"]["manual"]["ips"]
    assert ips[0] == "172.16.0.10"
    assert ips[-1] == "172.16.0.30"
    assert len(ips) == 21


VALUES = some.recursive(
    some.booleans() | some.integers(-(2**31), 2**31) | some.text(some.characters(codec="utf-8")),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(min_size=1), inner),
)


@settings(derandomize=True, database=None, deadline=None)
@given(VALUES)
def test_whatever_is_written_as_toml_is_read_as_it_was(item):
    assert tomllib.loads(f"it = {profile.toml(item)}") == {"it": item}


def test_metadata_is_terraforms_output_without_its_types():
    outputs = {"region": {"sensitive": False, "type": "string", "value": "r"}}
    assert flattened(outputs) == {"region": "r"}


@pytest.mark.parametrize(
    ("output", "complaint"),
    [
        ({"sensitive": True, "value": "x"}, "is sensitive"),
        ({"value": ""}, "wanted a text"),
        ({"value": ["x"]}, "wanted a text"),
        ({}, "wanted a text"),
    ],
)
def test_an_output_that_is_no_plain_text_is_refused(output, complaint):
    with pytest.raises(Failure, match=complaint):
        flattened({"it": output})


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "\x00"])
def test_metadata_that_is_no_object_is_refused(tmp_path, text):
    path = tmp_path / "metadata.json"
    path.write_text(text)
    with pytest.raises(Failure):
        read(path)


def test_a_key_that_the_environment_lacks_is_named():
    with pytest.raises(Failure, match="no zone, which terraform/outputs"):
        value({}, "zone")
