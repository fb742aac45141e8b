"""Resolve what the release vendors anew, and write down each file's checksum.

Resolved once, for the CPython that the release carries; then the wheels of each platform are
fetched, and exactly these files are pinned: in src/cpikit/requirements.txt for pip at compile time,
and in config/blobs.yml for the release.
"""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from release.tooling.blobs import Blob, blobs, write_blobs
from release.tooling.digests import sha256_of
from release.tooling.downloads import PLATFORMS, PYTHON, download
from release.tooling.failure import Failure, run, say
from release.tooling.paths import BLOBS, DISTRIBUTIONS, REQUIREMENTS, TOOLS

_WHEELS = "cpikit/wheels"


def main(words: Sequence[str]) -> None:
    """Write requirements.txt, tools.txt and blobs.yml."""
    if words:
        raise Failure("usage: release/lock")
    kept = [blob for blob in blobs() if not blob.is_wheel]
    found: dict[str, Path] = {}
    with tempfile.TemporaryDirectory() as name:
        for wanted, target in ((needs(), REQUIREMENTS), (["pip"], TOOLS)):
            pinned = lock(wanted, target, Path(name))
            found.update(pinned)
        for path in found.values():
            (BLOBS / _WHEELS).mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, BLOBS / _WHEELS / path.name)
        wheels = [
            Blob(f"{_WHEELS}/{name}", path.stat().st_size, sha256_of(path))
            for name, path in found.items()
        ]
    write_blobs([*kept, *wheels])
    say(f"{len(wheels)} wheels are pinned; look at the difference before you commit it")


def needs() -> list[str]:
    """What our distributions require, less each other."""
    lines: set[str] = set()
    for folder in DISTRIBUTIONS:
        parser = configparser.ConfigParser()
        parser.read(folder / "setup.cfg", "utf-8")
        text = parser.get("options", "install_requires", fallback="")
        lines |= {line for line in text.splitlines() if line and not line.startswith("cpikit")}
    return sorted(lines)


def lock(wanted: Sequence[str], target: Path, folder: Path) -> dict[str, Path]:
    """Pin these requirements in the target file; gives the wheels by their names."""
    resolved = folder / f"resolved-{target.name}"
    command = ["uv", "pip", "compile", "--quiet", "--generate-hashes", "--no-header"]
    command += ["--no-annotate", "--no-emit-index-url", "--python-version", PYTHON, "--upgrade"]
    command += ["--python-platform", "x86_64-manylinux_2_28", "--output-file", str(resolved), "-"]
    done = subprocess.run(
        command, input="\n".join(wanted), text=True, capture_output=True, check=False
    )
    if done.returncode != 0:
        raise Failure(f"uv could not resolve {', '.join(wanted)}:\n{done.stderr}")
    wheels: dict[str, Path] = {}
    for machine in PLATFORMS:
        into = folder / f"{target.stem}-{machine}"
        download(resolved, machine, into)
        wheels.update({path.name: path for path in into.iterdir()})
    target.write_text(pins(resolved.read_text("utf-8"), wheels), "utf-8")
    return wheels


def pins(resolved: str, wheels: dict[str, Path]) -> str:
    """The requirement file: each version with the checksums of the files that we carry."""
    lines = []
    for name, version in re.findall(r"^([\w.-]+)==([\w.]+)", resolved, re.MULTILINE):
        start = re.sub(r"[-_.]+", "_", name).lower()
        ours = sorted(
            sha256_of(path)
            for file_name, path in wheels.items()
            if re.sub(r"[-_.]+", "_", file_name.split("-")[0]).lower() == start
        )
        if not ours:
            raise Failure(f"{name} {version} has no wheel for our platforms: it cannot be vendored")
        lines.append(
            " \\\n".join([f"{name}=={version}", *(f"    --hash=sha256:{h}" for h in ours)])
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    run(main)
