"""Where content lies: in memory up to a ceiling, in temporary files above it."""

from __future__ import annotations

import io
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from attrs import field, frozen

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Blob(Protocol):
    """Bytes that never change once kept."""

    @property
    def size(self) -> int:
        """The length in bytes."""

    def read(self, start: int, end: int) -> bytes:
        """Give the bytes from `start` up to and without `end`."""


class _Memory:
    """Bytes in memory, counted against the shelf's ceiling while anyone holds them."""

    def __init__(self, data: bytes, tally: _Tally) -> None:
        self._data = data
        self.size = len(data)
        tally.held += self.size
        weakref.finalize(self, tally.give_back, self.size)

    def read(self, start: int, end: int) -> bytes:
        return self._data[start:end]


class _File:
    """Bytes in a file of their own, which goes when nobody holds them any more."""

    def __init__(self, data: bytes, folder: _Folder) -> None:
        self._folder = folder  # keeps the folder while this blob lives, even past its shelf
        self._path = folder.new_path()
        self._path.write_bytes(data)
        self.size = len(data)
        weakref.finalize(self, self._path.unlink, missing_ok=True)

    def read(self, start: int, end: int) -> bytes:
        with self._path.open("rb") as file:
            file.seek(start)
            return file.read(max(0, end - start))


class _Tally:
    """How many bytes are in memory; a cell of its own so that a blob can outlive the shelf."""

    def __init__(self) -> None:
        self.held = 0

    def give_back(self, size: int) -> None:
        self.held -= size


class _Folder:
    """A temporary folder, made at the first file and removed with the last holder."""

    def __init__(self) -> None:
        self._path = Path(tempfile.mkdtemp(prefix="cpikit-oss-"))
        self._next = 0
        weakref.finalize(self, shutil.rmtree, self._path, ignore_errors=True)

    def new_path(self) -> Path:
        self._next += 1
        return self._path / f"{self._next:08d}"


class Shelf:
    """Keeps bytes: `ceiling` of them in memory, the others on disk."""

    def __init__(self, ceiling: int) -> None:
        self._ceiling = ceiling
        self._tally = _Tally()
        self._folder: _Folder | None = None

    @property
    def held_in_memory(self) -> int:
        """How many bytes are in memory now."""
        return self._tally.held

    def keep(self, data: bytes) -> Content:
        """Keep `data` until the last holder of the answer lets go."""
        if not data:
            return Content()
        if self._tally.held + len(data) <= self._ceiling:
            return Content((_Memory(bytes(data), self._tally),))
        if self._folder is None:
            self._folder = _Folder()
        return Content((_File(data, self._folder),))


@frozen
class Content:
    """Immutable bytes as a row of blobs, so that joining parts or copying moves nothing."""

    blobs: tuple[Blob, ...] = field(default=(), repr=False)

    @property
    def size(self) -> int:
        """The length in bytes."""
        return sum(blob.size for blob in self.blobs)

    def __add__(self, other: Content) -> Content:
        return Content(self.blobs + other.blobs)

    def read(self, start: int = 0, end: int | None = None) -> bytes:
        """Give the bytes from `start` up to and without `end`."""
        pieces = []
        offset = 0
        for blob in self.blobs:
            low = max(0, start - offset)
            high = blob.size if end is None else min(blob.size, end - offset)
            if low < high:
                pieces.append(blob.read(low, high))
            offset += blob.size
        return b"".join(pieces)

    def cut(self, shelf: Shelf, start: int, end: int) -> Content:
        """Give a range as content of its own: the whole is shared, a piece is kept anew."""
        if start == 0 and end >= self.size:
            return self
        return shelf.keep(self.read(start, end))

    def open(self) -> BinaryIO:
        """Give a file that reads the content piece by piece and can seek."""
        return cast("BinaryIO", io.BufferedReader(_Reader(self), buffer_size=1 << 20))


class _Reader(io.RawIOBase):
    """A raw file over content."""

    def __init__(self, content: Content) -> None:
        super().__init__()
        self._content = content
        self._size = content.size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        data = self._content.read(self._at, self._at + len(view))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)
