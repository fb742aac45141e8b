"""create_disk, delete_disk, has_disk and set_disk_metadata.

Source: ECS 2014-05-26, CreateDisk, DeleteDisk, TagResources.
"""

from __future__ import annotations

from math import ceil

from cpikit.errors import CloudError, CpiError
from cpikit.faults import FaultKind
from cpikit.operations import Effect, FaultError
from cpikit.types import DiskCid
from cpikit.waiting import Seen, wait_until
from cpikit_alicloud import disk_rows, tags
from cpikit_alicloud.disk_parameters import CATEGORY, gib, level_of
from cpikit_alicloud.patience import AGAIN_S, await_listed, known_late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cpikit.types import MiB, VmCid
    from cpikit_alicloud.disk_rows import Row
    from cpikit_alicloud.properties.disk import DiskProperties
    from cpikit_alicloud.session import Session

_MIB = 1024
_STALE_TOKEN = "IdempotentFailed"  # noqa: S105  # an error code: the first call with it failed
_NOT_NOW = frozenset(("IncorrectDiskStatus", "DiskStillAttached", "DiskCreatingSnapshot"))


def create_disk(
    session: Session, size: MiB, properties: DiskProperties, vm_cid: VmCid | None
) -> DiskCid:
    """A disk in the VM's zone, available when this returns.

    There is no key to tell a repetition by: it is tagged as unclaimed until its metadata is set or
    it is detached for the first time, and two equal requests are two disks.
    """
    parameters = _parameters(session, size, properties, _zone(session, vm_cid))
    disk_cid = _created(session, parameters, f"disk of {parameters['Size']} GiB")
    session.context.undo.push(f"disk {disk_cid}", lambda: _undo(session, disk_cid))
    disk_rows.await_available(session, disk_cid, is_new=True)
    return disk_cid


def delete_disk(session: Session, disk_cid: DiskCid) -> None:
    """Delete it and wait until it is gone; one that is gone is a success.

    Raises CloudError when a VM holds it: a disk that is in use is never deleted.
    """
    clock = session.context.clock
    has_begun = False
    sent_s = 0.0

    def look() -> Seen[None]:
        nonlocal has_begun, sent_s
        if not has_begun or clock.monotonic_s() - sent_s > AGAIN_S:
            has_begun = _deletion_began(session, disk_cid)
            sent_s = clock.monotonic_s()
        row = disk_rows.by_id(session, disk_cid)
        if row is None:
            return Seen("gone", done=disk_rows.is_missing(session, disk_cid))
        if not has_begun and disk_rows.status_of(row) == disk_rows.IN_USE:
            raise CloudError(
                f"disk {disk_cid} is attached to VM {disk_rows.holder_of(row)}, wanted detached: "
                "it is not deleted"
            )
        return Seen(disk_rows.status_of(row))

    wait_until(
        clock,
        look,
        what=f"disk {disk_cid}",
        wanted="gone",
        deadline_s=session.config.waits.disk_s,
    )


def _undo(session: Session, disk_cid: DiskCid) -> None:
    await_listed(session, lambda: disk_rows.by_id(session, disk_cid))
    delete_disk(session, disk_cid)


def has_disk(session: Session, disk_cid: DiskCid) -> bool:
    """Whether the disk exists in this region."""
    if disk_rows.by_id(session, disk_cid) is not None:
        return True
    return not disk_rows.is_missing(session, disk_cid)


def set_disk_metadata(session: Session, disk_cid: DiskCid, metadata: dict[str, Any]) -> None:
    """Tag the disk, and mark it as claimed. Raises DiskNotFound."""
    row = disk_rows.needed(session, disk_cid)
    wanted, dropped = tags.user_tags(metadata)
    present = tags.of(row)
    wanted, left = tags.fitting(wanted, present)
    if dropped or left:
        text = f"no room for tags {', '.join([*left, *dropped])}"
        session.context.log.event("warning", text=text)
    claimed = claimed_state(present)
    if claimed:
        wanted[tags.STATE] = claimed
    if wanted:
        _call(session, "TagResources", disk_cid, {"Tag": tags.as_parameter(wanted)})


def claim(session: Session, row: Row) -> None:
    """Mark a disk as claimed that we made and that is not marked yet."""
    state = tags.read_state(tags.of(row).get(tags.STATE))
    if state.get("c") == "0":
        claimed = {tags.STATE: claimed_state(tags.of(row))}
        _call(session, "TagResources", str(row["DiskId"]), {"Tag": tags.as_parameter(claimed)})


def claimed_state(present: Mapping[str, str]) -> str:
    """The disk's state with its claim; "" for a disk that we did not make."""
    state = tags.read_state(present.get(tags.STATE))
    if not state:
        return ""
    return ";".join(f"{key}={'1' if key == 'c' else value}" for key, value in state.items())


def _parameters(
    session: Session, size: MiB, properties: DiskProperties, zone: str
) -> dict[str, Any]:
    """CreateDisk's. Raises CpiError for a size that its performance level does not take."""
    config, context = session.config, session.context
    category = properties.category or CATEGORY
    level = level_of(session, properties, category)
    real = gib(size, category, level, "disk")
    if real > ceil(size / _MIB):
        context.log.event("disk_rounded_up", asked_mib=size, gib=real, category=category)
    _warn(session, properties)
    encrypted = config.encrypted if properties.encrypted is None else properties.encrypted
    user, dropped = tags.user_tags(properties.tags)
    if dropped:
        context.log.event("warning", text=f"no room for tags {', '.join(dropped)}")
    state = tags.state(
        request_id=context.request_id, at_s=session.client.now_s(), s=str(size), g=str(real)
    )
    return {
        "ZoneId": zone,
        "DiskCategory": category,
        "PerformanceLevel": level or None,
        "Size": real,
        "Encrypted": True if encrypted else None,
        "KMSKeyId": (properties.kms_key_id or config.kms_key_id or None) if encrypted else None,
        "EncryptAlgorithm": properties.encrypt_algorithm if encrypted else None,
        "ProvisionedIops": _whole(properties.provisioned_iops),
        "BurstingEnabled": properties.bursting_enabled,
        "StorageClusterId": properties.storage_cluster_id,
        "ResourceGroupId": properties.resource_group_id or config.resource_group_id or None,
        "Tag": tags.as_parameter(
            {**user, **tags.marks(director=context.director_uuid, state=state)}
        ),
    }


def _warn(session: Session, properties: DiskProperties) -> None:
    """What an operator wrote for a persistent disk type and what it does not do there."""
    for name in ("type", "size", "delete_with_instance", "auto_snapshot_policy_id"):
        if getattr(properties, name) is not None:
            session.context.log.event(
                "warning", text=f"property {name} has no effect on a persistent disk"
            )


def _zone(session: Session, vm_cid: VmCid | None) -> str:
    """The VM's zone; without a VM the configuration's. Raises VMNotFound and CpiError."""
    if vm_cid is not None:
        from cpikit_alicloud import vms  # 1 ms, where a VM is named

        return vms.needed(session, vm_cid).zone
    zone = session.config.availability_zone
    if not zone:
        raise CpiError(
            "a disk without a VM needs a zone: set availability_zone in the configuration"
        )
    return zone


def _created(session: Session, parameters: Mapping[str, Any], what: str) -> DiskCid:
    """CreateDisk; a token whose first call failed inside of the cloud goes once more, renewed."""
    for turn in range(2):
        token = session.client.token("disk", turn, parameters)
        try:
            answer = session.client.call(
                "Ecs",
                "CreateDisk",
                {**parameters, "ClientToken": token},
                effect=Effect.TOKENED,
                resource=what,
                kind="disk",
            )
        except FaultError as error:
            if turn or error.fault.code != _STALE_TOKEN:
                raise
        else:
            return DiskCid(str(answer["DiskId"]))
    raise CloudError(
        f"CreateDisk of {what} made nothing"
    )  # pragma: no cover  # the second turn raises


def _deletion_began(session: Session, disk_cid: str) -> bool:
    """Whether DeleteDisk was accepted; False for a state that it does not take."""
    try:
        session.client.call(
            "Ecs",
            "DeleteDisk",
            {"DiskId": disk_cid},
            effect=Effect.IDEMPOTENT,  # an unknown id is ignored: ECS 2014-05-26, DeleteDisk
            resource=disk_cid,
            kind="disk",
        )
    except FaultError as error:
        if error.fault.kind is FaultKind.NOT_FOUND:
            return False  # gone, or not known to this action yet: the list tells which
        if error.fault.code.split(".")[0] in _NOT_NOW:
            return False
        raise
    return True


def _call(session: Session, action: str, disk_cid: str, parameters: Mapping[str, Any]) -> None:
    known_late(
        session,
        lambda: session.client.call(
            "Ecs",
            action,
            {"ResourceType": "disk", "ResourceId": [disk_cid], **parameters},
            effect=Effect.IDEMPOTENT,
            resource=disk_cid,
            kind="disk",
        ),
    )


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)
