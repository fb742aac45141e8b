"""How the tools end when something is wrong: one sentence on stderr, status 1."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence


class Failure(Exception):
    """What was found, what was wanted, and what to do about it."""


def run(tool: Callable[[Sequence[str]], None]) -> None:
    """Run a tool with this process's words."""
    try:
        tool(sys.argv[1:])
    except Failure as failure:
        sys.stderr.write(f"{failure}\n")
        sys.exit(1)
