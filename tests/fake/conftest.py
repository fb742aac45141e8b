"""Fixtures of the fake's tests: a world in a directory, called in this process or by real ones."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cpikit.testing import InProcess, VirtualClock
from cpikit_fake.cloud.control import Control
from cpikit_fake.cloud.store import DiskStore

DIRECTOR = "0b0c2d3e-0000-4000-8000-000000000000"  # cpikit.testing.DIRECTOR_UUID
MBUS = "nats://agent:fake-mbus-password@127.0.0.1:4222"


class World:
    """One world. `cpi` calls in process on virtual time; `start` starts a real process."""

    def __init__(self, root: Path, **section: Any) -> None:
        self.root = root
        self.state_dir = root / "state"
        self.section = {"state_dir": str(self.state_dir), **section}
        self.clock = VirtualClock()
        self.sections = {"agent": {"mbus": MBUS, "ntp": ["ntp.example.com"]}}
        self.cpi = InProcess("fake", self.section, sections=self.sections, clock=self.clock)
        self.call = self.cpi.call
        self.respond = self.cpi.respond
        self.image = root / "image"
        self.image.write_text("an image")
        self.config = root / "cpi.json"
        self.write_config()

    def write_config(self, **more: Any) -> None:
        properties = {"fake": {**self.section, **more}, **self.sections}
        self.config.write_text(
            json.dumps({"cloud": {"plugin": "fake", "properties": properties}}), encoding="utf-8"
        )

    def ask(self, method: str, path: str, body: object = None) -> Any:
        return Control(DiskStore(str(self.state_dir)), self.clock).answer(method, path, body)

    def rule(self, **rule: object) -> str:
        """Arm a rule whose `nth` counts from here."""
        self.ask("POST", "/mark")
        return str(self.ask("POST", "/rules", rule)["id"])

    def names(self, since: int = 0) -> list[str]:
        return [entry["name"] for entry in self.ask("GET", f"/calls?since={since}")]

    def inventory(self, kind: str | None = None) -> list[dict[str, Any]]:
        return [one for one in self.ask("GET", "/inventory") if kind in (None, one["kind"])]

    def ids(self, kind: str) -> list[str]:
        return [one["id"] for one in self.inventory(kind)]

    def stemcell(self) -> str:
        return str(self.call("create_stemcell", str(self.image), {}, {}))

    def vm(self, agent: str = "agent-1", **changes: Any) -> tuple[Any, ...]:
        """The arguments of a create_vm, with `stemcell` made when there is none."""
        stemcells = self.ids("stemcell")
        given = {
            "stemcell": stemcells[0] if stemcells else self.stemcell(),
            "properties": {},
            "networks": {"private": manual("10.0.0.5")},
            "disks": [],
            "env": {"bosh": {"group": "g"}},
            **changes,
        }
        return (agent, *(given[name] for name in "stemcell properties networks disks env".split()))

    def start(self, method: str, *arguments: Any, **context: Any) -> subprocess.Popen[bytes]:
        request = {
            "method": method,
            "arguments": arguments,
            "context": {"director_uuid": DIRECTOR, "request_id": "cpi-1", **context},
            "api_version": 3,
        }
        process = subprocess.Popen(
            [sys.executable, "-I", "-m", "cpikit", "--config", str(self.config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"]},
            cwd="/",
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps(request).encode())
        process.stdin.close()
        process.stdin = None
        return process

    def run(self, method: str, *arguments: Any, **context: Any) -> Any:
        """The result of a real process."""
        answer = finished(self.start(method, *arguments, **context))
        assert answer["error"] is None, answer
        return answer["result"]

    def await_hit(self, rule: str, within_s: float = 20) -> bool:
        """Whether a call met the rule before the time was over."""
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            if self.ask("GET", f"/rules/{rule}")["state"] == "hit":
                return True
            time.sleep(0.005)
        return False


def manual(ip: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "manual",
        "ip": ip,
        "netmask": "255.255.255.0",
        "gateway": "10.0.0.1",
        "dns": ["10.0.0.2"],
        "default": ["dns", "gateway"],
        "cloud_properties": {},
        **more,
    }


def finished(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """The response of a process, which ends with status 0."""
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    answer: dict[str, Any] = json.loads(out)
    return answer


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator[Any]:
    made = []

    def make(**section: Any) -> World:
        root = tmp_path / f"world-{len(made)}"
        root.mkdir()
        made.append(World(root, **section))
        return made[-1]

    yield make
    for world in made:
        world.ask("POST", "/reset")  # ends the processes of VMs


@pytest.fixture
def world(make_world: Any) -> World:
    return make_world()


@pytest.fixture
def net() -> Any:
    return manual


@pytest.fixture
def finish() -> Any:
    return finished
