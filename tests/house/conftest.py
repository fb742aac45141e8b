"""Where the house stands, and its files as syntax trees."""

from __future__ import annotations

import ast
import sys
from functools import cache
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

REPOSITORY = Path(__file__).parents[2]
PACKAGES = {
    "cpikit": REPOSITORY / "cpikit",
    "cpikit_fake": REPOSITORY / "providers/fake/cpikit_fake",
    "cpikit_alicloud": REPOSITORY / "providers/alicloud/cpikit_alicloud",
    "cpikit_alicloud_simulator": REPOSITORY
    / "providers/alicloud/simulator/cpikit_alicloud_simulator",
    "cpikit_contracts": REPOSITORY / "contracts/cpikit_contracts",
}


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


class House:
    """The five packages, each with its files."""

    repository = REPOSITORY
    packages = PACKAGES

    def files(self, *names):
        """(package, path) of every Python file of these packages, all of them without names."""
        found = [
            (name, path)
            for name in names or PACKAGES
            for path in sorted(PACKAGES[name].rglob("*.py"))
        ]
        assert found, f"{names} holds no file"
        return found

    def tree(self, path):
        return _tree(path)

    def shown(self, path):
        return str(path.relative_to(REPOSITORY))

    def imports(self, path):
        """Every module that a file imports, at any depth of its functions."""
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}: imports are absolute"
                yield node.module
            elif (
                isinstance(node, ast.Call)
                and ast.unparse(node.func)
                in ("__import__", "import_module", "importlib.import_module")
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                yield str(node.args[0].value)


@pytest.fixture
def house():
    return House()
