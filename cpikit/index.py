"""The index of installed providers and extensions: written when something is installed.

stevedore finds entry points by reading the metadata of every installed distribution, which costs a
CPI call as much as all the rest of `info`. `cpikit index` asks stevedore once and writes down what
it said; a call uses the file while it is fresh, and stevedore when it is missing or stale. Fresh
means that the same distributions are installed as when it was written.
"""

from __future__ import annotations

import json
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

PROVIDERS = "cpikit.providers"
EXTENSIONS = "cpikit.plugins"
GROUPS = (PROVIDERS, EXTENSIONS)

_METADATA = (".dist-info", ".egg-info", ".egg-link")
_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "entry_points.json")  # noqa: PTH100, PTH118, PTH120  # pathlib costs a cold start 3 ms


def look_up(group: str, name: str) -> str | None:
    """The "module:object" of an entry point; None when the index does not know or is stale."""
    try:
        with open(_FILE, encoding="utf-8") as file:  # noqa: PTH123  # as above
            index = json.load(file)
        if index["installed"] != installed(sys.path):
            return None
        found = index["groups"][group].get(name)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return found if isinstance(found, str) else None


def installed(path: Iterable[str]) -> list[str]:
    """What is installed, as `name-version:mtime` of each distribution, sorted.

    The time is that of the metadata folder, in seconds: a new installation of the same version
    changes it, and copying the whole tree elsewhere (as a BOSH package is) keeps it.
    """
    found: set[str] = set()
    for folder in path:
        try:
            entries = list(os.scandir(folder or "."))
        except OSError:
            continue  # a zip, or a folder that is not there, holds no metadata that we index
        found.update(
            f"{entry.name}:{int(entry.stat().st_mtime)}"
            for entry in entries
            if entry.name.endswith(_METADATA)
        )
    return sorted(found)


def write(groups: dict[str, dict[str, str]]) -> str:
    """Write the index beside this file, whole or not at all; gives its path.

    Raises OSError where the installation cannot be written to.
    """
    content = json.dumps({"installed": installed(sys.path), "groups": groups}, indent=1)
    temporary = f"{_FILE}.{os.getpid()}"
    with open(temporary, "w", encoding="utf-8") as file:  # noqa: PTH123  # as above
        file.write(content)
    os.replace(temporary, _FILE)  # noqa: PTH105  # as above
    return _FILE
