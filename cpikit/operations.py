"""What a cloud call is: its name, what it works on, what sending it twice would do.

Apart from the faults, because every call needs these words and only a failing one needs those.
"""

from __future__ import annotations

from enum import Enum
from typing import Generic, TypeVar

from attrs import frozen

T = TypeVar("T")

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cpikit.faults import Fault


class Effect(Enum):
    """What sending a call twice would do."""

    READ = "read"
    IDEMPOTENT = "idempotent"  # the second one changes nothing
    TOKENED = "tokened"  # creates, but a client token makes the second one harmless
    ONCE = "once"  # every sending counts; when unsure, this one


CREATING = (Effect.TOKENED, Effect.ONCE)
"""Effects of calls that may make something."""


class Settled(Generic[T]):
    """What a question found out about a ONCE call whose answer was lost.

    `is_done` is None when it could not be found out; `answer` is what the call would have
    answered, where it was done.
    """

    __slots__ = ("answer", "is_done")

    def __init__(self, *, is_done: bool | None, answer: T | None = None) -> None:
        self.is_done = is_done
        self.answer = answer

    @classmethod
    def done(cls, answer: T) -> Settled[T]:
        """The call was carried out; this is its answer."""
        return cls(is_done=True, answer=answer)

    @classmethod
    def not_done(cls) -> Settled[T]:
        """The call was not carried out: it may go again."""
        return cls(is_done=False)

    @classmethod
    def unknown(cls) -> Settled[T]:
        """Nobody can tell: the call fails, naming its resource."""
        return cls(is_done=None)


@frozen
class Operation:
    """One cloud call by its name in the cloud's own API, and what sending it twice would do.

    `resource` is the id it works on, or what it makes ("VM for agent 6c0d…"); `kind` is what that
    is in BOSH's words: "vm", "disk", "stemcell", "snapshot", "network", or "" where none fits.
    """

    name: str
    effect: Effect
    resource: str = ""
    kind: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.resource}" if self.resource else self.name


class FaultError(Exception):
    """A cloud call failed for good: its Fault, its Operation, how often and how long it was tried.

    A provider may also raise it from inside a call, with the Fault it already knows.
    """

    def __init__(
        self, fault: Fault, operation: Operation, *, attempts: int = 1, waited_s: float = 0.0
    ) -> None:
        super().__init__(fault, operation)
        self.fault = fault
        self.operation = operation
        self.attempts = attempts
        self.waited_s = waited_s

    def __str__(self) -> str:
        about = f" of {self.operation.resource}" if self.operation.resource else ""
        text = f"{self.operation.name}{about} failed: {self.fault}"
        if self.attempts > 1:
            text += f"; tried {self.attempts} times in {self.waited_s:.0f} s"
        return text
