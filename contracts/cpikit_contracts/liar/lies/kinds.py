"""What a lie is, and the four ways of telling one: about the answer, the process, a method, the cloud."""

# mypy: disable-error-code="method-assign, assignment"
# Replacing honest methods is what a lie is.

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cpikit_contracts.liar.store import Json

if TYPE_CHECKING:
    from cpikit_contracts.liar.cpi import Cpi
    from cpikit_contracts.liar.process import Edge

Change = Callable[[Json, bytes], bytes]
Method = Callable[..., Any]


# A whole recorded life meets whatever is wrong with the methods of a life.
RETOLD = "order.as-recorded"
LIVES = {"stemcell", "vm", "disk", "metadata", "snapshot", "network", "repeat", "order", "leak"}


class Lie:
    """One way to be wrong: its name, what it does, the rule that must catch it, and others it breaks."""

    def __init__(self, name: str, says: str, breaks: str, also: str, peer: str) -> None:
        self.name = name
        self.says = says
        self.breaks = breaks
        retold = [RETOLD] if breaks.partition(".")[0] in LIVES else []
        self.also = (*also.split(), *retold)
        self.peer = peer
        self.gaps: dict[str, str] = {}
        self.change: Change | None = None
        self._parts: list[Callable[[Edge], None]] = []

    def tell(self, edge: "Edge") -> None:
        """Make a process tell this lie."""
        for part in self._parts:
            part(edge)

    def at_edge(self, part: "Callable[[Edge], None]") -> "Lie":
        """Add a part that changes the process."""
        self._parts.append(part)
        return self

    def of_cpi(self, part: "Callable[[Cpi], None]") -> "Lie":
        """Add a part that changes the CPI before each call."""

        def wrap(edge: "Edge") -> None:
            honest = edge.make_cpi

            def make(request: Any) -> "Cpi":
                cpi = honest(request)
                part(cpi)
                return cpi

            edge.make_cpi = make

        return self.at_edge(wrap)

    def of_answer(self, change: Change) -> "Lie":
        """Add a part that changes the bytes of an answer; the wrapper tells these of any CPI."""
        self.change = change

        def wrap(edge: "Edge") -> None:
            honest = edge.write
            edge.write = lambda answer: change(answer, honest(answer))

        return self.at_edge(wrap)

    def of_method(self, name: str, method: Method) -> "Lie":
        """Replace a method: the new one gets the CPI, the honest method and the arguments."""

        def replace(cpi: "Cpi") -> None:
            honest = getattr(cpi, name)
            setattr(cpi, name, lambda *arguments: method(cpi, honest, *arguments))

        return self.of_cpi(replace)


def lie(name: str, says: str, breaks: str, also: str = "", peer: str = "") -> Lie:
    """A lie without parts yet."""
    return Lie(name, says, breaks, also, peer)


def rewritten(change: Callable[[Json], Json | None]) -> Change:
    """A change of the answer as an object; None leaves it as it is."""

    def apply(answer: Json, data: bytes) -> bytes:
        changed = change(dict(answer))
        return data if changed is None else json.dumps(changed).encode()

    return apply


def without(answer: Json, key: str) -> Json:
    """An answer without a key."""
    return {name: value for name, value in answer.items() if name != key}


def of_error(change: Callable[[Json], Any]) -> Change:
    """A change of the error inside of an error answer."""
    return rewritten(
        lambda answer: (
            {**answer, "error": change(dict(answer["error"]))} if answer["error"] else None
        )
    )
