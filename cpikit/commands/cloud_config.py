"""What BOSH itself would refuse in a cloud config, or ignore without a word: whatever the cloud."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from cpikit.commands.blocks import (
    KEYS,
    Definitions,
    Entry,
    azs_of,
    failed,
    is_managed,
    misspelt,
    near,
    subnets_of,
)
from cpikit.commands.ranges import Span, holds, meet, span_of
from cpikit.commands.yaml_text import Node
from cpikit.preflight import Finding

_TYPES = ("manual", "dynamic", "vip")


def findings(defined: Definitions) -> Iterator[Finding]:
    """All of them, in no particular order."""
    for entry in defined.entries["networks"]:
        yield from _network(entry, defined)
    for section in ("disk_types", "disk_pools"):
        for entry in defined.entries[section]:
            yield from _disk_size(entry)
    for node in defined.compilations:
        yield from _compilation(node, defined)
    for node in defined.instance_groups:
        yield from _instance_group(node, defined)
    yield from _unreachable_azs(defined)


def _network(entry: Entry, defined: Definitions) -> Iterator[Finding]:
    kind = entry.node.get("type")
    name = "manual" if kind is None else kind.value
    if kind is not None and not kind.is_variable and name not in _TYPES:
        yield failed(entry.title, f"type {kind.shown}", kind.place, "manual, dynamic or vip")
        return
    subnets = entry.node.get("subnets")
    if name == "manual" and (subnets is None or subnets.value == []):
        yield failed(entry.title, "a manual network without subnets", entry.place, "subnets")
    yield from _list(entry.node, "subnets", entry.title)
    seen: list[tuple[Span, Node]] = []
    for subnet in subnets_of(entry.node):
        if subnet is not entry.node:
            yield from misspelt(subnet, KEYS["subnets"].split(), f"subnet of {entry.title}")
        yield from _list(subnet, "azs", f"subnet of {entry.title}")
        for az in azs_of(subnet):
            yield from _known(az, "azs", defined, f"subnet of {entry.title}")
        if name == "manual" and not is_managed(entry.node):
            yield from _manual(subnet, f"subnet of {entry.title}", seen)


def _manual(subnet: Node, title: str, seen: list[tuple[Span, Node]]) -> Iterator[Finding]:
    """Its range, and the addresses that have to lie in it."""
    whole = subnet.get("range")
    if whole is None:
        yield failed(title, "no range", subnet.place, "a range such as 10.0.0.0/24")
        return
    if whole.is_variable:
        return
    span = span_of(whole.value)
    if span is None or "/" not in str(whole.value):
        yield failed(title, f"range {whole.shown}", whole.place, "one such as 10.0.0.0/24")
        return
    for other, first in seen:
        if meet(span, other):
            yield failed(
                title,
                f"range {whole.value} overlaps {first.value} of {near(first.place, whole.place)}",
                whole.place,
                "ranges of their own",
            )
    seen.append((span, whole))
    yield from _gateway(subnet, title, span)
    yield from _addresses(subnet, title, span)


def _gateway(subnet: Node, title: str, span: Span) -> Iterator[Finding]:
    gateway = subnet.get("gateway")
    if gateway is None:
        yield failed(title, "no gateway", subnet.place, "the first address of its range, mostly")
        return
    if gateway.is_variable:
        return
    address = span_of(gateway.value)
    if address is None or address[0] != address[1]:
        yield failed(title, f"gateway {gateway.shown}", gateway.place, "one address")
    elif not holds(span, address):
        yield failed(
            title,
            f"gateway {gateway.value} is outside of range {_text(span)}",
            gateway.place,
            "one inside of it",
        )


def _addresses(subnet: Node, title: str, span: Span) -> Iterator[Finding]:
    """Each of `reserved` and `static`: well formed, inside, and never both."""
    kept: list[tuple[Span, Node]] = []
    for key in ("reserved", "static"):
        given = subnet.get(key)
        items = given.items() if given and isinstance(given.value, list) else [given]
        for item in items:
            if item is None or item.is_variable:
                continue
            inner = span_of(item.value)
            if inner is None:
                wanted = "an address, a range a - b, or a CIDR"
                yield failed(title, f"{key} {item.shown}", item.place, wanted)
            elif not holds(span, inner):
                yield failed(
                    title,
                    f"{key} {item.value} is outside of range {_text(span)}",
                    item.place,
                    "addresses inside of it",
                )
            elif key == "reserved":
                kept.append((inner, item))
            else:
                yield from (
                    failed(
                        title,
                        f"static {item.value} overlaps reserved {other.value} of "
                        f"{near(other.place, item.place)}",
                        item.place,
                        "addresses that are in one of them",
                    )
                    for reserved, other in kept
                    if meet(inner, reserved)
                )


def _disk_size(entry: Entry) -> Iterator[Finding]:
    size = entry.node.get("disk_size")
    if size is None:
        yield failed(entry.title, "no disk_size", entry.place, "its size in MiB")
    elif not size.is_variable and not _is_positive(size.value):
        yield failed(
            entry.title, f"disk_size {size.shown}", size.place, "MiB as an integer above 0"
        )


def _compilation(node: Node, defined: Definitions) -> Iterator[Finding]:
    title = "compilation"
    yield from misspelt(node, KEYS[title].split(), title)
    workers = node.get("workers")
    if workers is None:
        yield failed(title, "no workers", node.place, "how many VMs compile at once")
    elif not workers.is_variable and not _is_positive(workers.value):
        yield failed(title, f"workers {workers.shown}", workers.place, "an integer above 0")
    network, az = node.get("network"), node.get("az")
    if network is None:
        yield failed(title, "no network", node.place, "the name of a network")
    else:
        yield from _known(network, "networks", defined, title)
    if az is None and defined.entries["azs"]:
        yield failed(title, "no az", node.place, f"one of {', '.join(defined.names('azs'))}")
    elif az is not None:
        yield from _known(az, "azs", defined, title)
        yield from _covered(az, network, defined)
    shapes = [key for key in ("vm_type", "vm_resources", "cloud_properties") if node.get(key)]
    if len(shapes) > 1:
        second = node.keys[shapes[1]]
        yield failed(title, f"{' and '.join(shapes)} together", second, "one of them")
    yield from _shape(node, defined, title)


def _covered(az: Node, network: Node | None, defined: Definitions) -> Iterator[Finding]:
    """The network that the compilation VMs use has a subnet in their AZ."""
    for entry in defined.entries["networks"]:
        if network is None or entry.name != network.value:
            continue
        subnets = subnets_of(entry.node)
        covered = [one.value for subnet in subnets for one in azs_of(subnet)]
        is_sure = bool(covered) and not any("((" in str(one) for one in covered)
        if is_sure and az.value in defined.names("azs") and az.value not in covered:
            yield failed(
                "compilation",
                f"network {entry.name} has no subnet in az {az.value}",
                az.place,
                f"one of {', '.join(map(str, dict.fromkeys(covered)))}",
            )


def _shape(node: Node, defined: Definitions, title: str) -> Iterator[Finding]:
    """The vm_type and the vm_extensions that a compilation or an instance group names."""
    vm_type, extensions = node.get("vm_type"), node.get("vm_extensions")
    if vm_type is not None:
        yield from _known(vm_type, "vm_types", defined, title)
    yield from _list(node, "vm_extensions", title)
    for extension in extensions.items() if extensions else []:
        yield from _known(extension, "vm_extensions", defined, title)


def _instance_group(node: Node, defined: Definitions) -> Iterator[Finding]:
    """What an instance group names, where the files hold definitions of that sort at all."""
    title = f"instance_group {node.text('name')}"
    yield from _list(node, "azs", title)
    yield from _shape(node, defined, title)
    for az in azs_of(node):
        yield from _known(az, "azs", defined, title)
    for key in ("persistent_disk_type", "persistent_disk_pool"):
        disk = node.get(key)
        if disk is not None:
            yield from _known(disk, key.removeprefix("persistent_") + "s", defined, title)
    networks = node.get("networks")
    names = [one.get("name") for one in networks.items()] if networks else []
    for name in filter(None, names):
        yield from _known(name, "networks", defined, title)


def _unreachable_azs(defined: Definitions) -> Iterator[Finding]:
    """AZs without a subnet: no VM can be placed in them."""
    networks = [e.node for e in defined.entries["networks"] if e.node.text("type") != "vip"]
    named = []
    for subnet in (one for network in networks for one in subnets_of(network)):
        here = [str(az.value) for az in azs_of(subnet)]
        if not here or any("((" in az for az in here):
            return  # one that is good for any AZ, or for one that nobody knows here
        named += here
    for entry in defined.entries["azs"]:
        if named and entry.name and entry.name not in named:
            yield failed(
                entry.title,
                "no subnet of any network is in it",
                entry.place,
                "a subnet that lists it in azs",
                "no VM could be placed there",
            )


def _list(node: Node, key: str, title: str) -> Iterator[Finding]:
    """A key that takes a list has one."""
    found = node.get(key)
    if found is not None and not found.is_variable and not isinstance(found.value, list):
        yield failed(title, f"{key} are no list", node.keys[key], "a list")


def _known(node: Node, section: str, defined: Definitions, title: str) -> Iterator[Finding]:
    """A reference leads somewhere; where no file defines anything at all, nobody can tell."""
    names = list(filter(None, dict.fromkeys(defined.names(section))))
    if node.is_variable or node.value in names or any("((" in name for name in names):
        return
    if not any(defined.entries.values()):
        return  # a manifest by itself: its cloud config is not among the files
    meant = get_close_matches(str(node.value), names, n=1)
    hint = f"did you mean {meant[0]!r}?" if meant else ""
    wanted = f"one of {', '.join(names)}" if names else f"one that {section} define"
    noun = section.rstrip("s")
    yield failed(title, f"unknown {noun} {node.shown}", node.place, wanted, hint)


def _is_positive(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _text(span: Span) -> str:
    return f"{span[0]} - {span[1]}"
