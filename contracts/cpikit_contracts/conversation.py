"""Talk to a control command that stays: a line to it, a line from it, until its stdin ends."""

import contextlib
import os
import selectors
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from typing import IO, Final

from cpikit_contracts.outcomes import Unusable

ENDS_WITHIN_S: Final = 5.0
READ: Final = 65_536


class Conversation:
    """One process for all questions; it is started by the first one."""

    def __init__(self, command: Sequence[str], answers_within_s: float) -> None:
        self._command = tuple(command)
        self._answers_within_s = answers_within_s
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # it ends with the talk
        self._heard = b""

    def ask(self, line: bytes) -> bytes:
        """The line that answers this one; raises Unusable when none comes."""
        with self._lock:
            process = self._process or self._started()
            stdin, stdout = process.stdin, process.stdout
            assert stdin is not None  # noqa: S101  # for the type checker
            assert stdout is not None  # noqa: S101  # the same
            try:
                stdin.write(line)
                stdin.flush()
                return self._line(stdout)
            except Unusable:
                process.kill()  # else its late answer would be taken for that of the next question
                process.wait()
                raise
            except OSError as error:
                raise Unusable(f"control {self._command[0]!r} ended: {self._said()}") from error

    def end(self) -> None:
        """Let the process end, and make it end when it does not."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    if pipe is not None:
                        pipe.close()
            try:
                process.wait(ENDS_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._errors.close()

    def _started(self) -> subprocess.Popen[bytes]:
        try:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                start_new_session=True,
            )
        except OSError as error:
            raise Unusable(
                f"control {self._command[0]!r} cannot be started: {error}; look at what the "
                "world's up command printed"
            ) from error
        return self._process

    def _line(self, stdout: IO[bytes]) -> bytes:
        end_by = time.monotonic() + self._answers_within_s
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            while b"\n" not in self._heard:
                if not selector.select(max(0.0, end_by - time.monotonic())):
                    raise Unusable(
                        f"control {self._command[0]!r} gave no answer within "
                        f"{self._answers_within_s:g} s: {self._said()}"
                    )
                data = os.read(stdout.fileno(), READ)
                if not data:
                    raise BrokenPipeError
                self._heard += data
        line, _, self._heard = self._heard.partition(b"\n")
        return line

    def _said(self) -> str:
        self._errors.seek(0)
        return self._errors.read()[-300:].decode("utf-8", "replace") or "nothing on stderr"
