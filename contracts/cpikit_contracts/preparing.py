"""The methods that sweeps disturb, what each needs beside it, and how one call is prepared."""

from collections.abc import Callable
from typing import Any, Final

from cpikit_contracts.lives import ATTACH, DISK, NETWORK, SNAPSHOT, STEMCELL, VM
from cpikit_contracts.methods import METHODS
from cpikit_contracts.samples import (
    DIRECTOR_DISK_METADATA,
    DIRECTOR_SNAPSHOT_METADATA,
    DIRECTOR_VM_METADATA,
    network,
)
from cpikit_contracts.scenario import Scenario

# Each method that is disturbed, with those that it needs beside it.
SWEPT: Final[dict[str, tuple[str, ...]]] = {
    "create_stemcell": STEMCELL,
    "delete_stemcell": STEMCELL,
    "create_vm": VM,
    "delete_vm": VM,
    "reboot_vm": ("reboot_vm", *VM),
    "set_vm_metadata": ("set_vm_metadata", *VM),
    "create_disk": DISK,
    "delete_disk": DISK,
    "attach_disk": ATTACH,
    "detach_disk": ATTACH,
    "set_disk_metadata": ("set_disk_metadata", *DISK),
    "resize_disk": ("resize_disk", *DISK),
    "update_disk": ("update_disk", *DISK),
    "snapshot_disk": SNAPSHOT,
    "delete_snapshot": SNAPSHOT,
    "create_network": NETWORK,
    "delete_network": NETWORK,
}
READS: Final[dict[str, tuple[str, ...]]] = {
    "has_vm": ("has_vm", *VM, *DISK),
    "has_disk": ("has_disk", *DISK, *VM),
    "get_disks": ("get_disks", *ATTACH),
}
MAKING: Final = frozenset({name for name in SWEPT if METHODS[name].makes} | {"update_disk"})
TOLERATED: Final = {
    "delete_vm": "VMNotFound",
    "delete_disk": "DiskNotFound",
    "delete_snapshot": "DiskNotFound",
    "delete_network": "NetworkNotFound",
    "detach_disk": "DiskNotAttached",
}


def _vm_and_disk(s: Scenario, *, attached: bool) -> list[Any]:
    vm, disk = s.vm(), s.disk()
    if attached:
        s.needed(s.call("attach_disk", vm, disk))
    return [vm, disk]


def _create_vm(s: Scenario) -> list[Any]:
    inputs = s.profile.inputs
    kinds = [s.usual_network] + (["vip"] if "vip" in inputs["networks"] else [])
    return [s.agent_id(), s.stemcell(), inputs["vm"], s.networks(*kinds), [], s.marked_env()]


def _snapshot(s: Scenario) -> str:
    return s.needed_cid(s.call("snapshot_disk", s.shared_used_disk(), DIRECTOR_SNAPSHOT_METADATA))


PREPARE: Final[dict[str, Callable[[Scenario], list[Any]]]] = {
    "create_stemcell": lambda s: [s.image(), s.profile.inputs["stemcell"]],
    "delete_stemcell": lambda s: [s.needed_cid(s.create_stemcell())],
    "create_vm": _create_vm,
    "delete_vm": lambda s: [s.vm()],
    # A read that equals one since the last write counts as a poll: something is made in between.
    "has_vm": lambda s: [s.vm(), s.disk()][:1],
    "reboot_vm": lambda s: [s.vm()],
    "create_disk": lambda s: [s.profile.inputs["disk_size_mib"], s.profile.inputs["disk"], None],
    "delete_disk": lambda s: [s.disk()],
    "has_disk": lambda s: [s.disk(), s.vm()][:1],
    "attach_disk": lambda s: _vm_and_disk(s, attached=False),
    "detach_disk": lambda s: _vm_and_disk(s, attached=True),
    "get_disks": lambda s: _vm_and_disk(s, attached=True)[:1],
    "set_vm_metadata": lambda s: [s.shared_vm(), DIRECTOR_VM_METADATA],
    "set_disk_metadata": lambda s: [s.shared_disk(), DIRECTOR_DISK_METADATA],
    "snapshot_disk": lambda s: [s.shared_used_disk(), DIRECTOR_SNAPSHOT_METADATA],
    "delete_snapshot": lambda s: [_snapshot(s)],
    "resize_disk": lambda s: [s.disk(), s.profile.inputs["disk_size_mib"] * 2],
    "update_disk": lambda s: [
        s.disk(),
        s.profile.inputs["disk_size_mib"] * 2,
        s.profile.inputs["disk"],
    ],
    "create_network": lambda s: [network(s)],
    "delete_network": lambda s: [s.needed_cid(s.call("create_network", network(s)))],
}
