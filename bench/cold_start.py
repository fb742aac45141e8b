"""What one CPI process costs: whole-process medians as ratios to a bare Python, in one run.

Everything is measured in an ordinary (not editable), byte-compiled installation of its own, with
the index written, on the environment that the Director gives. Rounds are interleaved, so that a
busy machine slows all alike.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".venv-bench"
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
CONTEXT = {"director_uuid": "bench", "request_id": "cpi-000000"}
ROUNDS = int(os.environ.get("ROUNDS", "31"))
NETWORKS = {"a": {"type": "dynamic", "cloud_properties": {}, "default": ["dns", "gateway"]}}


def install() -> None:
    """An installation as a BOSH package has it: no tools, no editable paths."""
    shutil.rmtree(HOME, ignore_errors=True)
    venv.create(HOME, with_pip=False, symlinks=True)
    pip = [sys.executable, "-m", "pip", "--python", str(HOME / "bin/python"), "install"]
    pip += ["--quiet", "--compile"]
    needed = ["-c", str(ROOT / "requirements/dev.txt"), "attrs", "cattrs", "pluggy", "stevedore"]
    subprocess.run([*pip, *needed], check=True)
    with tempfile.TemporaryDirectory() as wheels:
        build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-build-isolation"]
        build += ["--no-deps", "--wheel-dir", wheels, str(ROOT), str(ROOT / "providers/fake")]
        subprocess.run(build, check=True)
        built = [str(wheel) for wheel in Path(wheels).iterdir()]
        subprocess.run([*pip, "--no-deps", *built], check=True)
    subprocess.run([HOME / "bin/python", "-I", "-m", "cpikit", "index"], check=True, cwd="/")


def request(method: str, *arguments: object) -> bytes:
    """One request as the Director writes it."""
    body = {"method": method, "arguments": arguments, "context": CONTEXT, "api_version": 3}
    return json.dumps(body).encode()


def run(command: list[str], stdin: bytes) -> tuple[float, int, dict[str, object]]:
    """Seconds, peak KiB and answer of one process."""
    started = time.perf_counter()
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=ENVIRONMENT,
    ) as process:
        assert process.stdin is not None  # noqa: S101  # for the type checker
        assert process.stdout is not None  # noqa: S101  # the same
        process.stdin.write(stdin)
        process.stdin.close()
        answer = process.stdout.read()
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    seconds = time.perf_counter() - started
    return seconds, usage.ru_maxrss, json.loads(answer) if answer else {}


def main() -> None:
    """Install, measure, print."""
    install()
    python = str(HOME / "bin/python")
    state = HOME / "state"
    config = HOME / "cpi.json"
    fake = {"state_dir": str(state)}
    config.write_text(json.dumps({"cloud": {"plugin": "fake", "properties": {"fake": fake}}}))
    site = next(HOME.glob("lib/python3*/site-packages"))
    script = [str(HOME / "bin/cpikit"), "--config", str(config)]
    launcher = (
        f"import sys; sys.path.append({str(site)!r}); sys.argv[0] = 'cpikit'; "
        "from cpikit.__main__ import main; main()"
    )
    line = [python, "-I", "-S", "-c", launcher, "--config", str(config)]
    image = HOME / "image"
    image.write_bytes(b"image")
    stemcell = run(line, request("create_stemcell", str(image), {}))[2]["result"]
    calls = {
        "info": request("info"),
        "has_vm": request("has_vm", "vm-none"),
        "create_disk": request("create_disk", 1024, {}, None),
        "create_vm": request("create_vm", "agent", stemcell, {}, NETWORKS, [], {}),
    }
    measured: dict[str, list[float]] = {"bare python -I -S -c pass": []}
    peak: dict[str, int] = {}
    for _ in range(ROUNDS):
        seconds, kib, _ = run([python, "-I", "-S", "-c", "pass"], b"")
        measured["bare python -I -S -c pass"].append(seconds)
        for how, command in (("bin/cpikit", script), ("python -I -S", line)):
            for name, stdin in calls.items():
                seconds, kib, answer = run(command, stdin)
                if answer.get("error") is not None:
                    raise SystemExit(f"{name} answered {answer['error']}")
                row = f"{name:12} by {how}"
                measured.setdefault(row, []).append(seconds)
                peak[row] = max(peak.get(row, 0), kib)
                if name == "create_vm":
                    run(line, request("delete_vm", answer["result"][0]))  # type: ignore[index]  # [cid, networks]
    bare = statistics.median(measured["bare python -I -S -c pass"])
    sys.stdout.write(f"{'':40}{'median ms':>10}{'x bare':>8}{'peak MiB':>10}\n")
    for row, seconds_each in measured.items():
        median = statistics.median(seconds_each)
        memory = f"{peak[row] / 1024:.0f}" if row in peak else ""
        sys.stdout.write(f"{row:40}{median * 1000:10.1f}{median / bare:8.2f}{memory:>10}\n")
    sys.stdout.write(f"{ROUNDS} interleaved rounds, Python {sys.version.split()[0]}\n")


if __name__ == "__main__":
    main()
