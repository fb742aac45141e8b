"""Archives that are the same to the byte for the same files, and the BOSH CLI's fingerprints.

The fingerprint is that of `bosh create-release --sha2`: "v2", then of each file its name, checksum
and mode in the order of names, then the dependencies; a rebuilt part is thereby known to be the one
that a Director has.  # bosh-cli, release/resource/fingerprint.go
"""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Iterable, Sequence

from release.tooling.digests import sha256_of, sha256_text
from release.tooling.specs import Entry, Part


def fingerprint(entries: Iterable[Entry], chunks: Sequence[str] = ()) -> str:
    """What the BOSH CLI would call these files."""
    text = ["v2"]
    for entry in sorted(entries, key=lambda entry: entry.name):
        mode = ("100755" if entry.is_executable else "100644") if entry.has_mode else ""
        text.append(f"{entry.name}sha256:{sha256_of(entry.path)}{mode}")
    text.append(",".join(sorted(chunks)))
    return sha256_text("".join(text))


def fingerprint_of(part: Part, *, is_package: bool) -> str:
    """A package's dependencies count, a job's packages do not: they stand in its spec."""
    return fingerprint(part.entries, part.needs if is_package else ())


def packed(files: Iterable[tuple[str, bytes, int]]) -> bytes:
    """A tar.gz of (name, content, mode) with nothing in it of when, where or by whom."""
    out = io.BytesIO()
    # The name in a gzip header and its time are left empty: both would differ from build to build.
    with (
        gzip.GzipFile(filename="", fileobj=out, mode="wb", mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        seen: set[str] = set()
        for name, content, mode in files:
            for folder in _folders_above(name):
                if folder not in seen:
                    seen.add(folder)
                    tar.addfile(_member(f"./{folder}", 0o755, is_folder=True))
            member = _member(f"./{name}", mode)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


def archive(entries: Iterable[Entry]) -> bytes:
    """The archive of a job or a package."""
    ordered = sorted(entries, key=lambda entry: entry.name)
    return packed(
        (entry.name, entry.path.read_bytes(), 0o755 if entry.is_executable else 0o644)
        for entry in ordered
    )


def _member(name: str, mode: int, *, is_folder: bool = False) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type = tarfile.DIRTYPE if is_folder else tarfile.REGTYPE
    member.mode = mode
    return member


def _folders_above(name: str) -> list[str]:
    parts = name.split("/")[:-1]
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]
