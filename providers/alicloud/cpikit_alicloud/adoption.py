"""One VM for one agent: which of several wins, and what becomes of the others.

Two calls for one agent run side by side when a caller gave up on the first, and one that was killed
leaves its VM behind. All agree without speaking: a claimed VM wins, else the smallest id.
"""

from __future__ import annotations

from cpikit.errors import VMCreationFailed
from cpikit_alicloud import bindings, tags

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cpikit_alicloud.session import Session
    from cpikit_alicloud.vms import Vm


def fingerprint_of(vm: Vm) -> str:
    """What its request looked like; "" where no tag tells."""
    record = bindings.read(vm.tags.get(tags.BINDINGS))
    return vm.state.get("f", "") or (record.fingerprint if record is not None else "")


def winner(vms: Iterable[Vm], fingerprint: str) -> Vm | None:
    """The one VM of the agent that stays, None when all were asked for differently."""
    fitting = [vm for vm in vms if fingerprint_of(vm) == fingerprint]
    return min(fitting, key=lambda vm: (not vm.is_claimed, vm.cid), default=None)


def check_unclaimed(vms: Iterable[Vm], fingerprint: str) -> None:
    """Raise VMCreationFailed when somebody uses a VM of this agent that was asked for otherwise."""
    for vm in vms:
        if vm.is_claimed and fingerprint_of(vm) != fingerprint:
            raise VMCreationFailed(
                f"agent {vm.tags.get(tags.AGENT)} has VM {vm.cid} already, which is in use and was "
                "asked for with other properties, wanted none: delete that VM first, if it is not "
                "needed"
            )


def losers(vms: Sequence[Vm], kept: Vm | None) -> list[Vm]:
    """Those that go: every other one that nobody has claimed."""
    kept_cid = kept.cid if kept is not None else ""
    return [vm for vm in vms if vm.cid != kept_cid and not vm.is_claimed]


def remove(session: Session, vms: Iterable[Vm]) -> None:
    """Delete them and wait until they are gone."""
    from cpikit_alicloud.delete_vm import delete_vm  # only where there is a second one

    for vm in vms:
        session.context.log.event("sibling_removed", vm=vm.cid, agent=vm.tags.get(tags.AGENT))
        delete_vm(session, vm.cid, is_unused=True)
