"""The blobs that the release needs: their names, sizes and checksums, and which are at hand.

config/blobs.yml is the BOSH CLI's own file; no entry has an object_id, since there is no blobstore:
config/sources.yml and the requirement files say where each one is public.
"""

from __future__ import annotations

from pathlib import Path

import yaml
from attrs import frozen

from release.tooling.digests import sha256_of
from release.tooling.paths import BLOBS, BLOBS_YML, SOURCES_YML


@frozen
class Blob:
    """One file under blobs/."""

    path: str
    size: int
    sha256: str

    @property
    def file(self) -> Path:
        """Where it lies when it is at hand."""
        return BLOBS / self.path

    @property
    def is_wheel(self) -> bool:
        """Whether it comes from the Python Package Index."""
        return self.path.endswith(".whl")

    def is_at(self, file: Path) -> bool:
        """Whether this file, whatever its name, is the blob."""
        return (
            file.is_file() and file.stat().st_size == self.size and sha256_of(file) == self.sha256
        )


def blobs() -> list[Blob]:
    """All blobs, in the order of their paths."""
    found = yaml.safe_load(BLOBS_YML.read_text("utf-8")) or {}
    return [
        Blob(path, entry["size"], entry["sha"].removeprefix("sha256:"))
        for path, entry in sorted(found.items())
    ]


def sources() -> dict[str, list[str]]:
    """The public addresses of blobs that are not on the Python Package Index."""
    found: dict[str, list[str]] = yaml.safe_load(SOURCES_YML.read_text("utf-8"))
    return found


def missing() -> list[Blob]:
    """The blobs that are not at hand, or are not what they should be."""
    return [blob for blob in blobs() if not blob.is_at(blob.file)]


def strangers() -> list[Path]:
    """Files under blobs/ that no entry names: they would slip into a package."""
    known = {blob.file for blob in blobs()}
    return sorted(path for path in BLOBS.rglob("*") if path.is_file() and path not in known)


def write_blobs(entries: list[Blob]) -> None:
    """Write config/blobs.yml, as the BOSH CLI would."""
    lines = ["---"]
    for blob in sorted(entries, key=lambda blob: blob.path):
        lines += [f"{blob.path}:", f"  size: {blob.size}", f"  sha: sha256:{blob.sha256}"]
    BLOBS_YML.write_text("\n".join(lines) + "\n", "utf-8")
