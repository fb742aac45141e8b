"""The liar's cloud on disk: one JSON file under a lock, replaced whole, so no kill spoils it."""

import contextlib
import copy
import fcntl
import json
import os
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]


def empty() -> Json:
    """A world with nothing in it."""
    things: Json = {kind: {} for kind in ("stemcell", "vm", "disk", "snapshot", "network", "nic")}
    return {
        "things": things,
        "before": copy.deepcopy(things),
        "tokens": {},
        "next": {},
        "seq": 0,
        "rules": [],
        "calls": [],
        "mark": 0,
        "address": 10,
    }


class Store:
    """The state of the world in one directory."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self._path = os.path.join(folder, "world.json")
        self._lock_path = os.path.join(folder, "lock")

    @contextlib.contextmanager
    def locked(self) -> Iterator[Json]:
        """The state, to be read and changed; written back when the block ends well."""
        with open(self._lock_path, "a", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            state = self.read()
            yield state
            temporary = f"{self._path}.{os.getpid()}"
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(descriptor, "w", encoding="utf-8") as file:
                json.dump(state, file)
            os.replace(temporary, self._path)

    def read(self) -> Json:
        """The state as it is now."""
        try:
            with open(self._path, encoding="utf-8") as file:
                return dict(json.load(file))
        except FileNotFoundError:
            return empty()
