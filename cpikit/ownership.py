"""What a Director owns in a cloud by its marks, and which of that is an orphan.

For `cpikit orphans`. A provider takes part when its Cpi has the two methods of Owner.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from attrs import frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cpikit.director_lists import DirectorLists

YOUNGEST_S = 24 * 3600.0
"""What is younger may be in the making: it is never deleted."""


@frozen
class Owned:
    """One resource that carries a Director's marks.

    - `kind`: vm, disk, snapshot, stemcell, or the cloud's own word for what BOSH has none for.
    - `age_s`: seconds since it was made, on the cloud's clock; None when the cloud does not say.
    - `is_claimed`: the Director is known to have heard of it; also where the mark is unreadable.
    - `attached_to`: what holds it, or what it holds: a disk's VMs, a VM's persistent disks.
    - `part_of`: the id of what it was made with and goes with: an image's snapshot, a VM's
      ephemeral disk. Not for a persistent disk.
    - `source`: the disk of a snapshot.
    - `was_attached`: whether a disk may hold data: it was attached once, or that is not known.
    - `about`: what a person would know it by.
    """

    kind: str
    cid: str
    state: str
    age_s: float | None
    is_claimed: bool
    attached_to: tuple[str, ...] = ()
    part_of: str = ""
    source: str = ""
    was_attached: bool = True
    about: str = ""


@runtime_checkable
class Owner(Protocol):
    """The two methods by which a provider's Cpi takes part in `cpikit orphans`."""

    def owned(self, director_uuid: str) -> Iterable[Owned]:
        """Everything that carries this Director's marks, and nothing else; reads only.

        Networks are left out: no list of the Director's names them.
        """

    def release(self, resource: Owned) -> None:
        """Delete it and return when it is gone; gone already is a success.

        Looks once more, and raises CpiError where it is attached, claimed or not ours any more.
        """


@frozen
class Orphan:
    """A resource in none of the Director's lists; `kept` says why it may not be deleted."""

    owned: Owned
    kept: str = ""


def orphans(owned: Sequence[Owned], lists: DirectorLists) -> list[Orphan]:
    """What is in no list and goes with nothing that is there.

    Snapshots of orphaned disks are none: the Director keeps both together, and lists the disk.
    """
    there = {one.cid for one in owned} | lists.cids
    doubt = _doubt(owned, lists)
    return [
        Orphan(one, doubt or _kept(one, lists.age_s))
        for one in sorted(owned, key=lambda one: (one.kind, one.cid))
        if one.cid not in lists.cids
        and one.part_of not in there
        and one.source not in lists.orphaned_disks
    ]


def _kept(one: Owned, lists_age_s: float) -> str:
    if one.attached_to:
        return f"attached: {', '.join(one.attached_to)}"
    if one.is_claimed:
        return "claimed: the Director was told of it"
    if one.age_s is None:
        return "its age is not known"
    if one.age_s - lists_age_s < YOUNGEST_S:  # what came after the lists cannot be in them
        return "younger than 24 h when the lists were taken"
    return ""


def _doubt(owned: Sequence[Owned], lists: DirectorLists) -> str:
    """Whether the lists are another Director's: then everything here would be in none of them."""
    ours = {one.cid for one in owned if one.kind == "vm"}
    if not lists.vms or not ours or ours & lists.vms:
        return ""
    return "no VM of the lists carries this Director's marks: are they another Director's?"
