"""The cloud's operations on volumes and snapshots."""

from __future__ import annotations

from cpikit_fake.cloud.failures import CloudFailure
from cpikit_fake.cloud.world import ZONES, World, check_tags, matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_MIB = 64 * 1024 * 1024


def create_volume(world: World, **wanted: Any) -> dict[str, Any]:
    """Make a volume; asked again with the same token it answers the same id."""
    token = wanted.pop("token")
    made = world.made_by(token)
    if made is not None:
        return {"id": made}
    _check_size(wanted["size"])
    check_tags(wanted["tags"])
    if wanted["zone"] not in ZONES:
        raise CloudFailure("NoSuchZone", f"zone {wanted['zone']!r} is none of {', '.join(ZONES)}")
    _check_limits(world, wanted["size"])
    volume = world.make(
        "volumes", "Creating", token, **wanted, attached_to=None, was_attached=False
    )
    world.begin(volume, "Creating", "Available", world.knob("volume_create_s"))
    return {"id": volume["id"]}


def describe_volumes(
    world: World,
    ids: list[str] | None = None,
    tags: dict[str, str] | None = None,
    attached_to: str | None = None,
) -> dict[str, Any]:
    """The volumes that fit all filters, oldest first."""
    found = [one for one in world.visible("volumes", ids) if matches(one, ids, tags)]
    if attached_to is not None:
        found = [one for one in found if one["attached_to"] == attached_to]
    return {"volumes": sorted(found, key=lambda one: str(one["id"]))}


def delete_volume(world: World, volume: str) -> dict[str, Any]:
    """Delete a volume that no server has."""
    found = world.find("volumes", volume)
    _refuse_attached(found)
    if found["state"] != "Deleting":
        world.require(found, ("Available", "Creating"))
        world.begin(found, "Deleting", "Gone", world.knob("volume_delete_s"))
    return {}


def attach_volume(world: World, server: str, volume: str) -> dict[str, Any]:
    """Give it to the server; one that has it already is fine."""
    holder = world.find("servers", server)
    found = world.find("volumes", volume)
    if found["attached_to"] == server and found["state"] in ("Attaching", "InUse"):
        return {}
    _refuse_attached(found)
    world.require(found, ("Available",))
    world.require(holder, ("Running", "Stopped", "Starting"))
    if holder["zone"] != found["zone"]:
        raise CloudFailure(
            "OtherZone",
            f"{volume} is in zone {found['zone']}, {server} in {holder['zone']}",
            resource=volume,
        )
    found.update(attached_to=server, was_attached=True)
    world.begin(found, "Attaching", "InUse", world.knob("volume_attach_s"))
    return {}


def detach_volume(world: World, server: str, volume: str) -> dict[str, Any]:
    """Take it from the server."""
    found = world.find("volumes", volume)
    if found["attached_to"] != server:
        raise CloudFailure("NotAttached", f"{volume} is not attached to {server}", resource=volume)
    if found["state"] != "Detaching":
        world.require(found, ("InUse",))
        world.begin(found, "Detaching", "Available", world.knob("volume_detach_s"))
    return {}


def modify_volume(world: World, volume: str, size: int, type: str) -> dict[str, Any]:  # noqa: A002  # the cloud's own word
    """Change size and type in place; it cannot shrink."""
    found = world.find("volumes", volume)
    world.require(found, ("Available", "InUse"))
    _check_size(size)
    if size < found["size"]:
        raise CloudFailure(
            "CannotShrink", f"{volume} has {found['size']} MiB, asked for {size}", resource=volume
        )
    _check_limits(world, size - found["size"], more=0)
    found["size"], found["type"] = size, type
    world.begin(found, "Modifying", found["state"], world.knob("volume_resize_s"))
    return {}


def tag_volume(world: World, volume: str, tags: dict[str, str]) -> dict[str, Any]:
    """Put these tags in the place of all that it has."""
    found = world.find("volumes", volume)
    check_tags(tags)
    found["tags"] = tags
    return {}


def create_snapshot(world: World, **wanted: Any) -> dict[str, Any]:
    """Take a snapshot; asked again with the same token it answers the same id."""
    token = wanted.pop("token")
    made = world.made_by(token)
    if made is not None:
        return {"id": made}
    check_tags(wanted["tags"])
    volume = world.find("volumes", wanted["volume"])
    world.require(volume, ("Available", "InUse"))
    snapshot = world.make("snapshots", "Creating", token, **wanted, size=volume["size"])
    world.begin(snapshot, "Creating", "Available", world.knob("snapshot_s"))
    return {"id": snapshot["id"]}


def describe_snapshots(
    world: World, ids: list[str] | None = None, tags: dict[str, str] | None = None
) -> dict[str, Any]:
    """The snapshots that fit both filters."""
    return {
        "snapshots": [one for one in world.visible("snapshots", ids) if matches(one, ids, tags)]
    }


def delete_snapshot(world: World, snapshot: str) -> dict[str, Any]:
    """Delete it; it is gone at once."""
    world.begin(world.find("snapshots", snapshot), "Deleting", "Gone", 0)
    return {}


def _refuse_attached(volume: dict[str, Any]) -> None:
    if volume["attached_to"] is not None:
        raise CloudFailure(
            "VolumeInUse",
            f"{volume['id']} is attached to {volume['attached_to']}",
            resource=volume["id"],
        )


def _check_size(size: int) -> None:
    if not 0 < size <= MAX_MIB:
        raise CloudFailure("BadSize", f"no volume has {size} MiB, wanted 1 to {MAX_MIB}")


def _check_limits(world: World, size: int, more: int = 1) -> None:
    quota, space = world.knob("volume_quota"), world.knob("volume_space_mib")
    volumes = world.state["volumes"].values()
    if quota is not None and len(volumes) + more > quota:
        raise CloudFailure(
            "QuotaExceeded",
            f"the account has {len(volumes)} volumes and may have {quota}",
            status=403,
        )
    if space is not None and sum(one["size"] for one in volumes) + size > space:
        raise CloudFailure("NoSpace", f"the cloud has {space} MiB for volumes, they are full")
