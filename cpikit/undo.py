"""What a call has made so far, and how to take it back, last first."""

from __future__ import annotations

from cpikit.errors import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cpikit.log import Log

    Leftover = tuple[str, str]
    """Something that an undo could not remove, and why."""


class Undo:
    """A stack of removals. A method pushes one for each thing it makes; the core runs it.

    The core runs it when the method fails, when the caller goes away, and when the answer finds no
    reader. `remove` has to wait until the thing is really gone and to treat "already gone" as
    success; it raises what keeps the thing alive.
    """

    def __init__(self) -> None:
        self._steps: list[tuple[str, Callable[[], object]]] = []

    def push(self, what: str, remove: Callable[[], object]) -> None:
        """`what` names the thing as an operator would look for it ("VM i-123")."""
        self._steps.append((what, remove))

    def forget(self, what: str) -> None:
        """The thing has an owner now or is gone: it is no longer taken back."""
        self._steps = [step for step in self._steps if step[0] != what]

    @property
    def pending(self) -> tuple[str, ...]:
        """What would be taken back, in that order."""
        return tuple(what for what, _ in reversed(self._steps))

    def run(self, log: Log) -> tuple[Leftover, ...]:
        """Take everything back, last first; one that fails does not stop the others."""
        left = []
        while self._steps:
            what, remove = self._steps[-1]
            try:
                remove()
                log.event("undone", what=what)
            except BaseException as error:  # noqa: BLE001  # an exit too is told, and the rest goes on
                reason = text_of(error) or type(error).__name__
                log.event("undo_failed", what=what, reason=reason)
                left.append((what, log.redactor.clean(reason)))
            self._steps.pop()
        return tuple(left)


def describe(leftovers: Iterable[Leftover]) -> str:
    """One sentence that names each leftover and why it stayed; empty when there is none."""
    told = "; ".join(f"{what} ({reason})" for what, reason in leftovers)
    return f"could not be removed and is still there: {told}" if told else ""
