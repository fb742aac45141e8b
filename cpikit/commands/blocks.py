"""The parts of a cloud config or a manifest that carry cloud_properties, or refer to what does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from attrs import define, field

from cpikit.commands.yaml_text import Document, Node
from cpikit.preflight import Finding, Place

# docs-bosh content/cloud-config.md, networks.md, manifest-v2.md; create-env manifests have pools.
TOP = "azs vm_types vm_extensions disk_types networks compilation resource_pools disk_pools".split()
KEYS = {
    "azs": "name cpi cloud_properties",
    "vm_types": "name cloud_properties",
    "vm_extensions": "name cloud_properties",
    "disk_types": "name disk_size cloud_properties",
    "resource_pools": "name network size stemcell env cloud_properties",
    "disk_pools": "name disk_size cloud_properties",
    "networks": "name type subnets dns managed cloud_properties",
    "subnets": "name range gateway dns reserved static az azs cloud_properties netmask_bits prefix"
    " nic_group",
    "compilation": "workers reuse_compilation_vms orphan_workers az network vm_type vm_resources"
    " vm_extensions cloud_properties env",
}
NOUNS = {
    "azs": "az",
    "vm_types": "vm_type",
    "vm_extensions": "vm_extension",
    "disk_types": "disk_type",
    "networks": "network",
    "resource_pools": "resource_pool",
    "disk_pools": "disk_pool",
}


@define(eq=False)
class Entry:
    """One named definition: an az, a vm_type and so on."""

    section: str
    name: str
    node: Node

    @property
    def title(self) -> str:
        """As it is told to an operator."""
        return f"{NOUNS[self.section]} {self.name}" if self.name else NOUNS[self.section]

    @property
    def place(self) -> Place:
        """Where its name stands."""
        name = self.node.get("name")
        return name.place if name is not None else self.node.place


@define(eq=False)
class Definitions:
    """Everything from all files together, in their order."""

    entries: dict[str, list[Entry]] = field(factory=lambda: {section: [] for section in NOUNS})
    compilations: list[Node] = field(factory=list)
    instance_groups: list[Node] = field(factory=list)
    findings: list[Finding] = field(factory=list)

    def names(self, section: str) -> list[str]:
        """The names that a section defines."""
        return [entry.name for entry in self.entries[section]]

    def take(self, document: Document) -> None:
        """Read one more file."""
        for place, text in document.problems:
            self.findings.append(failed("YAML", text, place))
        root = document.root
        if not isinstance(root.value, dict):
            self.findings.append(
                failed("file", "no mapping with azs, vm_types and so on", root.place)
            )
            return
        self.findings += misspelt(root, TOP, "file")
        for section in NOUNS:
            self._take_section(section, root.get(section))
        compilation = root.get("compilation")
        if compilation is not None and not compilation.is_variable:
            compilation.place = root.keys["compilation"]  # where what it lacks is told
            if isinstance(compilation.value, dict):
                self.compilations.append(compilation)
            else:
                self.findings.append(failed("compilation", "no mapping", compilation.place))
        groups = root.get("instance_groups")
        found = groups.items() if groups else []
        self.instance_groups += [one for one in found if isinstance(one.value, dict)]

    def _take_section(self, section: str, node: Node | None) -> None:
        if node is None or node.is_variable:
            return
        if not isinstance(node.value, list):
            self.findings.append(
                failed(section, "no list", node.place, "a list", "begin each with `- name:`")
            )
            return
        for item in node.items():
            if item.is_variable:
                continue
            if not isinstance(item.value, dict):
                self.findings.append(failed(NOUNS[section], "no mapping", item.place))
                continue
            entry = Entry(section, item.text("name"), item)
            self.findings += misspelt(item, KEYS[section].split(), entry.title)
            self.findings += self._named(entry)
            self.entries[section].append(entry)

    def _named(self, entry: Entry) -> Iterable[Finding]:
        if not entry.name:
            found = "it has no name" if entry.node.get("name") is None else "its name is no text"
            yield failed(entry.title, found, entry.place, "a name")
        elif entry.name in self.names(entry.section) and not entry.node.value["name"].is_variable:
            first = next(one for one in self.entries[entry.section] if one.name == entry.name)
            yield failed(
                entry.title,
                f"the name is taken, first in {near(first.place, entry.place)}",
                entry.place,
                "",
                "give each its own",
            )


def failed(subject: str, found: str, place: Place, wanted: str = "", remedy: str = "") -> Finding:
    """A finding that would fail a deploy."""
    return Finding(subject, found, wanted, remedy, "failure", place)


def near(place: Place, other: Place) -> str:
    """A place as it is told beside another one."""
    return f"line {place.line}" if place.file == other.file else str(place)


def misspelt(node: Node, known: Iterable[str], title: str) -> Iterator[Finding]:
    """Keys that are nearly ones that BOSH knows: it ignores them without a word."""
    known = list(known)
    for key, place in node.keys.items():
        if key in known:
            continue
        meant = get_close_matches(key, known, n=1, cutoff=0.8)
        if meant:
            yield failed(title, f"unknown key {key!r}, did you mean {meant[0]!r}?", place)


def subnets_of(network: Node) -> list[Node]:
    """The subnets of a network, as far as they are mappings; of a dynamic one without them, it."""
    subnets = network.get("subnets")
    if subnets is None and network.text("type") == "dynamic":
        return [network]
    return [one for one in subnets.items() if isinstance(one.value, dict)] if subnets else []


def is_managed(network: Node) -> bool:
    """Whether BOSH makes its subnets itself, by create_network."""
    managed = network.get("managed")
    return managed is not None and managed.value is True


def azs_of(node: Node) -> list[Node]:
    """What `az` and `azs` name."""
    single, several = node.get("az"), node.get("azs")
    return ([single] if single is not None else []) + (several.items() if several else [])
