"""Readable tables on a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence


def write_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their widest cell, but for the last, which may run on."""
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads) - 1)]
    for row in [heads, *rows]:
        cells = [cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)]
        sys.stdout.write("  ".join(cells).rstrip() + "\n")


def shown(value: object) -> str:
    """A JSON value as one cell: strings bare, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
