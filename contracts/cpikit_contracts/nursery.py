"""Fork CPIs in Python instead of starting them: one warm process, and a child of it for each call.

A start of Python costs ten times what a call of the liar costs, and the proof of the suite makes
a hundred thousand calls. Each child is a process of its own in every way that a caller can see:
session, environment, working directory, pipes, signals, exit status. `serve` reads a socket on
which the suite sends one message per start, with the child's three pipes and a fourth on which its
process id and, in the end, its exit status come back.
"""

import contextlib
import gc
import json
import os
import selectors
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any, NoReturn

PIPES = 4
LARGEST_MESSAGE = 262_144


def serve(descriptor: int, main: Callable[[list[str]], NoReturn]) -> int:
    """Fork until the suite closes its end of the socket; what a call imports is loaded already."""
    gc.freeze()
    asked = socket.socket(fileno=descriptor)
    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.set_wakeup_fd(wakes)
    signal.signal(signal.SIGCHLD, _only_wake)
    living: dict[int, int] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(asked, selectors.EVENT_READ)
        selector.register(woken, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is not asked:
                    os.read(woken, LARGEST_MESSAGE)
                elif not _start(asked, living, (woken, wakes), main):
                    return 0
            _report_ended(living)


def _only_wake(number: int, frame: object) -> None:
    """Handle a signal that only has to wake the selector."""


def _start(
    asked: socket.socket,
    living: dict[int, int],
    own: tuple[int, int],
    main: Callable[[list[str]], NoReturn],
) -> bool:
    message, pipes, _, _ = socket.recv_fds(asked, LARGEST_MESSAGE, PIPES)
    if not message:
        return False
    pid = os.fork()
    if not pid:
        asked.close()
        for descriptor in (*own, *living.values()):
            os.close(descriptor)
        _be_a_child(json.loads(message), pipes, main)
    for descriptor in pipes[:3]:
        os.close(descriptor)
    living[pid] = pipes[3]
    os.write(pipes[3], f"{pid}\n".encode())
    return True


def _be_a_child(
    message: dict[str, Any], pipes: list[int], main: Callable[[list[str]], NoReturn]
) -> NoReturn:
    """Become what a start of the interpreter would have become, and serve."""
    os.setsid()
    os.close(pipes[3])
    for place, descriptor in enumerate(pipes[:3]):
        os.dup2(descriptor, place)
        os.close(descriptor)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(message["env"])
    try:
        os.chdir(message["cwd"])
        main(message["words"])
    except SystemExit as error:
        sys.stdout.flush()
        os._exit(error.code if isinstance(error.code, int) else 1)
    except BaseException:  # noqa: BLE001  # as the interpreter ends: a trace, and status 1
        sys.excepthook(*sys.exc_info())
        os._exit(1)


def _report_ended(living: dict[int, int]) -> None:
    while living:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        report = living.pop(pid)
        with contextlib.suppress(BrokenPipeError):
            os.write(report, f"{os.waitstatus_to_exitcode(status)}\n".encode())
        os.close(report)
