"""Start a CPI's processes by forking a warm one: the same processes, at a tenth of the price."""

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

from cpikit_contracts.callers import Process, spawn
from cpikit_contracts.exchange import Invocation
from cpikit_contracts.liar.world import PROGRAM

STATUS_BYTES: Final = 64


class Forked:
    """A child of the nursery, with the face of subprocess.Popen that the callers use."""

    def __init__(self, stdin: int, stdout: int, stderr: int, reports: int) -> None:
        self.stdin: IO[bytes] | None = os.fdopen(stdin, "wb", 0)
        self.stdout: IO[bytes] | None = os.fdopen(stdout, "rb", 0)
        self.stderr: IO[bytes] | None = os.fdopen(stderr, "rb", 0)
        self.returncode: int | Any = None
        self._reports = os.fdopen(reports, "rb", 0)
        self._lock = threading.Lock()
        self._told = b""
        self.pid = int(self._line(None) or 0)

    def poll(self) -> int | None:
        """The exit status, or nothing while it runs."""
        return self._status(0)

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, once it is there; raises TimeoutExpired as Popen does."""
        status = self._status(timeout)
        if status is None:
            raise subprocess.TimeoutExpired("a forked call", timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def _status(self, timeout: float | None) -> int | None:
        with self._lock:
            if self.returncode is None:
                line = self._line(timeout)
                if line is not None:
                    # A nursery that is gone took its children's status along.
                    self.returncode = int(line or -signal.SIGKILL)
            return self.returncode

    def _line(self, timeout: float | None) -> bytes | None:
        """The next line of reports; nothing when it does not come in time, empty at their end."""
        end_by = None if timeout is None else time.monotonic() + timeout
        while b"\n" not in self._told:
            left = None if end_by is None else max(0.0, end_by - time.monotonic())
            with selectors.DefaultSelector() as selector:
                selector.register(self._reports, selectors.EVENT_READ)
                if not selector.select(left):
                    return None
            data = os.read(self._reports.fileno(), STATUS_BYTES)
            if not data:
                return b""
            self._told += data
        line, _, self._told = self._told.partition(b"\n")
        return line

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in (self.stdout, self.stderr, self.stdin):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        self.wait()
        self._reports.close()


class Nursery:
    """The warm process, from up to down.

    `program` is how a command begins that is to be forked; any other is started as ever. `warm` is
    the command of the warm process, which gets the number of its socket as its last argument and
    calls `nursery.serve`. Without them it is the liar's.
    """

    def __init__(self, program: Sequence[str] = PROGRAM, warm: Sequence[str] = ()) -> None:
        self._program = list(program)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [*(warm or (*PROGRAM, "nursery")), str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self._socket = ours
        self._lock = threading.Lock()

    def start(self, invocation: Invocation) -> Process:
        """Start what the invocation says, or fork it."""
        length = len(self._program)
        if list(invocation.argv[:length]) != self._program:
            return spawn(invocation)
        message = json.dumps({
            "words": invocation.argv[length:],
            "env": dict(invocation.env),
            "cwd": invocation.cwd or str(Path.cwd()),
        })  # fmt: skip
        pairs = [os.pipe() for _ in range(4)]
        (stdin, to_stdin), (from_stdout, stdout), (from_stderr, stderr), (from_reports, reports) = (
            pairs
        )
        theirs = [stdin, stdout, stderr, reports]
        with self._lock:
            socket.send_fds(self._socket, [message.encode()], theirs)
        for descriptor in theirs:
            os.close(descriptor)
        return Forked(to_stdin, from_stdout, from_stderr, from_reports)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()
        self._process.wait()
