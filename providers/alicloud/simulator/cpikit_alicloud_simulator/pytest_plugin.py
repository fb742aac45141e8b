"""Give tests a fresh simulated cloud, and fail them on what it could not serve."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # imported when a test asks: pytest loads this plugin for everybody
    from cpikit_alicloud_simulator.simulator import Simulator

PRODUCED = "CPIKIT_SIMULATOR_PRODUCED"
"""Names a folder; each test process adds the error codes there that worlds gave without a rule."""


@pytest.fixture(scope="session")
def alicloud_simulator_server() -> Iterator[Simulator]:
    """Serve one simulator for all tests of this process."""
    from cpikit_alicloud_simulator.simulator import Simulator  # its cost: aiohttp, cryptography

    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def alicloud(alicloud_simulator_server: Simulator) -> Iterator[Simulator]:
    """Give a served simulator with a fresh world, in virtual time, profile `instant`.

    The test fails when it called an action that is not served, or made the simulator answer 500
    without a rule that asked for it. A test that means to clears `journal.unserved` or `defects`.
    """
    simulator = alicloud_simulator_server
    simulator.reset()
    yield simulator
    _judge(simulator)


@pytest.fixture
def alicloud_direct() -> Iterator[Simulator]:
    """Give a simulator that listens nowhere, for tests that call actions with `ask`."""
    from cpikit_alicloud_simulator.simulator import Simulator  # its cost: aiohttp, cryptography

    simulator = Simulator()
    yield simulator
    _judge(simulator)


def _judge(simulator: Simulator) -> None:
    with simulator.lock:
        journal = simulator.desk.journal
        _keep(journal.produced)
        simulator.desk.rules.clear()
    if journal.unserved:
        pytest.fail(f"actions that are not served: {dict(journal.unserved)}")
    if journal.defects:
        pytest.fail("the simulator failed:\n" + "\n".join(journal.defects))


def _keep(produced: Counter[tuple[str, str, str]]) -> None:
    """Note which codes a test produced, for the table in the documentation."""
    folder = os.environ.get(PRODUCED)
    if not folder or not produced:
        return
    with (Path(folder) / f"{os.getpid()}.jsonl").open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(key) + "\n" for key in produced)
