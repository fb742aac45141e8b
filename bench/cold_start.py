"""What one CPI process costs: whole-process medians as ratios to a bare Python, in one run.

Everything is measured in an ordinary (not editable), byte-compiled installation of its own, with
the index written, on the environment that the Director gives. Rounds are interleaved, so that a
busy machine slows all alike. The cloud calls go through the official SDK over loopback HTTP to the
simulator, which runs in a process of its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from pathlib import Path

from release.tooling.wheels import build_one

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
    needed = ["attrs", "cattrs", "pluggy", "stevedore"]
    needed += ["aliyun-python-sdk-core", "aliyun-python-sdk-ecs", "alibabacloud-oss-v2"]
    subprocess.run([*pip, "-c", str(ROOT / "requirements/dev.txt"), *needed], check=True)
    with tempfile.TemporaryDirectory() as name:
        workshop, wheels = Path(name), Path(name, "wheels")
        for ours in (ROOT, ROOT / "providers/fake", ROOT / "providers/alicloud"):
            build_one(ours, workshop, wheels)
        built = [str(wheel) for wheel in wheels.iterdir()]
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


def starters(config: Path) -> dict[str, list[str]]:
    """How one CPI process is started: by its script, and by the line that the BOSH release uses."""
    site = next(HOME.glob("lib/python3*/site-packages"))
    launcher = (
        f"import sys; sys.path.append({str(site)!r}); sys.argv[0] = 'cpikit'; "
        "from cpikit.__main__ import main; main()"
    )
    return {
        "bin/cpikit": [str(HOME / "bin/cpikit"), "--config", str(config)],
        "python -I -S": [
            *(str(HOME / "bin/python"), "-I", "-S", "-c"),
            *(launcher, "--config", str(config)),
        ],
    }


def written(plugin: str, section: dict[str, object]) -> Path:
    """A cpi.json of this provider."""
    config = HOME / f"{plugin}.json"
    config.write_text(json.dumps({"cloud": {"plugin": plugin, "properties": {plugin: section}}}))
    return config


@contextlib.contextmanager
def simulator() -> Iterator[dict[str, object]]:
    """The provider's section for a simulator that lives as long as this context."""
    program = Path(sys.executable).with_name("cpikit-alicloud-simulator")
    with subprocess.Popen([program, "--profile", "instant"], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None  # noqa: S101  # for the type checker
            ready = json.loads(process.stdout.readline())
            (account,) = ready["accounts"]
            yield {
                "region": ready["region"],
                "availability_zone": f"{ready['region']}-b",
                "access_key_id": account["access_key_id"],
                "access_key_secret": account["access_key_secret"],
                "ecs_endpoint": ready["http"],
            }
        finally:
            process.terminate()


def answered(command: list[str], stdin: bytes) -> object:
    """The result of a call that must succeed."""
    answer = run(command, stdin)[2]
    if answer.get("error") is not None:
        raise SystemExit(f"{stdin.decode()} was answered {answer['error']}")
    return answer["result"]


class Table:
    """Seconds and peak memory of each row, and their ratios to a bare Python."""

    def __init__(self) -> None:
        self._seconds: dict[str, list[float]] = {}
        self._peak: dict[str, int] = {}

    def note(self, row: str, command: list[str], stdin: bytes = b"") -> dict[str, object]:
        """Run it once; gives its answer."""
        seconds, kib, answer = run(command, stdin)
        if answer.get("error") is not None:
            raise SystemExit(f"{row} was answered {answer['error']}")
        self._seconds.setdefault(row, []).append(seconds)
        self._peak[row] = max(self._peak.get(row, 0), kib)
        return answer

    def show(self) -> None:
        """Medians; the first row is what all are compared with."""
        bare = statistics.median(next(iter(self._seconds.values())))
        sys.stdout.write(f"{'':40}{'median ms':>10}{'x bare':>8}{'peak MiB':>10}\n")
        for row, each in self._seconds.items():
            median = statistics.median(each)
            figures = f"{median * 1000:10.1f}{median / bare:8.2f}{self._peak[row] / 1024:10.0f}"
            sys.stdout.write(f"{row:40}{figures}\n")
        sys.stdout.write(f"{ROUNDS} interleaved rounds, Python {sys.version.split()[0]}\n")


def main() -> None:
    """Install, measure, print."""
    install()
    fake = starters(written("fake", {"state_dir": str(HOME / "state")}))
    image = HOME / "image"
    image.write_bytes(b"image")
    line = fake["python -I -S"]
    stemcell = answered(line, request("create_stemcell", str(image), {}))
    calls = {
        "info": request("info"),
        "has_vm": request("has_vm", "vm-none"),
        "create_disk": request("create_disk", 1024, {}, None),
        "create_vm": request("create_vm", "agent", stemcell, {}, NETWORKS, [], {}),
    }
    table = Table()
    with simulator() as section:
        cloud = starters(written("alicloud", section))
        disk = answered(cloud["python -I -S"], request("create_disk", 20480, {}, None))
        for _ in range(ROUNDS):
            table.note("bare python -I -S -c pass", [*line[:3], "-c", "pass"])
            for how in fake:
                for name, stdin in calls.items():
                    made = table.note(f"{name:12} by {how}", fake[how], stdin)
                    if name == "create_vm":
                        answered(line, request("delete_vm", made["result"][0]))  # type: ignore[index]  # [cid, networks]
                table.note(f"{'cloud call':12} by {how}", cloud[how], request("has_disk", disk))
    table.show()


if __name__ == "__main__":
    main()
