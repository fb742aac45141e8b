"""The strict converter: JSON to typed values without coercion, every problem at once, with paths.

cattrs by itself turns null into 'None', "no" into True and a string into a list of letters; the
hooks here refuse instead. An explicit null is an absent key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import Any, Literal, NewType, TypeVar, get_args, get_type_hints
from typing import get_origin as _typing_origin

import attrs
from cattrs import (
    AttributeValidationNote,
    ClassValidationError,
    Converter,
    IterableValidationError,
    IterableValidationNote,
)

from cpikit import types
from cpikit.problems import Hidden, Problems, UnknownKey, Wanted, describe_unknown, lines_of
from cpikit.redaction import Secret

__all__ = [
    "Problems",
    "Unknowns",
    "Wanted",
    "describe_unknown",
    "strict_converter",
    "structure",
]

T = TypeVar("T")


class Unknowns:
    """What is done about keys that a class does not have: "fail", "warn" or "accept".

    Under "warn" they are noted in `seen`, for the log.
    """

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.seen: list[UnknownKey] = []

    def meet(self, key: str, known: Iterable[str]) -> UnknownKey | None:
        """The problem that this key is, None when it is let through."""
        if self.mode == "accept":
            return None
        unknown = UnknownKey(key, known)
        if self.mode == "warn":
            self.seen.append(unknown)
            return None
        return unknown


# cattrs by itself builds each of these from a string too, letter by letter.
_BUILT_FROM_ARRAYS: Mapping[Any, Callable[[list[Any]], object]] = {
    list: list,
    Sequence: list,
    tuple: tuple,
    set: set,
    frozenset: frozenset,
    AbstractSet: frozenset,
}

_WORDS = {
    int: "an integer",
    str: "a string",
    bool: "true or false",
    float: "a number",
    types.MiB: "MiB as an integer",
    types.AgentId: "an agent id as a non-empty string",
    types.VmCid: "a VM CID as a non-empty string",
    types.DiskCid: "a disk CID as a non-empty string",
    types.StemcellCid: "a stemcell CID as a non-empty string",
    types.SnapshotCid: "a snapshot CID as a non-empty string",
    types.NetworkCid: "a network CID as a non-empty string",
}


def strict_converter(unknowns: Unknowns) -> Converter:
    """A converter with the strict hooks; teach it more types, never loosen these."""
    converter = Converter(detailed_validation=True)
    _register_scalars(converter)
    _register_containers(converter)
    converter.register_structure_hook_factory(
        lambda kind: attrs.has(_origin(kind)),
        lambda kind: _object_hook(converter, kind, unknowns),
    )
    return converter


def structure(converter: Converter, value: object, kind: type[T] | Any, path: str) -> T:
    """The value as that type. Raises Problems with one line for each problem, paths included."""
    try:
        result: T = converter.structure(value, kind)
    except Exception as error:
        raise Problems(list(lines_of(error, path))) from error
    return result


def _origin(kind: Any) -> Any:
    """List for list[str], Network for Network[X], the kind itself where it has no parameters."""
    return _typing_origin(kind) or kind


def _register_scalars(converter: Converter) -> None:
    def exactly(kind: Any, accepts: Callable[[object], bool]) -> None:
        wanted = _WORDS[kind]

        def hook(value: object, _type: object) -> object:
            if not accepts(value):
                raise Wanted(wanted, value)
            return value

        if isinstance(kind, NewType):
            converter.register_structure_hook_func(lambda seen: seen is kind, hook)
        else:
            converter.register_structure_hook(kind, hook)

    exactly(int, _is_integer)
    exactly(types.MiB, lambda value: _is_integer(value) and value >= 0)  # type: ignore[operator]  # an integer
    exactly(bool, lambda value: isinstance(value, bool))
    exactly(str, lambda value: isinstance(value, str))
    for cid in (
        types.AgentId,
        types.VmCid,
        types.DiskCid,
        types.StemcellCid,
        types.SnapshotCid,
        types.NetworkCid,
    ):
        exactly(cid, lambda value: isinstance(value, str) and bool(value))
    converter.register_structure_hook(float, _float)
    converter.register_structure_hook(Secret, _secret)
    converter.register_structure_hook_func(lambda kind: _origin(kind) is Literal, _choice)
    converter.register_structure_hook_func(
        lambda kind: isinstance(kind, type) and issubclass(kind, Enum), _member
    )


def _register_containers(converter: Converter) -> None:
    converter.register_structure_hook_factory(
        lambda kind: _origin(kind) in _BUILT_FROM_ARRAYS,
        lambda kind: _list_hook(converter, kind),
    )
    converter.register_structure_hook_factory(
        lambda kind: _origin(kind) in (dict, Mapping),
        lambda kind: _dict_hook(converter, kind),
    )


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _float(value: object, _type: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Wanted("a number", value)
    return float(value)


def _secret(value: object, _type: object) -> Secret:
    if not isinstance(value, str):
        raise Wanted("a string", Hidden(value))
    return Secret(value)


def _choice(value: object, kind: Any) -> object:
    choices = get_args(kind)
    if not isinstance(value, str | int) or isinstance(value, bool) or value not in choices:
        raise Wanted(f"one of {', '.join(str(one) for one in choices if one != '')}", value)
    return value


def _member(value: object, kind: type[Enum]) -> Enum:
    for member in kind:
        if member.value == value and type(member.value) is type(value):
            return member
    raise Wanted(f"one of {', '.join(str(member.value) for member in kind)}", value)


def _list_hook(converter: Converter, kind: Any) -> Callable[[object, object], object]:
    (item, *_) = get_args(kind) or (Any,)
    build = _BUILT_FROM_ARRAYS[_origin(kind)]

    def hook(value: object, _type: object) -> object:
        if not isinstance(value, list):
            raise Wanted("an array", value)
        items, errors = [], []
        for index, element in enumerate(value):
            try:
                items.append(converter.structure(element, item))
            except Exception as error:  # noqa: BLE001  # collected: all problems are told at once
                error.add_note(IterableValidationNote(f"at {index}", index, item))
                errors.append(error)
        if errors:
            raise IterableValidationError("array", errors, kind)
        return build(items)

    return hook


def _dict_hook(converter: Converter, kind: Any) -> Callable[[object, object], object]:
    _, item = get_args(kind) or (str, Any)

    def hook(value: object, _type: object) -> object:
        if not isinstance(value, dict):
            raise Wanted("an object", value)
        if item is Any:
            return value
        result, errors = {}, []
        for key, element in value.items():
            try:
                result[key] = converter.structure(element, item)
            except Exception as error:  # noqa: BLE001  # collected: all problems are told at once
                error.add_note(AttributeValidationNote(f"at {key}", key, item))
                errors.append(error)
        if errors:
            raise IterableValidationError("object", errors, kind)
        return result

    return hook


def _object_hook(
    converter: Converter, kind: Any, unknowns: Unknowns
) -> Callable[[object, object], object]:
    """Structure an attrs class field by field.

    cattrs would generate and compile a function for each class, which pays from the second object
    on; one process structures one of each.
    """
    cls = _origin(kind)
    hints = get_type_hints(cls)
    parameters = dict(zip(getattr(cls, "__parameters__", ()), get_args(kind), strict=False))
    places = {
        attribute.alias or attribute.name: (
            parameters.get(hints[attribute.name], hints[attribute.name]),
            attribute.default is attrs.NOTHING,
        )
        for attribute in attrs.fields(cls)
        if attribute.init
    }
    from_callers = cls in (types.Network, types.NetworkDefinition, types.VmResources)

    def hook(value: object, _type: object) -> object:
        if not isinstance(value, dict):
            raise Wanted("an object", value)
        given = {key: item for key, item in value.items() if item is not None}
        errors: list[Exception] = []
        if not from_callers:
            met = (unknowns.meet(key, places) for key in value if key not in places)
            errors += [problem for problem in met if problem is not None]
        if cls is types.Network:
            given["raw"] = value
        arguments = {}
        for name, (item, is_required) in places.items():
            try:
                if is_required or name in given:
                    arguments[name] = converter.structure(given[name], item)
            except Exception as error:  # noqa: BLE001  # collected: all problems are told at once
                error.add_note(AttributeValidationNote(f"at {name}", name, item))
                errors.append(error)
        if errors:
            raise ClassValidationError("object", errors, cls)
        return cls(**arguments)

    return hook
