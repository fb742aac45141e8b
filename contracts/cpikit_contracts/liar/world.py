"""Put a world of the liar up and take it down: a directory with configurations and a state."""

import json
import os
import shutil
import sys
import tempfile

from cpikit_contracts.liar.store import Json

PROGRAM = [sys.executable, "-I", "-S", os.path.join(os.path.dirname(__file__), "__main__.py")]
SECRET = "liars-credential-5b1f0e"  # noqa: S105  # a canary, no secret


def serve(words: list[str]) -> int:
    """`world up [JSON]` prints the line; `world down` reads it."""
    if words[0] == "up":
        extra = json.loads(words[1]) if len(words) > 1 else {}
        print(json.dumps(up(extra)))  # noqa: T201  # the world's line goes to stdout
        return 0
    line = json.loads(sys.stdin.readline())
    shutil.rmtree(line["vars"]["folder"], ignore_errors=True)
    return 0


def up(extra: Json) -> Json:
    """A new world; `extra` goes into the configuration, lies first of all."""
    folder = tempfile.mkdtemp(prefix="liar-world-")
    state = os.path.join(folder, "state")
    config = {
        "state_dir": state,
        "access_key_secret": SECRET,
        "mbus": "nats://10.0.0.1:4222",
        **extra,
    }
    _write(os.path.join(folder, "liar.json"), config)
    _write(os.path.join(folder, "dead.json"), {"unreachable_for_s": 0.0, **config})
    return {
        "vars": {
            "folder": folder,
            "config": os.path.join(folder, "liar.json"),
            "dead_config": os.path.join(folder, "dead.json"),
            "python": sys.executable,
            "liar": PROGRAM[-1],
        },
        "control": {"command": [*PROGRAM, "control", "--state-dir", state]},
        "env": {},
        "inputs": {},
        "secrets": [SECRET],
        "directories": [folder],
    }


def _write(path: str, config: Json) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump(config, file)
