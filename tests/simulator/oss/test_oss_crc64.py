"""The checksum that both official SDKs compare: against theirs, and against the catalogue."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from oss2.utils import Crc64

from cpikit_alicloud_simulator.oss.crc64 import combine, crc64
from tests.simulator.oss.harness import noise


def theirs(data: bytes) -> int:
    checksum = Crc64()
    checksum.update(data)
    return checksum.crc


def test_the_check_value_is_the_catalogues() -> None:
    assert crc64(b"123456789") == 0x995DC9BBDF1939FA
    assert crc64(b"") == 0


def test_every_size_around_the_folds_agrees_with_the_sdk() -> None:
    for size in (1, 7, 8, 9, 2047, 2048, 2049, 4095, 4096, 65_537, 2**20 - 1, 2**20, 3 * 2**20 + 5):
        data = noise(size)
        assert crc64(data) == theirs(data), size


@settings(derandomize=True, database=None)
@given(size=st.integers(0, 20_000), seed=st.integers(0, 2**32), cut=st.floats(0, 1))
def test_continuing_and_combining_give_the_checksum_of_the_whole(
    size: int, seed: int, cut: float
) -> None:
    data = noise(size, seed)
    first, second = data[: int(size * cut)], data[int(size * cut) :]
    assert crc64(data) == theirs(data)
    assert crc64(second, crc64(first)) == theirs(data)
    assert combine(crc64(first), crc64(second), len(second)) == theirs(data)
