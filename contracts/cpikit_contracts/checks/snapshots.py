"""Rules about snapshots."""

from cpikit_contracts.lives import SNAPSHOT
from cpikit_contracts.promises import cid
from cpikit_contracts.rules import LIFECYCLE, MUST, SHOULD, rule
from cpikit_contracts.samples import DIRECTOR_SNAPSHOT_METADATA
from cpikit_contracts.scenario import Scenario


@rule(
    "snapshot.answers-an-id",
    MUST,
    LIFECYCLE,
    "snapshot_disk takes the Director's metadata, with its integer index, and answers an id.",
    "api/snapshot_manager.rb",
    checks=(100,),
    methods=SNAPSHOT,
)
def answers_id(s: Scenario) -> None:
    """Snapshot a loose disk."""
    result = s.succeeded(
        s.call("snapshot_disk", s.used_disk(), DIRECTOR_SNAPSHOT_METADATA), "snapshot_disk"
    )
    s.want(not cid(result), f"snapshot_disk answered {result!r}: {cid(result)}")


@rule(
    "snapshot.of-an-attached-disk-works",
    MUST,
    LIFECYCLE,
    "snapshot_disk works while the disk is attached.",
    "api/snapshot_manager.rb",
    checks=(100,),
    methods=SNAPSHOT,
)
def attached(s: Scenario) -> None:
    """Attach a disk and snapshot it, with tags of every type among the metadata."""
    vm, disk = s.vm(), s.disk()
    s.needed(s.call("attach_disk", vm, disk))
    odd = {"number": 7, "on": True, "nothing": None, "list": [1], "long": "l" * 300}
    answer = s.call("snapshot_disk", disk, {**DIRECTOR_SNAPSHOT_METADATA, **odd})
    s.succeeded(answer, "snapshot_disk of an attached disk")


@rule(
    "snapshot.delete-of-a-missing-one-is-tolerant",
    SHOULD,
    LIFECYCLE,
    "delete_snapshot of a missing snapshot succeeds or says DiskNotFound.",
    "orphan_disk_manager.rb; aws lifecycle_spec.rb",
    checks=(101,),
    methods=("delete_snapshot",),
    needs=("snapshot",),
)
def delete_missing(s: Scenario) -> None:
    """Delete the profile's unknown snapshot."""
    answer = s.call("delete_snapshot", s.unknown("snapshot"))
    s.want(
        answer.succeeded or answer.is_error("DiskNotFound"),
        f"delete_snapshot of a missing snapshot answered {answer}",
    )


@rule(
    "snapshot.delete-deletes",
    MUST,
    LIFECYCLE,
    "delete_snapshot succeeds, and the disk is untouched.",
    "api/snapshot_manager.rb",
    checks=(101,),
    methods=SNAPSHOT,
)
def delete_deletes(s: Scenario) -> None:
    """Snapshot, delete the snapshot, and look for both where that can be seen."""
    disk = s.used_disk()
    snapshot = s.needed_cid(s.call("snapshot_disk", disk, DIRECTOR_SNAPSHOT_METADATA))
    s.succeeded(s.call("delete_snapshot", snapshot), "delete_snapshot")
    if s.session.baseline is not None:
        left = [cid for _, cid in s.inventory_ids() if cid == snapshot]
        s.want(
            not left or snapshot == disk, f"snapshot {snapshot} is still there after its deletion"
        )
    if "has_disk" not in s.profile.gaps:
        s.want(s.needed(s.call("has_disk", disk)), f"delete_snapshot took the disk {disk} along")


@rule(
    "snapshot.of-a-missing-disk-is-an-error",
    SHOULD,
    LIFECYCLE,
    "snapshot_disk of a missing disk says DiskNotFound.",
    "errors.rb",
    checks=(41, 100),
    methods=("snapshot_disk",),
    needs=("disk",),
)
def of_missing(s: Scenario) -> None:
    """Snapshot the profile's unknown disk."""
    answer = s.call("snapshot_disk", s.unknown("disk"), DIRECTOR_SNAPSHOT_METADATA)
    s.failed(answer, "snapshot_disk of a missing disk", "DiskNotFound")
