"""From blocks of cloud_properties to what the provider is asked for: typed, and merged.

The Director lays a vm_type over its AZ and the vm_extensions over both, key by key and no deeper
(bosh director, vm_cloud_properties).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from attrs import define, field

from cpikit.commands.blocks import Definitions, Entry, azs_of, failed, is_managed, subnets_of
from cpikit.commands.yaml_text import Node
from cpikit.preflight import Finding, Place, Places, Wanted, WantedDisk, WantedSubnet, WantedVm
from cpikit.problems import Path, UnknownKey, found_in, said, shown
from cpikit.problems import Wanted as Refused
from cpikit.properties import property_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cattrs import Converter

    from cpikit.converter import Unknowns


@define(eq=False)
class Part:
    """One block as it stands in a file: its keys without those that a variable gives."""

    title: str
    known: dict[str, Any]
    places: Places
    variables: frozenset[str] = frozenset()
    is_bad: bool = False
    """Whether it has problems of its own, so that nothing is built on it."""


Azs = list[tuple[Entry | None, Part | None]]
"""The AZs, each with its block."""

_NOWHERE: Azs = [(None, None)]


@define(eq=False)
class Planner:
    """Reads the blocks of some files. `property_type` gives the provider's class of a kind."""

    converter: Converter
    unknowns: Unknowns
    property_type: Callable[[str], Any]
    unknown_weight: str
    findings: list[Finding] = field(factory=list)

    def wanted(self, defined: Definitions) -> Wanted:
        """What is asked for; problems are added to `findings`."""
        return Wanted(
            vms=tuple(self._vms(defined)),
            subnets=tuple(self._subnets(defined)),
            disks=tuple(self._disks(defined)),
        )

    def _vms(self, defined: Definitions) -> Iterator[WantedVm]:
        azs: Azs = [(one, self._part(one, "vm")) for one in defined.entries["azs"]]
        for az, az_part in azs:
            yield from self._vm(az_part, az, is_partial=True)
        for entry in defined.entries["vm_extensions"]:
            yield from self._vm(self._part(entry, "vm"), None, is_partial=True)
        for entry in defined.entries["resource_pools"]:
            yield from self._vm(self._part(entry, "vm"), None)
        for entry in defined.entries["vm_types"]:
            part = self._part(entry, "vm")
            for az, az_part in azs or _NOWHERE:
                yield from self._vm(_merged(az_part, part, az), az)
        for node in defined.compilations:
            yield from self._compilation(node, azs)

    def _compilation(self, node: Node, azs: Azs) -> Iterator[WantedVm]:
        block = node.get("cloud_properties")
        if block is None:
            return
        part = self._read("compilation", block, node.place, "vm")
        here = [(az, its) for az, its in azs if az is not None and az.name == node.text("az")]
        for az, az_part in here or _NOWHERE:
            yield from self._vm(_merged(az_part, part, az), az)

    def _vm(
        self, part: Part | None, az: Entry | None, *, is_partial: bool = False
    ) -> Iterator[WantedVm]:
        properties = self._bound(part, "vm", is_partial=is_partial)
        if part is not None and properties is not None:
            yield WantedVm(
                part.title,
                properties,
                part.places,
                part.variables,
                az=az.name if az else "",
                cpi=az.node.text("cpi") if az else "",
                is_partial=is_partial,
            )

    def _subnets(self, defined: Definitions) -> Iterator[WantedSubnet]:
        for entry in defined.entries["networks"]:
            type_ = entry.node.text("type") or "manual"
            for number, node in enumerate(subnets_of(entry.node), 1):
                if type_ != "vip":
                    title = f"subnet {number} of {entry.title}"
                    yield from self._subnet(title, entry, node, type_)

    def _subnet(self, title: str, network: Entry, node: Node, type_: str) -> Iterator[WantedSubnet]:
        managed = is_managed(network.node)
        kind = "subnet" if managed else "network"
        block = node.get("cloud_properties") or Node({}, node.place)
        part = self._read(title, block, node.place, kind)
        properties = self._bound(part, kind)
        if part is not None and properties is not None:
            yield WantedSubnet(
                title,
                properties,
                part.places,
                part.variables,
                network=network.name,
                type="managed" if managed else type_,
                azs=tuple(str(az.value) for az in azs_of(node)),
                range=node.text("range"),
            )

    def _disks(self, defined: Definitions) -> Iterator[WantedDisk]:
        for entry in (*defined.entries["disk_types"], *defined.entries["disk_pools"]):
            part = self._part(entry, "disk")
            properties = self._bound(part, "disk")
            size = entry.node.get("disk_size") or Node(None, entry.place)
            if part is not None and properties is not None:
                of = {**part.places.of, ("disk_size",): size.place}
                yield WantedDisk(
                    part.title,
                    properties,
                    Places(part.places.whole, of),
                    part.variables,
                    size_mib=size.value if isinstance(size.value, int) else None,
                )

    def _part(self, entry: Entry, kind: str) -> Part | None:
        """The block of an entry; None where a variable stands in the place of all of it."""
        block = entry.node.get("cloud_properties")
        return self._read(entry.title, block or Node({}, entry.place), entry.place, kind)

    def _read(self, title: str, block: Node, place: Place, kind: str) -> Part | None:
        if block.is_variable:
            return None
        if not isinstance(block.value, dict):
            self.findings.append(
                failed(title, "cloud_properties are no mapping", block.place, "a mapping")
            )
            return None
        below = list(block.below())
        unknown = {path for path, node in below if node.is_variable}
        unknown |= {path for path, _ in below if path and "((" in str(path[-1])}
        places = Places(place, {path: _key_place(block, path) for path, _ in below if path})
        part = Part(title, {}, places, frozenset(str(path[0]) for path in unknown if path))
        part.is_bad = self._tell(part, block.plain(), unknown, kind)
        part.known = _without(block, unknown)
        return part

    def _tell(self, part: Part, given: object, unknown: set[Path], kind: str) -> bool:
        """Add what is wrong with a block by itself; gives whether it cannot be bound."""
        cls = self.property_type(kind)
        self.unknowns.mode = "fail"  # whatever the weight: only a failure says where it is
        is_bad = False
        try:
            self.converter.structure(given, cls)
        except Exception as error:  # noqa: BLE001  # cattrs collects whatever its hooks raise
            for path, problem, secretive in found_in(error):
                key = (problem.key,) if isinstance(problem, UnknownKey) else ()
                if any((*path, *key)[: len(one)] == one for one in unknown):
                    continue
                if isinstance(problem, KeyError) and len(path) == 1:
                    continue  # another block may have it: told once all are merged
                found = self._finding(part, cls, path, problem, secretive=secretive)
                is_bad = is_bad or not isinstance(problem, UnknownKey)
                self.findings.append(found)
        return is_bad

    def _finding(
        self, part: Part, cls: Any, path: Path, problem: BaseException, *, secretive: bool
    ) -> Finding:
        where = f"{part.title}: {_dotted(path)}" if path else part.title
        if isinstance(problem, UnknownKey):
            weight: Any = self.unknown_weight
            text = said(problem, secretive=secretive)
            return Finding(where, text, weight=weight, place=part.places.at(*path, problem.key))
        place = part.places.at(*path)
        if isinstance(problem, Refused):
            row = property_at(cls, path) if path else None
            unit = f" of {row.unit}" if row and row.unit else ""
            found = f"found {shown(problem, secretive=secretive)}"
            hint = _meant(problem.found, row.choices if row else ())
            return failed(where, found, place, f"{problem.wanted}{unit}", hint)
        return failed(where, said(problem, secretive=secretive), place)

    def _bound(self, part: Part | None, kind: str, *, is_partial: bool = False) -> Any:
        """The provider's own object; None, and a finding, where something required is missing."""
        if part is None or part.is_bad:
            return None
        self.unknowns.mode = "accept"  # they were told by `_tell`
        known = dict(part.known)
        while True:
            try:
                return self.converter.structure(known, self.property_type(kind))
            except Exception as error:  # noqa: BLE001  # as above
                short = {str(path[0]) for path, _, _ in found_in(error) if path}
            if not short & set(known):
                break
            for name in short:  # what a variable left incomplete
                known.pop(name, None)
        if not is_partial:
            self.findings += [
                failed(part.title, f"{name} is required, not set", part.places.whole)
                for name in sorted(short - part.variables)
            ]
        return None


def _merged(az: Part | None, part: Part | None, entry: Entry | None) -> Part | None:
    """A vm_type over its AZ; None where one of them is not known at all."""
    if part is None or (entry is not None and az is None):
        return None
    if az is None or entry is None:
        return part
    hidden = {path: place for path, place in az.places.of.items() if path[0] not in part.known}
    return Part(
        f"{part.title} in {entry.title}",
        {**az.known, **part.known},
        Places(part.places.whole, {**hidden, **part.places.of}),
        az.variables | part.variables,
        is_bad=az.is_bad or part.is_bad,
    )


def _key_place(block: Node, path: Path) -> Place:
    """Where the last key of a path stands, or the item of a list."""
    node = block
    for step in path[:-1]:
        node = node.value[step]
    last = path[-1]
    return node.keys[last] if isinstance(last, str) else node.value[last].place


def _without(block: Node, unknown: set[Path]) -> dict[str, Any]:
    """The block as plain JSON, without what variables give."""

    def plain(node: Node, path: Path) -> Any:
        if isinstance(node.value, dict):
            pairs = {key: (*path, key) for key in node.value}
            return {
                key: plain(node.value[key], inner)
                for key, inner in pairs.items()
                if inner not in unknown
            }
        if isinstance(node.value, list):
            return [
                plain(item, (*path, place))
                for place, item in enumerate(node.value)
                if (*path, place) not in unknown
            ]
        return node.value

    known: Mapping[str, Any] = plain(block, ())
    return dict(known)


def _meant(found: object, choices: Sequence[str]) -> str:
    """The choice that was probably meant."""
    close = get_close_matches(found, choices, n=1) if isinstance(found, str) else []
    return f"did you mean {close[0]!r}?" if close else ""


def _dotted(path: Path) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")
