"""A fresh object store for each test."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest

from tests.simulator.oss.harness import Served, World

with warnings.catch_warnings():
    # oss2 2.19.1 has escapes that Python 3.12 warns of when it compiles the module, which happens
    # here if the installer did not. Warnings are errors in tests, but this one is not ours.
    warnings.simplefilter("ignore")
    import oss2  # noqa: F401


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def served(world: World) -> Iterator[Served]:
    with Served(lambda request: world.service.answer(request, world.now)) as server:
        yield server
