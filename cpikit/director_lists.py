"""The Director's own lists, as `bosh … --json` prints them: read by key, and whole or not at all.

A list with a hole would make orphans of what the Director uses, so whatever is not understood is
refused. Source: bosh-cli 7.10, `--json`: an object with Tables, each with Header and Rows of texts.
"""

from __future__ import annotations

import json
from typing import Any

from attrs import frozen

from cpikit.errors import CpiError
from cpikit.wire import kind_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Fetch = Callable[[str, str], bytes]
    """Gives one list by its command and the deployment that it is about, or ""."""

DEPLOYMENTS = "deployments"
INSTANCES = "instances --details"
SNAPSHOTS = "snapshots"
DISKS = "disks --orphaned"
VMS = "orphaned-vms"
STEMCELLS = "stemcells"
PER_DEPLOYMENT = (INSTANCES, SNAPSHOTS)

_KEYS = {
    # The keys that are needed, and those by which one list is not taken for another.
    DEPLOYMENTS: ("name", "release_s"),
    INSTANCES: ("instance", "deployment", "vm_cid", "disk_cids"),
    SNAPSHOTS: ("instance", "cid"),
    DISKS: ("disk_cid", "orphaned_at"),
    VMS: ("vm_cid", "orphaned_at"),
    STEMCELLS: ("name", "version", "cid"),
}
_ABSENT = ("", "-")


@frozen
class DirectorLists:
    """Every CID that the Director names; `age_s` is how long ago it named the first of them."""

    vms: frozenset[str]
    disks: frozenset[str]
    orphaned_disks: frozenset[str]
    snapshots: frozenset[str]
    stemcells: frozenset[str]
    deployments: tuple[str, ...]
    age_s: float = 0.0

    @property
    def cids(self) -> frozenset[str]:
        """All of them."""
        return self.vms | self.disks | self.orphaned_disks | self.snapshots | self.stemcells


def read(fetch: Fetch, age_s: Callable[[], float]) -> DirectorLists:
    """The lists, of every deployment that the Director names.

    Raises CpiError for one that is missing, that is no list, or that lacks a needed key.
    """
    deployments = sorted(set(_column(fetch, DEPLOYMENTS, "name")))
    vms, disks, snapshots = set(_column(fetch, VMS, "vm_cid")), set[str](), set[str]()
    for name in deployments:
        for row in _rows(fetch, INSTANCES, name):
            if row["deployment"] != name:
                raise CpiError(
                    f"bosh {INSTANCES} of deployment {name!r}: has a row of deployment "
                    f"{row['deployment']!r}, wanted that one alone: take it with -d {name}"
                )
            vms.update(_cids(row["vm_cid"]))
            disks.update(_cids(row["disk_cids"]))
        snapshots.update(_column(fetch, SNAPSHOTS, "cid", name))
    return DirectorLists(
        vms=frozenset(vms),
        disks=frozenset(disks),
        orphaned_disks=frozenset(_column(fetch, DISKS, "disk_cid")),
        snapshots=frozenset(snapshots),
        stemcells=frozenset(_column(fetch, STEMCELLS, "cid")),
        deployments=tuple(deployments),
        age_s=age_s(),
    )


def _column(fetch: Fetch, command: str, key: str, deployment: str = "") -> Iterator[str]:
    for row in _rows(fetch, command, deployment):
        yield from _cids(row[key])


def _cids(text: str) -> list[str]:
    """The words of one cell: lists are joined by line breaks, and what is absent is a dash."""
    return [word for line in text.split("\n") if (word := line.strip()) not in _ABSENT]


def _rows(fetch: Fetch, command: str, deployment: str = "") -> list[dict[str, str]]:
    what = f"bosh {command}" + (f" of deployment {deployment!r}" if deployment else "")
    tables = _tables(fetch(command, deployment), what)
    rows: list[dict[str, str]] = []
    for table in tables:
        header, found = table.get("Header"), table.get("Rows")
        if not isinstance(header, dict) or not isinstance(found, list):
            raise CpiError(f"{what}: a table has no Header and Rows, wanted the output of --json")
        for row in [header, *found]:
            missing = [key for key in _KEYS[command] if not _is_text(row, key)]
            if missing:
                raise CpiError(
                    f"{what}: has no {', '.join(missing)}, wanted the whole list of that command"
                )
        rows += found
    return rows


def _is_text(row: object, key: str) -> bool:
    return isinstance(row, dict) and isinstance(row.get(key), str)


def _tables(data: bytes, what: str) -> list[dict[str, Any]]:
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise CpiError(f"{what}: is not JSON: was it taken with --json?") from error
    if not isinstance(body, dict):
        raise CpiError(f"{what}: is {kind_of(body)}, wanted the object that --json prints")
    tables = body.get("Tables")
    if not isinstance(tables, list) or not tables:
        lines = body.get("Lines")
        said = f": it says {str(lines[0])[:200]!r}" if isinstance(lines, list) and lines else ""
        raise CpiError(f"{what}: has no table{said}: a list that failed is no empty list")
    if not all(isinstance(table, dict) for table in tables):
        raise CpiError(f"{what}: a table is no object, wanted the output of --json")
    return tables
