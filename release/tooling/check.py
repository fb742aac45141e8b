"""Check a release tarball as the BOSH CLI and the Director will read it.

What a tarball alone can show of the packaging rules of a CPI: one bin/cpi in each job that is a
CPI, whole job archives, packages that exist and close, checksums and fingerprints that agree, and
names that a CPI config finds.  # bosh-cli, cpi/release/installer.go, release/*
"""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from release.tooling.failure import Failure, run, say
from release.tooling.versions import checked

_CPI = "bin/cpi"


def main(words: Sequence[str]) -> None:
    """Say what is wrong with a tarball."""
    if len(words) != 1:
        raise Failure("usage: release/check TARBALL")
    problems = problems_of(Path(words[0]))
    if problems:
        raise Failure("\n".join(problems))
    say(f"{words[0]}: a sound release")


def problems_of(tarball: Path) -> list[str]:
    """One line for each problem; empty when it is sound."""
    try:
        files = members(tarball.read_bytes())
        manifest = yaml.safe_load(files["release.MF"])
        return list(_problems(manifest, files))
    except (tarfile.TarError, OSError, EOFError, yaml.YAMLError) as error:
        return [f"{tarball.name}: cannot be read as a release: {error}"]
    except KeyError as error:
        return [f"{tarball.name}: {error} is not in it"]


def members(content: bytes) -> dict[str, bytes]:
    """The files of a tar.gz by their names."""
    found = {}
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as tar:
        for member in tar:
            file = tar.extractfile(member) if member.isfile() else None
            if file is not None:
                found[member.name.removeprefix("./")] = file.read()
    return found


def _problems(manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> Iterator[str]:
    try:
        checked(str(manifest["version"]))
    except Failure as failure:
        yield str(failure)
    packages = {row["name"]: row for row in manifest["packages"]}
    expected = {"release.MF"} | ({"license.tgz"} if manifest.get("license") else set())
    for kind, rows in (("jobs", manifest["jobs"]), ("packages", manifest["packages"])):
        for row in rows:
            name = f"{kind}/{row['name']}.tgz"
            expected.add(name)
            if name not in files:
                yield f"{name}: is not in the tarball"
                continue
            if row["sha1"] != f"sha256:{hashlib.sha256(files[name]).hexdigest()}":
                yield f"{name}: release.MF has another checksum"
            if not re.fullmatch(r"[0-9a-f]{40,64}", row["fingerprint"]):
                yield f"{name}: {row['fingerprint']!r} is no fingerprint"
            inside = members(files[name])
            check = _job if kind == "jobs" else _package
            yield from (f"{name}: {line}" for line in check(row, inside, packages))
    for name in sorted(set(files) - expected):
        yield f"{name}: release.MF does not name it"


def _job(
    row: Mapping[str, Any], inside: Mapping[str, bytes], packages: Mapping[str, Any]
) -> Iterator[str]:
    if "job.MF" not in inside or "monit" not in inside:
        yield "job.MF or monit is missing"
        return
    spec = yaml.safe_load(inside["job.MF"])
    if spec["name"] != row["name"]:
        yield f"job.MF names {spec['name']!r}"
    for template in spec["templates"]:
        if f"templates/{template}" not in inside:
            yield f"template {template} is missing"
    yield from _cpi(spec)
    for package in spec.get("packages") or []:
        if package not in packages:
            yield f"package {package} is not in the release"
    if sorted(spec.get("packages") or []) != sorted(row["packages"]):
        yield "release.MF names other packages than job.MF"
    if "consumes" in spec:
        yield "it consumes links, and create-env resolves none"


def _cpi(spec: Mapping[str, Any]) -> Iterator[str]:
    count = list(spec["templates"].values()).count(_CPI)
    if count > 1:
        yield f"{count} templates are rendered to {_CPI}, wanted one"
    if count == 1 and not str(spec["name"]).endswith("_cpi"):
        yield "its name does not end in _cpi: a CPI config looks for <type>_cpi"


def _package(
    row: Mapping[str, Any], inside: Mapping[str, bytes], packages: Mapping[str, Any]
) -> Iterator[str]:
    if "packaging" not in inside:
        yield "packaging is missing"
    for name in row["dependencies"]:
        if name not in packages:
            yield f"it needs {name}, which is not in the release"
    seen, todo = set(), list(row["dependencies"])
    while todo:
        name = todo.pop()
        if name == row["name"]:
            yield "it needs itself"
            return
        if name not in seen and name in packages:
            seen.add(name)
            todo += packages[name]["dependencies"]


if __name__ == "__main__":
    run(main)
