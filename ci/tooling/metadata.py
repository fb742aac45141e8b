"""An environment's metadata: Terraform's outputs, flat, in one JSON file that all tasks read."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ci.tooling.failure import Failure, run

_USAGE = "usage: metadata flatten | metadata lines FILE"


def main(words: Sequence[str]) -> None:
    """`flatten` reads `terraform output -json` on stdin; `lines` prints keys, tabs and values."""
    match list(words):
        case ["flatten"]:
            json.dump(flattened(json.load(sys.stdin)), sys.stdout, indent=1, sort_keys=True)
            sys.stdout.write("\n")
        case ["lines", file]:
            metadata = read(Path(file))
            sys.stdout.writelines(f"{key}\t{value(metadata, key)}\n" for key in metadata)
        case _:
            raise Failure(_USAGE)


def flattened(outputs: Mapping[str, Any]) -> dict[str, str]:
    """The value of each output. Raises Failure for one that is secret or no text."""
    found = {}
    for name, output in outputs.items():
        if output.get("sensitive"):
            raise Failure(f"output {name} is sensitive: metadata is kept in the clear")
        if not isinstance(output.get("value"), str) or not output["value"]:
            raise Failure(f"output {name}: wanted a text, found {output.get('value')!r}")
        found[name] = output["value"]
    return found


def read(file: Path) -> dict[str, str]:
    """The metadata of an environment."""
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Failure(f"{file}: {error}; run the task environment-up first") from error
    if not isinstance(found, dict):
        raise Failure(f"{file}: wanted an object, found {type(found).__name__}")
    return found


def value(metadata: Mapping[str, str], key: str) -> str:
    """One value. Raises Failure for one that the environment does not have."""
    found = metadata.get(key)
    if not isinstance(found, str) or not found:
        raise Failure(f"the metadata has no {key}, which terraform/outputs.tf should give")
    return found


if __name__ == "__main__":
    run(main)
