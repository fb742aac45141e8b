"""VMs by real processes: executable and simulator in processes of their own, TLS, kill -9."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cpikit_alicloud_simulator.client import ControlClient
from tests.alicloud.simulated import ENV, IMAGE, VM, WORLD, Place

pytestmark = pytest.mark.slow

WAIT_S = 60.0
PRODUCTS = ("ecs", "vpc", "slb", "nlb", "alb", "sts")
ZONE = "cn-hangzhou-b"
PLACE = Place("vpc-test", ("vsw-test",), (ZONE,), "sg-test")
RESOURCES = [
    *WORLD["resources"],
    {"kind": "vpc", "id": "vpc-test", "state": "Available", "cidr_block": "10.0.0.0/16"},
    {
        "kind": "vswitch",
        "id": "vsw-test",
        "state": "Available",
        "vpc_id": "vpc-test",
        "zone_id": ZONE,
        "cidr_block": "10.0.0.0/24",
    },
    {"kind": "securitygroup", "id": "sg-test", "state": "Available", "vpc_id": "vpc-test"},
]


class Cloud:
    """A simulator in a process of its own, and CPI processes on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        world = folder / "world.json"
        world.write_text(json.dumps({"resources": RESOURCES}))
        command = [sys.executable, "-m", "cpikit_alicloud_simulator.command"]
        options = ["--time", "scaled:60", "--profile", "typical", "--world", str(world)]
        self.process = subprocess.Popen(
            [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read() if self.process.stderr else ""
        self.ready: dict[str, Any] = json.loads(line)
        self.control = ControlClient.over_http(self.ready["control"])

    def stop(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=WAIT_S)

    def config(self, *, tls: bool = False) -> Path:
        """A cpi.json for this cloud."""
        (account,) = self.ready["accounts"]
        url = self.ready["https" if tls else "http"]
        section = {
            "region": self.ready["region"],
            "availability_zone": ZONE,
            "access_key_id": account["access_key_id"],
            "access_key_secret": account["access_key_secret"],
            **{f"{product}_endpoint": url for product in PRODUCTS},
        }
        if tls:
            section["ca_file"] = self.ready["ca_file"]
        path = self.folder / f"cpi-{tls}.json"
        whole = {"cloud": {"plugin": "alicloud", "properties": {"alicloud": section}}}
        path.write_text(json.dumps(whole))
        return path

    def started(self, method: str, *arguments: Any, tls: bool = False) -> subprocess.Popen[str]:
        """A CPI process that has its request."""
        context = {"director_uuid": "director-1", "request_id": "cpi-000001"}
        request = {"method": method, "arguments": arguments, "context": context, "api_version": 3}
        process = subprocess.Popen(
            [sys.executable, "-I", "-m", "cpikit", "--config", str(self.config(tls=tls))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={"PATH": "/usr/bin:/bin"},
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps(request))
        process.stdin.close()
        process.stdin = None
        return process

    def call(self, method: str, *arguments: Any, tls: bool = False) -> dict[str, Any]:
        """The response of a CPI process."""
        output, errors = self.started(method, *arguments, tls=tls).communicate(timeout=WAIT_S)
        assert "canary" not in output + errors
        answer: dict[str, Any] = json.loads(output)
        return answer

    def create(self, agent: str = "agent-1", *, tls: bool = False) -> dict[str, Any]:
        return self.call("create_vm", agent, IMAGE, VM, PLACE.networks(), [], ENV, tls=tls)

    def alive(self) -> list[str]:
        return [row["id"] for row in self.control.inventory() if row["kind"] == "instance"]


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    made = Cloud(tmp_path)
    yield made
    made.stop()


@pytest.mark.parametrize("tls", [False, True])
def test_a_life_over_the_wire(cloud: Cloud, tls: bool) -> None:
    answer = cloud.create(tls=tls)
    assert answer["error"] is None, answer["error"]
    cid = answer["result"][0]
    for method, more in (
        ("has_vm", []),
        ("get_disks", []),
        ("set_vm_metadata", [{"name": "job/0"}]),
        ("reboot_vm", []),
        ("delete_vm", []),
    ):
        answer = cloud.call(method, cid, *more, tls=tls)
        assert answer["error"] is None, (method, answer["error"])
    assert cloud.alive() == []


@pytest.mark.parametrize("hold", ["hold_before", "hold_after"])
@pytest.mark.parametrize("name", ["RunInstances", "DescribeDisks", "ModifyInstanceAttribute"])
def test_kill_9_and_the_same_request_again(cloud: Cloud, hold: str, name: str) -> None:
    rule = cloud.control.arm(hold, name=name)
    process = cloud.started("create_vm", "agent-1", IMAGE, VM, PLACE.networks(), [], ENV)
    deadline = time.monotonic() + WAIT_S
    while cloud.control.rule(rule)["state"] != "hit":
        assert time.monotonic() < deadline
        assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=WAIT_S)
    cloud.control.release(rule)
    cloud.control.disarm()
    answer = cloud.create()
    assert answer["error"] is None, answer["error"]
    assert cloud.alive() == [answer["result"][0]]
    settings = json.loads(cloud.control.user_data(answer["result"][0]))
    assert settings["disks"]["ephemeral"].startswith("/dev/disk/by-id/")
