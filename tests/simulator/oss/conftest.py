"""A fresh object store for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulator.oss.harness import Served, World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def served(world: World) -> Iterator[Served]:
    with Served(lambda request: world.service.answer(request, world.now)) as server:
        yield server
