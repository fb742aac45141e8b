"""Write data/schemas.json from the installed SDK packages, or print it with --print.

What both generations of the SDK say is joined: a parameter counts when either knows it, since the
two drift apart (`X` in one is `X.1` in the other). Answers come from the newest alone; the old SDK
has no models of them.
"""  # noqa: INP001  # scripts beside the package, not a package

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import new_sdk
import old_sdk

TARGET = Path(__file__).resolve().parent.parent / "cpikit_alicloud_simulator/data/schemas.json"
INDEX = re.compile(r"(?<=\.)[0-9]+(?=\.|$)")


def schemas() -> dict[str, dict[str, Any]]:
    """Give `{product: {action: {"parameters": […], "response": tree or null}}}`."""
    return {product: actions(product) for product in sorted(new_sdk.PACKAGES)}


def actions(product: str) -> dict[str, Any]:
    """Join what both generations say of a product's actions."""
    old, new = old_sdk.parameters(product), new_sdk.parameters(product)
    answers = new_sdk.responses(product)
    return {
        action: {
            "parameters": sorted(
                {INDEX.sub("N", name) for found in (old, new) for name in found.get(action, ())}
            ),
            "response": answers.get(action),
        }
        for action in sorted(old.keys() | answers.keys())
    }


def written(found: dict[str, dict[str, Any]]) -> str:
    """Write one line for an action, so that a change of version can be read as a diff."""
    lines = ["{"]
    for product, its_actions in found.items():
        lines.append(f'"{product}":{{')
        lines.extend(
            f'"{action}":{json.dumps(schema, separators=(",", ":"))},'
            for action, schema in its_actions.items()
        )
        lines[-1] = lines[-1].removesuffix(",")
        lines.append("},")
    lines[-1] = "}"
    return "\n".join([*lines, "}", ""])


def main() -> None:
    """Print or write the schemas."""
    text = written(schemas())
    if "--print" in sys.argv:
        sys.stdout.write(text)
    else:
        TARGET.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
