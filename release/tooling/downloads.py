"""Wheels from the Python Package Index, for each platform that the release serves, by checksum."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from release.tooling.failure import Failure

PYTHON = "3.13"
"""The version of CPython that the release vendors, as wheels name it."""
PLATFORMS = {
    machine: [f"manylinux_2_{minor}_{machine}" for minor in (28, 27, 24, 17)]
    + [f"manylinux2014_{machine}"]
    for machine in ("x86_64", "aarch64")
}


def download(requirements: Path, machine: str, folder: Path) -> None:
    """Put the wheels that the file pins into the folder. Raises Failure with what pip said."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--require-hashes", "--only-binary=:all:", "--dest", str(folder)]
    command += ["--python-version", PYTHON, "--implementation", "cp"]
    for abi in (f"cp{PYTHON.replace('.', '')}", "abi3", "none"):
        command += ["--abi", abi]
    for platform in PLATFORMS[machine]:
        command += ["--platform", platform]
    command += ["--requirement", str(requirements)]
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"pip could not fetch {requirements.name} for {machine}:\n{done.stderr}")
