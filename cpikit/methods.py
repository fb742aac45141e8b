"""The CPI methods: arguments bound by the type hints of Cpi's own signatures, results shaped."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from cattrs import Converter

from cpikit import results
from cpikit.api import Cpi
from cpikit.converter import Problems, Unknowns, structure
from cpikit.errors import CpiError
from cpikit.types import PROPERTY_VARIABLES
from cpikit.wire import Request

SHAPES: Mapping[str, results.Shape] = {
    "create_stemcell": results.cid,
    "delete_stemcell": results.nothing,
    "create_vm": results.created_vm,
    "delete_vm": results.nothing,
    "has_vm": results.boolean,
    "reboot_vm": results.nothing,
    "set_vm_metadata": results.nothing,
    "calculate_vm_cloud_properties": results.properties,
    "create_disk": results.cid,
    "delete_disk": results.nothing,
    "has_disk": results.boolean,
    "attach_disk": results.hint,
    "detach_disk": results.nothing,
    "get_disks": results.cids,
    "set_disk_metadata": results.nothing,
    "resize_disk": results.nothing,
    "update_disk": results.cid_or_nothing,
    "snapshot_disk": results.cid,
    "delete_snapshot": results.nothing,
    "create_network": results.created_network,
    "delete_network": results.nothing,
    "ping": results.text,
    "current_vm_id": results.cid,
}
"""Every method but info, and what its result must be. The names are the contract's own."""


def property_kinds(method: str) -> list[str]:
    """Which of a provider's property types a method takes as arguments; none for a command."""
    hints = get_type_hints(getattr(Cpi, method)) if method in SHAPES else {}
    return [PROPERTY_VARIABLES[hint] for hint in hints.values() if hint in PROPERTY_VARIABLES]


class Binding:
    """Binds the arguments of one request to the provider's types.

    `converter` refuses unknown cloud_properties as `unknowns` says, but for those of a stemcell:
    they come with the stemcell, not from the operator.
    """

    def __init__(
        self, property_type: Callable[[str], Any], converter: Converter, unknowns: Unknowns
    ) -> None:
        self._property_type = property_type
        self._converter = converter
        self._unknowns = unknowns

    def arguments(self, request: Request) -> tuple[object, ...]:
        """The bound arguments, in order. Raises CpiError with every problem and its path."""
        signature = inspect.signature(getattr(Cpi, request.method))
        hints = get_type_hints(getattr(Cpi, request.method))
        names = [name for name in signature.parameters if name != "self"]
        given = self._with_name_dropped(request)
        required = [
            name for name in names if signature.parameters[name].default is inspect.Parameter.empty
        ]
        if not len(required) <= len(given) <= len(names):
            raise CpiError(
                f"{request.method}: $.arguments: wanted {_counted(len(required), len(names))} "
                f"({', '.join(names)}), found {len(given)}"
            )
        if request.method == "create_stemcell":
            self._unknowns.mode = "accept"
        bound, problems = [], []
        for index, (name, value) in enumerate(zip(names, given, strict=False)):
            kind = self._resolved(hints[name])
            try:
                bound.append(
                    structure(
                        self._converter, _unnulled(value, kind), kind, f"$.arguments[{index}]"
                    )
                )
            except Problems as found:
                problems += found.lines
        if problems:
            raise CpiError(f"{request.method}: {'; '.join(problems)}")
        return tuple(bound)

    def _resolved(self, hint: Any) -> Any:
        """The hint with the provider's own classes in the place of the variables."""
        if isinstance(hint, TypeVar):
            return self._property_type(PROPERTY_VARIABLES[hint])
        if not getattr(hint, "__parameters__", ()):
            return hint
        inner = tuple(self._resolved(argument) for argument in get_args(hint))
        return get_origin(hint)[inner if len(inner) > 1 else inner[0]]

    def _with_name_dropped(self, request: Request) -> list[Any]:
        """Dynamic disks carry `name` in their cloud_properties (provide_dynamic_disk.rb)."""
        given = list(request.arguments)
        if request.method == "create_disk" and len(given) > 1 and isinstance(given[1], dict):
            given[1] = {key: value for key, value in given[1].items() if key != "name"}
        return given


def _unnulled(value: object, kind: Any) -> object:
    """An explicit null is an absent object: a stemcell without cloud_properties sends null."""
    is_object = hasattr(kind, "__attrs_attrs__") or (get_origin(kind) or kind) in (dict, Mapping)
    return {} if value is None and is_object else value


def _counted(fewest: int, most: int) -> str:
    if fewest == most:
        return f"{most} argument{'' if most == 1 else 's'}"
    return f"{fewest} to {most} arguments"
