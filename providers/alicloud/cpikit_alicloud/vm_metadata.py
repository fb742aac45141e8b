"""set_vm_metadata: a name and tags from any metadata, and the mark that the VM is claimed.

A failure here makes the Director delete the VM (create_vm_step.rb): whatever the metadata holds, a
rule makes legal tags of it, and what has no room is left out and logged.
"""

from __future__ import annotations

from cpikit.operations import Effect, FaultError
from cpikit_alicloud import tags, vms
from cpikit_alicloud.patience import known_late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cpikit.types import VmCid
    from cpikit_alicloud.session import Session

_TOO_MANY = frozenset(  # ECS 2014-05-26, TagResources
    ("QuotaExceed.Tags", "OperationDenied.QuotaExceed", "InvalidTagCount", "NumberExceed.Tags")
)


def set_vm_metadata(session: Session, vm_cid: VmCid, metadata: dict[str, Any]) -> None:
    """Name and tag the VM. Raises VMNotFound."""
    name = metadata.get("name")
    if isinstance(name, str) and name:
        _call(
            session,
            "ModifyInstanceAttribute",
            vm_cid,
            {"InstanceId": vm_cid, "InstanceName": tags.display_name(name)},
        )
    wanted, dropped = tags.user_tags(metadata)
    if dropped:
        session.context.log.event("warning", text=f"no room for tags {', '.join(dropped)}")
    try:
        _tag(session, vm_cid, wanted)
    except FaultError as error:
        if error.fault.code not in _TOO_MANY:
            raise
        _tag(session, vm_cid, _fitting(session, vm_cid, wanted))


def _tag(session: Session, vm_cid: str, wanted: Mapping[str, str]) -> None:
    """Tag it and claim it in one call; our state is written anew, unread, and so costs no call."""
    context = session.context
    claimed = tags.state(request_id=context.request_id, at_s=session.client.now_s(), claimed=True)
    _call(
        session,
        "TagResources",
        vm_cid,
        {
            "ResourceType": "instance",
            "ResourceId": [vm_cid],
            "Tag": tags.as_parameter({**wanted, tags.STATE: claimed}),
        },
    )


def _call(session: Session, action: str, vm_cid: str, parameters: Mapping[str, Any]) -> None:
    """One change of the VM, also where an action does not know yet what the list shows."""
    known_late(
        session,
        lambda: session.client.call(
            "Ecs", action, parameters, effect=Effect.IDEMPOTENT, resource=vm_cid, kind="vm"
        ),
        lambda: vms.by_id(session, vm_cid),
    )


def _fitting(session: Session, vm_cid: str, wanted: Mapping[str, str]) -> dict[str, str]:
    """Those for which the VM's own tags leave room; one of these goes only for our state."""
    present = vms.needed(session, vm_cid).tags
    fitting, left = tags.fitting(wanted, present)
    if left:
        text = f"no room for tags {', '.join(left)} beside those that VM {vm_cid} has"
        session.context.log.event("warning", text=text)
    over = len({*present, tags.STATE}) - tags.MOST
    going = sorted(key for key in present if key not in {*wanted, *tags.MARKS})[: max(over, 0)]
    if going:
        text = f"tags {', '.join(going)} made room for {tags.STATE}"
        session.context.log.event("warning", text=text)
        _call(
            session,
            "UntagResources",
            vm_cid,
            {"ResourceType": "instance", "ResourceId": [vm_cid], "TagKey": going},
        )
    return fitting
