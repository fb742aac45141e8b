"""CRC-64/ECMA-182 as OSS reports it in `x-oss-hash-crc64ecma`, of bytes and of joined parts.

The checksum is reflected, starts and ends with all bits set: the check value of `123456789` is
0x995DC9BBDF1939FA (CRC catalogue: CRC-64/XZ). It is linear over GF(2), so long data is folded in
halves: every byte column of the upper half goes through `bytes.translate` and is XORed into the
lower one as a big integer. Both run in C, which makes this several times faster than the usual
loop over a table, without a compiled extension.
"""

from __future__ import annotations

from functools import lru_cache

_POLYNOMIAL = 0xC96C5795D7870F42  # ECMA-182, bit-reversed; OSS API, "x-oss-hash-crc64ecma"
_MASK = (1 << 64) - 1
_WORD = 8
_FOLD_FROM = 2048  # below this a fold costs more than the loop
_FOLD_UP_TO = 1 << 20  # one block; a longer one would only cost memory


@lru_cache(maxsize=1)
def _byte_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ (_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return tuple(table)


def crc64(data: bytes, start: int = 0) -> int:
    """Give the checksum of `data`, or of `data` after bytes whose checksum is `start`."""
    register = start ^ _MASK
    position = 0
    while len(data) - position >= _FOLD_FROM:
        length = min(_FOLD_UP_TO, 1 << ((len(data) - position).bit_length() - 1))
        register = _loop(_folded(data[position : position + length], register), 0)
        position += length
    return _loop(data[position:], register) ^ _MASK


def combine(first: int, second: int, second_size: int) -> int:
    """Give the checksum of two pieces joined, from theirs and the size of the second in bytes."""
    return _multiply(first, _power_of_x(8 * second_size)) ^ second


def _loop(data: bytes, register: int) -> int:
    table = _byte_table()
    for byte in data:
        register = table[(register ^ byte) & 0xFF] ^ (register >> 8)
    return register


def _folded(block: bytes, register: int) -> bytes:
    """Give a short block with the remainder of a power-of-two long one that follows `register`."""
    first = int.from_bytes(block[:_WORD], "little") ^ register
    block = first.to_bytes(_WORD, "little") + block[_WORD:]
    while len(block) >= _FOLD_FROM:
        half = len(block) // 2
        block = _fold(block[:half], block[half:])
    return block


def _fold(upper: bytes, lower: bytes) -> bytes:
    """Move `upper` over the length of `lower`: word by word times x^(8 * length), then XOR."""
    columns = [upper[place::_WORD] for place in range(_WORD)]
    out = bytearray(len(lower))
    for place, tables in enumerate(_shift_tables(8 * len(lower))):
        total = int.from_bytes(lower[place::_WORD], "little")
        for column, table in zip(columns, tables, strict=True):
            total ^= int.from_bytes(column.translate(table), "little")
        out[place::_WORD] = total.to_bytes(len(lower) // _WORD, "little")
    return bytes(out)


@lru_cache(maxsize=32)
def _shift_tables(bits: int) -> tuple[tuple[bytes, ...], ...]:
    """Give, by output byte and input byte of a word, the 256 products with x^bits."""
    factor = _power_of_x(bits)
    products = [
        [_multiply(1 << (8 * place + bit), factor) for bit in range(8)] for place in range(_WORD)
    ]
    sums = []
    for basis in products:
        row = [0] * 256
        for byte in range(1, 256):
            lowest = byte & -byte
            row[byte] = row[byte ^ lowest] ^ basis[lowest.bit_length() - 1]
        sums.append([value.to_bytes(_WORD, "little") for value in row])
    return tuple(tuple(bytes(value[out] for value in row) for row in sums) for out in range(_WORD))


@lru_cache(maxsize=1024)
def _power_of_x(exponent: int) -> int:
    result, base = 1 << 63, 1 << 62  # reflected: the highest bit is x^0, the next one x^1
    while exponent:
        if exponent & 1:
            result = _multiply(result, base)
        base = _multiply(base, base)
        exponent >>= 1
    return result


def _multiply(left: int, right: int) -> int:
    """Multiply two reflected polynomials modulo the generator."""
    product = 0
    for place in range(63, -1, -1):
        if left >> place & 1:
            product ^= right
        right = (right >> 1) ^ (_POLYNOMIAL if right & 1 else 0)
    return product
