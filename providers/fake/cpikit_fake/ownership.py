"""What carries a Director's marks on the small cloud, and its removal: for `cpikit orphans`."""

from __future__ import annotations

from cpikit.errors import CloudError
from cpikit.ownership import Owned
from cpikit_fake.marks import AGENT, DIRECTOR, is_claimed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cpikit_fake.client import Client, Resource

_NAMES = (AGENT, "deployment", "instance_group", "job", "index", "name")


def owned(client: Client, director_uuid: str) -> Iterator[Owned]:
    """Every VM, disk, snapshot and stemcell with these marks, with its age on the cloud's clock."""
    mark = {DIRECTOR: director_uuid}
    servers, now_s = client.servers(tags=mark)
    volumes = client.volumes(tags=mark)
    for server in servers:
        held = tuple(one["id"] for one in volumes if one["attached_to"] == server["id"])
        yield _row("vm", server, now_s, held)
    for volume in volumes:
        yield _row("disk", volume, now_s, _holder(volume))
    for snapshot in client.snapshots(tags=mark):
        yield _row("snapshot", snapshot, now_s)
    for image in client.images(tags=mark):
        yield _row("stemcell", image, now_s)


def release(client: Client, resource: Owned, remove: Callable[[str], object]) -> None:
    """Delete it if it still is what it was: nobody has claimed or attached it since."""
    for one in _found(client, resource.kind, resource.cid):
        if is_claimed(one["tags"]) or _holder(one):
            raise CloudError(f"{resource.kind} {resource.cid} was claimed or attached meanwhile")
    remove(resource.cid)


def _found(client: Client, kind: str, cid: str) -> list[Resource]:
    if kind == "vm":
        return client.servers(ids=[cid])[0]
    if kind == "disk":
        return client.volumes(ids=[cid])
    return client.snapshots(ids=[cid]) if kind == "snapshot" else client.images(ids=[cid])


def _holder(one: Resource) -> tuple[str, ...]:
    holder = one.get("attached_to")
    return (str(holder),) if holder else ()


def _row(kind: str, one: Resource, now_s: float, attached_to: tuple[str, ...] = ()) -> Owned:
    tags = one["tags"]
    return Owned(
        kind=kind,
        cid=one["id"],
        state=one["state"],
        age_s=now_s - one["created"],
        is_claimed=is_claimed(tags),
        attached_to=attached_to,
        source=one.get("volume", ""),
        was_attached=one.get("was_attached", True),
        about=" ".join(tags[name] for name in _NAMES if tags.get(name)),
    )
