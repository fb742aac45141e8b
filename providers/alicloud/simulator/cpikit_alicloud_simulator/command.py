"""The command: serve a simulated cloud until it is told to stop."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from cpikit_alicloud_simulator import throwaway
from cpikit_alicloud_simulator.clock import Clock
from cpikit_alicloud_simulator.durations import Profile

if TYPE_CHECKING:
    from cpikit_alicloud_simulator.simulator import Simulator

_WRONG = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; 0 for a clean end, 2 for wrong arguments or a taken port.

    `world up` and `world down` do that in a process of its own instead.
    """
    words = sys.argv[1:] if arguments is None else arguments
    if words[:1] == ["world"]:
        return throwaway.main(words[1:])
    chosen = _parser().parse_args(words)
    from cpikit_alicloud_simulator.simulator import Simulator  # the server's libraries: half a s

    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    try:
        simulator = Simulator(
            time=chosen.time,
            profile=chosen.profile,
            seed=chosen.seed,
            world=chosen.world,
            http_port=chosen.http_port,
            https_port=chosen.https_port,
        )
        simulator.start()
    except (OSError, ValueError) as error:
        sys.stderr.write(f"cpikit-alicloud-simulator: {error}\n")
        return _WRONG
    try:
        _tell(simulator, chosen.ready_file)
        stopping.wait()
    finally:
        simulator.stop()
        if chosen.ready_file:
            Path(chosen.ready_file).unlink(missing_ok=True)
    return 0


def _tell(simulator: Simulator, ready_file: str | None) -> None:
    """Say that it is ready: one JSON line, in the file too (which appears whole or not at all)."""
    line = json.dumps({**simulator.ready(), "pid": os.getpid()}) + "\n"
    if ready_file:
        draft = f"{ready_file}.{os.getpid()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(line)
        Path(draft).replace(ready_file)
    sys.stdout.write(line)
    sys.stdout.flush()


def _time(text: str) -> str:
    mode = Clock.parsed(text).mode
    if mode == "virtual":
        raise argparse.ArgumentTypeError("virtual time needs its client in the same process")
    return text


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port < 2**16:
        raise argparse.ArgumentTypeError(f"port {text}: wanted 0 to 65535")
    return port


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cpikit-alicloud-simulator",
        description="Alibaba Cloud's APIs on 127.0.0.1. Prints one JSON line when it is ready.",
        epilog="`world up` starts one that goes on by itself, `world down` ends it: see their -h.",
    )
    parser.add_argument("--http-port", type=_port, default=0, help="0 takes a free one")
    parser.add_argument("--https-port", type=_port, default=0, help="0 takes a free one")
    parser.add_argument("--profile", choices=get_args(Profile), help="how long work takes")
    parser.add_argument("--time", type=_time, default="real", help="real or scaled:N")
    parser.add_argument("--seed", type=int, help="ids and chances follow from it")
    parser.add_argument(
        "--world",
        metavar="FILE",
        help="what exists at the start: TOML, JSON or a name (see worlds/)",
    )
    parser.add_argument("--ready-file", metavar="FILE", help="gets the ready line too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
