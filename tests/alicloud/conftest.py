"""A cloud that takes its time, and what the sweeps counted: printed at the end of a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cpikit_alicloud_simulator.simulator import Simulator
from tests.alicloud.stemcell_kit import Stemcells, on_simulator


@pytest.fixture(scope="module")
def slow_cloud() -> Iterator[Simulator]:
    """A cloud in which an import takes its time."""
    with Simulator(time="virtual", profile="typical") as simulator:
        yield simulator


@pytest.fixture
def stemcells(
    slow_cloud: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stemcells]:
    """Stemcells on that cloud."""
    slow_cloud.reset()
    with on_simulator(slow_cloud, tmp_path, monkeypatch) as kit:
        yield kit


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line for each sweep, and their sum."""
    counted = sorted(
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, value in report.user_properties
        if name == "sweep"
    )
    if not counted:
        return
    terminalreporter.section("sweeps: each call in each trouble")
    for name, calls, lives, left in counted:
        what = f", {left} left unclaimed by kills" if left else ""
        terminalreporter.line(f"{name}: {calls} calls, {lives} lives{what}")
    lives, left = sum(one[2] for one in counted), sum(one[3] for one in counted)
    terminalreporter.line(f"{lives} lives in all, {left} things left, each marked as unclaimed")
