"""Disks by real processes on the simulator: HTTP and TLS, real signatures, kill -9 at a call."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from cpikit_alicloud_simulator.simulator import Simulator

WAIT_S = 60.0
ZONE = "cn-hangzhou-b"


class Processes:
    """Starts the CPI's executable on a simulator."""

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        self.simulator = simulator
        self._folder = folder

    def config(self, *, tls: bool) -> str:
        """A cpi.json for this cloud."""
        url = self.simulator.https_endpoint if tls else self.simulator.endpoint
        section = {
            "region": self.simulator.world.region_id,
            "availability_zone": ZONE,
            "access_key_id": self.simulator.account.id,
            "access_key_secret": self.simulator.account.secret,
            "ecs_endpoint": url,
            "ca_file": self.simulator.ca_file if tls else None,
        }
        path = self._folder / f"cpi-{tls}.json"
        whole = {"cloud": {"plugin": "alicloud", "properties": {"alicloud": section}}}
        path.write_text(json.dumps(whole))
        return str(path)

    def started(self, method: str, *arguments: Any, tls: bool = False) -> subprocess.Popen[str]:
        """A process that has its request."""
        context = {"director_uuid": "director-1", "request_id": "cpi-000001"}
        request = {"method": method, "arguments": arguments, "context": context, "api_version": 3}
        process = subprocess.Popen(
            [sys.executable, "-I", "-m", "cpikit", "--config", self.config(tls=tls)],
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

    def result(self, method: str, *arguments: Any, tls: bool = False) -> Any:
        """The result of a process that succeeds."""
        output, errors = self.started(method, *arguments, tls=tls).communicate(timeout=WAIT_S)
        assert self.simulator.account.secret not in output + errors
        answer = json.loads(output)
        assert answer["error"] is None, (answer, errors)
        return answer["result"]

    def disks(self) -> dict[str, Any]:
        """The disks that exist, by id."""
        rows = self.simulator.control.inventory()
        return {row["id"]: row for row in rows if row["kind"] == "disk"}


@pytest.fixture
def cloud(alicloud: Simulator, tmp_path: Path) -> Processes:
    return Processes(alicloud, tmp_path)


@pytest.mark.parametrize("tls", [False, True])
def test_a_disk_lives_over_the_wire(cloud: Processes, tls: bool) -> None:
    cid = cloud.result("create_disk", 20480, {"category": "cloud_essd"}, None, tls=tls)
    assert cloud.result("has_disk", cid, tls=tls) is True
    cloud.result("set_disk_metadata", cid, {"deployment": "cf", "ünicode": "☃ & %"}, tls=tls)
    cloud.result("resize_disk", cid, 40960, tls=tls)
    cloud.result("delete_disk", cid, tls=tls)
    assert cloud.result("has_disk", cid, tls=tls) is False
    assert cloud.disks() == {}


@pytest.mark.slow
@pytest.mark.parametrize("hold", ["hold_before", "hold_after"])
def test_kill_9_and_the_same_request_again(cloud: Processes, hold: str) -> None:
    rule = cloud.simulator.control.arm(hold, name="CreateDisk")
    process = cloud.started("create_disk", 20480, {}, None)
    end_s = time.monotonic() + WAIT_S
    while cloud.simulator.control.rule(rule)["state"] == "armed":
        assert time.monotonic() < end_s, "the call did not come"
        time.sleep(0.05)  # another process: nothing in this one could be awaited
    process.kill()
    process.communicate(timeout=WAIT_S)
    cloud.simulator.control.release(rule)
    cloud.simulator.control.disarm()
    returned = cloud.result("create_disk", 20480, {}, None)
    others = {cid: row for cid, row in cloud.disks().items() if cid != returned}
    assert len(others) == 1 or (hold == "hold_before" and not others)
    assert not any(row["claimed"] for row in others.values())
