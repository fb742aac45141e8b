"""The cases of the sweeps: disks, snapshots and stemcells on the simulator."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

from tests.alicloud.simulated import ESSD, IMAGE, Simulated
from tests.alicloud.sweep_cases import diskless, made
from tests.alicloud.sweeping import Case

ON_DISKS = ("disk", "ecs.action", "visibility", "client_token", "tags", "paging", "protocol")
ON_IMAGES = ("image", "snapshot", "visibility", "client_token", "tags", "paging", "protocol")


def a_vm(life: Simulated) -> str:
    """A VM without an ephemeral disk."""
    return made(life, diskless(life))


def disk(life: Simulated, vm: str | None = None, size: int = 20480) -> str:
    """A claimed disk in the zone of the VM, or in the first one."""
    section = {} if vm else {"availability_zone": life.place.zones[0]}
    cid = str(life.result("create_disk", size, ESSD, vm, **section))
    life.result("set_disk_metadata", cid, {"deployment": "d"})
    return cid


def pair(life: Simulated, *, attached: bool = False) -> list[Any]:
    """A VM and a disk."""
    vm = a_vm(life)
    cid = disk(life, vm)
    if attached:
        life.result("attach_disk", vm, cid)
    return [vm, cid]


def of_the_go_cpi(life: Simulated, *, attached: bool = False) -> list[Any]:
    """The same, the VM made by the Go CPI: without our tags, and with the disks that it lists."""
    vm, cid = pair(life, attached=attached)
    keys = ["cpikit-director", "cpikit-agent", "cpikit-state", "cpikit-bindings"]
    life.ask("Ecs", "UntagResources", ResourceType="instance", ResourceId=[vm], TagKey=keys)
    settings = json.loads(life.simulator.control.user_data(vm))
    settings["disks"]["persistent"] = {"d-other": "/dev/disk/by-id/virtio-other"}
    if attached:
        settings["disks"]["persistent"][cid] = f"/dev/disk/by-id/virtio-{cid[2:]}"
    text = b64encode(json.dumps(settings).encode()).decode()
    life.clock.sleep(30)
    life.ask("Ecs", "StopInstance", InstanceId=vm, ForceStop=True)
    life.clock.sleep(100)  # there are clouds that change user data of stopped VMs alone
    life.ask("Ecs", "ModifyInstanceAttribute", InstanceId=vm, UserData=text)
    life.ask("Ecs", "StartInstance", InstanceId=vm)
    life.clock.sleep(100)
    return [vm, cid]


def snapshot(life: Simulated) -> list[Any]:
    """A snapshot of an attached disk."""
    _, cid = pair(life, attached=True)
    return [life.result("snapshot_disk", cid, {"deployment": "d"})]


DISKS = (
    Case(
        "create_disk",
        "create_disk",
        lambda life: [20480, ESSD, a_vm(life)],
        has_key=False,
        products=ON_DISKS,
    ),
    Case("has_disk", "has_disk", lambda life: [disk(life)], products=ON_DISKS),
    Case("has_disk of none", "has_disk", lambda _: ["d-none"], products=ON_DISKS),
    Case("attach_disk", "attach_disk", pair, products=ON_DISKS),
    Case("attach_disk, Go", "attach_disk", of_the_go_cpi, products=(*ON_DISKS, "ecs.user_data")),
    Case("detach_disk", "detach_disk", lambda life: pair(life, attached=True), products=ON_DISKS),
    Case(
        "detach_disk, Go",
        "detach_disk",
        lambda life: of_the_go_cpi(life, attached=True),
        products=(*ON_DISKS, "ecs.user_data"),
    ),
    Case("get_disks", "get_disks", lambda life: pair(life, attached=True)[:1], products=ON_DISKS),
    Case("resize_disk", "resize_disk", lambda life: [disk(life), 40960], products=ON_DISKS),
    Case(
        "update_disk",
        "update_disk",
        lambda life: [disk(life), 512000, {**ESSD, "performance_level": "PL2"}],
        products=ON_DISKS,
    ),
    Case(
        "set_disk_metadata",
        "set_disk_metadata",
        lambda life: [disk(life), {"deployment": "e", "n": 5}],
        products=ON_DISKS,
    ),
    Case("delete_disk", "delete_disk", lambda life: [disk(life)], products=ON_DISKS),
    Case(
        "snapshot_disk",
        "snapshot_disk",
        lambda life: [pair(life, attached=True)[1], {"deployment": "d"}],
        has_key=False,
        products=ON_IMAGES,
    ),
    Case("delete_snapshot", "delete_snapshot", snapshot, products=ON_IMAGES),
    Case(
        "create_stemcell, light",
        "create_stemcell",
        lambda life: ["/dev/null", {"image_id": {life.simulator.world.region_id: IMAGE}}],
        products=ON_IMAGES,
    ),
    Case(
        "create_stemcell, encrypted",
        "create_stemcell",
        lambda life: ["/dev/null", {"image_id": {life.simulator.world.region_id: IMAGE}}],
        has_key=False,
        parts=("snapshot",),
        section={"encrypted": True},
        products=ON_IMAGES,
    ),
    Case(
        "delete_stemcell",
        "delete_stemcell",
        lambda life: [
            life.result(
                "create_stemcell",
                "/dev/null",
                {"image_id": {life.simulator.world.region_id: IMAGE}},
                encrypted=True,
            )
        ],
        products=ON_IMAGES,
    ),
)
