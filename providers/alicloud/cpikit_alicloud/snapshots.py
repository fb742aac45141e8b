"""snapshot_disk and delete_snapshot: accomplished, tagged, and gone when they say so.

Source: ECS 2014-05-26, CreateSnapshot, DescribeSnapshots, DeleteSnapshot.
"""

from __future__ import annotations

import json

from cpikit.errors import CloudError
from cpikit.faults import FaultKind
from cpikit.operations import Effect, FaultError
from cpikit.types import SnapshotCid
from cpikit.waiting import Seen, wait_until
from cpikit_alicloud import tags
from cpikit_alicloud.patience import AGAIN_S, await_listed, patient

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cpikit.types import DiskCid
    from cpikit_alicloud.session import Session

_STALE_TOKEN = "IdempotentFailed"  # noqa: S105  # an error code: the first call with it failed
_LONGEST_DESCRIPTION = 256  # CreateSnapshot, Description


def snapshot_disk(session: Session, disk_cid: DiskCid, metadata: dict[str, Any]) -> SnapshotCid:
    """A snapshot with the metadata as its tags, accomplished when this returns."""
    snapshot_cid = _created(session, disk_cid, metadata)
    session.context.undo.push(f"snapshot {snapshot_cid}", lambda: _undo(session, snapshot_cid))
    clock, waits = session.context.clock, session.config.waits
    new_until_s = clock.monotonic_s() + waits.vm_visible_s

    def look() -> Seen[None]:
        row = _by_id(session, snapshot_cid)
        if row is None and clock.monotonic_s() > new_until_s:
            raise CloudError(f"snapshot {snapshot_cid} of disk {disk_cid} vanished")
        status = str(row.get("Status")) if row else "not listed"
        if status == "failed":
            raise CloudError(f"snapshot {snapshot_cid} of disk {disk_cid} failed in the cloud")
        progress = f" {row['Progress']}" if row and row.get("Progress") else ""
        return Seen(f"{status}{progress}", done=status == "accomplished")

    wait_until(
        clock,
        patient(session, look),
        what=f"snapshot {snapshot_cid}",
        wanted="accomplished",
        deadline_s=waits.snapshot_s,
    )
    return snapshot_cid


def delete_snapshot(session: Session, snapshot_cid: SnapshotCid) -> None:
    """Delete it and wait until it is gone; one that is gone is a success."""
    remove(session, snapshot_cid)


def remove(session: Session, snapshot_cid: str) -> None:
    """Delete the snapshot and wait until it is gone. One in progress is cancelled by that."""
    clock = session.context.clock
    sent_s: float | None = None

    def send() -> None:
        try:
            session.client.call(
                "Ecs",
                "DeleteSnapshot",
                {"SnapshotId": snapshot_cid},
                effect=Effect.IDEMPOTENT,  # an unknown id is ignored: DeleteSnapshot
                resource=snapshot_cid,
                kind="snapshot",
            )
        except FaultError as error:
            if error.fault.kind is not FaultKind.NOT_FOUND:
                raise

    def look() -> Seen[None]:
        nonlocal sent_s
        if sent_s is None or clock.monotonic_s() - sent_s > AGAIN_S:
            send()
            sent_s = clock.monotonic_s()
        row = _by_id(session, snapshot_cid)
        if row is not None:
            return Seen(str(row.get("Status")))
        clock.sleep(session.config.waits.visibility_s)
        return Seen("gone", done=_by_id(session, snapshot_cid) is None)

    wait_until(
        clock,
        look,
        what=f"snapshot {snapshot_cid}",
        wanted="gone",
        deadline_s=session.config.waits.disk_s,
    )


def _undo(session: Session, snapshot_cid: SnapshotCid) -> None:
    await_listed(session, lambda: _by_id(session, snapshot_cid))
    remove(session, snapshot_cid)


def _created(session: Session, disk_cid: DiskCid, metadata: dict[str, Any]) -> SnapshotCid:
    context = session.context
    user, dropped = tags.user_tags(metadata)
    if dropped:
        context.log.event("warning", text=f"no room for tags {', '.join(dropped)}")
    state = tags.state(request_id=context.request_id, at_s=session.client.now_s())
    own = tags.marks(director=context.director_uuid, state=state)
    parameters: dict[str, Any] = {
        "DiskId": disk_cid,
        "SnapshotName": _name(metadata),
        "Description": f"BOSH snapshot of {disk_cid}"[:_LONGEST_DESCRIPTION],
        "Tag": tags.as_parameter({**user, **own}),
    }
    for turn in range(2):
        token = session.client.token("snapshot", turn, parameters)
        try:
            answer = session.client.call(
                "Ecs",
                "CreateSnapshot",
                {**parameters, "ClientToken": token},
                effect=Effect.TOKENED,
                resource=f"snapshot of {disk_cid}",
                kind="disk",
            )
        except FaultError as error:
            if turn or error.fault.code != _STALE_TOKEN:
                raise
        else:
            return SnapshotCid(str(answer["SnapshotId"]))
    raise CloudError("CreateSnapshot made nothing")  # pragma: no cover  # the second turn raises


def _name(metadata: dict[str, Any]) -> str:
    """Deployment, job and index, as a legal name: it must not begin with `auto`."""
    parts = [str(metadata[key]) for key in ("deployment", "job", "index") if key in metadata]
    return tags.display_name("-".join(["bosh", *parts]))


def _by_id(session: Session, snapshot_cid: str) -> dict[str, Any] | None:
    rows = session.client.listed(
        "Ecs",
        "DescribeSnapshots",
        {"SnapshotIds": json.dumps([snapshot_cid])},
        "Snapshots",
        "Snapshot",
        resource=snapshot_cid,
        kind="snapshot",
    )
    return next((row for row in rows if row.get("SnapshotId") == snapshot_cid), None)
