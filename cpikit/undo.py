"""What a call has made so far, and how to take it back, last first."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import frozen

from cpikit.log import Log


@frozen
class Leftover:
    """Something that an undo could not remove, and why."""

    what: str
    reason: str


@frozen
class _Step:
    what: str
    remove: Callable[[], object]


class Undo:
    """A stack of removals. A method pushes one for each thing it makes; the core runs it.

    The core runs it when the method fails, when the caller goes away, and when the answer finds no
    reader. `remove` has to wait until the thing is really gone and to treat "already gone" as
    success; it raises what keeps the thing alive.
    """

    def __init__(self) -> None:
        self._steps: list[_Step] = []

    def push(self, what: str, remove: Callable[[], object]) -> None:
        """`what` names the thing as an operator would look for it ("VM i-123")."""
        self._steps.append(_Step(what, remove))

    def forget(self, what: str) -> None:
        """The thing has an owner now or is gone: it is no longer taken back."""
        self._steps = [step for step in self._steps if step.what != what]

    @property
    def pending(self) -> tuple[str, ...]:
        """What would be taken back, in that order."""
        return tuple(step.what for step in reversed(self._steps))

    def run(self, log: Log) -> tuple[Leftover, ...]:
        """Take everything back, last first; one that fails does not stop the others."""
        left = []
        while self._steps:
            step = self._steps[-1]
            try:
                step.remove()
                log.event("undone", what=step.what)
            except Exception as error:  # noqa: BLE001  # whatever keeps it alive is told, and the rest goes on
                log.event("undo_failed", what=step.what, reason=str(error))
                left.append(Leftover(step.what, log.redactor.clean(str(error))))
            self._steps.pop()
        return tuple(left)


def describe(leftovers: Iterable[Leftover]) -> str:
    """One sentence that names each leftover and why it stayed; empty when there is none."""
    told = "; ".join(f"{left.what} ({left.reason})" for left in leftovers)
    return f"could not be removed and is still there: {told}" if told else ""
