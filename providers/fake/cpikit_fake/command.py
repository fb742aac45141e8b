"""`cpikit-fake`: put a world up, take it down, and speak its control interface by hand."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cpikit.waiting import SystemClock
from cpikit_fake.cloud.control import Control
from cpikit_fake.cloud.failures import CloudFailure
from cpikit_fake.cloud.knobs import check
from cpikit_fake.cloud.store import DiskStore

_OURS = "cpikit-fake-world"  # the file that says that `down` may remove a directory
_PRIVATE = 0o600  # it holds the password of mbus
_MBUS = "nats://agent:fake-mbus-password@127.0.0.1:4222"


def main(words: list[str] | None = None) -> int:
    """Run one of the commands; the status that the process ends with."""
    parsed = _parser().parse_args(words)
    status: int = parsed.run(parsed)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cpikit-fake", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    world = commands.add_parser("world", help="put a throw-away world up, or take it down")
    turns = world.add_subparsers(required=True, metavar="up|down")
    up = turns.add_parser(
        "up", help="make a world in a new directory and print one JSON line about it"
    )
    up.add_argument("--under", help="where to make the directory (default: where others are)")
    up.add_argument("--knob", action="append", default=[], metavar="NAME=JSON")
    up.add_argument(
        "--property",
        action="append",
        default=[],
        metavar="NAME=JSON",
        help='a property of the section "fake" of cpi.json: unknown_properties=\'"warn"\'',
    )
    up.set_defaults(run=_up)
    down = turns.add_parser("down", help="end and remove the world of the line on stdin")
    down.set_defaults(run=_down)
    control = commands.add_parser(
        "control",
        help="answer the control interface: a JSON object a line on stdin, one a line on stdout",
        description='A line is {"method": "GET", "path": "/inventory", "body": null}. '
        'What goes wrong is answered as {"error": "…"}.',
    )
    control.add_argument("--state-dir", required=True)
    control.set_defaults(run=_control)
    return parser


def _up(parsed: argparse.Namespace) -> int:
    """Make the directory: the state, a cpi.json on it, and one whose cloud is not there."""
    knobs = dict(_pair("--knob", word, check) for word in parsed.knob)
    properties = dict(_pair("--property", word) for word in parsed.property)
    root = Path(tempfile.mkdtemp(prefix=f"{_OURS}-", dir=parsed.under))
    (root / _OURS).touch()
    state_dir = root / "state"
    ours = {"state_dir": str(state_dir), "knobs": knobs, **properties}
    config, dead = root / "cpi.json", root / "dead.json"
    for path, section in ((config, ours), (dead, {**ours, "unreachable": True})):
        path.touch(_PRIVATE)
        path.write_text(_cpi_json(section), encoding="utf-8")
    program = [sys.executable, "-I", "-m", "cpikit_fake", "control", "--state-dir", str(state_dir)]
    line = {
        "vars": {
            "python": sys.executable,
            "config": str(config),
            "dead_config": str(dead),
            "state_dir": str(state_dir),
            "root": str(root),
        },
        "control": {"command": program, "stays": True},
        "env": {},
        "inputs": {},
        "secrets": [_MBUS],
        "directories": [str(root)],
    }
    sys.stdout.write(json.dumps(line) + "\n")
    return 0


def _down(parsed: argparse.Namespace) -> int:
    """End the processes of the world's VMs and remove its directory; gone already is fine."""
    del parsed
    try:
        root = Path(json.load(sys.stdin)["vars"]["root"])
    except (ValueError, TypeError, KeyError) as error:
        return _complain(f"stdin is not the line of a world: {type(error).__name__}: {error}")
    if not root.exists():
        return 0
    if not (root / _OURS).is_file():
        return _complain(f"{root} was not made by `cpikit-fake world up`: nothing was removed")
    Control(DiskStore(str(root / "state")), SystemClock()).answer("POST", "/reset")
    shutil.rmtree(root)
    return 0


def _control(parsed: argparse.Namespace) -> int:
    control = Control(DiskStore(parsed.state_dir), SystemClock())
    for line in sys.stdin:
        if line.strip():
            sys.stdout.write(json.dumps(_answered(control, line)) + "\n")
            sys.stdout.flush()
    return 0


def _answered(control: Control, line: str) -> Any:
    try:
        asked = json.loads(line)
        return control.answer(asked["method"], asked["path"], asked.get("body"))
    except CloudFailure as refusal:
        return {"error": f"{refusal.code}: {refusal.message}"}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return {
            "error": f"wanted an object with method, path and body, found another line "
            f"({type(error).__name__}: {error})"
        }


def _pair(
    option: str, word: str, checked: Callable[[str, object], None] | None = None
) -> tuple[str, Any]:
    name, _, text = word.partition("=")
    try:
        value = json.loads(text)
        if checked is not None:
            checked(name, value)
    except (ValueError, CloudFailure) as error:
        raise SystemExit(f"cpikit-fake: {option} {word}: {error}; wanted NAME=JSON") from error
    return name, value


def _cpi_json(ours: dict[str, Any]) -> str:
    agent = {"mbus": _MBUS, "ntp": ["127.0.0.1"]}
    return json.dumps({"cloud": {"plugin": "fake", "properties": {"fake": ours, "agent": agent}}})


def _complain(text: str) -> int:
    sys.stderr.write(f"cpikit-fake: {text}\n")
    return 1
