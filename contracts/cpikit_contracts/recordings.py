"""The recorded sets of requests that come with the suite: one folder each, one file a request."""

import importlib.resources
from importlib.resources.abc import Traversable


def recorded() -> dict[str, list[Traversable]]:
    """The files of each set in their order, by the name of the set."""
    folder = importlib.resources.files("cpikit_contracts").joinpath("recorded")
    found = sorted((entry.name, entry) for entry in folder.iterdir() if entry.is_dir())
    return {name: sorted(entry.iterdir(), key=lambda file: file.name) for name, entry in found}
