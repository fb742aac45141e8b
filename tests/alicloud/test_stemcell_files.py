"""The file of a heavy stemcell: read as a stream, and nothing in it is trusted."""

from __future__ import annotations

import gzip
import io
import lzma
import random
import tarfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpikit.errors import CpiError
from cpikit_alicloud.stemcell_files import digest, root_image


def packed(path: Path, *members: tuple[tarfile.TarInfo, bytes], mode: str = "w:gz") -> str:
    with tarfile.open(str(path), mode) as archive:  # type: ignore[call-overload]  # a mode
        for info, data in members:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return str(path)


def a_file(name: str = "root.img", data: bytes = b"x" * 1000) -> tuple[tarfile.TarInfo, bytes]:
    return tarfile.TarInfo(name), data


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("name", ["root.img", "./root.img"])
def test_the_image_is_found_in_any_tar(tmp_path: Path, mode: str, name: str) -> None:
    path = packed(tmp_path / "image", a_file("other", b"?"), a_file(name, b"abc" * 500), mode=mode)
    with root_image(path) as image:
        assert image.size == 1500
        assert b"".join(part.data for part in image.parts(400)) == b"abc" * 500


@given(size=st.integers(1, 3000), part_size=st.integers(1, 3100))
@settings(derandomize=True, database=None, max_examples=60)
def test_parts_are_the_image_in_order_and_all_but_the_last_are_full(
    tmp_path_factory: pytest.TempPathFactory, size: int, part_size: int
) -> None:
    data = bytes(n % 251 for n in range(size))
    path = packed(tmp_path_factory.mktemp("tar") / "image", a_file(data=data), mode="w")
    with root_image(path) as image:
        parts = list(image.parts(part_size))
    assert b"".join(part.data for part in parts) == data
    assert [part.number for part in parts] == list(range(1, len(parts) + 1))
    assert all(len(part.data) == part_size for part in parts[:-1])


def test_a_link_in_the_images_place_is_refused(tmp_path: Path) -> None:
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE):
        info = tarfile.TarInfo("root.img")
        info.type, info.linkname = kind, "/etc/shadow"
        path = packed(tmp_path / "image", (info, b""))
        with pytest.raises(CpiError, match="a link or a device"), root_image(path):
            pass


@pytest.mark.parametrize("name", ["../root.img", "/root.img", "a/../../root.img"])
def test_a_path_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    path = packed(tmp_path / "image", a_file(name))
    with pytest.raises(CpiError, match="leads out"), root_image(path):
        pass


def test_a_tar_without_the_image_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "image", a_file("stemcell.MF"))
    with pytest.raises(CpiError, match=r"has no root\.img"), root_image(path):
        pass


def test_an_empty_image_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "image", a_file(data=b""))
    with pytest.raises(CpiError, match=r"has no root\.img"), root_image(path):
        pass


@pytest.mark.parametrize("garbage", [b"", b"\0" * 5000, b"no tar at all" * 100])
def test_what_is_no_tar_is_refused(tmp_path: Path, garbage: bytes) -> None:
    path = tmp_path / "image"
    path.write_bytes(garbage)
    with pytest.raises(CpiError), root_image(str(path)):
        pass


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
def test_a_tar_that_ends_early_is_refused(tmp_path: Path, mode: str) -> None:
    data = bytes(n * 7919 % 256 for n in range(200_000))
    path = Path(packed(tmp_path / "image", a_file(data=data), mode=mode))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(CpiError), root_image(str(path)) as image:
        list(image.parts(10_000))


def noise(size: int) -> bytes:
    """What no compression makes smaller: its bytes stand in the file as they are."""
    return random.Random(1).randbytes(size)  # noqa: S311  # test data


def read_whole(path: Path, content: bytes) -> bytes:
    path.write_bytes(content)
    with root_image(str(path)) as image:
        return b"".join(part.data for part in image.parts(1000))


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress])
def test_one_wrong_bit_anywhere_is_refused(
    tmp_path: Path, compress: Callable[[bytes], bytes]
) -> None:
    plain = packed(tmp_path / "plain", a_file(data=noise(3000)), a_file("stemcell.MF"), mode="w")
    whole = compress(Path(plain).read_bytes())
    for at in range(12, len(whole), 17):  # before it are gzip's own name and time
        damaged = bytearray(whole)
        damaged[at] ^= 4
        with pytest.raises(CpiError, match=rf"damaged.*; download '{tmp_path}/image' again"):
            read_whole(tmp_path / "image", bytes(damaged))
    assert read_whole(tmp_path / "image", whole) == noise(3000)


@pytest.mark.parametrize("missing", [1, 4, 8, 9, 200])
@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress])
def test_a_file_whose_tail_is_missing_is_refused(
    tmp_path: Path, missing: int, compress: Callable[[bytes], bytes]
) -> None:
    plain = packed(tmp_path / "plain", a_file(data=noise(3000)), mode="w")
    whole = compress(Path(plain).read_bytes())
    with pytest.raises(CpiError, match="damaged"):
        read_whole(tmp_path / "image", whole[:-missing])


@pytest.mark.parametrize("length", [512 + 1024, 512 + 1024 + 100, 512 + 1024 + 512 + 10])
def test_a_plain_tar_that_ends_behind_the_image_is_refused(tmp_path: Path, length: int) -> None:
    plain = packed(tmp_path / "plain", a_file(data=noise(1024)), a_file("stemcell.MF"), mode="w")
    with pytest.raises(CpiError, match=r"wanted the tar's end|unexpected end"):
        read_whole(tmp_path / "image", Path(plain).read_bytes()[:length])


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    missing = str(tmp_path / "none")
    with pytest.raises(CpiError, match="cannot be read"):
        digest(missing)
    with pytest.raises(CpiError), root_image(missing):
        pass


def test_the_digest_is_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "image"
    path.write_bytes(b"abc")
    assert digest(str(path)) == sha256(b"abc").hexdigest()
