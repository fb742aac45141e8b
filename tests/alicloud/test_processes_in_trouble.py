"""Sweeps and a take-over by real processes: the executable, sockets, the SDK, and kill -9."""

from __future__ import annotations

import json
import os
import random
from base64 import b64encode
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.alicloud.processes import Processes
from tests.alicloud.simulated import ESSD
from tests.alicloud.sweep_cases import VMS
from tests.alicloud.sweep_cases_disks import DISKS
from tests.alicloud.sweeping import Case, Sweep
from tests.alicloud.troubled import KILLS, TROUBLES

pytestmark = pytest.mark.slow

IS_SOAK = "CPIKIT_SOAK" in os.environ
OFTEN = ("create_vm", "create_vm without a disk", "delete_vm", "create_disk", "attach_disk")
CASES = [case for case in (*VMS, *DISKS) if IS_SOAK or case.name in OFTEN]
A_SAMPLE = 3
Worlds = Callable[[], Processes]


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[Worlds]:
    """New worlds, each of which ends the one before."""
    made: list[Processes] = []

    def new() -> Processes:
        while made:
            made.pop().stop()
        made.append(Processes(tmp_path))
        return made[-1]

    yield new
    for one in made:
        one.stop()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_real_processes_in_trouble(
    worlds: Worlds, case: Case, record_property: Callable[[str, object], None]
) -> None:
    names: list[str] = []

    def expecting() -> Processes:
        life = worlds()
        life.untroubled = names
        return life

    sweep = Sweep(case, expecting)
    names += sweep.names
    every = list(product(TROUBLES, range(1, sweep.total + 1)))
    draw = random.Random(case.name)  # noqa: S311  # no secret
    kills = [one for one in every if one[0] in KILLS]
    others = [one for one in every if one[0] not in KILLS]
    sample = every
    if not IS_SOAK:
        sample = draw.sample(kills, min(A_SAMPLE, len(kills))) + draw.sample(others, 1)
    for kind, nth in sample:
        sweep.one(kind, nth)
        if kind in KILLS and case.next_agent is not None:
            sweep.next_agent(kind, nth)
    record_property(
        "sweep", [f"real processes, {case.name}", sweep.total, sweep.lives, sweep.left_unclaimed]
    )


def test_a_vm_of_the_go_cpi_is_taken_over_and_left_as_that_would_find_it(worlds: Worlds) -> None:
    """Its VM bears none of our tags, names its disk by serial, and lists persistent disks."""
    life = worlds()
    place = life.place
    launched = life.ask(
        "Ecs",
        "RunInstances",
        ImageId="m-thestemcell",
        InstanceType="ecs.g6.large",
        VSwitchId=place.vswitches[0],
        SecurityGroupId=place.group,
        SystemDisk={"Size": 40, "Category": "cloud_essd"},
        DataDisk=[{"Size": 20, "Category": "cloud_essd", "DeleteWithInstance": True}],
    )
    (vm,) = launched["InstanceIdSets"]["InstanceIdSet"]
    life.clock.sleep(120)
    rows = life.ask("Ecs", "DescribeDisks", InstanceId=vm)["Disks"]["Disk"]
    (ephemeral,) = [row["DiskId"] for row in rows if row["Type"] == "data"]
    settings = {
        "agent_id": "agent-of-go",
        "blobstore": {"provider": "dav", "options": {"endpoint": "http://10.0.0.6:25250"}},
        "disks": {
            "system": "/dev/vda",
            "ephemeral": f"/dev/disk/by-id/virtio-{ephemeral.removeprefix('d-')}",
            "persistent": {},
        },
        "env": {"bosh": {"swap_size": None, "mbus": {"urls": None}}, "persistent_disk_fs": ""},
        "mbus": "nats://nats@10.0.0.6:4222",
        "networks": {"net": {"type": "manual", "ip": "10.0.0.10", "use_dhcp": False, "mac": ""}},
        "ntp": [],
        "vm": {"name": vm},
    }
    text = b64encode(json.dumps(settings).encode()).decode()
    life.ask("Ecs", "ModifyInstanceAttribute", InstanceId=vm, UserData=text)

    assert life.result("has_vm", vm) is True
    assert life.result("get_disks", vm) == []
    disk = life.result("create_disk", 20480, ESSD, vm)
    hint = life.result("attach_disk", vm, disk)
    with_disk: dict[str, Any] = {**settings["disks"], "persistent": {disk: hint}}  # type: ignore[dict-item]  # JSON
    assert life.settings(vm) == {**settings, "disks": with_disk}
    assert life.result("get_disks", vm) == [disk]
    life.result("reboot_vm", vm)
    assert life.settings(vm) == {**settings, "disks": with_disk}
    life.result("set_vm_metadata", vm, {"name": "job/0", "deployment": "cf"})
    life.result("detach_disk", vm, disk)
    assert life.settings(vm) == settings
    life.result("attach_disk", vm, disk)
    life.ask("Ecs", "ModifyDiskAttribute", DiskId=disk, DeleteWithInstance=True)
    life.result("delete_vm", vm)
    life.clock.sleep(60)
    assert life.alive() == []
    assert life.alive("disk") == [disk]
