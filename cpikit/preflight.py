"""What a provider's `preflight` and `review` are given, and what they find.

Both get what a cloud config asks for, merged as the Director merges it and bound to the provider's
own types. A preflight asks the cloud and changes nothing there; a review asks nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from attrs import field, frozen

Weight = Literal["ok", "warning", "failure"]


@frozen
class Place:
    """Where something stands in a file of the operator; lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@frozen
class Finding:
    """One thing that was looked at: a `failure` would fail a deploy, a `warning` might.

    `subject` names the thing, `found` what is the case; `wanted` and `remedy` say what should be
    and what to do.
    """

    subject: str
    found: str
    wanted: str = ""
    remedy: str = ""
    weight: Weight = "ok"
    place: Place | None = None

    def __str__(self) -> str:
        wanted = f", wanted {self.wanted}" if self.wanted else ""
        remedy = f": {self.remedy}" if self.remedy else ""
        return f"{self.subject}: {self.found}{wanted}{remedy}"


@frozen(eq=False)
class Places:
    """Where each key of a block stands, by its path: ("ephemeral_disk", "size")."""

    whole: Place
    of: Mapping[tuple[str | int, ...], Place] = field(factory=dict)

    def at(self, *path: str | int) -> Place:
        """The place of the key, or of the nearest one above it that is there."""
        while path:
            if path in self.of:
                return self.of[path]
            path = path[:-1]
        return self.whole


@frozen(eq=False)
class Block:
    """What one block of cloud_properties says, bound to the provider's type for it.

    `title` names it ("vm_type small in az z1"); `variables` are the keys whose values are BOSH
    variables, which nobody knows here and which are absent from `properties`.
    """

    title: str
    properties: Any
    places: Places
    variables: frozenset[str] = frozenset()


@frozen(eq=False)
class WantedVm(Block):
    """A VM that may be asked for: a vm_type in an AZ, with the properties of both.

    `is_partial` marks a block that is only ever merged with others (an AZ, a vm_extension): it
    lacks what those bring. `cpi` is the CPI that the AZ names, "" for the Director's default one.
    """

    az: str = ""
    cpi: str = ""
    is_partial: bool = False


@frozen(eq=False)
class WantedSubnet(Block):
    """A subnet of a network. `static` counts the addresses that instances may ask for by name."""

    network: str = ""
    type: str = "manual"
    azs: tuple[str, ...] = ()
    range: str = ""


@frozen(eq=False)
class WantedDisk(Block):
    """A disk type. Its size is in MiB, None where a variable gives it."""

    size_mib: int | None = None


@frozen(eq=False)
class Wanted:
    """Everything that the files of an operator ask for; `stemcells` are CIDs that they name."""

    vms: tuple[WantedVm, ...] = ()
    subnets: tuple[WantedSubnet, ...] = ()
    disks: tuple[WantedDisk, ...] = ()
    stemcells: tuple[str, ...] = ()
