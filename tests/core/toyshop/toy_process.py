"""Starting the real executable for the toy: bare environment, pipes, signals."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SHOP = Path(__file__).parent
REPOSITORY = SHOP.parents[2]
BARE = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
_START = (
    f"import sys; sys.path[:0] = [{str(REPOSITORY)!r}, {str(SHOP)!r}]; "
    "from cpikit.__main__ import main; main()"
)


def command(config: object, *more: str, start: str = _START) -> list[str]:
    return [sys.executable, "-I", "-c", start, "--config", str(config), *more]


def request(method: str, *arguments: Any, version: int | None = 3, **context: Any) -> bytes:
    body = {
        "method": method,
        "arguments": list(arguments),
        "context": {"director_uuid": "d", "request_id": "cpi-123456", **context},
    }
    if version is not None:
        body["api_version"] = version
    return json.dumps(body).encode()


def write_config(folder: Path, core: dict[str, Any] | None = None, **toy: Any) -> Path:
    properties = {"toy": {"state_dir": str(folder), **toy}, "cpikit": core or {}}
    path = folder / "cpi.json"
    path.write_text(json.dumps({"cloud": {"plugin": "toy", "properties": properties}}))
    return path


def run(config: object, raw: bytes, *more: str, **options: Any) -> subprocess.CompletedProcess:
    return subprocess.run(
        command(config, *more),
        input=raw,
        capture_output=True,
        timeout=60,
        check=False,
        **{"env": BARE, **options},
    )


def start(config: object, raw: bytes, **options: Any) -> subprocess.Popen:
    process = subprocess.Popen(
        command(config),
        **{
            "stdin": subprocess.PIPE,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "env": BARE,
            **options,
        },
    )
    process.stdin.write(raw)
    process.stdin.close()
    process.stdin = None
    return process


def wait_for(file: Path, process: subprocess.Popen) -> None:
    until = time.monotonic() + 30
    while not file.exists():
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            raise AssertionError(f"{file.name} never came: {process.communicate()}")
        time.sleep(0.01)


def answer_of(done: subprocess.CompletedProcess) -> dict[str, Any]:
    """The one JSON object on stdout, after what every answer has to hold."""
    assert done.returncode == 0, done.stderr
    return checked(done.stdout)


def checked(stdout: bytes) -> dict[str, Any]:
    from cpikit.errors import WIRE_TYPES

    text = stdout.decode("utf-8")
    body, end = json.JSONDecoder().raw_decode(text)
    assert text[end:].strip() == ""
    assert isinstance(body, dict)
    assert set(body) == {"result", "error", "log"}
    assert body["log"] == ""
    if body["error"] is not None:
        assert body["result"] is None
        assert body["error"]["type"] in WIRE_TYPES
        assert isinstance(body["error"]["message"], str)
        assert isinstance(body["error"]["ok_to_retry"], bool)
        body["error"]["message"].encode("utf-8")
    return body


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
