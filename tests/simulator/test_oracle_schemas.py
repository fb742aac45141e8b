"""The schemas that are checked in are those of the pinned SDK packages."""

from __future__ import annotations

import importlib
import subprocess
import sys
import warnings
from collections.abc import Iterator
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import pytest

from cpikit_alicloud_simulator import oracle

ORACLES = Path(__file__).resolve().parents[2] / "providers/alicloud/simulator/oracles"
MODELS = {
    "Ecs": "alibabacloud_ecs20140526",
    "Vpc": "alibabacloud_vpc20160428",
    "Slb": "alibabacloud_slb20140515",
    "Nlb": "alibabacloud_nlb20220430",
    "Alb": "alibabacloud_alb20200616",
    "Sts": "alibabacloud_sts20150401",
    "Location": "alibabacloud_location20150612",
}


def differing() -> list[str]:
    """Say which pinned packages are not installed in their version."""
    lines = (ORACLES / "requirements.txt").read_text("utf-8").splitlines()
    found = []
    for line in lines:
        name, pinned, version = line.partition("==")
        if pinned and _installed(name) != version:
            found.append(f"{name} {_installed(name)} instead of {version}")
    return found


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "missing"


needs_packages = pytest.mark.skipif(
    bool(differing()), reason=f"not the packages of oracles/requirements.txt: {differing()}"
)


@needs_packages
def test_the_installed_packages_give_the_schemas_that_are_checked_in() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(ORACLES / "generate.py"), "--print"],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    kept = resources.files("cpikit_alicloud_simulator").joinpath("data/schemas.json")
    assert done.stdout == kept.read_text("utf-8"), "run oracles/generate.py and read the diff"


class Recorder(dict[str, Any]):
    """A map that answers every key, has one element, and notes what it was asked for."""

    def __init__(self, path: str, paths: set[str]) -> None:
        super().__init__()
        self.path, self.paths = path, paths

    def get(self, key: str, _default: object = None) -> Recorder:
        path = f"{self.path}.{key}" if self.path else key
        self.paths.add(path)
        return Recorder(path, self.paths)

    def __getitem__(self, key: str) -> Recorder:
        return self.get(key)

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[Any]:
        yield Recorder(f"{self.path}[]", self.paths)


def paths_of(tree: Any, path: str) -> Iterator[str]:
    """Give the path of every key of a schema."""
    if isinstance(tree, list) and not isinstance(tree[0], str):
        yield from paths_of(tree[0], f"{path}[]")
    if isinstance(tree, dict):
        for key, below in tree.items():
            yield f"{path}.{key}" if path else key
            yield from paths_of(below, f"{path}.{key}" if path else key)


@needs_packages
@pytest.mark.parametrize("product", MODELS)
def test_the_models_read_exactly_the_keys_of_the_schemas(product: str) -> None:
    # A second way to the same trees: what `from_map` asks for, where the schemas come from
    # `to_map` and the annotations.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        models = importlib.import_module(f"{MODELS[product]}.models")
    compared = 0
    for action in oracle.actions(product):
        tree = oracle.schema(product, action).response
        if tree is not None:
            asked: set[str] = set()
            getattr(models, f"{action}ResponseBody")().from_map(Recorder("", asked))
            assert asked == set(paths_of(tree, "")), action
            compared += 1
    assert compared >= len(oracle.actions(product)) - 1


@needs_packages
def test_the_new_sdk_parses_a_real_answer_into_its_model() -> None:
    models = importlib.import_module("alibabacloud_ecs20140526.models")
    body = {"RequestId": "R", "Disks": {"Disk": [{"DiskId": "d-1", "Size": 20}]}}
    parsed = models.DescribeDisksResponseBody().from_map(body)
    assert parsed.disks.disk[0].size == 20
    assert oracle.unknown_keys("Ecs", "DescribeDisks", parsed.to_map()) == []
