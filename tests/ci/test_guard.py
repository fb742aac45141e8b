"""Before a live run: what is not the environment's, or is in use already, stops it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from ci_work import CI, ROOT

from cpikit_alicloud_simulator.simulator import Simulator

MARK = {"cpikit-env": "cpikit-ci"}
IMAGE = "m-guard00000000000001"


def resources(metadata, changes):
    """The environment as Terraform makes it; a change of None leaves a resource out."""
    mine = {
        "first": {"kind": "vswitch", "id": metadata["vswitch_id"], "cidr_block": "172.16.0.0/24"},
        "dynamic": {
            "kind": "vswitch", "id": metadata["dynamic_vswitch_id"], "cidr_block": "172.16.2.0/24",
        },
        "eip": {"kind": "eip", "id": "eip-1", "ip_address": metadata["deployment_eip"]},
    }  # fmt: skip
    place = {"zone_id": "eu-central-1a", "vpc_id": "vpc-1"}
    found = [
        {"kind": "vpc", "id": "vpc-1", "cidr_block": "172.16.0.0/16"},
        {"kind": "securitygroup", "id": "sg-1", "vpc_id": "vpc-1"},
        {"kind": "image", "id": IMAGE},
    ]
    for name, row in mine.items():
        change = changes.get(name, {})
        if change is not None:
            more = place if row["kind"] == "vswitch" else {}
            found.append({**row, **more, "tags": MARK, **change})
    return found


@pytest.fixture
def looked(tmp_path, metadata):
    """What the guard ends with, in a region that differs in these points."""

    def look(changes=None, **vm):
        world = {"region": "eu-central-1", "resources": resources(metadata, changes or {})}
        with Simulator(world=world) as simulator:
            if vm:
                made = simulator.ask(
                    "Ecs", "RunInstances", RegionId="eu-central-1", ImageId=IMAGE,
                    InstanceType="ecs.g6.large", SecurityGroupId="sg-1", **vm,
                )["InstanceIdSets"]["InstanceIdSet"][0]  # fmt: skip
                simulator.clock.sleep(60)
                look.vm = made
            if changes == {"bound": True}:
                simulator.ask("Vpc", "AssociateEipAddress", RegionId="eu-central-1",
                              AllocationId="eip-1", InstanceId=look.vm,
                              InstanceType="EcsInstance")  # fmt: skip
                simulator.clock.sleep(60)
            return started(simulator)

    def started(simulator):
        section = {
            "region": "eu-central-1",
            "access_key_id": simulator.account.id,
            "access_key_secret": simulator.account.secret,
            **{f"{product}_endpoint": simulator.endpoint for product in ("ecs", "vpc")},
        }
        properties = {"alicloud": section, "agent": {"mbus": "nats://n:n@127.0.0.1:4222"}}
        config = tmp_path / "cpi.json"
        document = {"cloud": {"plugin": "alicloud", "properties": properties}}
        config.write_text(json.dumps(document))
        command = [sys.executable, "-P", "-m", "ci.tooling.guard", "--config", config]
        command += ["--metadata", CI / "simulator.json"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    return look


def test_an_environment_of_ones_own_that_is_empty_may_be_worked_in(looked):
    done = looked()
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"first": {"tags": {}}}, "has the tag cpikit-env=None, wanted cpikit-ci"),
        ({"dynamic": {"tags": {"cpikit-env": "prod"}}}, "has the tag cpikit-env=prod"),
        ({"eip": {"tags": {"cpikit-env": "prod"}}}, "EIP 203.0.113.21 has the tag cpikit-env=prod"),
        ({"dynamic": None}, "does not exist in the region"),
        ({"eip": None}, "EIP 203.0.113.21 does not exist"),
    ],
    ids=str,
)
def test_what_is_not_the_environments_stops_the_run(looked, changes, complaint):
    done = looked(changes)
    assert done.returncode == 1
    assert done.stderr.startswith("nothing was started:\n")
    assert complaint in done.stderr


@pytest.mark.parametrize("key", ["vswitch_id", "dynamic_vswitch_id"])
def test_a_vm_that_is_there_already_stops_the_run(looked, metadata, key):
    done = looked(VSwitchId=metadata[key])
    assert done.returncode == 1
    assert f"VM {looked.vm} is in vSwitch {metadata[key]}" in done.stderr


def test_an_address_that_is_in_use_stops_the_run(looked, metadata):
    done = looked({"bound": True}, VSwitchId=metadata["vswitch_id"])
    assert f"EIP {metadata['deployment_eip']} is bound to {looked.vm}" in done.stderr


def test_a_region_that_cannot_be_looked_at_stops_the_run(tmp_path):
    config = tmp_path / "cpi.json"
    config.write_text('{"cloud": {"plugin": "alicloud", "properties": {"alicloud": {}}}}')
    done = subprocess.run(
        [sys.executable, "-P", "-m", "ci.tooling.guard", "--config", config,
         "--metadata", CI / "simulator.json"],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("the region could not be looked at: ")
