"""Disks as the cloud shows them: one row found, missed for certain, awaited.

Source: ECS 2014-05-26, DescribeDisks. `Modifying` is not documented, but seen while a category or
performance level changes (bosh-alicloud-cpi-release PR 230).
"""

from __future__ import annotations

import json

from cpikit.errors import CloudError, DiskNotFound
from cpikit.waiting import Seen, wait_until
from cpikit_alicloud.patience import patient

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cpikit_alicloud.session import Session

    Row = dict[str, Any]

AVAILABLE = "Available"
IN_USE = "In_use"


def by_id(session: Session, disk_cid: str) -> Row | None:
    """The disk as the list has it now. None alone proves nothing: see `is_missing`."""
    rows = session.client.listed(
        "Ecs",
        "DescribeDisks",
        {"DiskIds": json.dumps([disk_cid])},
        "Disks",
        "Disk",
        resource=disk_cid,
        kind="disk",
    )
    return next((row for row in rows if row.get("DiskId") == disk_cid), None)


def is_missing(session: Session, disk_cid: str) -> bool:
    """Whether the list has lost it for good: not there in `visibility_s` either.

    There is no call by id that reads a disk: an unknown one is an empty list (DescribeDisks).
    """
    session.context.clock.sleep(session.config.waits.visibility_s)
    return by_id(session, disk_cid) is None


def needed(session: Session, disk_cid: str) -> Row:
    """The disk. Raises DiskNotFound when it does not exist."""
    row = by_id(session, disk_cid)
    if row is None:
        if is_missing(session, disk_cid):
            raise DiskNotFound(f"disk {disk_cid} does not exist in {session.client.region}")
        row = by_id(session, disk_cid) or {}
    return row


def status_of(row: Row) -> str:
    """Creating, Available, Attaching, In_use, Detaching, ReIniting or Modifying."""
    return str(row.get("Status") or "unknown")


def holder_of(row: Row) -> str:
    """The VM that holds it, "" for none; a disk for several VMs names them elsewhere."""
    held = (row.get("Attachments") or {}).get("Attachment") or ()
    return str(row.get("InstanceId") or "") or next(
        (str(one["InstanceId"]) for one in held if one.get("InstanceId")), ""
    )


def gib_of(row: Row) -> int:
    """Its size in GiB."""
    return int(row.get("Size") or 0)


def awaited(
    session: Session,
    disk_cid: str,
    wanted: str,
    is_there: Callable[[Row], bool],
    *,
    deadline_s: float,
    is_new: bool = False,
    has_begun: bool = True,
) -> Row:
    """The disk once it is as wanted. Raises DiskNotFound when it vanishes meanwhile.

    One that is new may be listed late (ECS lists are consistent after seconds). `has_begun` says
    that something was done to it, which a short outage of the cloud must not throw away.
    """
    clock = session.context.clock
    new_until_s = clock.monotonic_s() + (session.config.waits.vm_visible_s if is_new else 0.0)

    def look() -> Seen[Row]:
        row = by_id(session, disk_cid)
        if row is None and clock.monotonic_s() < new_until_s:
            return Seen("not listed yet")
        row = row or needed(session, disk_cid)
        return Seen(_told(row), row, done=is_there(row))

    seen = wait_until(
        clock,
        patient(session, look, has_begun=has_begun),
        what=f"disk {disk_cid}",
        wanted=wanted,
        deadline_s=deadline_s,
    )
    return seen.value or {}


def await_available(
    session: Session, disk_cid: str, deadline_s: float | None = None, *, is_new: bool = False
) -> Row:
    """The disk once it is available, refused at once while a VM holds it."""

    def is_there(row: Row) -> bool:
        if status_of(row) == IN_USE:
            raise CloudError(
                f"disk {disk_cid} is attached to {holder_of(row)}, wanted {AVAILABLE}: "
                "detach it first"
            )
        return status_of(row) == AVAILABLE

    limit = session.config.waits.disk_s if deadline_s is None else deadline_s
    return awaited(
        session,
        disk_cid,
        AVAILABLE,
        is_there,
        deadline_s=limit,
        is_new=is_new,
        has_begun=is_new,
    )


def _told(row: Row) -> str:
    held = holder_of(row)
    size = f" with {row['Size']} GiB" if row.get("Size") else ""
    return f"{status_of(row)}{size}{f' on {held}' if held else ''}"
