"""Start a CPI as the Director and as the BOSH CLI start it, and take in what it writes.

The Director empties the environment, writes the whole request before it reads anything, then reads
one byte at a time until both pipes end, and ignores the exit status (external_cpi.rb,
invoke_cpi_method). The CLI hands on the operator's environment with two variables added, reads
while it writes, and calls a non-zero status a failure (cpi_cmd_runner.go, exec_process.go).
Neither has a time limit; the suite has one, to end.
"""

import contextlib
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import IO, Any, Final, Protocol, Self

from cpikit_contracts import pipes
from cpikit_contracts.exchange import Ending, Exchange, Invocation
from cpikit_contracts.outcomes import Unusable

# external_cpi.rb, invoke_cpi_method: unsetenv_others with this PATH; HOME and TMPDIR only if set.
DIRECTOR_ENV: Final = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
PIPE_BYTES: Final = 65_536  # Linux, pipe(7)
STUCK_AFTER_S: Final = 1.0
HELD_AFTER_S: Final = 1.0
POLL_MS: Final = 50
DROPPED_WITHIN_S: Final = 10.0
CLI_READ: Final = 65_536
MOST_BYTES: Final = 64 * 1024 * 1024


def cli_env(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment that the BOSH CLI gives: the operator's, and where packages and jobs are."""
    given = {
        "BOSH_PACKAGES_DIR": "/nonexistent/packages",
        "BOSH_JOBS_DIR": "/nonexistent/jobs",
    }
    return {**os.environ, **given, **(extra or {})}


class Process(Protocol):
    """What the callers need of a started process: a part of subprocess.Popen."""

    stdin: IO[bytes] | None
    stdout: IO[bytes] | None
    stderr: IO[bytes] | None
    pid: int
    returncode: int | Any

    def poll(self) -> int | None:
        """The exit status, or nothing while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the exit status."""

    def send_signal(self, sig: int) -> None:
        """Send a signal, unless it has ended."""

    def __enter__(self) -> Self:
        """Pipes are closed and the end is waited for when the block ends."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        """Close and wait."""


Start = Callable[[Invocation], Process]


class Running:
    """A CPI that has been started, for whoever wants to disturb it."""

    def __init__(self, process: Process, stdout_fd: int) -> None:
        self.process = process
        self._stdout_fd = stdout_fd
        self.was_signalled = False
        self.stdout_closed = False
        self.dropped = threading.Event()

    def signal(self, number: int) -> None:
        """Send a signal to the CPI's own process, as a supervisor or the kernel would."""
        self.was_signalled = True
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)

    def close_stdout(self) -> None:
        """Let the reader of stdout go away, as a caller that died does; it is gone on return."""
        self.stdout_closed = True
        self.dropped.wait(DROPPED_WITHIN_S)

    @property
    def ended(self) -> bool:
        """Is the process gone?"""
        return self.process.poll() is not None


def spawn(invocation: Invocation) -> Process:
    """A process of its own, in a session of its own; raises Unusable when it cannot be started."""
    try:
        return subprocess.Popen(
            invocation.argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(invocation.env),
            cwd=invocation.cwd,
            start_new_session=True,
        )
    except OSError as error:
        raise Unusable(
            f"the CPI {invocation.argv[0]!r} cannot be started: {error}; "
            f"look at [cpi] command in the profile"
        ) from error


def run(
    invocation: Invocation,
    on_start: Callable[[Running], None] | None = None,
    start: Start = spawn,
) -> Exchange:
    """Start the CPI once and take in everything; raises Unusable when it cannot be started."""
    started = time.monotonic()
    process = start(invocation)
    pump = _Pump(invocation, process, started)
    with process:
        try:
            if on_start is not None:
                on_start(pump.running)
            ending = pump.until_the_end()
        except BaseException:
            pump.give_up()
            raise
        seconds = time.monotonic() - started
    return Exchange(
        invocation=invocation,
        stdout=bytes(pump.taken[pump.stdout_fd]),
        stderr=bytes(pump.taken[pump.stderr_fd]),
        status=process.returncode,
        ending=ending,
        seconds=seconds,
        unread_request=pump.unread_request,
    )


class _Pump:
    """Moves the bytes of one process until both its pipes have ended."""

    def __init__(self, invocation: Invocation, process: Process, started: float) -> None:
        assert process.stdin  # noqa: S101  # Popen was asked for pipes
        assert process.stdout  # noqa: S101  # the same
        assert process.stderr  # noqa: S101  # the same
        self.process = process
        self.stdin_fd = process.stdin.fileno()
        self.stdout_fd = process.stdout.fileno()
        self.stderr_fd = process.stderr.fileno()
        self.taken = {self.stdout_fd: bytearray(), self.stderr_fd: bytearray()}
        self.unread_request = False
        self.running = Running(process, self.stdout_fd)
        self._one_byte = invocation.caller == "director"
        self._left = memoryview(invocation.request)
        self._end_by = started + invocation.limit_s
        self._open = {self.stdout_fd, self.stderr_fd}
        self._gone_at: float | None = None
        self._blocked_at: float | None = None
        for fd in (self.stdin_fd, *self._open):
            os.set_blocking(fd, False)
        self._writing = True
        if not self._left:
            self._close_stdin()

    def until_the_end(self) -> Ending:
        """Pump until there is nothing more to come, and say how it ended."""
        ending = None
        while ending is None:
            ending = self._turn()
        if ending is not Ending.EOF or not self.running.ended:
            self._end_group(ending)
        if (self.running.was_signalled or self.running.stdout_closed) and ending is Ending.EOF:
            return Ending.KILLED
        return ending

    def give_up(self) -> None:
        """End the process and its group, since nobody listens any more."""
        self._end_group(Ending.TIMEOUT)

    def _turn(self) -> Ending | None:
        self._drop_stdout_if_asked()
        if not self._open and not self._writing:
            return Ending.EOF if self._ends_in_time() else Ending.TIMEOUT
        for fd, _ in self._poll():
            if fd == self.stdin_fd:
                self._write()
            else:
                self._read(fd)
        if self._is_stuck():
            return Ending.STUCK
        if self._is_held():
            return Ending.HELD
        if any(len(each) > MOST_BYTES for each in self.taken.values()):
            return Ending.FLOOD
        return Ending.TIMEOUT if time.monotonic() > self._end_by else None

    def _poll(self) -> list[tuple[int, int]]:
        poller = select.poll()
        if self._writing:
            poller.register(self.stdin_fd, select.POLLOUT)
        # The Director reads nothing before it has written everything.
        if not (self._one_byte and self._writing):
            for fd in self._open:
                poller.register(fd, select.POLLIN)
        return poller.poll(POLL_MS)

    def _write(self) -> None:
        try:
            sent = os.write(self.stdin_fd, self._left[:CLI_READ])
        except BlockingIOError:
            return
        except BrokenPipeError:
            self.unread_request = True
            self._close_stdin()
            return
        self._left = self._left[sent:]
        self._blocked_at = None
        if not self._left:
            self._close_stdin()

    def _close_stdin(self) -> None:
        self._writing = False
        assert self.process.stdin  # noqa: S101  # Popen was asked for pipes
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()

    def _read(self, fd: int) -> None:
        taken = self.taken[fd]
        enough = len(taken) + PIPE_BYTES  # then the other pipe, and the clock, are looked at again
        while fd in self._open and len(taken) < enough:
            # What byte-wise reading can change has shown itself long before a pipeful.
            by_byte = self._one_byte and len(taken) < PIPE_BYTES
            try:
                data = os.read(fd, 1 if by_byte else CLI_READ)
            except BlockingIOError:
                return
            if not data:
                self._open.discard(fd)
            taken += data

    def _drop_stdout_if_asked(self) -> None:
        if self.running.stdout_closed and self.stdout_fd in self._open:
            self._open.discard(self.stdout_fd)
            assert self.process.stdout  # noqa: S101  # Popen was asked for pipes
            self.process.stdout.close()
            self.running.dropped.set()

    def _is_stuck(self) -> bool:
        """Both sides wait for the other: proven by full pipes, not by the clock alone."""
        if not (self._one_byte and self._writing):
            return False
        if not any(pipes.is_full(fd) for fd in self._open):
            self._blocked_at = None
            return False
        now = time.monotonic()
        self._blocked_at = self._blocked_at or now
        return now - self._blocked_at > STUCK_AFTER_S

    def _is_held(self) -> bool:
        """The process is gone and yet a pipe does not end: somebody else holds it."""
        if not self._open or self.process.poll() is None:
            return False
        now = time.monotonic()
        self._gone_at = self._gone_at or now
        return now - self._gone_at > HELD_AFTER_S

    def _ends_in_time(self) -> bool:
        try:
            self.process.wait(max(0.1, self._end_by - time.monotonic()))
        except subprocess.TimeoutExpired:
            return False
        return True

    def _end_group(self, ending: Ending) -> None:
        # The group is known to be alive here, so its number cannot be somebody else's by now.
        if ending is Ending.HELD or self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        if ending is Ending.HELD:
            for pid in pipes.holders(self._open):  # children in sessions of their own
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
        self.process.wait()
