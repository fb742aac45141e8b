"""The file of a heavy stemcell: root.img, read out of its tar as a stream and never unpacked.

Links and paths that lead out are refused: the file comes from outside. It is read to its very end:
the checksum of the whole stands there, and tarfile alone looks at none.
"""

from __future__ import annotations

import tarfile
import zlib
from contextlib import contextmanager
from hashlib import md5, sha256
from importlib import import_module

from attrs import frozen

from cpikit.errors import CpiError

try:
    from lzma import LZMAError
except ImportError:  # pragma: no cover  # a Python that was built without it
    LZMAError = EOFError  # type: ignore[assignment,misc]  # then nothing raises it

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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
    _read: Callable[[int], bytes]
    _finish: Callable[[], None]

    def parts(self, part_size: int) -> Iterator[Part]:
        """The parts, all but the last of that size; after the last, the file is whole.

        Raises CpiError where the file is damaged, be it behind the image.
        """
        left, number = self.size, 0
        while left:
            number += 1
            data = self._read(min(part_size, left))
            left -= len(data)
            yield Part(number, data)
        self._finish()


class _Member(tarfile.TarInfo):
    """What the tar says of a member. tarfile takes whatever is no header for the tar's end."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Member:
        """The member of a header, or the end. Raises ReadError where there is neither."""
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if len(buf) == tarfile.BLOCKSIZE and not any(buf):
                raise
            raise tarfile.ReadError(f"{error}, wanted the tar's end") from error


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


_DAMAGES = (tarfile.TarError, EOFError, OSError, ValueError, ImportError, zlib.error, LZMAError)
"""What tarfile and its decompressors raise for what is no tar, or a damaged one."""

_DECOMPRESSORS = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\xfd7zXZ\0": "lzma"}


@contextmanager
def root_image(path: str) -> Iterator[RootImage]:
    """The image inside of the file, open for reading. Raises CpiError for anything else."""
    with _told(path):
        stream = _decompressed(path)
    with stream:
        with _told(path):
            archive = tarfile.open(  # noqa: SIM115  # it holds nothing but the stream
                fileobj=stream, mode="r|", bufsize=_BLOCK, tarinfo=_Member
            )
            size, file = _found(archive, path)

        def read(count: int) -> bytes:
            with _told(path):
                data = file.read(count)
                if len(data) != count:
                    raise EOFError(f"{_IMAGE} ends early")
                return data

        def finish() -> None:
            with _told(path):
                while archive.next() is not None:
                    pass
                while stream.read(_BLOCK):
                    pass

        yield RootImage(size, read, finish)


@contextmanager
def _told(path: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGES as error:
        raise CpiError(
            f"the stemcell's file is no tar, or a damaged one: {error}; download {path!r} again"
        ) from error


def _decompressed(path: str) -> IO[bytes]:
    """What is in the file. These, unlike tarfile's own, check the sums that gzip and xz have."""
    with open(path, "rb") as file:  # noqa: PTH123  # pathlib costs a cold start 3 ms
        beginning = file.read(6)
    for magic, name in _DECOMPRESSORS.items():
        if beginning.startswith(magic):
            opened: IO[bytes] = import_module(name).open(path)
            return opened
    return open(path, "rb")  # noqa: PTH123  # as above


def _found(archive: tarfile.TarFile, path: str) -> tuple[int, IO[bytes]]:
    """The image's size and content."""
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
        return member.size, file
    raise CpiError(f"the stemcell's file {path!r} has no {_IMAGE}, which a heavy stemcell needs")
