"""Jobs and packages as their specs describe them, and the files that go into each archive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from attrs import frozen

from release.tooling.failure import Failure
from release.tooling.paths import RELEASE


@frozen
class Entry:
    """One file of an archive; `has_mode` tells whether its mode counts for the fingerprint."""

    name: str
    path: Path
    has_mode: bool = True

    @property
    def is_executable(self) -> bool:
        """Whether anybody may execute it: that is all of a mode that the BOSH CLI looks at."""
        return bool(self.path.stat().st_mode & 0o111)


@frozen
class Part:
    """A job or a package: its name, what else it needs, and its files."""

    name: str
    needs: tuple[str, ...]
    entries: tuple[Entry, ...]


def jobs() -> list[Part]:
    """All jobs, in the order of their names."""
    return [_job(path) for path in sorted((RELEASE / "jobs").iterdir()) if path.is_dir()]


def packages() -> list[Part]:
    """All packages, in the order of their names."""
    return [_package(path) for path in sorted((RELEASE / "packages").iterdir()) if path.is_dir()]


def spec_of(folder: Path) -> dict[str, Any]:
    """The spec in a job's or a package's folder. Raises Failure when the names differ."""
    spec: dict[str, Any] = yaml.safe_load((folder / "spec").read_text("utf-8"))
    if spec.get("name") != folder.name:
        raise Failure(
            f"{folder / 'spec'}: the name is {spec.get('name')!r}, wanted {folder.name!r}"
        )
    return spec


def _job(folder: Path) -> Part:
    spec = spec_of(folder)
    entries = [Entry("job.MF", folder / "spec"), Entry("monit", folder / "monit")]
    entries += [
        Entry(f"templates/{template}", folder / "templates" / template)
        for template in spec["templates"]
    ]
    for entry in entries:
        if not entry.path.is_file():
            raise Failure(f"job {folder.name}: {entry.path} is not there")
    return Part(folder.name, tuple(spec.get("packages") or ()), tuple(entries))


def _package(folder: Path) -> Part:
    spec = spec_of(folder)
    found = {"packaging": Entry("packaging", folder / "packaging", has_mode=False)}
    for pattern in spec["files"]:
        matched = False
        for root in (RELEASE / "src", RELEASE / "blobs"):
            for path in root.glob(pattern):
                if path.is_file():
                    matched = True
                    name = path.relative_to(root).as_posix()
                    found.setdefault(name, Entry(name, path))
        if not matched:
            raise Failure(
                f"package {folder.name}: no file matches {pattern}, run release/fetch first"
            )
    return Part(folder.name, tuple(spec.get("dependencies") or ()), tuple(found.values()))
