"""The command line for people."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Run a command and give its exit status."""
    raise SystemExit(f"not yet: {arguments}")
