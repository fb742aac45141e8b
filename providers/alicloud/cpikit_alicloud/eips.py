"""Elastic IPs for vip networks: found by address, bound to a VM, and taken off it again.

Source: VPC 2016-04-28, DescribeEipAddresses, AssociateEipAddress, UnassociateEipAddress.
"""

from __future__ import annotations

from cpikit.errors import CloudError
from cpikit.faults import FaultKind
from cpikit.operations import Effect, FaultError
from cpikit.waiting import Seen, wait_until

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cpikit_alicloud.session import Session

_AGAIN_S = 3.0  # it was on its way to the VM when it was asked for, or the action knew it late
_ALREADY_BOUND = ("InvalidAssociation.Duplicated",)
_ALREADY_FREE = ("InvalidAssociation.NotFound", "InvalidBindingStatus", "IncorrectEipStatus")


def by_address(session: Session, address: str) -> dict[str, Any]:
    """The EIP with this address. Raises CloudError when this account has none in the region."""
    found = session.client.listed(
        "Vpc", "DescribeEipAddresses", {"EipAddress": address}, "EipAddresses", "EipAddress"
    )
    rows = [row for row in found if row.get("IpAddress") == address]
    if not rows:
        raise CloudError(
            f"vip {address} is no EIP of this account in {session.client.region}: allocate one "
            "and use its address, or correct the network"
        )
    return rows[0]


def bind(session: Session, allocation_id: str, vm_cid: str) -> None:
    """Bind the EIP to the VM and wait until it is; one that is already ours is fine."""
    try:
        session.client.call(
            "Vpc",
            "AssociateEipAddress",
            {
                "AllocationId": allocation_id,
                "InstanceId": vm_cid,
                "InstanceType": "EcsInstance",
                "ClientToken": session.client.token("eip", allocation_id, vm_cid),
            },
            effect=Effect.TOKENED,
            resource=allocation_id,
        )
    except FaultError as error:
        if error.fault.code not in _ALREADY_BOUND:
            raise
    holder = _await(session, allocation_id, ("InUse",)).get("InstanceId", "")
    if holder != vm_cid:
        raise CloudError(f"EIP {allocation_id} is bound to {holder}, wanted {vm_cid}")


def release(session: Session, allocation_id: str, vm_cid: str) -> None:
    """Take the EIP off this VM, and only this one; wait until it is free.

    The action names the VM, so it is sent first and what it refused is decided by the look.
    """
    take_off(session, allocation_id, vm_cid)
    clock = session.context.clock
    sent_s = clock.monotonic_s()

    def look() -> Seen[None]:
        nonlocal sent_s
        row = by_id(session, allocation_id)
        if row is None or row.get("InstanceId") not in ("", None, vm_cid):
            return Seen("somebody else's, or gone", done=True)
        status = str(row.get("Status", ""))
        if status == "InUse" and clock.monotonic_s() - sent_s >= _AGAIN_S:
            take_off(session, allocation_id, vm_cid)
            sent_s = clock.monotonic_s()
        return Seen(status, done=status == "Available")

    wait_until(
        clock,
        look,
        what=f"EIP {allocation_id}",
        wanted="Available",
        deadline_s=session.config.waits.eip_s,
    )


def by_id(session: Session, allocation_id: str) -> dict[str, Any] | None:
    """The EIP with this allocation id, None when there is none."""
    found = session.client.listed(
        "Vpc", "DescribeEipAddresses", {"AllocationId": allocation_id}, "EipAddresses", "EipAddress"
    )
    return next((row for row in found if row.get("AllocationId") == allocation_id), None)


def take_off(session: Session, allocation_id: str, vm_cid: str) -> None:
    """Ask for it to be taken off this VM, without a look before or after."""
    try:
        session.client.call(
            "Vpc",
            "UnassociateEipAddress",
            {
                "AllocationId": allocation_id,
                "InstanceId": vm_cid,
                "InstanceType": "EcsInstance",
            },
            effect=Effect.IDEMPOTENT,
            resource=allocation_id,
        )
    except FaultError as error:
        is_missing = error.fault.kind is FaultKind.NOT_FOUND  # the EIP, or the VM it was on
        if not is_missing and error.fault.code not in _ALREADY_FREE:
            raise


def _await(session: Session, allocation_id: str, wanted: tuple[str, ...]) -> dict[str, Any]:
    def look() -> Seen[dict[str, Any]]:
        row = by_id(session, allocation_id)
        if row is None:
            return Seen("not listed")
        status = str(row.get("Status", ""))
        return Seen(status, row, done=status in wanted)

    seen = wait_until(
        session.context.clock,
        look,
        what=f"EIP {allocation_id}",
        wanted=" or ".join(wanted),
        deadline_s=session.config.waits.eip_s,
    )
    return seen.value or {}
