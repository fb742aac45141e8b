"""Content in memory and on disk: what is kept, where, and for how long."""

from __future__ import annotations

import gc
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpikit_alicloud_simulator.oss.blobs import Content, Shelf


@pytest.fixture
def spilled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_above_the_ceiling_content_goes_to_files(spilled: Path) -> None:
    shelf = Shelf(ceiling=10)
    small, large = shelf.keep(b"12345"), shelf.keep(b"abcdefgh")
    assert shelf.held_in_memory == 5
    assert len(files(spilled)) == 1
    assert (small.read(), large.read()) == (b"12345", b"abcdefgh")
    assert large.read(2, 5) == b"cde"


def test_what_nobody_holds_is_given_back(spilled: Path) -> None:
    shelf = Shelf(ceiling=4)
    held = [shelf.keep(b"1234"), shelf.keep(b"5678")]
    held.clear()
    gc.collect()
    assert shelf.held_in_memory == 0
    assert files(spilled) == []
    del shelf
    gc.collect()
    assert list(spilled.iterdir()) == []


def test_content_outlives_its_shelf(spilled: Path) -> None:
    content = Shelf(ceiling=0).keep(b"still here")
    gc.collect()
    assert content.read() == b"still here"


def test_joining_shares_and_does_not_copy() -> None:
    shelf = Shelf(ceiling=100)
    first, second = shelf.keep(b"abc"), shelf.keep(b"def")
    both = first + second
    assert shelf.held_in_memory == 6
    assert both.blobs[0] is first.blobs[0]
    assert both.cut(shelf, 0, 6) is both


@settings(derandomize=True, database=None)
@given(
    pieces=st.lists(st.binary(max_size=9), max_size=6),
    start=st.integers(0, 60),
    end=st.none() | st.integers(0, 60),
)
def test_reading_a_row_of_blobs_is_reading_their_join(
    pieces: list[bytes], start: int, end: int | None
) -> None:
    shelf, whole = Shelf(ceiling=20), b"".join(pieces)
    content = sum((shelf.keep(piece) for piece in pieces), start=Content())
    assert content.size == len(whole)
    assert content.read(start, end) == whole[start:end]
    with content.open() as file:
        file.seek(start)
        assert file.tell() == start
        assert file.read() == whole[start:]
        assert file.seek(0, io.SEEK_END) == len(whole)
