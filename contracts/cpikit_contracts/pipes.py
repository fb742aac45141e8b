"""What Linux says of a pipe: is it full, who else holds it (pipe(7), proc_pid_fd(5))."""

import os
import select
from pathlib import Path


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
    """The processes other than this one that have one of these pipes open."""
    ours = {str(Path(f"/proc/self/fd/{each}").readlink()) for each in descriptors}
    return {
        int(process.name)
        for process in Path("/proc").iterdir()
        if process.name.isdecimal() and int(process.name) != os.getpid() and _opened(process) & ours
    }


def _opened(process: Path) -> set[str]:
    found = set()
    try:
        for each in (process / "fd").iterdir():
            found.add(str(each.readlink()))
    except OSError:  # it ended meanwhile, or is somebody else's
        return found
    return found
