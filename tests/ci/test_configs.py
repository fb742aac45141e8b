"""Cloud config, ops files and the small release: cpikit takes every property in them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest
import yaml
from ci_work import CI, ROOT

from cpikit.converter import Unknowns, strict_converter, structure
from cpikit_alicloud import hooks
from cpikit_alicloud.provider import PROVIDER

E2E = CI / "e2e/release/jobs"
ERRANDS = ("check-disk", "check-members", "check-nvme")


def filled(path, metadata):
    """The file with its variables replaced, as the BOSH CLI does it."""
    text = path.read_text("utf-8")
    given = {**metadata, "nvme_instance_type": "ecs.g9i.large"}
    return yaml.safe_load(re.sub(r"\(\((\w+)\)\)", lambda found: given[found[1]], text))


@pytest.fixture(scope="module")
def bound():
    """Bind cloud properties of a kind by the provider's types; unknown keys are errors."""
    from cpikit.plugins import resolve

    def bind(kind, properties):
        unknowns = Unknowns("fail")
        converter = strict_converter(unknowns)
        hooks.cpikit_configure_converter(converter)
        return structure(converter, properties, resolve(PROVIDER.property_types[kind]), "$")

    return bind


def test_every_cloud_property_of_the_cloud_config_is_one_of_the_providers(bound, metadata):
    config = filled(CI / "director/cloud-config.yml", metadata)
    az = config["azs"][0]["cloud_properties"]
    default = config["vm_types"][0]["cloud_properties"]
    bound("vm", {**az, **default})
    for extension in config["vm_extensions"]:
        bound("vm", {**az, **default, **extension["cloud_properties"]})
    for disk in config["disk_types"]:
        bound("disk", disk["cloud_properties"])
    for network in config["networks"]:
        for subnet in network.get("subnets", []):
            bound("network", subnet["cloud_properties"])


def test_every_cloud_property_of_bats_is_one_of_the_providers(bound, metadata):
    text = (CI / "bats/spec.yml").read_text("utf-8").replace("((stemcell_name))", "x")
    text = re.sub(r"\(\((\w+)\)\)", lambda found: metadata[found[1]], text)
    for network in yaml.safe_load(text)["properties"]["networks"]:
        for subnet in network["subnets"]:
            bound("network", subnet["cloud_properties"])


def test_static_addresses_of_bats_are_in_the_static_ranges(metadata):
    text = (CI / "bats/spec.yml").read_text("utf-8")
    found = re.findall(r"static_ip: ([\d.]+)", text)
    assert len(found) == 3
    for address in found:
        key = "static_range" if address.startswith("172.16.0.") else "second_static_range"
        first, last = metadata[key].split("-")
        assert int(first.split(".")[3]) <= int(address.split(".")[3]) <= int(last.split(".")[3])


def test_the_extensions_that_the_end_to_end_test_names_exist(metadata):
    config = filled(CI / "director/cloud-config.yml", metadata)
    extensions = {extension["name"] for extension in config["vm_extensions"]}
    manifest = yaml.safe_load((CI / "e2e/manifest.yml").read_text("utf-8"))
    named = {
        name for group in manifest["instance_groups"] for name in group.get("vm_extensions", [])
    }
    for path in (CI / "e2e/ops").glob("*.yml"):
        named |= {operation["value"] for operation in yaml.safe_load(path.read_text("utf-8"))}
    assert named == extensions


def test_every_property_of_the_manifest_is_declared_by_its_job():
    manifest = yaml.safe_load((CI / "e2e/manifest.yml").read_text("utf-8"))
    for group in manifest["instance_groups"]:
        for job in group["jobs"]:
            spec = yaml.safe_load((E2E / job["name"] / "spec").read_text("utf-8"))
            assert set(job.get("properties", {})) <= set(spec["properties"])


def render(job, properties):
    """The files of a job of the small release."""
    ruby = shutil.which("ruby")
    if ruby is None:
        pytest.fail("ruby is not there: BOSH renders jobs with it (Debian: apt-get install ruby)")
    spec = yaml.safe_load((E2E / job / "spec").read_text("utf-8"))
    defaults = {name: row.get("default") for name, row in spec["properties"].items()}
    templates = {
        target: str(E2E / job / "templates" / source)
        for source, target in spec["templates"].items()
    }
    asked = {"templates": templates, "cases": [{"defaults": defaults, "properties": properties}]}
    done = subprocess.run(
        [ruby, ROOT / "tests/release/render.rb"],
        input=json.dumps(asked), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (files,) = json.loads(done.stdout)
    assert "error" not in files, files
    return files


PROPERTIES = {
    "member": {},
    "check-disk": {"size_mib": 20480},
    "check-members": {"addresses": ["10.0.0.1:80", "nlb.example:80"]},
    "check-nvme": {"instance_type": "ecs.g9i.large"},
}


@pytest.mark.parametrize("job", PROPERTIES)
def test_every_script_of_the_small_release_is_clean_shell(job, tmp_path):
    import sys
    from pathlib import Path

    for name, text in render(job, PROPERTIES[job]).items():
        path = tmp_path / name.replace("/", "-")
        path.write_text(text)
        shellcheck = Path(sys.executable).parent / "shellcheck"
        done = subprocess.run([shellcheck, path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.fixture
def vm(tmp_path):
    """A VM that is made of stubs, and a store that is a folder; gives a function that runs."""
    home = tmp_path / "bin"
    home.mkdir()
    store = tmp_path / "store"
    store.mkdir()

    def stub(name, text):
        (home / name).write_text(f"#!/bin/sh\n{text}\n")
        (home / name).chmod(0o755)

    def run(job, properties):
        text = render(job, properties)["bin/run"].replace("/var/vcap/store", str(store))
        return subprocess.run(
            ["bash", "-c", text], env={"PATH": f"{home}:/usr/bin:/bin"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    run.stub, run.store = stub, store
    stub("mountpoint", "exit 0")
    stub("df", "echo 1M-blocks; echo 20000")
    return run


def test_a_disk_that_remembers_its_runs_passes(vm):
    for before in range(3):
        done = vm("check-disk", {"size_mib": 20480, "runs_before": before})
        assert done.returncode == 0, done.stdout
    assert (vm.store / "cpikit-e2e.runs").read_text() == "3\n"


def test_another_disk_is_found(vm):
    done = vm("check-disk", {"size_mib": 20480, "runs_before": 1})
    assert done.returncode == 1
    assert "this is another disk" in done.stdout


def test_a_disk_that_is_too_small_is_found(vm):
    done = vm("check-disk", {"size_mib": 30720})
    assert done.returncode == 1
    assert "has 20000 MiB" in done.stdout


def test_a_store_that_is_not_mounted_is_found(vm):
    vm.stub("mountpoint", "exit 1")
    assert "is not mounted" in vm("check-disk", {"size_mib": 1}).stdout


@pytest.mark.parametrize(
    ("device", "kind", "status"),
    [("/dev/nvme1n1p1", "ecs.g9i.large", 0), ("/dev/vdc1", "ecs.g9i.large", 1),
     ("/dev/nvme1n1p1", "ecs.g7.large", 1)],
)  # fmt: skip
def test_nvme_is_what_the_device_and_the_type_say(vm, device, kind, status):
    vm.stub("curl", f'case "$*" in *api/token*) echo t ;; *) printf {kind} ;; esac')
    vm.stub("findmnt", f"echo {device}")
    assert vm("check-nvme", {"instance_type": "ecs.g9i.large"}).returncode == status


def test_a_load_balancer_that_leads_nowhere_is_found(vm):
    vm.stub("timeout", "exit 1")
    vm.stub("sleep", "exit 0")
    done = vm("check-members", {"addresses": ["10.0.0.1:80"], "tries": 2})
    assert done.returncode == 1
    assert "10.0.0.1:80 leads to no member" in done.stdout


def test_load_balancers_that_lead_to_a_member_pass(vm):
    vm.stub("timeout", "exit 0")
    done = vm("check-members", {"addresses": ["10.0.0.1:80", "nlb.example:80"]})
    assert done.returncode == 0
    assert done.stdout.count("leads to a member") == 2
