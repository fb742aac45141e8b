"""Lies about disks and their attachments."""

import time
from typing import TYPE_CHECKING, Any

from cpikit_contracts.liar.failure import Failure
from cpikit_contracts.liar.lies.kinds import lie
from cpikit_contracts.liar.lies.vms import _delete_missing, _fail, _nothing
from cpikit_contracts.liar.store import Json

if TYPE_CHECKING:
    from cpikit_contracts.liar.cpi import Cpi

HINT = "disk.attach-answers-a-hint"


def _dies_of_a_gone_vm(cpi: "Cpi", honest: Any, size: int, properties: Json, vm: str | None) -> Any:
    if vm is not None and cpi.things.get("vm", vm) is None:
        raise SystemExit(1)
    return honest(size, properties, vm)


def _strict_properties(cpi: "Cpi", honest: Any, size: int, properties: Json, vm: str | None) -> Any:
    if "name" in properties:
        _fail("CloudError", "unknown property name")
    return honest(size, properties, vm)


def _any_size(cpi: "Cpi", honest: Any, size: int, *rest: Any) -> Any:
    return honest(min(size, 1024 * 1024), *rest)


def _dies_of_one(cpi: "Cpi", honest: Any, size: int, *rest: Any) -> Any:
    if size == 1:
        raise SystemExit(1)
    return honest(size, *rest)


def _needs_stemcell(cpi: "Cpi", honest: Any, vm: str, disk: str) -> Any:
    if "vm" not in cpi.context:
        _fail("CloudError", "no stemcell version: a registry would be needed")
    return honest(vm, disk)


def _steals(cpi: "Cpi", honest: Any, vm: str, disk: str) -> Any:
    found = cpi.things.get("disk", disk)
    if found is not None and cpi.things.get("vm", vm) is not None and found["vm"] not in {None, vm}:
        cpi.things.change("disk", disk, {"vm": None})
    return honest(vm, disk)


def _vague(cpi: "Cpi", honest: Any, *arguments: Any) -> Any:
    try:
        return honest(*arguments)
    except Failure as failure:
        if failure.type.endswith("NotFound"):
            _fail("CloudError", str(failure))
        raise


def _detach_must_be(cpi: "Cpi", honest: Any, vm: str, disk: str) -> Any:
    found = cpi.things.get("disk", disk)
    if found is None or found["vm"] != vm:
        _fail("CloudError", f"disk {disk} is not attached to {vm}")
    return honest(vm, disk)


def _detach_gone_disk(cpi: "Cpi", honest: Any, vm: str, disk: str) -> Any:
    if cpi.things.get("disk", disk) is None and disk[-3:] != "999":
        _fail("CloudError", f"disk {disk} is not there")
    return honest(vm, disk)


def _detach_from_gone_vm(cpi: "Cpi", honest: Any, vm: str, disk: str) -> Any:
    if cpi.things.get("vm", vm) is None:
        _fail("CloudError", f"VM {vm} is not there")
    return honest(vm, disk)


def _attach_once(cpi: "Cpi", honest: Any, vm: str, disk: str) -> Any:
    found = cpi.things.get("disk", disk)
    if found is not None and found["vm"] == vm:
        _fail("CloudError", f"disk {disk} is attached already")
    return honest(vm, disk)


def _new_hint(cpi: "Cpi", honest: Any, vm: str, disk: str) -> Any:
    honest(vm, disk)
    return f"/dev/sd{time.time_ns()}"


def _deletes_attached(cpi: "Cpi", honest: Any, disk: str) -> Any:
    return cpi._cloud(lambda: cpi.things.delete("disk", disk))


def _has(answer: Any) -> Any:
    return lambda cpi, honest, disk: answer(honest(disk), disk)


def _shrinks(cpi: "Cpi", honest: Any, disk: str, size: int, *rest: Any) -> Any:
    cpi._cloud(lambda: cpi._must_exist("disk", disk, "DiskNotFound"))
    cpi._cloud(lambda: cpi.things.change("disk", disk, {"size": size}))


def _only_larger(cpi: "Cpi", honest: Any, disk: str, size: int) -> Any:
    found = cpi.things.get("disk", disk)
    if found is not None and found["size"] == size:
        _fail("CloudError", "the size is the same")
    return honest(disk, size)


def _updated(result: Any) -> Any:
    def method(cpi: "Cpi", honest: Any, disk: str, size: int, properties: Json) -> Any:
        honest(disk, size, properties)
        return result(cpi, disk, size)

    return method


def _copy(cpi: "Cpi", disk: str, size: int) -> str:
    return cpi.things.create("disk", {"size": size, "properties": {}, "vm": None, "claimed": True})


def _one_at_a_time(cpi: "Cpi", honest: Any, *arguments: Any) -> Any:
    def busy(state: Json) -> bool:
        return bool(time.time() - state["next"].get("busy_at", 0) < 0.15)  # noqa: PLR2004  # a moment

    if busy(cpi.cloud.store.read()):
        with cpi.cloud.store.locked() as state:
            state["next"]["clashes"] = state["next"].get("clashes", 0) + 1
            if state["next"]["clashes"] > 3:  # noqa: PLR2004  # a crowd
                _fail("CloudError", "another call is at work")
    with cpi.cloud.store.locked() as state:
        clashes = state["next"].get("clashes", 0) if busy(state) else 0
        state["next"].update({"busy_at": time.time(), "clashes": clashes})
    return honest(*arguments)


LIES = (
    lie("dies-of-a-gone-vm", "dies of a VM hint that is gone", "disk.vm-is-a-hint",
        "process.*").of_method("create_disk", _dies_of_a_gone_vm),
    lie("no-name", "refuses name among a disk's properties", "disk.name-in-properties-is-tolerated")
    .of_method("create_disk", _strict_properties),
    lie("dies-of-one-mib", "dies of a disk of 1 MiB", "disk.odd-sizes-are-rounded-or-refused", "process.*")
    .of_method("create_disk", _dies_of_one),
    lie("any-size", "makes a smaller disk than an absurd one that was asked for", "disk.absurd-size-is-refused")
    .of_method("create_disk", _any_size),
    lie("same-disk-id", "answers the id of the first disk again", "disk.create-answers-an-id",
        "*").of_method("create_disk", lambda cpi, honest, *a: (honest(*a), "disk-000000000001")[1]),
    lie("hint-null", "answers attach_disk with null", HINT, "disk.* order.* model.*")
    .of_method("attach_disk", lambda cpi, honest, *a: honest(*a) and None),
    lie("hint-with-numbers", "answers a hint whose values are numbers", HINT)
    .of_method("attach_disk", lambda cpi, honest, vm, disk: {"path": honest(vm, disk), "lun": 1}),
    lie("hint-empty", "answers an empty hint", HINT, "disk.* order.* model.*")
    .of_method("attach_disk", lambda cpi, honest, *a: honest(*a) and {}),
    lie("registry-again", "cannot attach without a stemcell version", "disk.attach-works-without-stemcell-version")
    .of_method("attach_disk", _needs_stemcell),
    lie("steals", "takes a disk from the VM that has it", "disk.attach-to-a-second-vm-is-refused", "model.*")
    .of_method("attach_disk", _steals),
    lie("vague-attach", "says CloudError where a disk or VM is missing", "disk.attach-of-missing-things-names-them",
        "").of_method("attach_disk", _vague),
    lie("one-hint-for-all", "gives every disk the same hint", "disk.two-disks-have-two-hints")
    .of_method("attach_disk", lambda cpi, honest, *a: honest(*a) and "/dev/vdc"),
    lie("attach-once", "refuses to attach what is attached", "repeat.attach-gives-the-same-hint",
        "vm.* disk.* order.* model.* sweep.*").of_method("attach_disk", _attach_once),
    lie("new-hint-each-time", "gives another hint each time", "repeat.attach-gives-the-same-hint",
        "disk.attach-to-a-second-vm-is-refused").of_method("attach_disk", _new_hint),
    lie("get-disks-null", "answers null for no disks", "disk.get-disks-lists-what-is-attached")
    .of_method("get_disks", lambda cpi, honest, vm: honest(vm) or None),
    lie("get-disks-empty", "never lists a disk", "disk.get-disks-lists-what-is-attached", "model.*")
    .of_method("get_disks", lambda cpi, honest, vm: honest(vm) and []),
    lie("detach-nothing", "does not detach", "disk.moves-to-another-vm",
        "disk.* order.* model.* repeat.* sweep.* leak.*").of_method("detach_disk", _nothing),
    lie("detach-must-be", "refuses to detach what is not attached", "disk.detach-of-a-loose-disk-is-tolerant",
        "repeat.* model.* sweep.*").of_method("detach_disk", _detach_must_be),
    lie("detach-gone-disk", "refuses to detach a disk that was deleted", "repeat.detach-may-be-repeated",
        "model.* sweep.*").of_method("detach_disk", _detach_gone_disk),
    lie("detach-from-gone-vm", "refuses to detach from a VM that is gone",
        "repeat.detach-from-a-gone-vm-is-tolerant", "model.* sweep.*").of_method("detach_disk", _detach_from_gone_vm),
    lie("disk-must-be-there", "refuses to delete a disk that is gone", "disk.delete-of-a-missing-one-is-tolerant",
        "repeat.* model.* sweep.*").of_method("delete_disk", _delete_missing("disk", "CloudError")),
    lie("deletes-attached", "deletes a disk that is attached", "disk.delete-of-an-attached-one-is-refused",
        "model.* leak.*", "peers 4 #25").of_method("delete_disk", _deletes_attached),
    lie("has-disk-always", "answers has_disk with true", "disk.has-disk-tells-the-truth", "repeat.* model.*")
    .of_method("has_disk", _has(lambda found, disk: True)),
    lie("has-disk-as-number", "answers has_disk with 1 or 0", "disk.has-disk-answers-a-boolean",
        "model.*").of_method("has_disk", _has(lambda found, disk: int(found))),
    lie("has-disk-raises", "answers has_disk of a missing disk with DiskNotFound", "disk.has-disk-tells-the-truth",
        "repeat.* model.* disk.has-disk-answers-a-boolean")
    .of_method("has_disk", _has(lambda found, disk: found or _fail("DiskNotFound", f"disk {disk} is not there"))),
    lie("shrinks", "shrinks a disk", "disk.resize-never-shrinks", "model.* disk.update-refuses-to-shrink")
    .of_method("resize_disk", _shrinks),
    lie("only-larger", "refuses the present size", "disk.resize-grows", "sweep.*")
    .of_method("resize_disk", _only_larger),
    lie("vague-resize", "says CloudError where the disk is missing",
        "disk.resize-of-a-missing-one-is-disk-not-found").of_method("resize_disk", _vague),
    lie("update-true", "answers update_disk with true", "disk.update-answers-null-or-an-id", "", "1.10 #1")
    .of_method("update_disk", _updated(lambda cpi, disk, size: True)),
    lie("update-empty", "answers update_disk with an empty string", "disk.update-answers-null-or-an-id")
    .of_method("update_disk", _updated(lambda cpi, disk, size: "")),
    lie("update-nowhere", "answers update_disk with an id that is not there", "disk.update-leaves-one-disk",
        "leak.nothing-is-left").of_method("update_disk", _updated(lambda cpi, disk, size: disk + "-new")),
    lie("update-two", "leaves the old disk beside the new one", "disk.update-leaves-one-disk",
        "leak.nothing-is-left").of_method("update_disk", _updated(_copy)),
    lie("update-shrinks", "shrinks a disk by update_disk", "disk.update-refuses-to-shrink")
    .of_method("update_disk", _shrinks),
    lie("one-at-a-time", "fails when many disks are made at once", "disk.many-at-once", "model.*")
    .of_method("create_disk", _one_at_a_time),
)  # fmt: skip
