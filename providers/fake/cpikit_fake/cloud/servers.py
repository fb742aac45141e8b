"""The cloud's operations on servers, their addresses and their user data."""

from __future__ import annotations

from cpikit_fake.cloud import processes
from cpikit_fake.cloud.addresses import assign, check_free
from cpikit_fake.cloud.failures import CloudFailure
from cpikit_fake.cloud.world import ZONES, World, check_tags, matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_CPU, MAX_RAM_MIB, MAX_EPHEMERAL_MIB = 128, 4 * 1024 * 1024, 16 * 1024 * 1024


def create_server(world: World, **wanted: Any) -> dict[str, Any]:
    """Make a server; asked again with the same token it answers the same id."""
    token = wanted.pop("token")
    made = world.made_by(token)
    if made is not None:
        return {"id": made}
    user_data = wanted.pop("user_data")
    _check_size(wanted)
    check_tags(wanted["tags"])
    if wanted["zone"] not in ZONES:
        raise CloudFailure("NoSuchZone", f"zone {wanted['zone']!r} is none of {', '.join(ZONES)}")
    world.require(world.find("images", wanted["image"]), ("Available",))
    _check_limits(world)
    for nic in wanted["nics"]:
        for address in nic["addresses"]:
            check_free(world, address)
    for ip in wanted["vips"]:
        check_free(world, {"ip": ip, "prefix": None, "subnet": None})
    server = world.make("servers", "Starting", token, **wanted, name="", boots=1, process=None)
    for nic in server["nics"]:
        for address in nic["addresses"]:
            assign(world, address)
    world.write_file(f"{server['id']}.json", user_data)
    world.begin(server, "Starting", "Running", world.knob("server_start_s"))
    return {"id": server["id"]}


def describe_servers(
    world: World,
    ids: list[str] | None = None,
    tags: dict[str, str] | None = None,
    address: str | None = None,
) -> dict[str, Any]:
    """The servers that fit all filters, oldest first, and the world's time."""
    found = [one for one in world.visible("servers", ids) if matches(one, ids, tags)]
    if address is not None:
        found = [one for one in found if address in _addresses(one)]
    return {"servers": sorted(found, key=lambda one: str(one["id"])), "now": world.now}


def start_server(world: World, server: str) -> dict[str, Any]:
    """Make sure that it runs, with its process."""
    found = world.find("servers", server)
    world.require(found, ("Running", "Starting", "Stopped"))
    if found["state"] == "Stopped":
        world.begin(found, "Starting", "Running", world.knob("server_start_s"))
    return {}


def stop_server(world: World, server: str) -> dict[str, Any]:
    """Switch it off."""
    found = world.find("servers", server)
    world.require(found, ("Running", "Stopped"))
    processes.end(found)
    world.begin(found, "Stopping", "Stopped", 0)
    return {}


def reboot_server(world: World, server: str) -> dict[str, Any]:
    """Start it anew, from on or off; `boots` counts."""
    found = world.find("servers", server)
    world.require(found, ("Running", "Stopped"))
    processes.end(found)
    found["boots"] += 1
    world.begin(found, "Starting", "Running", world.knob("server_start_s"))
    return {}


def delete_server(world: World, server: str) -> dict[str, Any]:
    """Delete it; its addresses are held until it is gone, its volumes survive."""
    found = world.find("servers", server)
    if found["state"] != "Deleting":
        processes.end(found)
        world.begin(found, "Deleting", "Gone", world.knob("server_delete_s"))
    return {}


def tag_server(
    world: World, server: str, tags: dict[str, str], name: str | None = None
) -> dict[str, Any]:
    """Put these tags in the place of all that it has; a name is shown in lists."""
    found = world.find("servers", server)
    check_tags(tags)
    found["tags"] = tags
    if name is not None:
        found["name"] = name
    return {}


def _addresses(server: dict[str, Any]) -> list[str]:
    own = [address["ip"] for nic in server["nics"] for address in nic["addresses"]]
    return [*own, *server["vips"]]


def _check_size(wanted: dict[str, Any]) -> None:
    for name, most in (("cpu", MAX_CPU), ("ram", MAX_RAM_MIB)):
        if not 0 < wanted[name] <= most:
            raise CloudFailure(
                "NoSuchSize", f"no server has {name} {wanted[name]}, wanted 1 to {most}"
            )
    if not 0 <= wanted["ephemeral"] <= MAX_EPHEMERAL_MIB:
        raise CloudFailure(
            "NoSuchSize",
            f"no server has an ephemeral disk of {wanted['ephemeral']} MiB, "
            f"wanted 0 to {MAX_EPHEMERAL_MIB}",
        )


def _check_limits(world: World) -> None:
    count = len(world.state["servers"])
    stock, quota = world.knob("server_stock"), world.knob("server_quota")
    if stock is not None and count >= stock:
        raise CloudFailure("OutOfStock", "the cloud has no room for another server", status=503)
    if quota is not None and count >= quota:
        raise CloudFailure(
            "QuotaExceeded", f"the account has {count} servers and may have {quota}", status=403
        )
