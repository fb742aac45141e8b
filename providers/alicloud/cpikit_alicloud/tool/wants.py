"""Which copies are wanted, from the words of the command line."""

from __future__ import annotations

from cpikit.errors import CpiError
from cpikit_alicloud.tool.copies import Want

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ALL = "all"


def wanted(regions: Sequence[str], encrypt: Iterable[str]) -> list[Want]:
    """One copy for each region. Raises CpiError for encryption where no copy is wanted."""
    keys: dict[str, str] = {}
    for word in encrypt:
        place, _, key = word.partition("=")
        places = regions if place == _ALL else [place]
        if not set(places) <= set(regions):
            raise CpiError(
                f"--encrypt {word}: no copy is wanted in {place}, only in {', '.join(regions)}"
            )
        if place == _ALL and key:
            raise CpiError("--encrypt all: a KMS key belongs to one region, name it with that")
        for one in places:
            keys[one] = key or keys.get(one, "")
    return [
        Want(region, encrypted=region in keys, kms_key_id=keys.get(region, ""))
        for region in dict.fromkeys(regions)
    ]
