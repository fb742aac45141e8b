"""`cpikit providers`: what is installed, and what each says of itself."""

from __future__ import annotations

import sys

from cpikit import index
from cpikit.commands.table import write_table
from cpikit.errors import CpiError
from cpikit.plugins import discover, load_provider


def run() -> int:
    """Print one row a provider; one that does not load says why."""
    found = discover(index.PROVIDERS)
    if not found:
        sys.stdout.write("no provider is installed; cpikit-fake is one to begin with\n")
        return 0
    rows = []
    for name, reference in sorted(found.items()):
        try:
            info = load_provider(name).info
            said = f"API {info.api_version}, stemcells {', '.join(info.stemcell_formats)}"
        except CpiError as error:
            said = f"does not load: {error.message}"
        rows.append((name, reference, said))
    write_table(("provider", "entry point", ""), rows)
    return 0
