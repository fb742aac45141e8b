"""Imports only go down: each module of the core stands on a floor, and imports from below it.

Imports under TYPE_CHECKING count too, and so do those inside of functions. Three modules may look
up for types alone, because what they describe is above them: the face, which is all names; the
hooks, whose signatures name what the core hands over; and operations, whose FaultError carries a
Fault that only a failing call has to import.
"""

from __future__ import annotations

import ast

FLOORS = [
    "errors redaction",
    "log caller wire provider index",
    "undo waiting operations cpi_json problems",
    "faults types plugins preflight",
    "retry converter api properties",
    "policies config results hookspecs director_lists",
    "failure methods defaults ownership",
    "cloud",
    "call",
    "serve",
    "edge testing commands.table commands.opened commands.lists commands.yaml_text commands.ranges",
    "commands.call commands.blocks",
    "commands.cloud_config commands.plans commands.configured",
    "commands.judging",
    "commands.check commands.orphans commands.index commands.new commands.providers",
    "commands.validate commands.online",
    "commands.main",
    "commands",
    "__main__",
]
LOOK_UP_FOR_TYPES = {"cpikit", "hookspecs", "operations"}
FLOOR_OF = {name: number for number, names in enumerate(FLOORS) for name in names.split()}


def imports_of(tree):
    """(module, whether for types alone) of each import of the core."""
    found = []

    def visit(node, for_types):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "cpikit":
            names = [node.module] if node.module != "cpikit" else []
            names += [f"cpikit.{a.name}" for a in node.names if node.module == "cpikit"]
            found.extend((name.removeprefix("cpikit."), for_types) for name in names)
        inside = for_types or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))
        for child in ast.iter_child_nodes(node):
            visit(child, inside)

    visit(tree, False)
    return found


def module_of(house, path):
    parts = path.relative_to(house.packages["cpikit"]).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__") or "cpikit"


def test_every_module_of_the_core_stands_on_a_floor(house):
    modules = {module_of(house, path) for _, path in house.files("cpikit")} - {"cpikit"}
    assert modules == set(FLOOR_OF)


def test_imports_only_go_down(house):
    upward = []
    for _, path in house.files("cpikit"):
        module = module_of(house, path)
        for found, for_types in imports_of(house.tree(path)):
            if for_types and module in LOOK_UP_FOR_TYPES:
                continue
            if FLOOR_OF[found] >= FLOOR_OF[module]:
                upward.append(f"{module} imports {found}")
    assert upward == []


def test_the_face_imports_nothing_before_a_name_is_asked_for(house):
    tree = house.tree(house.packages["cpikit"] / "__init__.py")
    assert [name for name, for_types in imports_of(tree) if not for_types] == []


def test_every_name_of_the_face_is_there_and_typed(house):
    import cpikit

    names = [name for names in cpikit._HOME.values() for name in names.split()]
    assert sorted(names) == sorted(cpikit.__all__)
    for module, homed in cpikit._HOME.items():
        for name in homed.split():
            home = __import__(f"cpikit.{module}", fromlist=[name])
            assert getattr(cpikit, name) is getattr(home, name)
    typed = house.tree(house.packages["cpikit"] / "__init__.py")
    block = next(node for node in typed.body if isinstance(node, ast.If))
    in_block = {
        (node.module, alias.name) for node in block.body for alias in getattr(node, "names", [])
    }
    homes = {(f"cpikit.{m}", n) for m, names in cpikit._HOME.items() for n in names.split()}
    assert in_block == homes


def test_a_name_that_the_face_does_not_have_is_an_attribute_error():
    import pytest

    import cpikit

    with pytest.raises(AttributeError, match="no attribute 'Tea'"):
        cpikit.Tea  # noqa: B018  # asking is the point
