"""Put a world up as a process of its own, with the files that its clients want; take it down."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from cpikit_alicloud_simulator.client import ControlClient, ControlError

_OURS = "cpikit-alicloud-simulator-world"
"""The file that says that `down` may remove a directory; the server holds a lock on it."""
_PRIVATE = 0o600
_END_WITHIN_S = 20.0
_DEAD = "127.0.0.1:1"  # tcpmux: nobody listens there, and only root could


def main(words: Sequence[str]) -> int:
    """Run `world up` or `world down`; the status that the process ends with."""
    chosen, served = _parser().parse_known_args(words)
    try:
        return _up(chosen, served) if chosen.turn == "up" else _down(json.load(sys.stdin))
    except (OSError, ValueError, LookupError) as error:
        sys.stderr.write(f"cpikit-alicloud-simulator world {chosen.turn}: {error}\n")
        return 1


def _up(chosen: argparse.Namespace, served: list[str]) -> int:
    """Start the server, write the files, print the line; what fails leaves nothing behind."""
    files = dict(_pair("--file", given) for given in chosen.file)
    templates = {name: (path, Path(path).read_text("utf-8")) for name, path in files.items()}
    env = dict(_pair("--env", given) for given in chosen.env)
    root = Path(tempfile.mkdtemp(prefix=f"{_OURS}-", dir=chosen.under))
    try:
        ready = _started(root, served)
    except BaseException:
        shutil.rmtree(root)
        raise
    line = _line(root, ready)
    known = line["vars"]
    for name, (template, text) in templates.items():
        path = root / f"{name}{Path(template).suffix}"
        path.touch(_PRIVATE)
        filled = _filled(text, {**known, "access_key_secret": line["secrets"][0]})
        path.write_text(filled, encoding="utf-8")
        known[name] = str(path)
    line["env"] = {name: _filled(value, known) for name, value in env.items()}
    sys.stdout.write(json.dumps(line) + "\n")
    return 0


def _started(root: Path, served: list[str]) -> dict[str, Any]:
    """Start the server in a session of its own; it keeps the lock for as long as it lives."""
    program = [sys.executable, "-m", "cpikit_alicloud_simulator", *served]
    with (root / _OURS).open("w") as ours, (root / "stderr").open("w") as said:
        fcntl.flock(ours, fcntl.LOCK_EX)
        process = subprocess.Popen(
            [*program, "--ready-file", str(root / "ready.json")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            start_new_session=True,
            pass_fds=(ours.fileno(),),
        )
    ready = process.stdout.readline() if process.stdout else b""
    if not ready:
        process.wait()
        raise ValueError((root / "stderr").read_text("utf-8").strip() or "the server ended")
    return dict(json.loads(ready))


def _line(root: Path, ready: Mapping[str, Any]) -> dict[str, Any]:
    """Give the line of a world that is up: what profiles and templates can name, and secrets."""
    account = ready["accounts"][0]
    known = {
        **{name: str(ready[name]) for name in "http https ca_file control region pid".split()},
        "host": urlsplit(ready["http"]).netloc,
        "https_host": urlsplit(ready["https"]).netloc,
        "metadata": str(ready["metadata"]),
        "dead": f"http://{_DEAD}",
        "dead_host": _DEAD,
        "access_key_id": account["access_key_id"],
        "account_id": account["account_id"],
        "python": sys.executable,
        "root": str(root),
    }
    return {
        "vars": known,
        "control": ready["control"],
        "env": {},
        "inputs": {},
        "secrets": [each["access_key_secret"] for each in ready["accounts"]],
        "directories": [str(root)],
    }


def _down(line: Any) -> int:
    """End the server of this line and remove its directory; gone already is fine.

    Raises ValueError when the server met what it does not serve, or failed: a suite that ran on it
    is not to pass.
    """
    try:
        root, pid = Path(line["vars"]["root"]), int(line["vars"]["pid"])
    except (TypeError, KeyError) as error:
        wanted = "stdin is not the line of a world"
        raise ValueError(f"{wanted}: {type(error).__name__}: {error}") from error
    if not root.exists():
        return 0
    if not (root / _OURS).is_file():
        raise ValueError(f"{root} was not made by `world up`: nothing was removed")
    missed = _missed(str(line.get("control", "")))
    _end(root, pid)
    if missed:
        raise ValueError(f"the world is gone, but {missed}")
    return 0


def _missed(control: str) -> str:
    """Say what the server could not serve: whoever ran tests on it has to hear of that."""
    try:
        counts = ControlClient.over_http(control).counts()
    except (OSError, ValueError, HTTPException, ControlError):
        return ""  # it is gone or deaf
    if counts["unserved"]:
        return f"it was asked for actions that are not served: {counts['unserved']}"
    if counts["defects"]:
        return "it failed:\n" + "\n".join(counts["defects"])
    return ""


def _end(root: Path, pid: int) -> None:
    """Send SIGTERM, and SIGKILL to what does not hear it; only while the lock is held."""
    with (root / _OURS).open() as ours:
        for number, wait_s in ((signal.SIGTERM, _END_WITHIN_S), (signal.SIGKILL, _END_WITHIN_S)):
            if not _is_gone(ours):
                os.kill(pid, number)
            until = time.monotonic() + wait_s
            while not _is_gone(ours) and time.monotonic() < until:
                time.sleep(0.02)
    shutil.rmtree(root)


def _is_gone(ours: IO[str]) -> bool:
    """Whether the lock is free: the kernel lets go of it when the server ends, however it ends."""
    try:
        fcntl.flock(ours, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pair(option: str, given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not equals or not name.replace("_", "").isalnum():
        raise ValueError(f"{option} {given}: wanted NAME=VALUE, the name a word")
    return name, value


def _filled(text: str, names: Mapping[str, str]) -> str:
    for name, value in names.items():
        text = text.replace("{" + name + "}", value)
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cpikit-alicloud-simulator world",
        description="One world of its own for each `up`: a server process and its directory.",
        allow_abbrev=False,
    )
    turns = parser.add_subparsers(required=True, metavar="up|down", dest="turn")
    up = turns.add_parser(
        "up",
        help="start a server, print one JSON line about it, leave it running",
        description="Takes the server's own options too: --world, --profile, --time, --seed.",
        allow_abbrev=False,
    )
    up.add_argument("--under", metavar="DIR", help="where to make the directory")
    up.add_argument(
        "--file",
        action="append",
        default=[],
        metavar="NAME=TEMPLATE",
        help="write a copy of TEMPLATE for this world, and say where as {NAME}: in it {http}, "
        "{host}, {https}, {https_host}, {ca_file}, {region}, {access_key_id}, "
        "{access_key_secret}, {account_id}, {metadata}, {control}, {dead}, {dead_host}, {root} "
        "are filled in",
    )
    up.add_argument(
        "--env",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an environment variable for clients: SSL_CERT_FILE={ca_file}",
    )
    turns.add_parser("down", help="end the server of the line on stdin, remove its directory")
    return parser
