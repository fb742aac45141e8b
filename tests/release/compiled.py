"""Packages compiled and jobs installed as the BOSH CLI does it, and calls of what comes out."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml
from release_jobs import ROOT

BARE = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}  # what the Director gives
CLI = {"PATH": "/usr/local/bin:/usr/bin:/bin"}  # what the CLI gives to packaging scripts


def without(folder, names):
    """What does not belong to the sources of the release."""
    kept = {"release", "cpikit", "providers", "setup.cfg", "pyproject.toml", "README.md"}
    if Path(folder) == ROOT:
        return [name for name in names if name not in kept]
    return [name for name in names if name in ("__pycache__", "simulator", "own", "own.txt")]


def pin_other(copy, path, archive, version):
    """Pin another CPython, in a copy of the release."""
    for name in ("blobs.yml", "sources.yml"):
        file = copy / "release/config" / name
        index = yaml.safe_load(file.read_text())
        entry = index.pop(path)
        if name == "blobs.yml":
            content = archive.read_bytes()
            entry = {"size": len(content), "sha": f"sha256:{hashlib.sha256(content).hexdigest()}"}
        index[f"cpikit-python/Python-{version}.tar.xz"] = entry
        file.write_text(yaml.safe_dump(index))


def compile_package(shop, name, needs):
    """One package: the dependencies are put there, the script is run, the result is packed."""
    packages = shop / "installation/packages"
    for needed in needs:
        unpack(shop / f"{needed}-compiled.tgz", packages / needed)
    source, target = shop / "extracted" / name, packages / name
    unpack(shop / "packages" / f"{name}.tgz", source)
    target.mkdir(parents=True)
    environment = {
        **CLI,
        "BOSH_COMPILE_TARGET": str(source),
        "BOSH_INSTALL_TARGET": str(target),
        "BOSH_PACKAGE_NAME": name,
        "BOSH_PACKAGES_DIR": str(packages),
    }
    done = subprocess.run(
        [*without_network(), "bash", "-x", "packaging"],
        cwd=source,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    subprocess.run(["tar", "-czf", shop / f"{name}-compiled.tgz", "."], cwd=target, check=True)
    shutil.rmtree(packages)


def without_network():
    """Words that start a command where there is no network; none where that may not be done."""
    alone = ["unshare", "--net", "--map-root-user"]
    try:
        done = subprocess.run([*alone, "true"], capture_output=True, check=False)
    except OSError:
        return []
    return alone if done.returncode == 0 else []


def unpack(archive, target):
    target.mkdir(parents=True)
    subprocess.run(["tar", "-xzf", archive, "-C", target, "--no-same-owner"], check=True)


def install_job(installation, job, properties):
    """Render a job beside the packages, as the CLI does."""
    folder = installation / "jobs" / job.name
    (rendered,) = job.render([properties])
    for name, text in rendered.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755 if name.startswith("bin/") else 0o644)
    return folder / "bin/cpi"


class Cpi:
    """bin/cpi of the installed release, one process a request."""

    def __init__(self, executable, installation):
        self.executable = executable
        self.environment = {
            **BARE,
            "BOSH_PACKAGES_DIR": str(installation / "packages"),
            "BOSH_JOBS_DIR": str(installation / "jobs"),
        }

    def send(self, request):
        done = subprocess.run(
            [self.executable],
            input=request,
            env=self.environment,
            cwd="/",
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout), done.stderr.decode()


def contracts(tmp_path, *words):
    """The report of the judge's command."""
    scripts = Path(sys.executable).parent
    done = subprocess.run(
        [scripts / "cpikit-contracts", *words, "--state", tmp_path / "state",
         "--report", tmp_path / "report.json"],
        env={**os.environ, "PATH": f"{scripts}:{os.environ['PATH']}"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return json.loads((tmp_path / "report.json").read_text())
