"""Every request recorded from the real Director classes and the real CLI is answered well."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

RECORDED = Path(__file__).parents[2] / "contracts" / "cpikit_contracts" / "recorded"
WORLDS = {  # sets of one world in their order
    "cli": ["cli-create-env", "cli-recreate-changed-disk", "cli-delete-env"],
    "cli-minimal": ["cli-create-env-minimal"],
    "cli-recreate-lost-vm": ["cli-recreate-lost-vm"],
    "cli-delete-env-lost-vm": ["cli-delete-env-lost-vm"],
    "cli-delete-env-old-state": ["cli-delete-env-old-state"],
    "director-v2": ["director-v2"],
    "director-v3": ["director-v3"],
    "director-cpi-config": ["director-cpi-config"],
}
LOST = {  # sets whose VM was removed behind the CLI's back: what was made before, by number
    "cli-recreate-lost-vm": ("stemcell", "vm", "disk"),
    "cli-delete-env-lost-vm": ("old stemcell", "vm", "disk", "stemcell", "vm"),
    "cli-delete-env-old-state": ("stemcell", "vm", "disk"),
}
LEFT = {"director-v2": ["network", "snapshot"], "director-v3": ["network", "snapshot"]}
MADE = re.compile(r"[a-z]+-record\d{14}")
CREATES = ("create_stemcell", "create_vm", "create_disk", "snapshot_disk", "create_network")


def created_id(method: str, result: Any) -> str:
    return str(result[0] if method in ("create_vm", "create_network") else result)


class Replay:
    """Sends requests as they are, but for ids and the path of the image."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.ids: dict[int, str] = {}
        self.count = 0

    def send(self, request: bytes) -> tuple[str, dict[str, Any]]:
        method = json.loads(request)["method"]
        text = MADE.sub(self._mapped, request.decode())
        text = text.replace("/path/to/image", str(self.world.image))
        answer = json.loads(self.world.cpi.raw(text.encode()))
        if method in CREATES:
            self.count += 1
            if answer["error"] is None:
                self.ids[self.count] = created_id(method, answer["result"])
        return method, answer

    def make_by_hand(self, kind: str) -> None:
        """Something of an earlier set; VMs are gone by now."""
        self.count += 1
        if kind.endswith("stemcell"):
            made = self.world.stemcell()
        elif kind == "disk":
            made = self.world.call("create_disk", 1024, {}, None)
        else:
            made, _ = self.world.call("create_vm", *self.world.vm(f"lost-{self.count}"))
            self.world.call("delete_vm", made)
        self.ids[self.count] = made

    def _mapped(self, found: re.Match[str]) -> str:
        return self.ids.get(int(found[0].rpartition("record")[2]), found[0])


def check_result(method: str, result: Any) -> None:
    """What the method promises, by the types that its callers take."""
    if method == "create_vm":
        cid, networks = result
        assert cid
        assert isinstance(networks, dict)
    elif method == "create_network":
        cid, addresses, properties = result
        assert cid
        assert addresses["range"]
        assert isinstance(addresses["reserved"], list)
        assert isinstance(properties, dict)
    elif method in ("has_vm", "has_disk"):
        assert isinstance(result, bool)
    elif method == "get_disks":
        assert isinstance(result, list)
    elif method in ("create_stemcell", "create_disk", "snapshot_disk", "attach_disk", "ping"):
        assert isinstance(result, str)
        assert result
    elif method in ("info", "calculate_vm_cloud_properties"):
        assert isinstance(result, dict)
    elif method == "update_disk":
        assert result is None or result
    else:
        assert result is None


@pytest.mark.parametrize("name", WORLDS)
def test_every_recorded_set_is_answered(make_world: Any, name: str) -> None:
    world = make_world(unknown_properties="warn")
    replay = Replay(world)
    for kind in LOST.get(name, ()):
        replay.make_by_hand(kind)
    for folder in WORLDS[name]:
        files = sorted((RECORDED / folder).glob("*.json"))
        assert files
        for path in files:
            method, answer = replay.send(path.read_bytes())
            assert set(answer) == {"result", "error", "log"}
            if method == "current_vm_id":
                assert answer["error"]["type"] == "Bosh::Clouds::NotImplemented"
                continue
            assert answer["error"] is None, (path.name, answer["error"])
            check_result(method, answer["result"])
            assert not (method == "has_vm" and name in LOST and answer["result"])
    if name not in ("cli-minimal", "cli-recreate-lost-vm", "cli-delete-env-lost-vm"):
        assert sorted({one["kind"] for one in world.inventory()}) == LEFT.get(name, [])
