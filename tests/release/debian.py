"""CPython's official source out of Debian's archive, by apt and a configuration of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

SOURCES = """Types: deb-src
URIs: http://deb.debian.org/debian
Suites: trixie sid
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""
CONFIGURATION = """Dir::State "{home}/state";
Dir::State::status "{home}/status";
Dir::Cache "{home}/cache";
Dir::Etc "{home}/etc";
Dir::Etc::SourceList "/dev/null";
Dir::Etc::SourceParts "{home}/etc/sources.list.d";
APT::Sandbox::User "";
Acquire::Check-Valid-Until "false";
"""
# A mirror may be a snapshot: its index is signed all the same, and what matters is pinned by us.


class Apt:
    """apt-get that knows nothing of the machine's own lists and changes none of them."""

    def __init__(self, home: Path) -> None:
        self.home = home
        for name in (
            "state/lists/partial",
            "cache/archives/partial",
            "etc/sources.list.d",
            "etc/apt.conf.d",
        ):
            (home / name).mkdir(parents=True)
        (home / "status").touch()
        (home / "etc/sources.list.d/debian.sources").write_text(SOURCES)
        (home / "apt.conf").write_text(CONFIGURATION.format(home=home))

    def run(self, *words: str) -> str:
        tool = shutil.which(words[0])
        assert tool is not None, f"{words[0]} is not there: this test runs on Debian or Ubuntu"
        done = subprocess.run(
            [tool, *words[1:]],
            env={**os.environ, "APT_CONFIG": str(self.home / "apt.conf"), "LC_ALL": "C"},
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout


def cpython_source(home: Path, package: str, wanted: str) -> tuple[Path, str]:
    """The source archive and its version: the wanted one, or else the newest that is fetched.

    apt verifies it by the index that Debian signs.
    """
    apt = Apt(home)
    apt.run("apt-get", "update", "--quiet")
    rows = apt.run("apt-cache", "madison", package).splitlines()
    versions = [row.split("|")[1].strip() for row in rows if "Sources" in row]
    versions.sort(key=lambda version: not version.startswith(f"{wanted}-"))
    assert versions, f"Debian has no source package {package}"
    problems = []
    for version in versions:
        try:
            apt.run(
                "apt-get", "source", "--quiet", "--download-only", "--tar-only",
                f"{package}={version}",
            )  # fmt: skip
        except AssertionError as error:
            problems.append(str(error))  # a mirror may list what it no longer has
            continue
        upstream = re.split(r"[-+]", version)[0]
        (archive,) = home.glob(f"{package}_{upstream}.orig.tar.xz")
        return archive, upstream
    raise AssertionError("\n".join(problems))
