"""Fetch every blob from its public source, and refuse whatever has another checksum."""

from __future__ import annotations

import argparse
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterable, Sequence
from pathlib import Path

from release.tooling.blobs import Blob, blobs, missing, sources, strangers
from release.tooling.downloads import PLATFORMS, download
from release.tooling.failure import Failure, run, say
from release.tooling.paths import REQUIREMENTS, TOOLS

_TIMEOUT_S = 60


def main(words: Sequence[str]) -> None:
    """Bring blobs/ in line with config/blobs.yml."""
    parser = argparse.ArgumentParser(prog="release/fetch", description=__doc__)
    parser.add_argument(
        "--from",
        dest="folders",
        action="append",
        default=[],
        type=Path,
        help="a folder with blobs that are already at hand, under any name",
    )
    parsed = parser.parse_args(words)
    for stranger in strangers():
        stranger.unlink()  # the BOSH CLI removes them as well
    take_from(parsed.folders)
    fetch_wheels()
    for blob in missing():
        fetch_source(blob, sources().get(blob.path, []))
    say(f"{len(blobs())} blobs are at hand")


def take_from(folders: Iterable[Path]) -> None:
    """Copy what lies in these folders already."""
    for folder in folders:
        if not folder.is_dir():
            raise Failure(f"--from {folder}: wanted a folder")
        files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        for blob in missing():
            found = next((file for file in files if blob.is_at(file)), None)
            if found is not None:
                place(blob, found)


def fetch_wheels() -> None:
    """Let pip fetch the wheels, for all platforms at once."""
    if not any(blob.is_wheel for blob in missing()):
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for machine in PLATFORMS:
            for requirements in (REQUIREMENTS, TOOLS):
                download(requirements, machine, folder)
        take_from([folder])
    lacking = [blob.path for blob in missing() if blob.is_wheel]
    if lacking:
        raise Failure(
            f"the index has no file with the checksum of {', '.join(lacking)}: "
            "run release/lock and look at what changed"
        )


def fetch_source(blob: Blob, urls: Sequence[str]) -> None:
    """Download a blob from the first address that has it. Raises Failure when none has."""
    problems = []
    for url in urls:
        with tempfile.TemporaryDirectory() as name:
            file = Path(name) / "blob"
            try:
                save(url, file)
            except (OSError, urllib.error.URLError) as error:
                problems.append(f"{url}: {error}")
                continue
            if blob.is_at(file):
                place(blob, file)
                return
            problems.append(f"{url}: has another checksum than {blob.sha256}")
    told = "; ".join(problems) or "config/sources.yml names no address for it"
    raise Failure(f"{blob.path} could not be fetched: {told}; or name a folder that has it: --from")


def save(url: str, file: Path) -> None:
    """One download."""
    if not url.startswith("https://"):
        raise Failure(f"{url}: wanted https://")
    with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer, file.open("wb") as out:  # noqa: S310  # https alone
        shutil.copyfileobj(answer, out)


def place(blob: Blob, file: Path) -> None:
    """Copy a checked file to its place, whole or not at all."""
    blob.file.parent.mkdir(parents=True, exist_ok=True)
    temporary = blob.file.with_name(f".{blob.file.name}.part")
    shutil.copyfile(file, temporary)
    temporary.replace(blob.file)
    say(f"{blob.path}")


if __name__ == "__main__":
    run(main)
