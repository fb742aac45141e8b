"""Versions as BOSH orders them: semantic ones, with a candidate's commit behind."""

from __future__ import annotations

import configparser
import re
import subprocess

from release.tooling.failure import Failure
from release.tooling.paths import ROOT

_NUMBER = r"(?:0|[1-9]\d*)"
_WORDS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_SEMVER = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-{_WORDS})?(?:\+{_WORDS})?")


def checked(version: str) -> str:
    """The version, if it is a semantic one. Raises Failure."""
    if not _SEMVER.fullmatch(version):
        raise Failure(f"version {version!r}: wanted MAJOR.MINOR.PATCH[-candidate][+build]")
    return version


def own_version() -> str:
    """The version in setup.cfg."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", "utf-8")
    return parser["metadata"]["version"]


def commit() -> tuple[str, bool]:
    """The commit that is checked out, and whether something differs from it."""
    try:
        head = _git("rev-parse", "--short=12", "HEAD")
        return head, bool(_git("status", "--porcelain", "--untracked-files=no"))
    except (OSError, subprocess.CalledProcessError):
        return "unknown", False  # a source archive has no history


def candidate() -> str:
    """The version of a candidate: it comes before the release, and later ones come after it."""
    head, _ = commit()
    try:
        count = _git("rev-list", "--count", "HEAD")
    except (OSError, subprocess.CalledProcessError):
        count = "0"
    return checked(f"{own_version()}-dev.{count}+{head}")


def _git(*words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
