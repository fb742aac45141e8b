"""The state of the cloud, on disk under a lock, whole at every moment that a process can die."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager, suppress

from cpikit_fake.cloud.failures import CloudFailure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

KINDS = ("images", "servers", "volumes", "snapshots", "subnets")
_PRIVATE_DIR, _PRIVATE_FILE = 0o700, 0o600  # user data holds the secrets of agents


def fresh_state() -> dict[str, Any]:
    """An empty cloud. Its `world` makes ids of two clouds differ; `next` never goes back."""
    return {
        "world": os.urandom(4).hex(),
        "next": 1,
        "seq": 0,
        "mark": 0,
        "offset_s": 0.0,
        **{kind: {} for kind in KINDS},
        "tokens": {},
        "knobs": {},
        "rules": [],
        "reads": {},
        "before": None,
        "journal": [0, ""],
        "stale_files": [],
    }


class MemoryStore:
    """The same without a disk, for one process."""

    def __init__(self) -> None:
        self._state = fresh_state()
        self._files: dict[str, str] = {}
        self._lines: list[str] = []

    @contextmanager
    def turn(self) -> Iterator[dict[str, Any]]:
        """The state, for one at a time; what was changed is kept unless an exception ends it."""
        text = json.dumps(self._state)
        state = json.loads(text)  # a copy: a turn that fails has changed nothing
        yield state
        self._keep(state)

    def _keep(self, state: dict[str, Any]) -> None:
        if state.pop("forget_journal", False):
            self._lines = []
        self._lines += state.pop("lines", "").splitlines()
        for name in state["stale_files"]:
            self._files.pop(name, None)
        state["stale_files"] = []
        self._state = state

    def write_file(self, name: str, text: str) -> None:
        """Keep a text that is too large for the state."""
        self._files[name] = text

    def read_file(self, name: str) -> str | None:
        """That text, None when there is none."""
        return self._files.get(name)

    def path_of(self, name: str) -> str | None:
        """Where it lies on disk: nowhere."""
        del name
        return None

    def lines(self) -> list[str]:
        """The journal."""
        return list(self._lines)


class DiskStore:
    """A directory: `state.json`, `journal.jsonl`, `user-data/`, and the file `lock`.

    The state is replaced by a rename, so it is the old one or the new one. The journal's next line
    stands in the state as well, with the size that the journal had before it: whoever comes next
    writes it when its author died in between. Nothing is synced: the machine may not die, its
    processes may.
    """

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._state = f"{directory}/state.json"
        self._journal = f"{directory}/journal.jsonl"

    @contextmanager
    def turn(self) -> Iterator[dict[str, Any]]:
        """The state, for one process at a time; kept unless an exception ends the turn."""
        lock = self._locked()
        try:
            state = self._load()
            yield state
            self._keep(state)
        finally:
            os.close(lock)

    def write_file(self, name: str, text: str) -> None:
        """Keep a text that is too large for the state, whole or not at all."""
        os.makedirs(f"{self._directory}/user-data", _PRIVATE_DIR, exist_ok=True)  # noqa: PTH103  # as above
        self._write(f"{self._directory}/user-data/{name}", text)

    def read_file(self, name: str) -> str | None:
        """That text, None when there is none."""
        try:
            with open(f"{self._directory}/user-data/{name}", encoding="utf-8") as file:  # noqa: PTH123  # pathlib costs a cold start 3 ms
                return file.read()
        except FileNotFoundError:
            return None

    def path_of(self, name: str) -> str | None:
        """Where it lies on disk."""
        return f"{self._directory}/user-data/{name}"

    def lines(self) -> list[str]:
        """The journal; ask within a turn."""
        try:
            with open(self._journal, encoding="utf-8") as file:  # noqa: PTH123  # as above
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def _locked(self) -> int:
        path = f"{self._directory}/lock"
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        try:
            try:
                lock = os.open(path, flags, _PRIVATE_FILE)
            except FileNotFoundError:
                os.makedirs(self._directory, _PRIVATE_DIR, exist_ok=True)  # noqa: PTH103  # as above
                lock = os.open(path, flags, _PRIVATE_FILE)
        except OSError as error:
            raise self._unusable(error) from error
        fcntl.flock(lock, fcntl.LOCK_EX)
        return lock

    def _load(self) -> dict[str, Any]:
        try:
            with open(self._state, encoding="utf-8") as file:  # noqa: PTH123  # as above
                state = json.load(file)
            size, line = state["journal"]
        except FileNotFoundError:
            return fresh_state()
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise self._unusable(error) from error
        self._append(size, line)
        self._remove(state["stale_files"])
        state["stale_files"] = []
        return dict(state)

    def _keep(self, state: dict[str, Any]) -> None:
        line = state.pop("lines", "")
        size = 0 if state.pop("forget_journal", False) else self._size()
        state["journal"] = [size, line]
        self._write(self._state, json.dumps(state))
        self._append(size, line)
        self._remove(state["stale_files"])

    def _remove(self, names: list[str]) -> None:
        """Remove files of servers that are gone; the next turn does it for one who died here."""
        for name in names:
            with suppress(FileNotFoundError):
                os.unlink(f"{self._directory}/user-data/{name}")  # noqa: PTH108  # as above

    def _size(self) -> int:
        try:
            return os.stat(self._journal).st_size  # noqa: PTH116  # as above
        except FileNotFoundError:
            return 0

    def _append(self, size: int, line: str) -> None:
        """Make the journal end with this line, which starts at that size; twice is fine."""
        data = line.encode()
        if self._size() == size + len(data):
            return
        journal = os.open(self._journal, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, _PRIVATE_FILE)
        try:
            os.ftruncate(journal, size)
            os.pwrite(journal, data, size)
        finally:
            os.close(journal)

    def _write(self, path: str, text: str) -> None:
        """Replace a file as a whole; the lock makes the name of the new one ours alone."""
        new = f"{path}.new"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        try:
            with open(os.open(new, flags, _PRIVATE_FILE), "w", encoding="utf-8") as file:  # noqa: PTH123  # as above
                file.write(text)
            os.rename(new, path)  # noqa: PTH104  # as above
        except OSError as error:
            raise self._unusable(error) from error

    def _unusable(self, error: Exception) -> CloudFailure:
        return CloudFailure(
            "StoreUnusable",
            f"state_dir {self._directory} cannot be used ({type(error).__name__}: {error}): "
            "name a directory that this user may write to, or remove what is broken in it",
            status=500,
        )
