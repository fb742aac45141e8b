"""Build the candidate: a release tarball, its bill of materials, and their checksums.

`bosh create-release` does it where the BOSH CLI is at hand, and an equivalent of ours where it is
not; both results go through the same check (check.py).
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from release.tooling.blobs import missing, strangers
from release.tooling.check import problems_of
from release.tooling.digests import sha256_of
from release.tooling.failure import Failure, run, say
from release.tooling.manifest import assembled
from release.tooling.paths import NAME, RELEASE, ROOT
from release.tooling.sbom import bill
from release.tooling.versions import candidate, checked
from release.tooling.wheels import build_own


def main(words: Sequence[str]) -> None:
    """Build into the output folder."""
    parser = argparse.ArgumentParser(prog="release/build", description=__doc__)
    parser.add_argument("--version", type=str, help="a semantic version (default: a candidate's)")
    parser.add_argument("--output", type=Path, default=ROOT / "out/release")
    parser.add_argument("--without-cli", action="store_true", help="even if bosh is at hand")
    parsed = parser.parse_args(words)
    version = checked(parsed.version) if parsed.version else candidate()
    lacking = [blob.path for blob in missing()]
    if lacking:
        raise Failure(f"blobs that are not at hand: {', '.join(lacking)}; run release/fetch first")
    odd = [str(path.relative_to(RELEASE)) for path in strangers()]
    if odd:
        raise Failure(f"files that config/blobs.yml does not name: {', '.join(odd)}; remove them")
    build_own()
    parsed.output.mkdir(parents=True, exist_ok=True)
    tarball = parsed.output.resolve() / f"{NAME}-{version}.tgz"
    bosh = None if parsed.without_cli else shutil.which("bosh")
    if bosh:
        by_cli(bosh, version, tarball)
    else:
        assembled(version).write(tarball)
    problems = problems_of(tarball)
    if problems:
        raise Failure("\n".join([f"{tarball} is not a sound release:", *problems]))
    listed = tarball.with_name(f"{NAME}-{version}.cdx.json")
    listed.write_text(bill(version), "utf-8")
    sums = "".join(f"{sha256_of(path)}  {path.name}\n" for path in (tarball, listed))
    tarball.with_name(f"{NAME}-{version}.sha256").write_text(sums, "utf-8")
    say(str(tarball))


def by_cli(bosh: str, version: str, tarball: Path) -> None:
    """Let the BOSH CLI do it. Raises Failure with what it said."""
    command = [bosh, "create-release", "--sha2", "--non-interactive", "--force"]
    command += [f"--dir={RELEASE}", f"--name={NAME}", f"--version={version}"]
    command += [f"--tarball={tarball}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"bosh create-release failed:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    run(main)
