"""Our own wheels, the same to the byte whenever the sources are the same."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from release.tooling.digests import sha256_of
from release.tooling.failure import Failure
from release.tooling.paths import DISTRIBUTIONS, OWN, OWN_TXT

_EPOCH = "315532800"  # 1980-01-01, the first time that a zip archive can hold
_NOT_SOURCE = shutil.ignore_patterns(
    "__pycache__", "*.egg-info", "build", "dist", "out", "entry_points.json", ".*", "*.pyc"
)


def build_own() -> list[Path]:
    """Build the wheels of our distributions and pin them for pip. Raises Failure."""
    shutil.rmtree(OWN, ignore_errors=True)
    OWN.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as name:
        for folder in DISTRIBUTIONS:
            build_one(folder, Path(name), OWN)
    wheels = sorted(OWN.glob("*.whl"))
    lines = []
    for wheel in wheels:
        name, version = wheel.name.split("-")[:2]
        lines.append(f"{name.replace('_', '-')}=={version} --hash=sha256:{sha256_of(wheel)}")
    OWN_TXT.write_text("\n".join(lines) + "\n", "utf-8")
    return wheels


def build_one(folder: Path, workshop: Path, into: Path) -> None:
    """Build one wheel from a copy: setuptools leaves things behind, and takes them for sources.

    Raises Failure.
    """
    copy = workshop / f"copy-of-{folder.name}"
    copy.mkdir()
    packages = [path.parent for path in folder.glob("cpikit*/__init__.py")]
    if not packages:
        raise Failure(f"{folder}: wanted a package cpikit*")
    for package in packages:
        shutil.copytree(package, copy / package.name, ignore=_NOT_SOURCE)
    for file in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        if (folder / file).is_file():
            shutil.copyfile(folder / file, copy / file)
    for path in copy.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)  # whatever the builder's umask is
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    command += ["--no-build-isolation", "--wheel-dir", str(into), str(copy)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": _EPOCH, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"the wheel of {folder.name} could not be built:\n{done.stdout}{done.stderr}")
