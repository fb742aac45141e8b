"""Three walls: core and providers, contracts and everything, simulator and provider."""

from __future__ import annotations

import ast

import pytest

OURS = "cpikit cpikit_fake cpikit_alicloud cpikit_alicloud_simulator cpikit_contracts".split()
MAY_IMPORT = {
    "cpikit": {"cpikit"},
    "cpikit_fake": {"cpikit", "cpikit_fake"},
    "cpikit_alicloud": {"cpikit", "cpikit_alicloud"},
    "cpikit_alicloud_simulator": {"cpikit_alicloud_simulator"},
    "cpikit_contracts": {"cpikit_contracts"},
}
_SHORTEST_COPY = 6  # lines; shorter functions are alike by nature


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_imports_none_beyond_its_wall(house, package):
    through = [
        f"{house.shown(path)} imports {module}"
        for _, path in house.files(package)
        for module in house.imports(path)
        if module.split(".")[0] in set(OURS) - MAY_IMPORT[package]
    ]
    assert through == []


@pytest.mark.parametrize("package", ["cpikit", "cpikit_contracts"])
def test_what_serves_any_cloud_names_none_in_its_references(house, package):
    """A string reference ("package.module:object") would be an import in disguise."""
    through = [
        f"{house.shown(path)}: {node.value}"
        for _, path in house.files(package)
        for node in ast.walk(house.tree(path))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.partition(":")[0].split(".")[0] in ("cpikit_fake", "cpikit_alicloud")
        and " " not in node.value
    ]
    assert through == []


def bodies(house, package):
    found = {}
    for _, path in house.files(package):
        for node in ast.walk(house.tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                text = "\n".join(ast.unparse(part) for part in body)
                if text.count("\n") + 1 >= _SHORTEST_COPY:
                    found[text] = f"{house.shown(path)}: {node.name}"
    return found


def test_simulator_and_provider_share_no_code(house):
    """A misreading of the cloud's documents in one must not hide in the other."""
    simulator = bodies(house, "cpikit_alicloud_simulator")
    provider = bodies(house, "cpikit_alicloud")
    copies = [f"{simulator[text]} = {provider[text]}" for text in simulator.keys() & provider]
    assert copies == []


def test_the_sdk_is_seen_by_one_file_of_the_provider_and_by_no_other_package(house):
    seen = {
        house.shown(path)
        for _, path in house.files()
        for module in house.imports(path)
        if module.split(".")[0] in ("aliyunsdkcore", "aliyunsdkecs")
    }
    assert seen == {"providers/alicloud/cpikit_alicloud/client.py"}


def test_each_distribution_says_of_which_other_it_needs(house):
    needs = {
        ".": set(),
        "providers/fake": {"cpikit"},
        "providers/alicloud": {"cpikit"},
        "providers/alicloud/simulator": set(),
        "contracts": set(),
    }
    import configparser

    for folder, wanted in needs.items():
        setup = configparser.ConfigParser()
        assert setup.read(house.repository / folder / "setup.cfg")
        lines = setup.get("options", "install_requires", fallback="").split("\n")
        names = {line.strip().split(">")[0].split("=")[0].strip() for line in lines}
        assert {name for name in names if name.startswith("cpikit")} == wanted, folder
