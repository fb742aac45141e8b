"""How a provider may misbehave."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from cpikit import Effect, Operation, wait_until
from cpikit.waiting import Seen


def _ready(cpi: Any) -> None:
    (cpi.folder / "ready").write_text("ready")


def _sleep(cpi: Any) -> None:
    _ready(cpi)
    wait_until(
        cpi.context.clock, lambda: Seen("Starting"), what="VM vm-1", wanted="Running", deadline_s=60
    )


def _block(cpi: Any) -> None:
    def send() -> None:
        _ready(cpi)
        until = time.monotonic() + 60
        while time.monotonic() < until and not (cpi.folder / "go").exists():
            time.sleep(0.02)

    cpi.cloud(Operation("RunVm", Effect.TOKENED, resource="VM vm-2"), send)


def _stuck_undo(cpi: Any) -> None:
    cpi.context.undo.push("VM stuck", lambda: cpi.context.clock.sleep(60))
    _sleep(cpi)


def _await_go(cpi: Any) -> None:
    _ready(cpi)
    until = time.monotonic() + 60
    while time.monotonic() < until and not (cpi.folder / "go").exists():
        time.sleep(0.02)
    if (cpi.folder / "then_create").exists():
        cpi._make("late-1", "late thing")


def _print(_cpi: Any) -> None:
    print("stray one")  # noqa: T201  # the point of the trick
    sys.stdout.write("stray two\n")
    os.write(1, b"stray three\n")
    os.system("echo stray four")  # noqa: S605  # the point of the trick
    if sys.__stdout__ is not None:
        sys.__stdout__.write("stray five\n")
        sys.__stdout__.flush()


def _child(cpi: Any) -> None:
    child = subprocess.Popen(["sleep", "30"])
    Path(cpi.folder, "child").write_text(str(child.pid))


def _recurse(_cpi: Any) -> None:
    def again() -> None:
        again()

    again()


def _raise(error: BaseException) -> Any:
    def trick(_cpi: Any) -> None:
        raise error

    return trick


class Mute(Exception):
    """Has no text."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


def _leak(cpi: Any) -> None:
    config = cpi.config
    cpi.context.log.debug("toy_config", config=config.provider, agent=config.agent.mbus)
    cpi.context.log.debug("toy_revealed", token=config.provider.token.reveal())
    raise RuntimeError(f"{config} {config.provider.token.reveal()} {config.agent.mbus.reveal()}")


TRICKS = {
    "sleep": _sleep,
    "block": _block,
    "stuck_undo": _stuck_undo,
    "await_go": _await_go,
    "print": _print,
    "child": _child,
    "recurse": _recurse,
    "exit": _raise(SystemExit(3)),
    "interrupt": _raise(KeyboardInterrupt()),
    "memory": _raise(MemoryError("no more")),
    "mute": _raise(Mute()),
    "hard": lambda _cpi: sys.exit("hard"),
    "leak": _leak,
}
