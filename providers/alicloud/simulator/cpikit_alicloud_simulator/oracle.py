"""Hold requests and answers against what the official SDKs know of them.

The schemas in data/schemas.json are generated from the SDK packages (see oracles/generate.py).
Every key of an answer is optional there: a missing one is worth a report, not a failure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

from attrs import frozen

# What the protocol adds to every call; RegionId is added by the SDK's client.
PROTOCOL = frozenset(
    """
    AccessKeyId Action Format RegionId SecurityToken Signature SignatureMethod SignatureNonce
    SignatureType SignatureVersion Timestamp Version
    """.split()
)
_INDEX = re.compile(r"(?<=\.)[1-9][0-9]*(?=\.|$)")
_TYPES: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
}


class UnknownToSdk(LookupError):
    """The SDKs know no such product, action or answer."""


@frozen
class Schema:
    """What the SDKs know of one action. `response` is None when no SDK has a model of it."""

    parameters: frozenset[str]
    response: Any


def products() -> list[str]:
    """Give the products that there are schemas of."""
    return sorted(_schemas())


def actions(product: str) -> list[str]:
    """Give the actions of a product."""
    return sorted(_product(product))


def schema(product: str, action: str) -> Schema:
    """Give the schema of an action; raises `UnknownToSdk`."""
    found = _product(product).get(action)
    if found is None:
        raise UnknownToSdk(
            f"{product} {action}: no SDK has this action; compare its spelling with "
            f"oracle.actions({product!r})"
        )
    return Schema(frozenset(found["parameters"]), found["response"])


def accepts(product: str, action: str, parameter_name: str) -> bool:
    """Say whether an SDK of either generation sends this parameter, as it is on the wire.

    `Tag.3.Key` is `Tag.N.Key`; a list that one of them sends as one text (`X`) and the other
    numbered (`X.1`) is accepted either way.
    """
    return (
        parameter_name in PROTOCOL
        or _INDEX.sub("N", parameter_name) in schema(product, action).parameters
    )


def unknown_keys(product: str, action: str, body: object) -> list[str]:
    """Give the paths of keys that the SDK's model of the answer does not have."""
    return _found(product, action, body, "unknown")


def wrong_types(product: str, action: str, body: object) -> list[str]:
    """Give `path: wanted, found` for values of another type; null is an absent value."""
    return _found(product, action, body, "wrong")


def missing_keys(product: str, action: str, body: object) -> list[str]:
    """Give the paths of keys that the model has and the answer does not; null is absent."""
    return _found(product, action, body, "missing")


def _found(product: str, action: str, body: object, kind: str) -> list[str]:
    tree = schema(product, action).response
    if tree is None:
        raise UnknownToSdk(
            f"{product} {action}: the newest SDK has no model of its answer; judge it by hand"
        )
    # The same path once, however many elements of a list show it.
    return list(dict.fromkeys(text for what, text in _compared(tree, body, "") if what == kind))


def _compared(tree: Any, value: object, path: str) -> Iterator[tuple[str, str]]:
    """Walk a model's tree and an answer side by side; gives findings and their paths."""
    if value is None or tree == "any":
        return
    if isinstance(tree, str):
        if not _is(value, tree):
            yield "wrong", _mismatch(path, tree, value)
    elif isinstance(tree, list):
        if not isinstance(value, list):
            yield "wrong", _mismatch(path, "list", value)
            return
        for element in value:
            yield from _compared(tree[0], element, f"{path}[]")
    elif not isinstance(value, Mapping):
        yield "wrong", _mismatch(path, "object", value)
    else:
        yield from _compared_keys(tree, value, f"{path}." if path else "")


def _compared_keys(
    tree: Mapping[str, Any], value: Mapping[Any, object], prefix: str
) -> Iterator[tuple[str, str]]:
    for key in value:
        if key not in tree:
            yield "unknown", f"{prefix}{key}"
    for key, below in tree.items():
        if value.get(key) is None:
            yield "missing", f"{prefix}{key}"
        else:
            yield from _compared(below, value[key], f"{prefix}{key}")


def _is(value: object, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "bool"
    return isinstance(value, _TYPES[kind])


def _mismatch(path: str, wanted: str, value: object) -> str:
    return f"{path or 'the answer'}: wanted {wanted}, found {type(value).__name__}"


def _product(product: str) -> Mapping[str, Any]:
    found = _schemas().get(product)
    if found is None:
        raise UnknownToSdk(f"{product}: no schemas of this product; there are {products()}")
    return found


@lru_cache(maxsize=1)
def _schemas() -> Mapping[str, Mapping[str, Any]]:
    text = resources.files(__package__).joinpath("data/schemas.json").read_text("utf-8")
    loaded: Mapping[str, Mapping[str, Any]] = json.loads(text)
    return loaded
