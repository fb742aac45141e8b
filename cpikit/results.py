"""The shape of every method's result, checked on the way out.

A provider that returns a string from create_vm, or "" from update_disk, is caught here and not by
the Director, who would take the first letter for the VM or store an empty disk CID.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cpikit.types import CreatedNetwork, CreatedVm
from cpikit.wire import kind_of

_LONGEST_CID = 255  # bytes: varchar(255) in the Director's database on MySQL


class BadResult(Exception):
    """A provider returned something that its method does not promise."""

    def __init__(self, method: str, wanted: str, found: object) -> None:
        super().__init__(f"{method} returned {kind_of(found)}, wanted {wanted}")


Shape = Callable[[str, object], Any]


def nothing(method: str, value: object) -> None:
    """Methods whose result nobody reads return None."""
    if value is not None:
        raise BadResult(method, "nothing", value)


def cid(method: str, value: object) -> str:
    """A non-empty string of at most 255 bytes."""
    if not isinstance(value, str) or not value:
        raise BadResult(method, "a CID as a non-empty string", value)
    try:
        size = len(value.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise BadResult(method, "a CID that is Unicode", value) from error
    if size > _LONGEST_CID:
        raise BadResult(method, f"a CID of at most {_LONGEST_CID} bytes", value)
    return value


def cid_or_nothing(method: str, value: object) -> str | None:
    """None, or a CID; never "" (the Director would store it)."""
    return None if value is None else cid(method, value)


def cids(method: str, value: object) -> list[str]:
    """An array of CIDs, empty when there are none."""
    if not isinstance(value, list | tuple):
        raise BadResult(method, "an array of CIDs", value)
    return [cid(method, item) for item in value]


def boolean(method: str, value: object) -> bool:
    """True or false: Ruby takes everything but nil and false for true."""
    if not isinstance(value, bool):
        raise BadResult(method, "true or false", value)
    return value


def text(method: str, value: object) -> str:
    """A string."""
    if not isinstance(value, str):
        raise BadResult(method, "a string", value)
    return value


def properties(method: str, value: object) -> dict[str, Any]:
    """An object."""
    if not isinstance(value, Mapping):
        raise BadResult(method, "an object", value)
    return dict(value)


def hint(method: str, value: object) -> str | dict[str, str]:
    """A non-empty path, or a non-empty object of strings: the agent panics on a number."""
    if isinstance(value, str) and value:
        return value
    if isinstance(value, Mapping) and value:
        parts = [part for item in value.items() for part in item]
        if all(isinstance(part, str) for part in parts):
            return dict(value)
    raise BadResult(method, "a disk hint as a non-empty string or object of strings", value)


def created_vm(method: str, value: object) -> list[object]:
    """[VM CID, networks]."""
    if not isinstance(value, CreatedVm):
        raise BadResult(method, "a CreatedVm", value)
    networks = properties(method, value.networks)
    networks = {name: properties(method, one) for name, one in networks.items()}
    return [cid(method, value.vm_cid), networks]


def created_network(method: str, value: object) -> list[object]:
    """[network CID, addresses, cloud_properties]."""
    if not isinstance(value, CreatedNetwork):
        raise BadResult(method, "a CreatedNetwork", value)
    return [
        cid(method, value.network_cid),
        properties(method, value.addresses),
        properties(method, value.cloud_properties),
    ]
