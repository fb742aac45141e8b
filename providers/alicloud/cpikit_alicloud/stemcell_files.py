"""The file of a heavy stemcell: root.img, read out of its tar as a stream and never unpacked.

Links and paths that lead out are refused: the file comes from outside.
"""

from __future__ import annotations

import tarfile
import zlib
from contextlib import contextmanager
from hashlib import md5, sha256

from attrs import frozen

from cpikit.errors import CpiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

_IMAGE = "root.img"
_BLOCK = 1024 * 1024


@frozen(eq=False)
class Part:
    """One part of the image, numbered from 1, with its MD5 in hex as OSS tells it."""

    number: int
    data: bytes

    @property
    def md5(self) -> str:
        """The ETag that OSS gives to a part (OSS, UploadPart)."""
        return md5(self.data, usedforsecurity=False).hexdigest().upper()


@frozen(eq=False)
class RootImage:
    """The image in its tar: its size in bytes, and its content in order."""

    size: int
    _file: IO[bytes]

    def parts(self, part_size: int) -> Iterator[Part]:
        """The parts, all but the last of that size. Raises CpiError where the tar ends early."""
        left, number = self.size, 0
        while left:
            number += 1
            wanted = min(part_size, left)
            data = self._read(wanted)
            if len(data) != wanted:
                raise CpiError(
                    f"the stemcell's {_IMAGE} ends after {self.size - left + len(data)} bytes, "
                    f"wanted {self.size}: the file is damaged, download it again"
                )
            left -= wanted
            yield Part(number, data)

    def _read(self, count: int) -> bytes:
        try:
            return self._file.read(count)
        except _DAMAGES as error:
            raise _damaged(error) from error


def digest(path: str) -> str:
    """The SHA-256 of the stemcell's file, in hex."""
    found = sha256()
    try:
        with open(path, "rb") as file:  # noqa: PTH123  # pathlib costs a cold start 3 ms
            while block := file.read(_BLOCK):
                found.update(block)
    except OSError as error:
        raise CpiError(f"the stemcell's file {path!r} cannot be read: {error.strerror}") from error
    return found.hexdigest()


_DAMAGES = (tarfile.TarError, EOFError, OSError, ValueError, zlib.error)
"""What tarfile and its decompressors raise for what is no tar, or a damaged one."""


@contextmanager
def root_image(path: str) -> Iterator[RootImage]:
    """The image inside of the file, open for reading. Raises CpiError for anything else."""
    try:
        archive = tarfile.open(path, "r|*")  # noqa: SIM115  # closed below
    except _DAMAGES as error:
        raise _damaged(error) from error
    with archive:
        try:
            image = _found(archive, path)
        except _DAMAGES as error:
            raise _damaged(error) from error
        yield image


def _found(archive: tarfile.TarFile, path: str) -> RootImage:
    for member in archive:
        name = member.name.removeprefix("./")
        if name.startswith("/") or ".." in name.split("/"):
            raise CpiError(
                f"the stemcell's file has a member {member.name!r}, which leads out of it"
            )
        if name != _IMAGE:
            continue
        if not member.isreg():
            raise CpiError(f"the stemcell's {_IMAGE} is a link or a device, wanted a file")
        file = archive.extractfile(member)
        if file is None or not member.size:
            break
        return RootImage(member.size, file)
    raise CpiError(f"the stemcell's file {path!r} has no {_IMAGE}, which a heavy stemcell needs")


def _damaged(error: Exception) -> CpiError:
    return CpiError(f"the stemcell's file is no tar, or a damaged one: {error}")
