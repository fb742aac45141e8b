"""`cpikit orphans`: what carries this Director's marks and is in none of its own lists.

Deletes one at a time, after a look at everything anew, and after its id was typed.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any, TypeVar

from cpikit.commands.call import json_object
from cpikit.commands.lists import from_cli, from_folder
from cpikit.commands.opened import Opened, stderr_log
from cpikit.commands.table import write_table
from cpikit.errors import CpiError
from cpikit.ownership import Orphan, Owner, orphans
from cpikit.types import DiskCid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cpikit.director_lists import DirectorLists

    T = TypeVar("T")

_OLDEST_LISTS_S = 3600.0
_HOUR_S = 3600


def run(parsed: argparse.Namespace) -> int:
    """Show them, and delete those whose id is typed. Raises CpiError for what is not certain."""
    sight = _Sight(parsed)
    found = sight.look()
    if parsed.json:
        sys.stdout.write(json.dumps(_report(found, parsed.director), indent=2) + "\n")
        return 0
    _write(found, parsed.director, sight.owned)
    if not parsed.delete:
        return 0
    return _delete(sight, [one for one in found if not one.kept])


class _Sight:
    """Looks at lists and cloud, as often as it is asked to."""

    def __init__(self, parsed: argparse.Namespace) -> None:
        self._parsed = parsed
        self.opened = Opened(
            parsed.config,
            command="orphans",
            director_uuid=parsed.director,
            log=stderr_log(debug=parsed.debug),
            context=json_object("--context", parsed.context),
        )
        cpi = self.opened.cpi
        if not isinstance(cpi, Owner):
            raise CpiError(f"provider {self.opened.provider!r} cannot say what a Director owns")
        self.owner: Owner = cpi
        self.owned = 0

    def look(self) -> list[Orphan]:
        """The orphans as of now. The lists are read first: what comes after them is too young."""
        found = self._lists()
        if self._parsed.delete and found.age_s > _OLDEST_LISTS_S:
            raise CpiError(
                f"the lists are {found.age_s / _HOUR_S:.1f} h old, wanted at most 1 h for "
                "--delete: take them anew"
            )
        with self.opened.step():
            owned = list(self.owner.owned(self._parsed.director))
        self.owned = len(owned)
        return orphans(owned, found)

    def _lists(self) -> DirectorLists:
        if self._parsed.bosh:
            return from_cli(self._parsed.bosh)
        return from_folder(self._parsed.lists)


def _delete(sight: _Sight, found: list[Orphan]) -> int:
    """Ask for each, look again, delete. One that fails does not stop the others."""
    failed = 0
    for orphan in found:
        one = orphan.owned
        sys.stdout.write(f"\n{one.kind} {one.cid} ({_about(orphan)})\n")
        sys.stdout.write("type its id to delete it, nothing to keep it: ")
        sys.stdout.flush()
        if sys.stdin.readline().strip() != one.cid:
            sys.stdout.write("kept\n")
            continue
        try:
            _delete_one(sight, one.cid)
        except CpiError as error:
            failed += 1
            sys.stdout.write(f"not deleted: {error.message}\n")
    return 1 if failed else 0


def _delete_one(sight: _Sight, cid: str) -> None:
    """Delete it if it still may go: somebody may have taken it while a person was thinking."""
    orphan = next((one for one in sight.look() if one.owned.cid == cid), None)
    if orphan is None:
        raise CpiError("it is gone, or the Director has it in its lists by now")
    if orphan.kept:
        raise CpiError(f"it changed meanwhile: {orphan.kept}")
    one = orphan.owned
    if one.kind == "disk" and one.was_attached:
        metadata = {"deployment": "orphan", "job": one.cid, "index": "0"}
        with sight.opened.step():
            snapshot = sight.opened.cpi.snapshot_disk(DiskCid(cid), metadata)
        sys.stdout.write(f"it was attached once: its data is kept in snapshot {snapshot}\n")
    with sight.opened.step():
        sight.owner.release(one)
    sys.stdout.write("deleted\n")


def _write(found: list[Orphan], director: str, owned: int) -> None:
    if not owned:
        sys.stdout.write(
            f"nothing here carries the marks of Director {director}: is that the UUID which "
            "`bosh environment` shows, and is this its region?\n"
        )
        return
    if not found:
        sys.stdout.write(f"{owned} carry the marks of Director {director}: its lists explain all\n")
        return
    rows = [
        (one.owned.kind, one.owned.cid, one.owned.state, one.kept or "yes", _about(one))
        for one in found
    ]
    write_table(("kind", "id", "state", "may be deleted", ""), rows)
    free = sum(not one.kept for one in found)
    sys.stdout.write(f"\n{len(found)} in none of the lists, {free} of them may be deleted\n")


def _about(orphan: Orphan) -> str:
    one = orphan.owned
    age = "age unknown" if one.age_s is None else f"{one.age_s / _HOUR_S:.0f} h old"
    data = "was attached" if one.kind == "disk" and one.was_attached else ""
    source = f"of {one.source}" if one.source else ""
    return ", ".join(filter(None, (age, source, data, one.about)))


def _report(found: list[Orphan], director: str) -> dict[str, Any]:
    return {
        "director": director,
        "orphans": [
            {
                "kind": one.owned.kind,
                "id": one.owned.cid,
                "state": one.owned.state,
                "age_s": one.owned.age_s,
                "claimed": one.owned.is_claimed,
                "attached_to": list(one.owned.attached_to),
                "source": one.owned.source,
                "about": one.owned.about,
                "may_be_deleted": not one.kept,
                "kept": one.kept,
            }
            for one in found
        ],
    }
