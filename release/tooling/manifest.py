"""release.MF, and the tarball around it, as `bosh create-release --tarball` writes them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import yaml
from attrs import frozen

from release.tooling.archive import archive, fingerprint, fingerprint_of, packed
from release.tooling.paths import NAME, RELEASE
from release.tooling.specs import Entry, jobs, packages
from release.tooling.versions import commit


@frozen
class Candidate:
    """A release tarball: the content of release.MF, and its archives by their names."""

    manifest: dict[str, Any]
    archives: dict[str, bytes]

    def write(self, path: Path) -> None:
        """Write the tarball, whole or not at all."""
        manifest = yaml.safe_dump(self.manifest, sort_keys=False, explicit_start=True)
        files = [("release.MF", manifest.encode(), 0o644)]
        files += [(name, content, 0o644) for name, content in sorted(self.archives.items())]
        temporary = path.with_name(f".{path.name}.part")
        temporary.write_bytes(packed(files))
        temporary.replace(path)


def assembled(version: str) -> Candidate:
    """The candidate of this tree. The blobs and our wheels have to be at hand."""
    head, is_dirty = commit()
    archives: dict[str, bytes] = {}
    job_rows, package_rows = [], []
    for job in jobs():
        archives[f"jobs/{job.name}.tgz"] = content = archive(job.entries)
        row = _row(job.name, fingerprint_of(job, is_package=False), content)
        job_rows.append(row | {"packages": list(job.needs)})
    for package in packages():
        archives[f"packages/{package.name}.tgz"] = content = archive(package.entries)
        row = _row(package.name, fingerprint_of(package, is_package=True), content)
        package_rows.append(row | {"dependencies": list(package.needs)})
    license_file = Entry("LICENSE", RELEASE / "LICENSE", has_mode=False)
    archives["license.tgz"] = content = archive([license_file])
    license_row = _row("license", fingerprint([license_file]), content)
    del license_row["name"]
    manifest = {
        "name": NAME,
        "version": version,
        "commit_hash": head,
        "uncommitted_changes": is_dirty,
        "jobs": job_rows,
        "packages": package_rows,
        "license": license_row,
    }
    return Candidate(manifest, archives)


def _row(name: str, fingerprinted: str, content: bytes) -> dict[str, Any]:
    checksum = hashlib.sha256(content).hexdigest()
    return {
        "name": name,
        "version": fingerprinted,
        "fingerprint": fingerprinted,
        "sha1": f"sha256:{checksum}",  # so named for its past; the prefix says what it is
    }
