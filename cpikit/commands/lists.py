"""Where the Director's lists come from: files that the operator took, or the bosh CLI itself."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from pathlib import Path

from cpikit.director_lists import DirectorLists, read
from cpikit.errors import CpiError

_LONGEST_S = 300
_MOST_SHOWN = 500


def file_name(command: str, deployment: str) -> str:
    """The file of one list: `instances-cf.json`."""
    word = command.split(maxsplit=1)[0]
    return f"{word}-{deployment}.json" if deployment else f"{word}.json"


def from_folder(folder: str) -> DirectorLists:
    """The lists in the files of a folder; they are as old as the oldest of them."""
    taken: list[float] = []

    def fetch(command: str, deployment: str) -> bytes:
        path = Path(folder, file_name(command, deployment))
        try:
            data = path.read_bytes()
            taken.append(path.stat().st_mtime)
        except (OSError, ValueError) as error:
            about = f" -d {deployment}" if deployment else ""
            raise CpiError(
                f"the list {path} cannot be read ({error}): nothing is judged without it; take it "
                f"by `bosh{about} {command} --json > {path.name}`"
            ) from error
        return data

    return read(fetch, lambda: max(time.time() - min(taken), 0.0))


def from_cli(words: str) -> DirectorLists:
    """The lists as the bosh CLI gives them now; `words` start it ("bosh -e prod")."""
    started = time.monotonic()

    def fetch(command: str, deployment: str) -> bytes:
        about = ["-d", deployment] if deployment else []
        line = [*shlex.split(words), *about, *command.split(), "--json", "--non-interactive"]
        try:
            done = subprocess.run(  # the operator's own words
                line, capture_output=True, check=False, timeout=_LONGEST_S, env={**os.environ}
            )
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            raise CpiError(f"{shlex.join(line)}: {error}") from error
        if done.returncode:
            said = (done.stderr or done.stdout).decode(errors="replace").strip()[-_MOST_SHOWN:]
            raise CpiError(f"{shlex.join(line)}: ended with status {done.returncode}: {said}")
        return done.stdout

    return read(fetch, lambda: time.monotonic() - started)
