"""resize_disk and update_disk: a detached disk changed in place, or NotSupported for a copy.

Source: ECS 2014-05-26, ResizeDisk, ModifyDiskSpec, ModifyDiskAttribute.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

from attrs import frozen

from cpikit.errors import CloudError, CpiError, NotSupported
from cpikit.faults import FaultKind
from cpikit.operations import Effect, FaultError, Settled
from cpikit_alicloud import disk_rows, tags
from cpikit_alicloud.disk_parameters import gib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cpikit.types import DiskCid, MiB
    from cpikit_alicloud.disk_rows import Row
    from cpikit_alicloud.properties.disk import DiskProperties
    from cpikit_alicloud.session import Session

_MIB = 1024
_CHANGING = "IncorrectDiskStatus"  # ModifyDiskSpec, of a disk that a change is at work on
_MODIFYING = "Modifying"  # seen in production; the documents do not have it
_NOTHING_TO_CHANGE = "NoChangeInDiskCategoryAndPerformanceLevel"  # ModifyDiskSpec


def resize_disk(session: Session, disk_cid: DiskCid, new_size: MiB) -> None:
    """Grow it. No more than it really has is a success; less than that, NotSupported."""
    row = disk_rows.await_available(session, disk_cid)
    size = _grown(row, new_size)
    if size:
        _resize(session, disk_cid, size)


def update_disk(
    session: Session, disk_cid: DiskCid, new_size: MiB, properties: DiskProperties
) -> DiskCid:
    """Change category, performance level, IOPS, bursting and size; the same CID.

    What the properties do not say stays as it is. Raises NotSupported before anything is changed
    where that can be known, and otherwise says what has been changed already.
    """
    row = disk_rows.await_available(session, disk_cid, session.config.waits.disk_spec_s)
    change = _change(row, new_size, properties)
    done: list[str] = []
    try:
        for step in change.steps():
            _do(session, disk_cid, change, step)
            done.append(step)
    except FaultError as error:
        told = "; ".join([str(error), *(f"{step} is changed already" for step in done)])
        if error.fault.kind in (FaultKind.UNSUPPORTED, FaultKind.NO_CAPACITY):
            raise NotSupported(told) from error
        if done:
            raise CloudError(told) from error
        raise
    return disk_cid


@frozen
class _Change:
    """What has to be done; empty where nothing has."""

    size: int  # GiB
    spec: Mapping[str, Any]
    attributes: Mapping[str, Any]
    needs_size_first: bool

    def steps(self) -> list[str]:
        """In an order in which each one is legal after the ones before it."""
        found = [name for name in ("spec", "size", "attributes") if getattr(self, name)]
        if self.needs_size_first and "size" in found:
            found.remove("size")
            found.insert(0, "size")
        return found


def _change(row: Row, new_size: MiB, wanted: DiskProperties) -> _Change:
    """Raises NotSupported for what the API does not do to a disk that exists."""
    _check_encryption(row, wanted)
    size = _grown(row, new_size)
    category = wanted.category or str(row.get("Category") or "")
    level = _level(row, wanted, category)
    try:
        gib((size or disk_rows.gib_of(row)) * _MIB, category, level, "disk")
    except CpiError as error:  # too small for that level: a new disk of that size would be, too
        raise NotSupported(error.message) from error
    spec: dict[str, Any] = {}
    if category != row.get("Category"):
        spec["DiskCategory"] = category
    if level and level != row.get("PerformanceLevel"):
        spec |= {"DiskCategory": category, "PerformanceLevel": level}
    iops = wanted.provisioned_iops
    if iops is not None and int(iops) != int(row.get("ProvisionedIops") or 0):
        spec |= {"DiskCategory": category, "ProvisionedIops": int(iops)}
    attributes = {}
    bursting = wanted.bursting_enabled
    if bursting is not None and bursting != bool(row.get("BurstingEnabled")):
        attributes["BurstingEnabled"] = bursting
    level_needs_it = gib(_MIB, category, "", "disk") > disk_rows.gib_of(row) or level in (
        "PL2",
        "PL3",
    )
    return _Change(size, spec, attributes, needs_size_first=bool(size) and level_needs_it)


def _level(row: Row, wanted: DiskProperties, category: str) -> str:
    """The performance level it will have; "" for a category that has none."""
    if category != "cloud_essd":
        return ""
    same = row.get("Category") == category
    return wanted.performance_level or (str(row.get("PerformanceLevel") or "") if same else "")


def _check_encryption(row: Row, wanted: DiskProperties) -> None:
    is_encrypted = bool(row.get("Encrypted"))
    if wanted.encrypted is not None and wanted.encrypted != is_encrypted:
        word = "encrypted" if is_encrypted else "not encrypted"
        raise NotSupported(
            f"disk {row.get('DiskId')} is {word}, which cannot be changed in place: it has to be "
            "copied"
        )
    if is_encrypted and wanted.kms_key_id and wanted.kms_key_id != row.get("KMSKeyId"):
        raise NotSupported(
            f"disk {row.get('DiskId')} is encrypted with another KMS key, which cannot be changed "
            "in place: it has to be copied"
        )


def _grown(row: Row, new_size: MiB) -> int:
    """GiB to grow to, 0 for none. Raises NotSupported for less than the disk has.

    A disk that was rounded up has more than was asked for: growing it to no more than that is done
    already. It is known by the size that its tag tells, or since the least of its category would
    have made this very disk of the new size.
    """
    real, asked = disk_rows.gib_of(row), ceil(new_size / _MIB)
    if asked > real:
        return asked
    category = str(row.get("Category") or "")
    is_least = gib(new_size, category, "", "disk") == real
    told = tags.read_state(tags.of(row).get(tags.STATE))
    first_mib, first_gib = told.get("s", ""), told.get("g", "")
    is_first = first_gib == str(real) and first_mib.isdigit() and int(first_mib) <= new_size
    if asked == real or is_least or is_first:
        return 0
    raise NotSupported(
        f"disk {row.get('DiskId')} has {real} GiB, wanted {asked}: a disk cannot shrink, it has to "
        "be copied"
    )


def _do(session: Session, disk_cid: str, change: _Change, step: str) -> None:
    if step == "size":
        _resize(session, disk_cid, change.size)
    elif step == "spec":
        _modify_spec(session, disk_cid, change.spec)
    else:
        session.client.call(
            "Ecs",
            "ModifyDiskAttribute",
            {"DiskId": disk_cid, **change.attributes},
            effect=Effect.IDEMPOTENT,
            resource=disk_cid,
            kind="disk",
        )


def _resize(session: Session, disk_cid: str, size: int) -> None:
    session.client.call(
        "Ecs",
        "ResizeDisk",
        {
            "DiskId": disk_cid,
            "NewSize": size,
            "ClientToken": session.client.token("resize", disk_cid, size),
        },
        effect=Effect.TOKENED,
        resource=f"{disk_cid} to {size} GiB",
        kind="disk",
    )

    def is_there(row: Row) -> bool:
        return disk_rows.gib_of(row) >= size and disk_rows.status_of(row) == disk_rows.AVAILABLE

    disk_rows.awaited(
        session,
        disk_cid,
        f"{disk_rows.AVAILABLE} with {size} GiB",
        is_there,
        deadline_s=session.config.waits.disk_s,
    )


def _modify_spec(session: Session, disk_cid: str, spec: Mapping[str, Any]) -> None:
    """Change it and wait; a change that is at work already, seen or unseen, is waited for."""
    clock, limit_s = session.context.clock, session.config.waits.disk_spec_s

    def is_there(row: Row) -> bool:
        shown = {
            "DiskCategory": row.get("Category"),
            "PerformanceLevel": row.get("PerformanceLevel"),
            "ProvisionedIops": row.get("ProvisionedIops"),
        }
        fits = all(str(shown[name]) == str(value) for name, value in spec.items())
        return fits and disk_rows.status_of(row) == disk_rows.AVAILABLE

    def is_begun() -> bool:
        row = disk_rows.needed(session, disk_cid)
        return is_there(row) or disk_rows.status_of(row) == _MODIFYING

    end_s = clock.monotonic_s() + limit_s
    while True:
        try:
            _ask_for_spec(session, disk_cid, spec, is_begun)
            break
        except FaultError as error:
            if error.fault.code == _NOTHING_TO_CHANGE:
                break
            if error.fault.code != _CHANGING or clock.monotonic_s() >= end_s:
                raise
            if is_begun():
                break
            if disk_rows.status_of(disk_rows.needed(session, disk_cid)) != disk_rows.AVAILABLE:
                raise

    told = ", ".join(str(value) for value in spec.values())
    disk_rows.awaited(
        session, disk_cid, f"{disk_rows.AVAILABLE} as {told}", is_there, deadline_s=limit_s
    )


def _ask_for_spec(
    session: Session, disk_cid: str, spec: Mapping[str, Any], is_begun: Callable[[], bool]
) -> None:
    """Ask once: a second one would find the disk changing, and be refused for it."""

    def at_work() -> Settled[dict[str, Any]]:
        return Settled.done({}) if is_begun() else Settled.not_done()

    session.client.call(
        "Ecs",
        "ModifyDiskSpec",
        {"DiskId": disk_cid, **spec},
        effect=Effect.ONCE,
        resource=disk_cid,
        kind="disk",
        settled=at_work,
    )
