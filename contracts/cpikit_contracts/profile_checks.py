"""What may stand in contract.toml: each function tells what is wrong in one of its tables."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import Any, Final

from cpikit_contracts.choosing import near
from cpikit_contracts.methods import METHODS
from cpikit_contracts.recordings import recorded
from cpikit_contracts.rules import catalogue

NETWORKS: Final = ("manual", "dynamic", "vip", "managed")
STEP: Final = re.compile(r"\d{3,}-(?P<method>\w+)")


def inputs(given: Mapping[str, Any]) -> Iterator[str]:
    """[inputs]: properties are tables, a size is a whole number, an image is a path."""
    for name in ("stemcell", "vm", "disk", "env", "bad_vm", "context", "networks"):
        if not isinstance(given.get(name, {}), dict):
            yield f"inputs.{name}: found {given[name]!r}, wanted a table"
    size = given.get("disk_size_mib", 1)
    if type(size) is not int or size < 1:
        yield f"inputs.disk_size_mib: found {size!r}, wanted a whole number above 0"
    if not isinstance(given.get("image", ""), str):
        yield f"inputs.image: found {given['image']!r}, wanted the path of a file"
    networks = given.get("networks", {})
    for kind, network in networks.items() if isinstance(networks, dict) else ():
        yield from _network(kind, network)


def _network(kind: str, network: object) -> Iterator[str]:
    where = f"inputs.networks.{kind}"
    if kind not in NETWORKS:
        yield f"{where}: there is no such network; known: {', '.join(NETWORKS)}"
    if not isinstance(network, dict):
        yield f"{where}: found {network!r}, wanted a table"
        return
    ips = network.get("ips", [])
    if not isinstance(ips, list) or not all(isinstance(ip, str) and ip for ip in ips):
        yield f"{where}.ips: found {ips!r}, wanted a list of strings"
    if not isinstance(network.get("cloud_properties", {}), dict):
        yield f"{where}.cloud_properties: found {network['cloud_properties']!r}, wanted a table"


def world(given: Mapping[str, Any]) -> Iterator[str]:
    """[world]: what is put up is taken down."""
    if given.get("up") and not given.get("down"):
        yield 'world.up: give down as well, ["true"] if there is nothing to remove'
    if given.get("down") and not given.get("up"):
        yield "world.down: there is nothing to take down without up"


def limits(given: Mapping[str, Any]) -> Iterator[str]:
    """[limits]: numbers above 0; those of one method may be 0."""
    for name, value in given.items():
        if name in {"calls", "seconds"}:
            for method, number in value.items() if isinstance(value, dict) else ():
                if _is_number(number) and not (number >= 0 and math.isfinite(number)):
                    yield f"limits.{name}.{method}: found {number!r}, wanted a number from 0 up"
        elif _is_number(value) and not (value > 0 and math.isfinite(value)):
            yield f"limits.{name}: found {value!r}, wanted a number above 0"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def idempotent(methods: Iterable[str]) -> Iterator[str]:
    """[cpi] idempotent: names of methods."""
    for method in methods:
        if method not in METHODS:
            yield f"cpi.idempotent: there is no such CPI method {method!r}"


def accepted(rule_ids: Iterable[str]) -> Iterator[str]:
    """[accepted]: ids of rules."""
    rules = catalogue()
    known = {rule.id for rule in rules}
    for rule_id in rule_ids:
        if rule_id not in known:
            yield f"accepted.{rule_id}: there is no such rule{near(rule_id, rules)}"


def refuses(names: Iterable[str]) -> Iterator[str]:
    """[refuses]: methods, steps (048-create_disk), or SET/STEP of a recorded set or of a file."""
    sets = {
        name: [file.name.removesuffix(".json") for file in files]
        for name, files in recorded().items()
    }
    for name in names:
        set_name, _, step = name.rpartition("/")
        found = STEP.fullmatch(step)
        if (found["method"] if found else step) not in METHODS or (set_name and not found):
            yield f"refuses.{name}: wanted a method, a step (048-create_disk) or SET/STEP"
        elif set_name in sets and step not in sets[set_name]:
            yield f"refuses.{name}: the set {set_name} has no such step"
        elif set_name and set_name not in sets and not _is_a_file(set_name):
            yield f"refuses.{name}: there is no such set; there are: {', '.join(sets)}"


def _is_a_file(set_name: str) -> bool:
    """Is it written as the file of an own set: in a folder, or with a suffix?"""
    return "/" in set_name or bool(PurePath(set_name).suffix)
