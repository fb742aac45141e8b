"""Fork calls of cpikit: `python -I warm_cpikit.py FD`, the warm process of a Nursery."""

import importlib
import pkgutil
import sys
from typing import NoReturn

from cpikit_contracts.nursery import serve

PACKAGES = ("cpikit", "cpikit_fake", "cpikit_alicloud")


def main(words: list[str]) -> NoReturn:
    """Be `python -m cpikit` with these words."""
    from cpikit.__main__ import main as cpikit

    sys.argv = ["cpikit", *words]
    cpikit()


def load() -> None:
    """Import what a call may import, once for all of them."""
    for name in PACKAGES:
        package = importlib.import_module(name)
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            importlib.import_module(found.name)


if __name__ == "__main__":
    load()
    sys.exit(serve(int(sys.argv[1]), main))
