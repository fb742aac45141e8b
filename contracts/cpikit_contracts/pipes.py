"""What Linux says of a pipe: is it full, who else holds it (pipe(7), proc_pid_fd(5))."""

import os
import select
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

LOOK_AGAIN_S: Final = 0.1


def is_full(reading: int) -> bool:
    """Does whoever writes to this pipe have to wait? Small writes fill it long before its bytes."""
    try:
        writing = os.open(f"/proc/self/fd/{reading}", os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        poller = select.poll()
        poller.register(writing, select.POLLOUT)
        return not any(event & select.POLLOUT for _, event in poller.poll(0))
    finally:
        os.close(writing)


def holders(descriptors: set[int]) -> set[int]:
    """The processes other than this one that keep one of these pipes open; none without /proc.

    What has it open for a moment only is on its way from fork to exec, and nobody's to blame.
    """
    try:
        ours = {str(Path(f"/proc/self/fd/{each}").readlink()) for each in descriptors}
        first = _holding(ours, Path("/proc").iterdir())
        time.sleep(LOOK_AGAIN_S if first else 0)
        return {int(process.name) for process in _holding(ours, first)}
    except OSError:
        return set()


def _holding(pipes: set[str], processes: Iterable[Path]) -> list[Path]:
    return [
        process
        for process in processes
        if process.name.isdecimal()
        and int(process.name) != os.getpid()
        and _opened(process) & pipes
    ]


def _opened(process: Path) -> set[str]:
    found = set()
    try:
        for each in (process / "fd").iterdir():
            found.add(str(each.readlink()))
    except OSError:  # it ended meanwhile, or is somebody else's
        return found
    return found
