"""Look into a file that is imported as an image: its format and the size of its disk."""

from __future__ import annotations

import struct
from typing import BinaryIO

from attrs import frozen

GIB = 1024**3
_QCOW2 = b"QFI\xfb"
_VHD = b"conectix"
_FOOTER = 512


@frozen
class Content:
    """What a file holds: RAW, QCOW2 or VHD, and how large the disk in it is."""

    format: str
    disk_bytes: int

    @property
    def size_gib(self) -> int:
        """The size of the disk, rounded up."""
        return max(1, -(-self.disk_bytes // GIB))


def looked_into(file: BinaryIO, size: int) -> Content:
    """Tell by the first and the last bytes; what has no mark is RAW."""
    with file:
        head = file.read(32)
        if head.startswith(_QCOW2) and len(head) >= 32:  # noqa: PLR2004  # up to the size
            return Content("QCOW2", int(struct.unpack(">Q", head[24:32])[0]))
        if size >= _FOOTER:
            file.seek(size - _FOOTER)
            footer = file.read(_FOOTER)
            if footer.startswith(_VHD):
                return Content("VHD", int(struct.unpack(">Q", footer[48:56])[0]))
    return Content("RAW", size)
