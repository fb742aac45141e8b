"""Ask the request classes of the old SDK which parameters they put on the wire.

Every `set_…` of a class is called with a value that is a list of one, a structure with every
field and a text at once; what then stands in the query and in the body is the list of names.
"""  # noqa: INP001  # scripts beside the package, not a package

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterator
from typing import Any

PACKAGES = {
    "Ecs": "aliyunsdkecs.request.v20140526",
    "Vpc": "aliyunsdkvpc.request.v20160428",
    "Slb": "aliyunsdkslb.request.v20140515",
    "Nlb": "aliyunsdknlb.request.v20220430",
    "Alb": "aliyunsdkalb.request.v20200616",
    "Sts": "aliyunsdksts.request.v20150401",
}


class Everything(dict[str, Any]):
    """A value that has one element, and every field."""

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[Any]:
        yield self

    def __getitem__(self, name: object) -> Everything:
        return self

    def get(self, name: str, default: object = None) -> Everything:
        """Give the field, whatever its name."""
        del name, default
        return self


def parameters(product: str) -> dict[str, set[str]]:
    """Give the parameter names of every action of a product, with a 1 where a list counts."""
    package = PACKAGES.get(product)
    if package is None:
        return {}
    found = {}
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
        name = module.name
        if name.endswith("Request"):
            request = getattr(importlib.import_module(f"{package}.{name}"), name)()
            found[request.get_action_name()] = _names(request)
    return found


def _names(request: Any) -> set[str]:
    dumps = json.dumps
    json.dumps = lambda *_args, **_options: "{}"  # a structure sent as text: its name is enough
    try:
        for name in vars(type(request)):
            if name.startswith("set_"):
                getattr(request, name)(Everything())
    finally:
        json.dumps = dumps
    given = {**request.get_query_params(), **request.get_body_params()}
    return set(given)
