"""Lies about metadata, snapshots and networks."""

# mypy: disable-error-code="method-assign, assignment"
# Replacing honest methods is what a lie is.

from typing import TYPE_CHECKING, Any

from cpikit_contracts.liar.lies.disks import _vague
from cpikit_contracts.liar.lies.kinds import lie
from cpikit_contracts.liar.lies.vms import _delete_missing, _fail, _nothing
from cpikit_contracts.liar.store import Json

if TYPE_CHECKING:
    from cpikit_contracts.liar.cpi import Cpi

MOST_TAGS = 20
LONGEST = 128


def _tags(refused: Any) -> Any:
    def part(cpi: "Cpi") -> None:
        honest = cpi.tags

        def tags(metadata: Json) -> Json:
            if refused(metadata):
                _fail("CloudError", "the cloud refuses these tags")
            return honest(metadata)

        cpi.tags = tags

    return part


def _second_refused(cpi: "Cpi", honest: Any, vm: str, metadata: Json) -> Any:
    if "compiling" in metadata:
        _fail("CloudError", "the VM is labelled already")
    return honest(vm, metadata)


def _only_loose(cpi: "Cpi", honest: Any, disk: str, metadata: Json) -> Any:
    found = cpi.things.get("disk", disk)
    if found is not None and found["vm"]:
        _fail("CloudError", f"disk {disk} is attached")
    return honest(disk, metadata)


def _text_index(cpi: "Cpi", honest: Any, disk: str, metadata: Json) -> Any:
    if isinstance(metadata.get("index"), int) and "job" in metadata and "on" not in metadata:
        _fail("CloudError", "index: wanted text")
    return honest(disk, metadata)


def _blind(cpi: "Cpi", honest: Any, disk: str, metadata: Json) -> Any:
    if cpi.things.get("disk", disk) is None:
        return None
    return honest(disk, metadata)


def _takes_the_disk(cpi: "Cpi", honest: Any, snapshot: str) -> Any:
    found = cpi.things.get("snapshot", snapshot)
    if found is not None:
        cpi.things.delete("disk", found["disk"])
    return honest(snapshot)


LIES = (
    lie("text-tags-only", "refuses tags that are no text", "metadata.any-type-is-taken",
        "snapshot.of-an-attached-disk-works snapshot.* sweep.* repeat.*", "Alicloud-Go v61").of_cpi(
        _tags(lambda tags: not all(isinstance(each, str) for each in tags.values()))),
    lie("short-tags-only", "refuses tags of more than 128 characters", "metadata.any-text-is-taken",
        "snapshot.of-an-attached-disk-works").of_cpi(
        _tags(lambda tags: any(len(str(each)) > LONGEST for each in tags.values()))),
    lie("twenty-tags-only", "refuses more than twenty tags", "metadata.too-many-tags-are-taken").of_cpi(
        _tags(lambda tags: len(tags) > MOST_TAGS)),
    lie("name-wanted", "wants a name or an index for every VM", "metadata.name-is-optional",
        "metadata.of-a-missing-thing-is-an-error").of_method(
        "set_vm_metadata", lambda cpi, honest, vm, tags: honest(vm, tags)
        if {"name", "director", "index"} & tags.keys()
        else _fail("CloudError", "no name")),
    lie("labels-once", "refuses to label for compilation", "metadata.second-call-updates")
    .of_method("set_vm_metadata", _second_refused),
    lie("labels-loose-disks", "labels only disks that are not attached", "metadata.disk-may-be-attached",
        "order.* model.*").of_method("set_disk_metadata", _only_loose),
    lie("labels-nothing", "labels a disk that is not there", "metadata.of-a-missing-thing-is-an-error")
    .of_method("set_disk_metadata", _blind),
    lie("text-index", "wants the index of a snapshot as text", "snapshot.answers-an-id",
        "snapshot.* sweep.* repeat.*").of_method("snapshot_disk", _text_index),
    lie("snapshots-loose-disks", "snapshots only disks that are not attached", "snapshot.of-an-attached-disk-works")
    .of_method("snapshot_disk", _only_loose),
    lie("snapshot-must-be-there", "refuses to delete a snapshot that is gone",
        "snapshot.delete-of-a-missing-one-is-tolerant", "repeat.* sweep.*")
    .of_method("delete_snapshot", _delete_missing("snapshot", "CloudError")),
    lie("keeps-snapshots", "does not delete snapshots", "snapshot.delete-deletes", "leak.* repeat.* sweep.*")
    .of_method("delete_snapshot", _nothing),
    lie("snapshot-takes-disk", "deletes the disk with its snapshot", "snapshot.delete-deletes", "sweep.* leak.*")
    .of_method("delete_snapshot", _takes_the_disk),
    lie("vague-snapshot", "says CloudError where the disk is missing", "snapshot.of-a-missing-disk-is-an-error")
    .of_method("snapshot_disk", _vague),
    lie("network-as-string", "answers create_network with the id alone", "network.create-answers-three-things",
        "network.*").of_method("create_network", lambda cpi, honest, d: honest(d)[0]),
    lie("network-without-range", "does not say which range it chose", "network.chooses-a-range")
    .of_method("create_network", lambda cpi, honest, d: [honest(d)[0], {}, {}]),
    lie("network-must-be-there", "refuses to delete a network that is gone", "network.delete-is-tolerant",
        "repeat.*").of_method("delete_network", _delete_missing("network", "CloudError")),
)  # fmt: skip
