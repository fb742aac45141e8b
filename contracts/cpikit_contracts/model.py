"""A small model of the contract, and what was told of the histories that disagreed with it."""

import time
from typing import Any, Final

from attrs import define, field, frozen

from cpikit_contracts.reading import Answer

SHRINK_FOR_S: Final = 120.0


@define
class Model:
    """What should be true of the world, as far as the CPI's own answers tell."""

    vms: dict[str, bool] = field(factory=dict)
    disks: dict[str, bool] = field(factory=dict)
    holder: dict[str, str] = field(factory=dict)
    size: dict[str, int] = field(factory=dict)

    def known(self, kind: str) -> dict[str, bool]:
        """Every id of a kind that was ever given, and whether it is there."""
        return self.vms if kind == "vm" else self.disks

    def living(self, kind: str) -> list[str]:
        """The ids of a kind that are there."""
        return [cid for cid, there in self.known(kind).items() if there]


@frozen
class Step:
    """One step of a history: an action with its arguments, the things among them by their names."""

    number: int
    action: str
    given: dict[str, Any]
    caller: str = "director"


@define
class Told:
    """The shortest failing history so far, and when there was enough of shrinking."""

    said: str = ""
    shortest: list[Answer] = field(factory=list)
    steps: list[Step] = field(factory=list)
    shrink_until: float | None = None

    def failed(self, said: str, history: list[Answer], steps: list[Step]) -> None:
        """Keep a failing history when it is the shortest."""
        if self.shrink_until is None:
            self.shrink_until = time.monotonic() + SHRINK_FOR_S
        if not self.shortest or len(history) < len(self.shortest):
            self.said, self.shortest, self.steps = said, history, steps

    @property
    def is_enough(self) -> bool:
        """Whether shrinking took long enough."""
        return self.shrink_until is not None and time.monotonic() > self.shrink_until
