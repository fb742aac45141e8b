"""Ops files and CPI configs: they fit bosh-deployment, set what the job has, and go back."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path

import pytest
import yaml
from opsfile import Unmatched, applied
from release_jobs import RELEASE

OPS = sorted(path.name for path in (RELEASE / "ops").glob("*.yml"))
RELEASE_OF_GO = {
    "name": "bosh-alicloud-cpi",
    "version": "61.0.0",
    "url": "https://example.org/bosh-alicloud-cpi-61.0.0.tgz",
    "sha1": "93768978946838bcc52a724b2157e14109d1f705",
}
KEYS = {
    "access_key_id": "((access_key_id))",
    "access_key_secret": "((access_key_secret))",
    "availability_zone": "((zone))",
    "region": "((region))",
}


def manifest():
    """What bosh.yml of bosh-deployment has where an ops file of ours may reach."""
    return {
        "name": "bosh",
        "releases": [{"name": "bosh", "version": "283.0.0"}],
        "resource_pools": [{"name": "vms", "network": "default", "env": {}}],
        "instance_groups": [
            {
                "name": "bosh",
                "jobs": [{"name": "director", "release": "bosh"}],
                "properties": {"director": {"workers": 4}, "ntp": ["a"]},
            }
        ],
        "cloud_provider": {"properties": {"agent": {"mbus": "https://…"}}},
    }


def on_alicloud():
    """The same with alicloud/cpi.yml."""
    document = manifest()
    document["releases"].append(dict(RELEASE_OF_GO))
    document["resource_pools"][0]["cloud_properties"] = {"instance_type": "ecs.g7.large"}
    group = document["instance_groups"][0]
    group["jobs"].append({"name": "alicloud_cpi", "release": "bosh-alicloud-cpi"})
    group["properties"]["director"]["cpi_job"] = "alicloud_cpi"
    group["properties"]["alicloud"] = dict(KEYS)
    document["cloud_provider"]["template"] = {
        "name": "alicloud_cpi",
        "release": "bosh-alicloud-cpi",
    }
    document["cloud_provider"]["properties"]["alicloud"] = dict(KEYS)
    return document


def ops(*names):
    return [
        operation
        for name in names
        for operation in yaml.safe_load((RELEASE / name).read_text("utf-8"))
    ]


def base_for(name):
    return manifest() if name == "fake-cpi.yml" else on_alicloud()


def before(name):
    return ["ops/ram-role.yml"] if name == "ram-role-for-create-env.yml" else []


@pytest.mark.parametrize("name", OPS)
def test_every_ops_file_fits_the_manifest(name):
    base = applied(base_for(name), ops(*before(name)))
    assert applied(base, ops(f"ops/{name}")) != base


@pytest.mark.parametrize("name", OPS)
def test_every_property_that_it_sets_is_one_of_the_job(name, alicloud_job, fake_job):
    result = applied(base_for(name), ops(*before(name), f"ops/{name}"))
    jobs = {"alicloud": alicloud_job, "fake": fake_job}
    for properties in (
        result["instance_groups"][0]["properties"],
        result["cloud_provider"]["properties"],
    ):
        for group, job in jobs.items():
            for key in properties.get(group, {}):
                assert f"{group}.{key}" in job.defaults


def test_the_switch_changes_the_release_and_nothing_else():
    switched = applied(on_alicloud(), ops("ops/use-cpikit.yml"))
    assert switched["releases"][1]["url"] == "((cpi_url))"
    switched["releases"][1] = RELEASE_OF_GO
    assert switched == on_alicloud()


def test_the_way_back_is_the_manifest_of_before():
    there_and_back = applied(on_alicloud(), ops("ops/use-cpikit.yml", "ops/use-go-cpi.yml"))
    for key in ("version", "url", "sha1"):
        assert there_and_back["releases"][1][key] == f"((go_cpi_{key}))"
    there_and_back["releases"][1] = RELEASE_OF_GO
    assert there_and_back == on_alicloud()


def test_with_a_ram_role_no_access_key_stays_on_the_director():
    result = applied(on_alicloud(), ops("ops/ram-role.yml"))
    assert "access_key" not in json.dumps(result["instance_groups"])
    assert "access_key" in json.dumps(result["cloud_provider"])
    both = applied(result, ops("ops/ram-role-for-create-env.yml"))
    assert "access_key" not in json.dumps(both)


def test_a_directors_properties_with_a_ram_role_render_no_key(alicloud_job):
    result = applied(on_alicloud(), ops("ops/ram-role.yml"))
    alicloud = result["instance_groups"][0]["properties"]["alicloud"]
    section = alicloud_job.cpi_json({f"alicloud.{k}": v for k, v in alicloud.items()})["alicloud"]
    assert section["credential_source"] == "ecs_ram_role"
    assert section["ram_role_name"] == "((director_ram_role))"


def test_a_director_on_the_fake_names_one_cpi_job():
    result = applied(manifest(), ops("ops/fake-cpi.yml"))
    jobs = [job["name"] for job in result["instance_groups"][0]["jobs"]]
    assert [name for name in jobs if name.endswith("_cpi")] == ["fake_cpi"]
    assert result["instance_groups"][0]["properties"]["director"]["cpi_job"] == "fake_cpi"
    assert result["cloud_provider"]["template"]["name"] == "fake_cpi"


def test_an_ops_file_for_the_other_manifest_is_refused():
    with pytest.raises(Unmatched):
        applied(manifest(), ops("ops/use-cpikit.yml"))


@pytest.fixture(scope="module")
def cpis():
    base = yaml.safe_load((RELEASE / "cpi-config/cpis.yml").read_text("utf-8"))
    return applied(base, ops("cpi-config/add-region.yml", "cpi-config/add-account.yml"))["cpis"]


def test_cpis_have_names_of_their_own_and_the_directors_vms_keep_theirs(cpis):
    names = [cpi["name"] for cpi in cpis]
    assert len(set(names)) == len(names) == 3
    assert cpis[0]["migrated_from"] == [{"name": ""}]


def test_cpikit_takes_every_property_of_the_cpi_configs(cpis, alicloud_job, capsys):
    """As the Director sends them: flat, in the context, over the Director's own cpi.json."""
    import argparse

    from cpikit.commands import check

    rendered = alicloud_job.render([{"alicloud.credential_source": "ecs_ram_role"}])[0]
    for cpi in cpis:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "cpi.json"
            path.write_text(rendered["config/cpi.json"])
            context = json.dumps(cpi["properties"])
            assert check.run(argparse.Namespace(config=str(path), context=context)) == 0
        out = capsys.readouterr().out
        assert "warning" not in out
        for name in cpi["properties"]:
            assert re.search(rf"^{name} +context ", out, re.MULTILINE), name


def test_azs_of_the_cloud_config_name_their_cpis():
    cloud_config = {"azs": [{"name": "z1", "cloud_properties": {}}]}
    azs = applied(cloud_config, ops("cpi-config/azs.yml"))["azs"]
    assert [az["cpi"] for az in azs] == ["((region))", "((extra_region))"]
