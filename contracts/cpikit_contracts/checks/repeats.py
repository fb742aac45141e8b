"""Rules about the same call again: after success, after a lost answer, about what is gone."""

from typing import Any

from cpikit_contracts import samples
from cpikit_contracts.lives import ATTACH, DISK, NETWORK, SNAPSHOT, STEMCELL, VM
from cpikit_contracts.reading import Answer
from cpikit_contracts.rules import BOTH, INFORM, MUST, REPEAT, SHOULD, rule
from cpikit_contracts.samples import DIRECTOR_DISK_METADATA, DIRECTOR_VM_METADATA
from cpikit_contracts.scenario import Scenario

GONE_ERRORS = {
    "delete_vm": ("VMNotFound",),
    "delete_disk": ("DiskNotFound",),
    "delete_stemcell": (),
    "delete_snapshot": ("DiskNotFound",),
    "delete_network": ("NetworkNotFound",),
}


def _tolerant(s: Scenario, answer: Answer, doing: str, *errors: str) -> None:
    wanted = " or ".join(("success", *errors))
    s.want(
        answer.succeeded or answer.is_error(*errors), f"{doing}: wanted {wanted}, found {answer}"
    )


@rule(
    "repeat.deletes-may-be-repeated",
    MUST,
    REPEAT,
    "Each delete succeeds again, or says that the thing is gone.",
    "delete_vm_step.rb; orphan_disk_manager.rb; stemcell_deleter.rb; orphan_network_manager.rb",
    checks=(51, 68, 93, 101, 104),
    callers=BOTH,
    items={
        "vm": VM,
        "disk": DISK,
        "stemcell": STEMCELL,
        "snapshot": SNAPSHOT,
        "network": NETWORK,
    },
)
def deletes(s: Scenario) -> None:
    """Make one thing, delete it three times."""
    made: dict[str, Any] = {
        "vm": s.create_vm,
        "disk": s.create_disk,
        "stemcell": s.create_stemcell,
        "snapshot": lambda: s.call("snapshot_disk", s.used_disk(), {"index": 0}),
        "network": lambda: s.call("create_network", samples.network(s)),
    }
    method = f"delete_{s.item}"
    cid = s.needed_cid(made[s.item]())
    s.succeeded(s.call(method, cid), f"the first {method}")
    for _ in range(2):
        _tolerant(s, s.call(method, cid), f"{method} again", *GONE_ERRORS[method])


@rule(
    "repeat.attach-gives-the-same-hint",
    SHOULD,
    REPEAT,
    "attach_disk of a disk that this VM has already succeeds, with the same hint.",
    "disk_deployer.go; mount_info_mismatch.rb",
    checks=(87,),
    callers=BOTH,
    methods=ATTACH,
)
def attach_again(s: Scenario) -> None:
    """Attach three times."""
    vm, disk = s.vm(), s.disk()
    first = s.needed(s.call("attach_disk", vm, disk))
    for _ in range(2):
        again = s.succeeded(s.call("attach_disk", vm, disk), "attach_disk again")
        s.want(again == first, f"the hint was {first!r} and is {again!r}")


@rule(
    "repeat.detach-may-be-repeated",
    MUST,
    REPEAT,
    "detach_disk again succeeds or says DiskNotAttached, also when the disk is gone.",
    "detach_disk_step.rb; missing_disk.rb",
    checks=(92,),
    callers=BOTH,
    methods=ATTACH,
)
def detach_again(s: Scenario) -> None:
    """Detach twice, delete the disk, detach once more."""
    vm, disk = s.vm(), s.disk()
    s.needed(s.call("attach_disk", vm, disk))
    s.succeeded(s.call("detach_disk", vm, disk), "detach_disk")
    tolerated = ("DiskNotAttached", "DiskNotFound")
    _tolerant(s, s.call("detach_disk", vm, disk), "detach_disk again", *tolerated)
    s.needed(s.call("delete_disk", disk))
    _tolerant(s, s.call("detach_disk", vm, disk), "detach_disk of a deleted disk", *tolerated)


@rule(
    "repeat.detach-from-a-gone-vm-is-tolerant",
    SHOULD,
    REPEAT,
    "detach_disk from a VM that is gone succeeds, or says what is gone.",
    "missing_disk.rb; cloudcheck_helper.rb",
    checks=(92,),
    methods=ATTACH,
)
def detach_from_gone(s: Scenario) -> None:
    """Attach, delete the VM, detach."""
    vm, disk = s.vm(), s.disk()
    s.needed(s.call("attach_disk", vm, disk))
    s.needed(s.call("delete_vm", vm))
    answer = s.call("detach_disk", vm, disk)
    errors = ("DiskNotAttached", "DiskNotFound", "VMNotFound")
    _tolerant(s, answer, "detach_disk from a VM that is gone", *errors)


@rule(
    "repeat.metadata-may-be-repeated",
    MUST,
    REPEAT,
    "The same metadata may be set again.",
    "metadata_updater.rb",
    checks=(78, 79),
    callers=BOTH,
    methods=("set_vm_metadata", "set_disk_metadata", *VM, *DISK),
)
def metadata_again(s: Scenario) -> None:
    """Set VM and disk metadata three times each."""
    for _ in range(3):
        answer = s.call("set_vm_metadata", s.shared_vm(), DIRECTOR_VM_METADATA)
        s.succeeded(answer, "set_vm_metadata again")
        answer = s.call("set_disk_metadata", s.shared_disk(), DIRECTOR_DISK_METADATA)
        s.succeeded(answer, "set_disk_metadata again")


@rule(
    "repeat.has-is-steady",
    MUST,
    REPEAT,
    "has_vm and has_disk answer the same again and again, before and after.",
    "vm_scan_stage.rb; disk_scan_stage.rb",
    checks=(66, 95),
    callers=BOTH,
    methods=("has_vm", "has_disk", *VM, *DISK),
)
def has_again(s: Scenario) -> None:
    """Ask three times while it is there and three times when it is gone; the CLI asks of VMs."""
    for kind, make in (("vm", s.vm), ("disk", s.disk)):
        if not s.calls(f"has_{kind}"):
            continue
        cid = make()
        there = {s.needed(s.call(f"has_{kind}", cid)) for _ in range(3)}
        s.needed(s.call(f"delete_{kind}", cid))
        gone = {s.needed(s.call(f"has_{kind}", cid)) for _ in range(3)}
        s.want(len(there) == 1, f"has_{kind} of one that is there answered {there}")
        s.want(len(gone) == 1, f"has_{kind} of one that is gone answered {gone}")
        s.want(there != gone, f"has_{kind} answered {there} before and after the deletion")


@rule(
    "repeat.create-vm-is-idempotent",
    SHOULD,
    REPEAT,
    "The same create_vm with the same agent id gives the same VM, as the profile declares.",
    "create_vm_step.rb (same agent id in every try)",
    checks=(64,),
    callers=BOTH,
    methods=VM,
    needs=("idempotent",),
)
def create_vm_again(s: Scenario) -> None:
    """Send the same request three times."""
    agent_id, networks = s.agent_id(), s.networks()
    found = [s.needed_cid(s.create_vm(agent_id=agent_id, networks=networks)) for _ in range(3)]
    s.want(len(set(found)) == 1, f"the same create_vm gave {sorted(set(found))}")


@rule(
    "repeat.creates-make-new-things",
    INFORM,
    REPEAT,
    "Two equal create_disk calls are two disks.",
    "disk_manager.rb",
    methods=DISK,
)
def creates_again(s: Scenario) -> None:
    """Create two equal disks."""
    found = {s.disk(), s.disk()}
    s.want(len(found) == 2, f"two equal create_disk gave one disk: {found}")  # noqa: PLR2004  # two


@rule(
    "repeat.delete-vm-of-a-lost-vm-cleans-up",
    MUST,
    REPEAT,
    "delete_vm after has_vm said false still succeeds: the CLI always calls it.",
    "instance.go (delete_vm is called even when has_vm was false)",
    checks=(68,),
    callers=BOTH,
    methods=(*VM, "has_vm"),
)
def lost_vm(s: Scenario) -> None:
    """Delete, ask, delete."""
    vm = s.vm()
    s.needed(s.call("delete_vm", vm))
    s.needed(s.call("has_vm", vm))
    _tolerant(s, s.call("delete_vm", vm), "delete_vm of a lost VM", "VMNotFound")
