"""Lies that show only in a story: at the second call, in a certain order, or in company."""

# mypy: disable-error-code="method-assign, assignment"
# Replacing honest methods is what a lie is.

import fcntl
import os
from functools import partial
from typing import TYPE_CHECKING, Any

from cpikit_contracts.liar.lies.kinds import lie
from cpikit_contracts.liar.lies.processes import _refusing
from cpikit_contracts.liar.lies.vms import _fail
from cpikit_contracts.liar.store import Json

if TYPE_CHECKING:
    from cpikit_contracts.liar.cpi import Cpi
    from cpikit_contracts.liar.process import Edge


def _count(cpi: "Cpi", name: str) -> int:
    """How often this was counted in this world, this time included."""
    if cpi.cloud.unreachable_for_s is not None:
        return 1
    with cpi.cloud.store.locked() as state:
        state["next"][name] = state["next"].get(name, 0) + 1
        return int(state["next"][name])


def _deletes_once(cpi: "Cpi", honest: Any, cid: str) -> Any:
    if _count(cpi, f"deleted {cid}") > 1 and not cid.endswith("9"):
        _fail("CloudError", f"{cid} was deleted already")
    return honest(cid)


def _labels_twice(cpi: "Cpi", honest: Any, disk: str, metadata: Json) -> Any:
    if _count(cpi, f"labelled {disk} {sorted(metadata)}") > 2:  # noqa: PLR2004  # twice
        _fail("CloudError", f"{disk} has these labels already")
    return honest(disk, metadata)


def _forgets_slowly(cpi: "Cpi", honest: Any, disk: str) -> Any:
    if honest(disk):
        return True
    known = not disk.endswith("9")
    return known and _count(cpi, f"looked for {disk}") == 2  # noqa: PLR2004  # not at the first look


def _remembers_absence(cpi: "Cpi", honest: Any, vm: str) -> Any:
    found = honest(vm)
    if not found and not vm.endswith("9"):
        _count(cpi, f"absent {vm}")
    return found


def _refuses_the_absent(cpi: "Cpi", honest: Any, vm: str) -> Any:
    if f"absent {vm}" in cpi.cloud.store.read()["next"]:
        _fail("CloudError", f"VM {vm} is not there: has_vm said so")
    return honest(vm)


def _one_vm_of_a_disk(cpi: "Cpi", honest: Any, *arguments: Any) -> Any:
    for disk in arguments[4]:
        found = cpi._cloud(partial(cpi.things.get, "disk", disk))
        if found is not None and found["vm"]:
            _fail("CloudError", f"the hinted disk {disk} is attached to {found['vm']}")
    return honest(*arguments)


def _reboot_shuffles(cpi: "Cpi", honest: Any, vm: str) -> Any:
    honest(vm)
    for disk in cpi._cloud(lambda: cpi.things.disks_of(vm)):
        cpi.things.change("disk", disk, {"vm": "a VM before its reboot"})


def _reboot_kills(cpi: "Cpi", honest: Any, vm: str) -> Any:
    honest(vm)
    cpi.things.delete("vm", vm)


def _releases_late(cpi: "Cpi", honest: Any, vm: str) -> Any:
    disks = cpi._cloud(lambda: cpi.things.disks_of(vm))
    honest(vm)
    for disk in disks:
        cpi.things.change("disk", disk, {"leaving": True})


def _refuses_leaving(cpi: "Cpi", honest: Any, disk: str) -> Any:
    found = cpi._cloud(lambda: cpi.things.get("disk", disk)) or {}
    if found.get("leaving"):
        cpi.things.change("disk", disk, {"leaving": False})
        _fail("CloudError", f"disk {disk} is Detaching")
    return honest(disk)


def _keeps_address(cpi: "Cpi", honest: Any, *arguments: Any) -> Any:
    hinted = bool(arguments[4])
    for network in arguments[3].values():
        ip = network.get("ip") if network.get("type") == "manual" else None
        if ip and cpi.cloud.store.read()["next"].get(f"released {ip}") is hinted:
            _fail("CloudError", f"address {ip} was given back a moment ago")
    return honest(*arguments)


def _gives_back(*, hinted: bool) -> Any:
    """Note the addresses of a deleted VM, to refuse them to the next one with hints, or without."""

    def method(cpi: "Cpi", honest: Any, vm: str) -> Any:
        found = cpi.things.get("vm", vm) or {}
        honest(vm)
        for network in found.get("networks", {}).values() if found.get("claimed") else ():
            with cpi.cloud.store.locked() as state:
                state["next"][f"released {network.get('ip')}"] = hinted
        return None

    return method


def _refuses_keys(*keys: str) -> Any:
    def method(cpi: "Cpi", honest: Any, cid: str, metadata: Json) -> Any:
        if set(keys) <= metadata.keys():
            _fail("CloudError", f"the keys {keys} may not stand together")
        return honest(cid, metadata)

    return method


def _migrates_one_way(cpi: "Cpi", honest: Any, vm: str, disk: str) -> Any:
    others = cpi._cloud(lambda: cpi.things.disks_of(vm))
    if disk in others[:-1]:
        _fail("CloudError", f"the disk {others[-1]} was attached to {vm} after it")
    return honest(vm, disk)


def _alone(edge: "Edge") -> None:
    """Refuse create_disk while another process of this world serves one, and serve slowly."""
    honest = edge.respond

    def respond(raw: bytes) -> Json:
        if b'"create_' not in raw or "state_dir" not in edge.config or "no_such" in str(raw):
            return honest(raw)
        with open(os.path.join(edge.config["state_dir"], "alone"), "w", encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return edge.failure("Bosh::Clouds::CloudError", "another call is at work")
            return honest(raw)

    edge.respond = respond


def _leaves_the_caller(edge: "Edge") -> None:
    """Mark what was made as claimed when the caller has gone, so that nobody looks for it."""

    def undo() -> None:
        if edge.cpi is None:
            return
        with edge.cpi.cloud.store.locked() as state:
            for things in state["things"].values():
                for thing in things.values():
                    thing["claimed"] = True

    edge.undo = undo


def _old_stemcell(cpi: "Cpi", honest: Any, *arguments: Any) -> Any:
    if cpi.context.get("vm", {}).get("stemcell", {}).get("api_version") == 1:
        raise SystemExit(1)
    return honest(*arguments)


def _odd_context(cpi: "Cpi", honest: Any, vm: str) -> Any:
    if "x_o" in cpi.context:
        _fail("CloudError", "unknown property x_o")
    return honest(vm)


def _logs_env(cpi: "Cpi", honest: Any, *arguments: Any) -> Any:
    made = honest(*arguments)
    os.write(2, f"[{cpi.context.get('request_id', '')}] made with {arguments[5]}\n".encode())
    return made


def _dies_of(word: bytes) -> Any:
    def part(edge: "Edge") -> None:
        honest = edge.respond

        def respond(raw: bytes) -> Json:
            if word in raw:
                os._exit(1)
            return honest(raw)

        edge.respond = respond

    return part


LIES = (
    lie("logs-env", "logs the env of a VM that it made", "secret.stays-out-of-real-calls")
    .of_method("create_vm", _logs_env),
    lie("dies-of-surplus", "dies of an argument for info", "info.takes-no-notice-of-arguments", "process.*")
    .at_edge(_dies_of(b'"surplus"')),
    lie("dies-of-ping", "dies of ping, which nobody calls", "error.optional-methods-are-answered",
        "process.* error.every-method-fails-cleanly").at_edge(_dies_of(b'"ping"')),
    _refusing("needs-home", "fails without HOME", "process.works-in-a-bare-environment",
              "HOME is missing", "* "),
    _refusing("dislikes-folders", "fails when BOSH_JOBS_DIR is no folder", "process.finds-its-folders",
              "BOSH_JOBS_DIR is no folder", "* "),
    lie("odd-context", "refuses unknown properties of the context in has_vm", "config.odd-context-spoils-no-call")
    .of_method("has_vm", _odd_context),
    lie("dies-of-an-old-stemcell", "dies of a stemcell of version 1", "settings.old-stemcell-is-answered", "process.*")
    .of_method("create_vm", _old_stemcell),
    lie("reboot-kills", "ends a VM for good when it is to reboot", "vm.reboot-keeps-the-vm", "order.* leak.* disk.* metadata.*")
    .of_method("reboot_vm", _reboot_kills),
    lie("keeps-the-address", "refuses the address of a VM that was just deleted", "vm.address-is-free-after-delete",
        "order.* repeat.* sweep.* model.* vm.* disk.* snapshot.* settings.*")
    .of_method("delete_vm", _gives_back(hinted=False)).of_method("create_vm", _keeps_address),
    lie("no-created-at", "refuses the Director's own full set of keys", "metadata.full-set-is-taken",
        "metadata.* repeat.* order.* model.* sweep.* budget.*")
    .of_method("set_vm_metadata", _refuses_keys("created_at", "index", "id")),
    lie("deletes-once", "refuses to delete a snapshot a second time", "repeat.deletes-may-be-repeated", "sweep.*")
    .of_method("delete_snapshot", _deletes_once),
    lie("labels-twice", "refuses the same labels for the third time", "repeat.metadata-may-be-repeated", "sweep.* model.* metadata.*")
    .of_method("set_disk_metadata", _labels_twice),
    lie("forgets-slowly", "sees a deleted disk once more at its second look", "repeat.has-is-steady", "model.*")
    .of_method("has_disk", _forgets_slowly),
    lie("refuses-the-absent", "refuses to delete a VM of which it said that it is gone",
        "repeat.delete-vm-of-a-lost-vm-cleans-up", "model.* order.as-recorded sweep.*")
    .of_method("has_vm", _remembers_absence).of_method("delete_vm", _refuses_the_absent),
    lie("one-vm-of-a-disk", "makes no VM for a disk that another VM still has", "order.hot-swap", "order.as-recorded")
    .of_method("create_vm", _one_vm_of_a_disk),
    lie("reboot-shuffles", "loses the attachments of a VM in its reboot", "order.cloud-check", "leak.* order.as-recorded")
    .of_method("reboot_vm", _reboot_shuffles),
    lie("releases-late", "cannot delete a disk right after its VM", "order.delete-env", "order.as-recorded leak.*")
    .of_method("delete_vm", _releases_late).of_method("delete_disk", _refuses_leaving),
    lie("refuses-to-recreate", "refuses the old address to a VM that is to get the old disk",
        "order.recreate-keeps-address-and-disk", "order.*")
    .of_method("delete_vm", _gives_back(hinted=True)).of_method("create_vm", _keeps_address),
    lie("migrates-one-way", "refuses to detach the older of two disks", "order.disk-migration", "disk.* order.* leak.* model.* sweep.*")
    .of_method("detach_disk", _migrates_one_way),
    lie("no-attached-at", "refuses the first deploy's labels of a disk", "order.fresh-instance-with-disk",
        "metadata.* repeat.* order.* model.* sweep.* budget.*")
    .of_method("set_disk_metadata", _refuses_keys("attached_at", "instance_id")),
    lie("no-tags-beside-labels", "refuses the tags of a real deployment beside its labels", "order.as-recorded")
    .of_method("set_vm_metadata", _refuses_keys("owner", "deployment")),
    lie("alone", "makes nothing while another call makes something", "model.parallel-histories-agree",
        "disk.many-at-once bulk.*").at_edge(_alone),
    lie("leaves-the-caller", "claims what nobody knows of when its caller is gone",
        "sweep.caller-gone-leaves-nothing-unknown", "leak.* sweep.*").at_edge(_leaves_the_caller),
)  # fmt: skip
