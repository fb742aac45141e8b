"""Ask the models of the newest SDK for parameter names and for the key trees of answers.

A model is given one attribute at a time, of the type that its annotation names, and turned to a
map: what is new in the map is the name on the wire, the annotation is the type.
"""  # noqa: INP001  # scripts beside the package, not a package

from __future__ import annotations

import importlib
import types
import typing
from typing import Any

PACKAGES = {
    "Ecs": "alibabacloud_ecs20140526.models",
    "Vpc": "alibabacloud_vpc20160428.models",
    "Slb": "alibabacloud_slb20140515.models",
    "Nlb": "alibabacloud_nlb20220430.models",
    "Alb": "alibabacloud_alb20200616.models",
    "Sts": "alibabacloud_sts20150401.models",
    "Location": "alibabacloud_location20150612.models",
}
_SCALARS: dict[Any, tuple[str, Any]] = {
    str: ("str", "x"),
    int: ("int", 1),
    float: ("float", 1.5),
    bool: ("bool", True),
    Any: ("any", "x"),
}
Tree = Any
"""A scalar's name, `[tree]` for a list, `{key: tree}` for a structure; `any` for an open map."""


def parameters(product: str) -> dict[str, set[str]]:
    """Give the parameter names of every action of a product, with a 1 where a list counts."""
    return {
        action: set(_flat(_tree(model, ()), ""))
        for action, model in _models(product, "Request").items()
    }


def responses(product: str) -> dict[str, Tree]:
    """Give the key tree of the answer of every action of a product."""
    return {action: _tree(model, ()) for action, model in _models(product, "ResponseBody").items()}


def _models(product: str, suffix: str) -> dict[str, type]:
    module = importlib.import_module(PACKAGES[product])
    found = {
        name.removesuffix(suffix): getattr(module, name)
        for name in dir(module)
        if name.endswith(suffix) and f"{name.removesuffix(suffix)}Response" in dir(module)
    }
    # A "shrink" request is the one that is sent, where a structure travels as JSON text.
    for action in found if suffix == "Request" else ():
        found[action] = getattr(module, f"{action}ShrinkRequest", found[action])
    return found


def _tree(model: type, inside: tuple[type, ...]) -> Tree:
    """Give the keys of a model with their types; what holds itself ends in `any`."""
    if model in inside:
        return "any"
    tree = {}
    empty = model().to_map()  # has an empty list for each list, in models of some years
    # Older packages annotate with the class itself, newer ones with text.
    for attribute, hint in typing.get_type_hints(vars(model)["__init__"]).items():
        kind, value = _read(hint, (*inside, model))
        filled = model(**{attribute: value}).to_map()
        (name,) = (name for name in filled if name not in empty or filled[name] != empty[name])
        tree[name] = kind
    return dict(sorted(tree.items()))


def _read(hint: Any, inside: tuple[type, ...]) -> tuple[Tree, Any]:
    """Give the tree of a type and a value of it."""
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        (hint,) = (one for one in typing.get_args(hint) if one is not type(None))
    if hint in _SCALARS:
        return _SCALARS[hint]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is list:
        kind, value = _read(arguments[0], inside)
        return [kind], [value]
    if origin is dict:
        return "any", {"x": "x"}
    if isinstance(hint, type) and hasattr(hint, "to_map"):
        return _tree(hint, inside), hint()
    raise TypeError(f"{hint!r} is a type that no model had before: say in new_sdk.py what it is")


def _flat(tree: Tree, name: str) -> list[str]:
    """Write a tree as RPC parameters: `Tag.1.Key`."""
    if isinstance(tree, list):
        return _flat(tree[0], f"{name}.1")
    if isinstance(tree, dict):
        return [one for key in tree for one in _flat(tree[key], f"{name}.{key}" if name else key)]
    return [name]
