"""Stemcell tarballs: the manifest read, the image taken out and checked, a light one written.

The format is that of bosh-linux-stemcell-builder: stemcell.MF in YAML, and `image`, which is empty
in a light stemcell, whose manifest names images by region instead.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import shutil
import tarfile
from pathlib import Path
from typing import Any

import yaml
from attrs import frozen

from cpikit.errors import CpiError

_MANIFEST = "stemcell.MF"
_IMAGE = "image"
_NEEDED = ("name", "version", "operating_system", "stemcell_formats", "cloud_properties")
_OF_NOTHING = hashlib.sha1(b"", usedforsecurity=False).hexdigest()
_LARGEST_MANIFEST = 1024 * 1024
_FAILURES = (tarfile.TarError, EOFError, OSError, ValueError, gzip.BadGzipFile)


class _Loader(yaml.SafeLoader):
    """YAML whose decimal numbers stay text: a version 621.90 is not 621.9."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:float"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@frozen
class Stemcell:
    """A tarball's manifest, and where the tarball is."""

    path: Path
    manifest: dict[str, Any]

    @property
    def properties(self) -> dict[str, Any]:
        """Its cloud_properties."""
        return dict(self.manifest["cloud_properties"])

    @property
    def image_ids(self) -> dict[str, str]:
        """The images of a light stemcell by region; none of a heavy one."""
        found = self.properties.get("image_id") or {}
        return {str(region): str(id_) for region, id_ in found.items()}

    @property
    def digest(self) -> str:
        """What the manifest says of its image."""
        return str(self.manifest.get("sha1") or "")


def read(path: str) -> Stemcell:
    """The stemcell in a tarball. Raises CpiError for what is none."""
    try:
        with tarfile.open(path, "r:*") as archive:
            data = _member(archive, _MANIFEST).read(_LARGEST_MANIFEST)
        manifest = yaml.load(data, Loader=_Loader)  # noqa: S506  # a SafeLoader
    except (*_FAILURES, yaml.YAMLError, RecursionError) as error:
        raise CpiError(f"{path} is no stemcell: {error}") from error
    if not isinstance(manifest, dict):
        raise CpiError(f"{path}: {_MANIFEST} is no mapping")
    missing = [key for key in _NEEDED if not manifest.get(key)]
    if missing:
        raise CpiError(f"{path}: {_MANIFEST} has no {', '.join(missing)}")
    properties = manifest["cloud_properties"]
    if not isinstance(properties, dict):
        raise CpiError(f"{path}: cloud_properties of {_MANIFEST} is no mapping")
    if not isinstance(properties.get("image_id") or {}, dict):
        raise CpiError(f"{path}: image_id of {_MANIFEST} is no mapping of regions to images")
    return Stemcell(Path(path), manifest)


def take_image(stemcell: Stemcell, folder: str) -> str:
    """The image of a heavy stemcell as a file in the folder. Raises CpiError for a damaged one."""
    target = Path(folder, _IMAGE)
    try:
        with tarfile.open(stemcell.path, "r:*") as archive, target.open("wb") as file:
            shutil.copyfileobj(_member(archive, _IMAGE), file, 1024 * 1024)
    except _FAILURES as error:
        raise CpiError(f"{stemcell.path}: its image cannot be read: {error}") from error
    _check(stemcell, target)
    return str(target)


def light_manifest(manifest: dict[str, Any], image_ids: dict[str, str]) -> dict[str, Any]:
    """The manifest of the light stemcell whose images these are."""
    properties = dict(manifest["cloud_properties"])
    for key in ("oss_bucket", "oss_object"):
        properties.pop(key, None)
    properties["image_id"] = dict(sorted(image_ids.items()))
    return {**manifest, "sha1": _OF_NOTHING, "cloud_properties": properties}


def check_writable(path: Path) -> None:
    """Raise CpiError where `write` would fail an hour later."""
    part = _part(path)
    try:
        part.touch()
        part.unlink()
    except OSError as error:
        raise CpiError(f"{path} cannot be written: {error.strerror}") from error


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def write(path: Path, manifest: dict[str, Any]) -> None:
    """Write a light stemcell, whole or not at all; the same manifest gives the same bytes."""
    text = yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True).encode()
    part = _part(path)
    try:
        with (
            part.open("wb") as raw,
            gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w") as archive,
        ):
            for name, data in ((_MANIFEST, text), (_IMAGE, b"")):
                info = tarfile.TarInfo(name)
                info.size, info.mode = len(data), 0o644
                archive.addfile(info, io.BytesIO(data))
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise CpiError(f"{path} cannot be written: {error.strerror}") from error


def _member(archive: tarfile.TarFile, name: str) -> Any:
    for member in archive:
        if member.name.removeprefix("./") == name and member.isreg():
            return archive.extractfile(member)
    raise ValueError(f"it has no file {name}")


def _check(stemcell: Stemcell, image: Path) -> None:
    """Compare the image with its digests: `sha1`, or `sha256:…`, or several with semicolons."""
    for digest in filter(None, stemcell.digest.split(";")):
        kind, _, wanted = digest.rpartition(":")
        if kind not in ("", "sha1", "sha256", "sha512"):
            raise CpiError(f"{stemcell.path}: digest {kind!r} is not known")
        with image.open("rb") as file:
            found = hashlib.file_digest(file, kind or "sha1").hexdigest()
        if found != wanted:
            raise CpiError(
                f"{stemcell.path}: its image has {kind or 'sha1'} {found}, wanted {wanted}: "
                "the file is damaged, download it again"
            )
