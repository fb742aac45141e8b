"""What carries a Director's marks in this region, and its removal: for `cpikit orphans`.

Asked for by tag, and the tag is read again in each row: what is another's is never shown.
"""

from __future__ import annotations

import json

from attrs import frozen

from cpikit.errors import CloudError, VMNotFound
from cpikit.ownership import Owned
from cpikit.types import DiskCid, VmCid
from cpikit_alicloud import disk_rows, images, tags, vms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from cpikit_alicloud.session import Session

    Row = dict[str, Any]

_NAMES = ("deployment", "instance_group", "job", "index", "name")


@frozen
class _Kind:
    """How the resources of one kind are listed, and what one row says."""

    action: str
    path: tuple[str, str]
    id_key: str
    by_id: Callable[[str], dict[str, Any]]
    always: tuple[tuple[str, str], ...] = ()


_KINDS = {
    "vm": _Kind(
        "DescribeInstances",
        ("Instances", "Instance"),
        "InstanceId",
        lambda cid: {"InstanceIds": json.dumps([cid])},
    ),
    "disk": _Kind(
        "DescribeDisks",
        ("Disks", "Disk"),
        "DiskId",
        lambda cid: {"DiskIds": json.dumps([cid])},
    ),
    "snapshot": _Kind(
        "DescribeSnapshots",
        ("Snapshots", "Snapshot"),
        "SnapshotId",
        lambda cid: {"SnapshotIds": json.dumps([cid])},
    ),
    "stemcell": _Kind(
        "DescribeImages",
        ("Images", "Image"),
        "ImageId",
        lambda cid: {"ImageId": cid},
        (("Status", images.STATES),),
    ),
    "interface": _Kind(
        "DescribeNetworkInterfaces",
        ("NetworkInterfaceSets", "NetworkInterfaceSet"),
        "NetworkInterfaceId",
        lambda cid: {"NetworkInterfaceId": [cid]},
    ),
}


def owned(session: Session, director_uuid: str) -> Iterator[Owned]:
    """Every VM, disk, snapshot, image and network interface with these marks.

    vSwitches are left out: no list of the Director's names its networks.
    """
    for kind in _KINDS:
        for row in _rows(session, kind, director_uuid):
            yield _owned(session, kind, row)


def release(session: Session, resource: Owned) -> None:
    """Delete it, if a last look finds it as free as it was."""
    kind, cid = resource.kind, resource.cid
    row = next(_rows(session, kind, session.context.director_uuid, cid), None)
    if row is None and next(_rows(session, kind, "", cid), None) is not None:
        raise CloudError(f"{kind} {cid} does not carry this Director's mark any more: it stays")
    if row is not None:
        now = _owned(session, kind, row)
        if now.is_claimed or now.attached_to:
            raise CloudError(f"{kind} {cid} was claimed or attached meanwhile: it stays")
    _remove(session, kind, cid)


def _remove(session: Session, kind: str, cid: str) -> None:
    from cpikit_alicloud import delete_vm, disks, interfaces, snapshots

    if kind == "vm":
        delete_vm.delete_vm(session, cid, is_unused=True)
    elif kind == "disk":
        disks.delete_disk(session, DiskCid(cid))
    elif kind == "snapshot":
        snapshots.remove(session, cid)
    elif kind == "stemcell":
        images.delete(session, cid)
    else:
        interfaces.remove(session, [cid])


def _rows(session: Session, kind: str, director: str, cid: str = "") -> Iterator[Row]:
    """The rows of a kind with that mark, with any for ""; of one id where it is given."""
    how = _KINDS[kind]
    given: dict[str, Any] = dict(how.always)
    value = director[: tags.LONGEST]
    if value:
        given["Tag"] = tags.as_parameter({tags.DIRECTOR: value})
    if cid:
        given |= how.by_id(cid)
    rows = session.client.listed("Ecs", how.action, given, *how.path, resource=cid, kind=kind)
    for row in rows:
        is_marked = not value or tags.of(row).get(tags.DIRECTOR) == value
        if is_marked and cid in ("", row.get(how.id_key)):
            yield row


def _owned(session: Session, kind: str, row: Row) -> Owned:
    marks = tags.of(row)
    created_s = vms.utc_s(str(row.get("CreationTime", "")))
    is_claimed = _is_claimed(kind, marks)
    holders = _holders(session, kind, row, is_claimed=is_claimed)
    return Owned(
        kind=kind,
        cid=str(row.get(_KINDS[kind].id_key)),
        state=str(row.get("Status") or "unknown"),
        age_s=None if created_s is None else session.client.now_s() - created_s,
        is_claimed=is_claimed,
        attached_to=holders,
        part_of=_part_of(kind, row, marks),
        source=str(row.get("SourceDiskId") or "") if kind == "snapshot" else "",
        was_attached=bool(holders or row.get("AttachedTime") or row.get("DetachedTime", "unknown")),
        about=" ".join(filter(None, (marks.get(tags.AGENT), *map(marks.get, _NAMES)))),
    )


def _is_claimed(kind: str, marks: dict[str, str]) -> bool:
    """Whether its caller heard of it; an image's snapshot has no caller and no such mark."""
    state = tags.read_state(marks.get(tags.STATE))
    if kind == "snapshot" and tags.STATE not in marks and tags.BINDINGS in marks:
        return False
    return state.get("c") != "0"


def _holders(session: Session, kind: str, row: Row, *, is_claimed: bool) -> tuple[str, ...]:
    """What holds it; for a VM that might go, the persistent disks that it holds."""
    if kind == "vm":
        if is_claimed:
            return ()
        from cpikit_alicloud.vm_disks import get_disks

        try:
            return tuple(get_disks(session, VmCid(vms.Vm(row).cid)))
        except VMNotFound:
            return ()  # it went while it was looked at
    holder = disk_rows.holder_of(row) if kind in ("disk", "interface") else ""
    return (holder,) if holder else ()


def _part_of(kind: str, row: Row, marks: dict[str, str]) -> str:
    """The VM of what was made with it, which bears its agent's mark; the image of a snapshot."""
    if kind == "snapshot":
        return marks.get(tags.BINDINGS, "")
    if kind in ("disk", "interface") and tags.AGENT in marks:
        return disk_rows.holder_of(row)
    return ""
