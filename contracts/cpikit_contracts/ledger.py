"""Write down what the run makes, so that it can be removed last-in-first-out, also after a kill.

Each line of the journal is one JSON object: `made` or `gone` with kind and id, or the `world` line
that `up` printed. `cpikit-contracts clean` reads the journals of runs that did not end well; one
that is locked is of a run that still goes on (flock(2): a killed process holds no lock).
"""

import fcntl
import json
import os
import threading
from pathlib import Path
from typing import Any

from attrs import frozen

from cpikit_contracts.outcomes import Unusable


@frozen
class Made:
    """One thing that this run made."""

    kind: str
    cid: str
    scope: str


class Ledger:
    """What exists because of this run, in the order of its making."""

    def __init__(self, journal: Path | None) -> None:
        self._lock = threading.Lock()
        self._open: list[Made] = []
        self._ever: set[tuple[str, str]] = set()
        self._journal = journal
        self._file: int | None = None
        self._written = False

    def made(self, kind: str, cid: object) -> bool:
        """Did this run make this id, as this kind of thing?"""
        return isinstance(cid, str) and (kind, cid) in self._ever

    def add(self, kind: str, cid: str, scope: str) -> None:
        """A thing was made; on the disk before anything else happens."""
        with self._lock:
            self._ever.add((kind, cid))
            self._open.append(Made(kind, cid, scope))
            self._write({"event": "made", "kind": kind, "cid": cid, "scope": scope})

    def restore(self, made: Made) -> None:
        """A thing of an earlier run, already in its journal."""
        with self._lock:
            self._ever.add((made.kind, made.cid))
            self._open.append(made)
            self._written = True

    def remove(self, kind: str, cid: str) -> None:
        """A thing is gone."""
        with self._lock:
            left = [each for each in self._open if (each.kind, each.cid) != (kind, cid)]
            if len(left) != len(self._open):
                self._open = left
                self._write({"event": "gone", "kind": kind, "cid": cid})

    def note_world(self, line: dict[str, Any], down: tuple[str, ...]) -> None:
        """A world was put up; how to take it down is written beside it."""
        with self._lock:
            self._write({"event": "world", "line": line, "down": list(down)})

    def open_count(self) -> int:
        """How many things exist at this moment."""
        return len(self._open)

    def open_in(self, scope: str | None) -> list[Made]:
        """What exists of one scope, or of all, the last made first."""
        with self._lock:
            return [each for each in reversed(self._open) if scope in {None, each.scope}]

    def close(self, *, world_is_down: bool) -> None:
        """The run ended with nothing left, or its world is gone: the journal has done its work."""
        if self._journal is not None and self._written and (world_is_down or not self._open):
            self._journal.unlink(missing_ok=True)
        self.let_go()

    def let_go(self) -> None:
        """Nothing more is written: what stands in the journal is for `cpikit-contracts clean`."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    @staticmethod
    def held(journal: Path) -> bool:
        """Is this the journal of a run that still goes on?"""
        with journal.open("r+b") as file:  # for writing: NFS locks nothing else
            return not _locks(file.fileno())

    def _write(self, entry: dict[str, Any]) -> None:
        if self._journal is None:
            return
        self._written = True
        if self._file is None:
            self._file = os.open(self._journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            _locks(self._file)
        os.write(self._file, (json.dumps(entry) + "\n").encode())
        os.fsync(self._file)


def _locks(file: int) -> bool:
    """Take the lock; false where another has it. Some file systems have none: then nobody has."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def prepared(state: Path) -> Path:
    """The folder where journals and the last report are kept; raises Unusable without one."""
    try:
        state.mkdir(parents=True, exist_ok=True)
        (state / ".gitignore").write_text("*\n", encoding="ascii")
    except OSError as error:
        raise Unusable(
            f"the ledger and the last report cannot be kept in {state}: {error.strerror}"
        ) from error
    return state


def read_journal(journal: Path) -> tuple[list[Made], list[dict[str, Any]]]:
    """What a run left behind, the last made first, and the worlds that it put up."""
    left: list[Made] = []
    worlds = []
    for line in journal.read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue  # the last line of a killed run may be cut short
        if entry["event"] == "made":
            left.append(Made(entry["kind"], entry["cid"], entry["scope"]))
        elif entry["event"] == "gone":
            gone = (entry["kind"], entry["cid"])
            left = [each for each in left if (each.kind, each.cid) != gone]
        else:
            worlds.append(entry)
    return list(reversed(left)), worlds
