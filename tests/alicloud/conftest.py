"""What the sweeps counted is printed at the end of a run."""

from __future__ import annotations

from typing import Any


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
