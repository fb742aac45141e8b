"""One process of the CPI: what was sent, what came back, how it ended."""

from collections.abc import Mapping
from enum import Enum

from attrs import field, frozen


class Ending(Enum):
    """How the process and its pipes ended."""

    EOF = "ended by itself, and both pipes reached their end"
    HELD = "ended, but a child of it kept stdout or stderr open"
    STUCK = "stopped: it wrote more than a pipe holds before it had read its request"
    TIMEOUT = "stopped: it was still running at the suite's own time limit"
    FLOOD = "stopped: it had written more than 64 MiB"
    KILLED = "ended by a signal that the suite sent"


@frozen
class Invocation:
    """One start of the CPI, as one of its callers would do it."""

    argv: tuple[str, ...]
    request: bytes
    caller: str
    env: Mapping[str, str]
    cwd: str | None = None
    limit_s: float = 120.0


@frozen
class Exchange:
    """What one process was told and what it did."""

    invocation: Invocation
    stdout: bytes
    stderr: bytes
    status: int | None
    ending: Ending
    seconds: float
    unread_request: bool = False
    method: str = ""
    endpoint: str = "world"
    malformed: bool = False
    number: int = field(default=0)
    case: str = ""

    @property
    def request_text(self) -> str:
        """The request as text; bytes that are no UTF-8 are shown escaped."""
        return self.invocation.request.decode("utf-8", "backslashreplace")

    @property
    def stdout_text(self) -> str:
        """Standard output as text; bytes that are no UTF-8 are shown escaped."""
        return self.stdout.decode("utf-8", "backslashreplace")

    @property
    def stderr_text(self) -> str:
        """Standard error as text; bytes that are no UTF-8 are shown escaped."""
        return self.stderr.decode("utf-8", "backslashreplace")
