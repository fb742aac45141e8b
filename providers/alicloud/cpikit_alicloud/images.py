"""Images as the cloud shows them: found in every state, awaited through failure, deleted whole.

DescribeImages shows available images alone unless it is asked for the others: an import that is
under way, or that has failed, looks like none (the Go CPI waited an hour for those).
Source: ECS 2014-05-26, DescribeImages, DeleteImage, DescribeTaskAttribute.
"""

from __future__ import annotations

from cpikit.errors import CloudError
from cpikit.faults import FaultKind
from cpikit.operations import Effect, FaultError
from cpikit.waiting import Seen, wait_until
from cpikit_alicloud import snapshots, tags
from cpikit_alicloud.patience import AGAIN_S, known_late, patient

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from cpikit_alicloud.session import Session

    Row = dict[str, Any]

STATES = "Creating,Waiting,Available,UnAvailable,CreateFailed,Deprecated"
FAILED = ("CreateFailed", "UnAvailable")
_TASK_DONE = "Finished"
_TASK_FAILED = ("Failed", "Deleted")
AVAILABLE = ("Available", "Deprecated")


def by_id(session: Session, image_id: str) -> Row | None:
    """The image in whatever state it is; None where the list does not have it."""
    rows = session.client.listed(
        "Ecs",
        "DescribeImages",
        {"ImageId": image_id, "Status": STATES},
        "Images",
        "Image",
        resource=image_id,
        kind="stemcell",
    )
    return next((row for row in rows if row.get("ImageId") == image_id), None)


def await_available(session: Session, image_id: str, task_id: str = "") -> Row:
    """The image once it is available. Raises CloudError as soon as it is known to have failed.

    `task_id` is the import's task, which knows why.
    """
    waits = session.config.waits
    seen = wait_until(
        session.context.clock,
        patient(session, looking(session, image_id, task_id)),
        what=f"image {image_id}",
        wanted="Available",
        deadline_s=waits.image_s,
        cap_s=30.0,
    )
    return seen.value or {}


def looking(session: Session, image_id: str, task_id: str = "") -> Callable[[], Seen[Row]]:
    """A look at a new image for a wait: its state, and the row once it is available.

    The look raises CloudError as soon as the image is known to have failed. One that the list does
    not have is looked for for `vm_visible_s`: a single look without it says nothing.
    """
    clock = session.context.clock
    missing_since_s: float | None = None

    def look() -> Seen[Row]:
        nonlocal missing_since_s
        row = by_id(session, image_id)
        status = str(row.get("Status")) if row else "not listed"
        if status in AVAILABLE:
            return Seen(status, row, done=True)
        now_s = clock.monotonic_s()
        if row is not None:
            missing_since_s = None
        elif missing_since_s is None:
            missing_since_s = now_s
        late_s = session.config.waits.vm_visible_s
        is_late = missing_since_s is not None and now_s - missing_since_s > late_s
        if status in FAILED or is_late:
            _raise_failure(session, image_id, status, task_id)
        progress = f" {row['Progress']}" if row and row.get("Progress") else ""
        return Seen(f"{status}{progress}", row)

    return look


def delete(session: Session, image_id: str, row: Row | None = None) -> None:
    """Delete the image, wait until it is gone, then delete its snapshots.

    Raises CloudError that names the snapshots which stayed.
    """
    row = row or by_id(session, image_id)
    snapshot_ids = snapshots_of(row or {})
    try:
        if row is not None:
            _delete(session, image_id)
    except (FaultError, CloudError) as error:
        told = f"; its snapshots are {', '.join(snapshot_ids)}" if snapshot_ids else ""
        raise CloudError(f"image {image_id} may not be deleted: {error}{told}") from error
    remove_snapshots(session, image_id, snapshot_ids)


def remove_snapshots(session: Session, image_id: str, snapshot_ids: Iterable[str]) -> None:
    """Delete the snapshots of an image that is gone. Raises CloudError naming those that stayed."""
    left = []
    for id_ in snapshot_ids:
        try:
            snapshots.remove(session, id_)
        except CloudError as error:
            left.append(f"{id_} ({error.message})")
        except FaultError as error:
            left.append(f"{id_} ({error})")
    if left:
        raise CloudError(
            f"image {image_id} is deleted, but not its snapshots {', '.join(left)}: delete them"
        )


def left_snapshots(session: Session, image_id: str) -> list[str]:
    """Snapshots that are marked as this image's (see `mark_snapshots`)."""
    rows = session.client.listed(
        "Ecs",
        "DescribeSnapshots",
        {"Tag": tags.as_parameter({tags.BINDINGS: image_id})},
        "Snapshots",
        "Snapshot",
        resource=image_id,
        kind="stemcell",
    )
    return [str(row["SnapshotId"]) for row in rows if row.get("SnapshotId")]


def mark_snapshots(session: Session, row: Mapping[str, Any], mark: Mapping[str, str]) -> None:
    """Mark the snapshots with the image's id: without it, nothing else tells whose they are."""
    snapshot_ids = snapshots_of(row)
    if not snapshot_ids:
        return
    marks = {**mark, tags.BINDINGS: str(row.get("ImageId"))}
    known_late(
        session,
        lambda: session.client.call(
            "Ecs",
            "TagResources",
            {
                "ResourceType": "snapshot",
                "ResourceId": snapshot_ids,
                "Tag": tags.as_parameter(marks),
            },
            effect=Effect.IDEMPOTENT,
            resource=", ".join(snapshot_ids),
            kind="snapshot",
        ),
    )


def files_of(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Bucket and object that each of its disks was, or is being, imported from."""
    return [
        (str(mapping.get("ImportOSSBucket")), str(mapping.get("ImportOSSObject")))
        for mapping in _mappings(row)
    ]


def features_of(row: Mapping[str, Any]) -> dict[str, str]:
    """NvmeSupport and ImdsSupport, as far as the image has them."""
    found = row.get("Features") or {}
    return {k: str(found[k]) for k in ("NvmeSupport", "ImdsSupport") if found.get(k)}


def is_encrypted(row: Mapping[str, Any]) -> bool:
    """Whether its system disk is encrypted."""
    return any(bool(mapping.get("Encrypted")) for mapping in _mappings(row))


def shared_with(session: Session, image_id: str) -> list[str]:
    """The accounts that it is shared with."""
    rows = session.client.listed(
        "Ecs",
        "DescribeImageSharePermission",
        {"ImageId": image_id},
        "Accounts",
        "Account",
        resource=image_id,
        kind="stemcell",
    )
    return [str(row.get("AliyunId", "")) for row in rows]


def _delete(session: Session, image_id: str) -> None:
    clock = session.context.clock
    sent_s: float | None = None

    def send() -> None:
        try:
            session.client.call(
                "Ecs",
                "DeleteImage",
                {"ImageId": image_id},
                effect=Effect.IDEMPOTENT,  # an unknown id is ignored: DeleteImage
                resource=image_id,
                kind="stemcell",
            )
        except FaultError as error:
            if error.fault.kind is not FaultKind.NOT_FOUND:
                raise

    def look() -> Seen[None]:
        nonlocal sent_s
        if sent_s is None or clock.monotonic_s() - sent_s > AGAIN_S:
            send()
            sent_s = clock.monotonic_s()
        row = by_id(session, image_id)
        return Seen(str(row.get("Status")) if row else "gone", done=row is None)

    wait_until(
        clock,
        look,
        what=f"image {image_id}",
        wanted="gone",
        deadline_s=session.config.waits.image_gone_s,
    )


def _raise_failure(session: Session, image_id: str, status: str, task_id: str) -> None:
    """Raises CloudError with the task's own reason where there is one."""
    reason, task_status = "", ""
    if task_id:
        task_status, reason = _task(session, task_id)
    if status in FAILED or task_status in _TASK_FAILED:
        told = reason or "the cloud gives no reason"
        raise CloudError(f"image {image_id} is {status}, wanted Available: {told}")
    if not task_id or task_status == _TASK_DONE:
        raise CloudError(f"image {image_id} is {status}, wanted Available: it vanished")


def _task(session: Session, task_id: str) -> tuple[str, str]:
    """A task's status, and what its first failed step says."""
    try:
        answer = session.client.call(
            "Ecs",
            "DescribeTaskAttribute",
            {"TaskId": task_id},
            effect=Effect.READ,
            resource=task_id,
        )
    except FaultError as error:
        return "", str(error)
    steps = (answer.get("OperationProgressSet") or {}).get("OperationProgress") or ()
    reasons = [
        f"{step.get('ErrorCode')}: {step.get('ErrorMsg') or ''}"
        for step in steps
        if step.get("ErrorCode")
    ]
    return str(answer.get("TaskStatus") or ""), "; ".join(reasons)


def snapshots_of(row: Mapping[str, Any]) -> list[str]:
    """The snapshots that the image is made of; they outlive it."""
    return [str(mapping["SnapshotId"]) for mapping in _mappings(row) if mapping.get("SnapshotId")]


def _mappings(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    return (row.get("DiskDeviceMappings") or {}).get("DiskDeviceMapping") or []
