"""How far each region is: bars on a terminal, a line a change elsewhere."""

from __future__ import annotations

import sys
from typing import Any, Protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

_WHOLE = 100


class Progress(Protocol):
    """Hears how far each region is."""

    def tell(self, region: str, state: str, percent: float | None = None) -> None:
        """A region's state, and how much of it is done where the cloud says so."""

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the last state standing."""


class Lines:
    """One line on stderr whenever a region's state changes."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}

    def tell(self, region: str, state: str, percent: float | None = None) -> None:
        """Write it unless it was the last one."""
        del percent
        if self._told.get(region) != state:
            self._told[region] = state
            sys.stderr.write(f"{region}: {state}\n")
            sys.stderr.flush()

    def __enter__(self) -> Self:
        """Nothing to begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to end."""


class Bars:
    """One bar a region."""

    def __init__(self, console: Any = None) -> None:
        from rich import progress
        from rich.console import Console

        self._bars = progress.Progress(
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.TextColumn("{task.fields[state]}"),
            progress.TimeElapsedColumn(),
            console=console or Console(stderr=True),
        )
        self._tasks: dict[str, Any] = {}

    def tell(self, region: str, state: str, percent: float | None = None) -> None:
        """Move its bar; one whose end nobody knows pulses."""
        if region not in self._tasks:
            self._tasks[region] = self._bars.add_task(region, total=None, state=state)
        total = None if percent is None else _WHOLE
        self._bars.update(self._tasks[region], state=state, total=total, completed=percent)

    def __enter__(self) -> Self:
        """Draw."""
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Draw for the last time."""
        self._bars.stop()


def for_stderr() -> Progress:
    """Bars where stderr is a terminal."""
    return Bars() if sys.stderr.isatty() else Lines()
