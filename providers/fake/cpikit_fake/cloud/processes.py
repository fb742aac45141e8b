"""The processes behind servers, when cpi.json names a command that plays the VM."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, NoReturn

    from cpikit_fake.cloud.store import DiskStore

_LOG_MODE = 0o600


def end(server: dict[str, Any]) -> None:
    """Kill the process group of a server, if it is still the one that was started.

    A server is switched off, not asked: as its power would be. Returns when it is dead.
    """
    process, server["process"] = server["process"], None
    if process is None or not is_alive(process):
        return
    import signal
    import time

    try:
        os.killpg(process[0], signal.SIGKILL)
    except ProcessLookupError:
        return
    while is_alive(process):  # a killed process is gone within milliseconds
        time.sleep(0.002)


def is_alive(process: Sequence[Any]) -> bool:
    """Whether the process of that id is the one that started then: ids come round again."""
    pid, started = process
    return bool(started_at(pid) == started)


def boot(store: DiskStore, server: str, command: Sequence[str]) -> None:
    """Start the command for a server, detached from everything of ours.

    The child enters itself into the state before it becomes the command, so a kill between the two
    leaves no process that nobody knows of; and it does so only while its server lives.
    """
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        os.setsid()
        if os.fork():
            os._exit(0)  # the grandchild belongs to init: it becomes nobody's zombie
        os.setsid()
        _become(store, server, command)
    finally:
        os._exit(127)  # the command does not start: the log of the server says why


def _become(store: DiskStore, server: str, command: Sequence[str]) -> NoReturn:
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    settings = str(store.path_of(f"{server}.json"))
    with store.turn() as state:
        found = state["servers"].get(server)
        if found is None or found["state"] not in ("Starting", "Running"):
            os._exit(0)
        if found["process"] is not None and is_alive(found["process"]):
            os._exit(0)
        pid = os.getpid()
        found["process"] = [pid, started_at(pid)]
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    log = os.open(str(store.path_of(f"{server}.log")), flags, _LOG_MODE)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    os.execvp(command[0], [*command, settings])  # noqa: S606  # no shell is wanted


def started_at(pid: int) -> str | None:
    """When a living process started, in a form to compare; None when there is none.

    Source: proc_pid_stat(5): the name may hold blanks and brackets, the state is the third field
    and the start time the 22nd.
    """
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123  # pathlib costs a cold start 3 ms
            fields = file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None if os.path.exists("/proc/self/stat") else _started_by_ps(pid)  # noqa: PTH110  # the same
    return None if fields[0] in "ZX" else fields[19]


def _started_by_ps(pid: int) -> str | None:
    """The same where there is no /proc."""
    import subprocess

    said = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return said.stdout.strip() or None
