"""Light stemcells by real processes: the tool killed at a call, and the CPI takes its work."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from cpikit_alicloud_simulator.simulator import Simulator
from tests.alicloud.light_kit import ABROAD, HOME, NORTH, heavy, image_ids, manifest

WAIT_S = 120.0
REGIONS = (HOME, NORTH, ABROAD)
_TOOL = "from cpikit_alicloud.tool.command import main; raise SystemExit(main())"


class Shop:
    """Starts the tool and the CPI on a simulator."""

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        self.simulator = simulator
        self.folder = folder
        self.source = heavy(folder)
        self.light = folder / "light.tgz"

    def config(self, region: str = HOME) -> str:
        url = self.simulator.endpoint
        section = {
            "region": region,
            "access_key_id": self.simulator.account.id,
            "access_key_secret": self.simulator.account.secret,
            "upload_part_mib": 0.125,
            **{f"{product}_endpoint": url for product in ("ecs", "sts", "oss")},
        }
        path = self.folder / f"cpi-{region}.json"
        whole = {"cloud": {"plugin": "alicloud", "properties": {"alicloud": section}}}
        path.write_text(json.dumps(whole))
        return str(path)

    def started(self, *words: str) -> subprocess.Popen[str]:
        """`cpikit-alicloud stemcell …`."""
        return subprocess.Popen(
            [sys.executable, "-I", "-c", _TOOL, "stemcell", *words, "--config", self.config()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def begun(self) -> subprocess.Popen[str]:
        """A `light` of all regions, encrypted abroad."""
        regions = [word for region in REGIONS for word in ("--region", region)]
        more = ["--encrypt", ABROAD, "--output", str(self.light)]
        return self.started("light", self.source, *regions, *more)

    def finished(self, process: subprocess.Popen[str]) -> str:
        out, err = process.communicate(timeout=WAIT_S)
        assert process.returncode == 0, err
        assert self.simulator.account.secret not in out + err
        return out

    def kill_at(self, process: subprocess.Popen[str], rule: str) -> None:
        """Kill it while it waits for the answer to a call; what was begun there goes on."""
        end_s = time.monotonic() + WAIT_S
        while self.simulator.control.rule(rule)["state"] == "armed":
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < end_s, "the call did not come"
            time.sleep(0.05)  # another process: nothing in this one could be awaited
        process.kill()
        process.communicate(timeout=WAIT_S)
        self.simulator.control.release(rule)
        self.simulator.control.disarm()

    def rows(self, kind: str) -> list[dict[str, Any]]:
        return [row for row in self.simulator.control.inventory() if row["kind"] == kind]

    def counted(self, name: str) -> int:
        """Calls of that name which succeeded."""
        calls = self.simulator.control.calls(0)
        return sum(call["name"] == name and call["outcome"] == "ok" for call in calls)


@pytest.fixture
def shop(alicloud: Simulator, tmp_path: Path) -> Shop:
    return Shop(alicloud, tmp_path)


@pytest.mark.slow
def test_the_executable_takes_the_light_stemcell_in_each_region(shop: Shop) -> None:
    shop.finished(shop.begun())
    found = manifest(shop.light)
    for region, image_id in image_ids(shop.light).items():
        request = {
            "method": "create_stemcell",
            "arguments": ["/dev/null", found["cloud_properties"]],
            "context": {"director_uuid": "d", "request_id": "cpi-1"},
            "api_version": 3,
        }
        done = subprocess.run(
            [sys.executable, "-I", "-m", "cpikit", "--config", shop.config(region)],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            check=True,
            timeout=WAIT_S,
        )
        assert json.loads(done.stdout)["result"] == image_id
    assert shop.finished(shop.started("verify", str(shop.light))).count("good") == len(REGIONS)


@pytest.mark.slow
@pytest.mark.parametrize("hold", ["hold_before", "hold_after"])
@pytest.mark.parametrize(
    "name", ["UploadPart", "CompleteMultipartUpload", "ImportImage", "CopyImage", "TagResources"]
)
def test_kill_9_and_the_same_command_again(shop: Shop, name: str, hold: str) -> None:
    rule = shop.simulator.control.arm(hold, name=name)
    shop.kill_at(shop.begun(), rule)
    out = shop.finished(shop.begun())
    ids = image_ids(shop.light)
    assert set(ids) == set(REGIONS)
    assert all(image_id in out for image_id in ids.values())
    assert {row["id"] for row in shop.rows("image")} == set(ids.values())
    assert not shop.rows("object") + shop.rows("bucket")
    assert shop.counted("ImportImage") == 1
    assert shop.counted("CopyImage") == len(REGIONS) - 1
    shop.finished(shop.started("delete", str(shop.light)))
    assert not shop.rows("image") + shop.rows("snapshot")


@pytest.mark.slow
@pytest.mark.parametrize("hold", ["hold_before", "hold_after"])
@pytest.mark.parametrize("name", ["DeleteImage", "DeleteSnapshot"])
def test_kill_9_at_a_deletion_and_the_same_command_again(shop: Shop, name: str, hold: str) -> None:
    shop.finished(shop.begun())
    rule = shop.simulator.control.arm(hold, name=name)
    shop.kill_at(shop.started("delete", str(shop.light)), rule)
    shop.finished(shop.started("delete", str(shop.light)))
    assert not shop.rows("image") + shop.rows("snapshot")
