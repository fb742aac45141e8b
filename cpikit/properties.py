"""What a class of cloud_properties, or of a configuration, has: one row for each of its fields.

The one place where `cpikit validate` and the generated reference pages read it from. A provider
writes a field with attrs, and what types cannot say into its metadata, all optional: `meaning`,
`api` (the parameter of the cloud's API that it becomes), `unit`, `deprecated`, and `inner`, the
class of what its type hides, as a reference "module:object". A NewType of a provider's own says
in its `__doc__` what it takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import NoneType, UnionType
from typing import Any, Literal, NewType, Union, get_args, get_origin, get_type_hints

import attrs
from attrs import frozen

from cpikit.plugins import resolve
from cpikit.redaction import Secret

_WORDS = {
    int: "an integer",
    str: "a string",
    bool: "true or false",
    float: "a number",
    Secret: "a string",
    dict: "an object",
    Any: "anything",
}


@frozen
class Property:
    """One key that an operator may write.

    `takes` says in words what it takes, `choices` are its values where they are few, `default` is
    None for one that is absent unless it is set, `inner` is the class of the object or the objects
    below it.
    """

    name: str
    takes: str
    choices: tuple[str, ...]
    default: object
    is_required: bool
    is_secret: bool
    meaning: str
    api: str
    unit: str
    is_deprecated: bool
    inner: type[Any] | None


def properties_of(cls: type[Any]) -> list[Property]:
    """The rows of an attrs class, in the order in which it declares them."""
    hints = get_type_hints(cls)
    return [
        _property(attribute, hints[attribute.name])
        for attribute in attrs.fields(cls)
        if attribute.init
    ]


def property_at(cls: type[Any], path: Sequence[str | int]) -> Property | None:
    """The row that a path of keys and places leads to; None where no class says what it is."""
    found: Property | None = None
    inner: type[Any] | None = cls
    for step in path:
        if isinstance(step, int):
            continue
        if inner is None:
            return None
        found = next((one for one in properties_of(inner) if one.name == step), None)
        inner = found.inner if found else None
    return found


def _property(attribute: attrs.Attribute[Any], hint: Any) -> Property:
    said: Mapping[str, Any] = attribute.metadata
    kind = _without_none(hint)
    return Property(
        name=attribute.alias or attribute.name,
        takes=takes(kind),
        choices=tuple(str(one) for one in get_args(kind) if one != "") if _is_choice(kind) else (),
        default=_default(attribute),
        is_required=attribute.default is attrs.NOTHING,
        is_secret=kind is Secret,
        meaning=str(said.get("meaning", "")),
        api=str(said.get("api", "")),
        unit=str(said.get("unit", "")),
        is_deprecated=bool(said.get("deprecated")),
        inner=resolve(said["inner"]) if said.get("inner") else _inner(kind),
    )


def takes(kind: Any) -> str:
    """A type in an operator's words."""
    kind = _without_none(kind)
    if _is_choice(kind):
        return f"one of {', '.join(str(one) for one in get_args(kind) if one != '')}"
    if isinstance(kind, NewType):
        return str(vars(kind).get("__doc__") or "") or takes(kind.__supertype__)
    if attrs.has(kind):
        return "an object"
    origin = get_origin(kind)
    if origin in (list, Sequence, tuple, set, frozenset):
        (item, *_) = get_args(kind)
        return f"a list, each {takes(item)}"
    return _WORDS.get(dict if origin in (dict, Mapping) else kind, "anything")


def _is_choice(kind: Any) -> bool:
    return get_origin(kind) is Literal


def _without_none(hint: Any) -> Any:
    if get_origin(hint) not in (Union, UnionType):
        return hint
    some = [one for one in get_args(hint) if one is not NoneType]
    return some[0] if len(some) == 1 else Any


def _inner(kind: Any) -> type[Any] | None:
    """The class of the object, or of the list's objects."""
    for one in (kind, *get_args(kind)):
        if isinstance(one, type) and attrs.has(one):
            return one
    return None


def _default(attribute: attrs.Attribute[Any]) -> object:
    default = attribute.default
    if default is attrs.NOTHING:
        return None
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]  # a class, typed as a function
        return default.factory()  # type: ignore[union-attr]  # as above
    return default
