"""Remove what a scenario made, the last first, in bounded time, and say what stays."""

import time
from collections.abc import Collection, Iterable
from typing import Any, Final

from cpikit_contracts.ledger import Made
from cpikit_contracts.outcomes import Refused, Unusable
from cpikit_contracts.session import Session

CLEAN_WITHIN_S: Final = 600.0
PASSES: Final = 2
# What the contract calls each kind, and what clouds call it in their inventories. What is part of
# another thing cannot go before it (an image's snapshots, a VM's disks), so this order is kept.
DELETED_LAST_FIRST: Final = {
    "network": ("network", "subnet", "vswitch"),
    "snapshot": ("snapshot",),
    "disk": ("disk", "volume"),
    "stemcell": ("stemcell", "image", "template"),
    "vm": ("vm", "instance", "server"),
}


def clean(session: Session, scope: str | None) -> list[str]:
    """Delete everything of a scope (of all, for None); what is left, as sentences."""
    end_by = time.monotonic() + CLEAN_WITHIN_S
    said: dict[tuple[str, str], str] = {}
    for _ in range(PASSES):
        for made in session.ledger.open_in(scope):
            if time.monotonic() > end_by:
                break
            said[made.kind, made.cid] = _delete(session, made)
    return [
        f"{made.kind} {made.cid} could not be deleted: {said.get((made.kind, made.cid), 'no time')}"
        for made in session.ledger.open_in(scope)
    ]


def adopt(
    session: Session, things: Iterable[dict[str, Any]], before: Collection[Any], scope: str
) -> None:
    """Take what turned up in a throw-away world with this run's own mark into the ledger."""
    if not session.gate.world_is_throw_away:
        return
    ours = [thing for thing in things if thing.get("owner") == session.director_uuid]
    for kind, names in DELETED_LAST_FIRST.items():
        for thing in ours:
            if thing["kind"] in names and (thing["kind"], thing["id"]) not in before:
                session.ledger.add(kind, thing["id"], scope)


def _delete(session: Session, made: Made) -> str:
    holder = session.attached.get(made.cid) if made.kind == "disk" else None
    if holder is not None:
        _ask(session, "detach_disk", [holder, made.cid])
    return _ask(session, f"delete_{made.kind}", [made.cid])


def _ask(session: Session, method: str, arguments: list[str]) -> str:
    try:
        document = session.document("director", method, arguments)
        answer = session.send_document(document, caller="director", endpoint="world")
    except (Refused, Unusable) as error:
        return str(error)
    return str(answer)
