"""The process edge: stdin bytes in, one write to stdout, exit status 0, whatever happens between.

Both callers wait until stdout and stderr reach their end, so nothing that this process starts may
inherit them (contract check 16): the real ones move to descriptors that an exec closes, 0 to 2 lead
nowhere, and Python's own stdout and stderr both lead to the real stderr (check 18).
"""

from __future__ import annotations

import contextlib
import faulthandler
import fcntl
import gc
import io
import os
import select
import signal
import sys

from cpikit import cpi_json
from cpikit.caller import Caller
from cpikit.errors import CloudError, CpiError
from cpikit.log import Log
from cpikit.redaction import Redactor
from cpikit.serve import Server
from cpikit.wire import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import NoReturn

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_FIRST_FREE = 10  # low numbers are what careless programs write to
_CHUNK = 1 << 20


def run(config_path: str, *, debug: bool = False) -> NoReturn:
    """Serve the one request on stdin with this cpi.json, then end the process with status 0."""
    gc.set_threshold(
        100_000
    )  # a short call never collects (3 to 6 ms saved), a long one still does
    edge = Edge()
    edge.catch_signals()  # a caller may also leave while it is still sending
    raw = _read_all(0)
    os.dup2(edge.nowhere, 0)
    edge.serve(raw, config_path, debug=debug)


class Edge:
    """Owns the three descriptors, the signals, and the one answer."""

    def __init__(self) -> None:
        self._has_reader = _is_open(1)  # before the next line may take its number
        self.nowhere = os.open(os.devnull, os.O_RDWR)
        self._out = self._moved(1)
        self._err = self._moved(2)
        sys.stdout = sys.stderr = io.TextIOWrapper(
            io.FileIO(self._err, "w", closefd=False),
            encoding="utf-8",
            errors="backslashreplace",
            line_buffering=True,
            write_through=True,
        )
        faulthandler.enable(self._err)
        self._caller = Caller(self._reader_gone, self._on_leaving)
        self._server: Server | None = None
        self._shutdown_s = cpi_json.SHUTDOWN_S
        self._answering = False

    def catch_signals(self) -> None:
        """From here on a signal ends the call, not the process."""
        for number in _SIGNALS:
            signal.signal(number, self._on_signal)
        signal.signal(signal.SIGALRM, self._on_alarm)

    def serve(self, raw: bytes, config_path: str, *, debug: bool) -> NoReturn:
        """Answer, take back what nobody will hear of, and end the process."""
        answer = self._answer(raw, config_path, debug=debug)
        self._deliver(answer)
        self._end()

    def _answer(self, raw: bytes, config_path: str, *, debug: bool) -> bytes:
        try:
            config = cpi_json.read(config_path)
        except CpiError as error:
            return Response(error=error).encode()
        self._shutdown_s = config.shutdown_s
        log = Log(self._write_log, Redactor(), debug=debug or config.debug)
        self._server = Server(config, log, self._caller)
        return self._server.answer(raw)

    def _deliver(self, answer: bytes) -> None:
        if self._caller.can_hear():
            self._answering = True
            try:
                _write_all(self._out, answer)
            except OSError:
                self._caller.leave("nobody reads the answer any more")
            else:
                return
            self._answering = False
        if self._server is not None:
            self._server.unread()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._caller.reason is None:
            self._caller.leave(signal.Signals(number).name)
        else:
            self._give_up(signal.Signals(number).name)

    def _on_alarm(self, _number: int, _frame: FrameType | None) -> None:
        self._give_up(f"{self._shutdown_s:g} s have passed")

    def _on_leaving(self, _reason: str) -> None:
        signal.setitimer(signal.ITIMER_REAL, self._shutdown_s)

    def _give_up(self, why: str) -> None:
        """Answer at once, naming what could not be confirmed, and end."""
        if self._answering:
            return
        self._answering = True
        parts = [f"ended by {self._caller.reason}, then {why}, before it was finished"]
        doubts = dict.fromkeys((self._caller.unconfirmed, self._caller.in_flight))
        if any(doubts):
            parts.append(f"not confirmed: {', '.join(filter(None, doubts))}")
        pending = self._server.pending() if self._server is not None else ()
        if pending:
            parts.append(f"not removed: {', '.join(pending)}")
        with contextlib.suppress(OSError):  # nobody is left to hear it
            _write_all(self._out, Response(error=CloudError("; ".join(parts))).encode())
        self._end()

    def _reader_gone(self) -> bool:
        if not self._has_reader:
            return True
        poll = select.poll()
        poll.register(self._out, 0)
        return any(seen for _, seen in poll.poll(0))

    def _write_log(self, line: bytes) -> None:
        _write_all(self._err, line)

    def _moved(self, number: int) -> int:
        """The descriptor under a number that an exec closes; nothing stays under the old one."""
        try:
            moved = fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE)
        except OSError:
            moved = self.nowhere  # started without it
        os.dup2(self.nowhere, number)
        return moved

    def _end(self) -> NoReturn:
        os._exit(0)  # interpreter teardown costs 6 ms, and a stray thread could hold it for ever


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _read_all(number: int) -> bytes:
    chunks = []
    try:
        while chunk := os.read(number, _CHUNK):
            chunks.append(chunk)
    except OSError:
        pass  # closed, or a directory: what was read so far is the request
    return b"".join(chunks)


def _write_all(number: int, data: bytes) -> None:
    """One write; a pipe takes a large one in parts, and only then are there more."""
    view = memoryview(data)
    while view:
        view = view[os.write(number, view) :]
