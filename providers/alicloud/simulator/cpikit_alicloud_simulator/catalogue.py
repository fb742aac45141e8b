"""Gather what all product files declare: actions, kinds, knobs, quotas and durations."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import ModuleType
from typing import Any, TypeVar

from attrs import frozen

from cpikit_alicloud_simulator import (
    call,
    common_knobs,
    metadata_desk,
    paging,
    products,
    roles,
    tokens,
)
from cpikit_alicloud_simulator.actions import Action, Product
from cpikit_alicloud_simulator.durations import Duration
from cpikit_alicloud_simulator.knobs import Knob, KnobBook
from cpikit_alicloud_simulator.limits import Quota, QuotaBook
from cpikit_alicloud_simulator.oss_settings import oss_knobs
from cpikit_alicloud_simulator.resource import Resource
from cpikit_alicloud_simulator.wordings import Wording

T = TypeVar("T")


@frozen
class Catalogue:
    """All that the simulator serves. It never changes; worlds do."""

    products: Mapping[str, Product]
    actions: Mapping[tuple[str, str], Action]
    kinds: Mapping[str, type[Resource]]
    knobs: Mapping[str, Knob[Any]]
    quotas: Mapping[str, Quota]
    durations: Mapping[str, Duration]
    parts: Mapping[str, type[Any]]

    def action(self, product: str, name: str) -> Action | None:
        """Give the action that a product serves under a name."""
        return self.actions.get((product, name))

    def product_of_version(self, version: str) -> Product | None:
        """Give the product whose API has this version; no two have the same."""
        return next((each for each in self.products.values() if each.version == version), None)

    def knob_book(self) -> KnobBook:
        """Give all knobs at their defaults."""
        return KnobBook.of(self.knobs.values())

    def quota_book(self) -> QuotaBook:
        """Give all quotas at their defaults."""
        return QuotaBook(self.quotas)


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """Read every module below `products`; a new file is found without being listed."""
    return gathered(_modules(products))


def gathered(product_modules: Iterable[ModuleType]) -> Catalogue:
    """Gather what these modules declare, and what belongs to no product."""
    modules = [call, paging, tokens, roles, common_knobs, metadata_desk, *product_modules]
    values: list[Any] = [value for module in modules for value in vars(module).values()]
    values += oss_knobs()
    values += [value.knob for value in values if isinstance(value, Wording)]
    kinds = [v for v in values if isinstance(v, type) and issubclass(v, Resource) and v.kind]
    parts = [v for v in values if isinstance(v, type) and isinstance(vars(v).get("section"), str)]
    return Catalogue(
        products=_named((p.name, p) for p in values if isinstance(p, Product)),
        actions=_named(
            ((product, a.name), a)
            for a in values
            if isinstance(a, Action)
            for product in (a.product, *a.also)
        ),
        kinds=_named((kind.kind, kind) for kind in kinds),
        knobs=_named((knob.name, knob) for knob in values if isinstance(knob, Knob)),
        quotas=_named((quota.name, quota) for quota in values if isinstance(quota, Quota)),
        durations=_named((each.name, each) for each in values if isinstance(each, Duration)),
        parts=_named((vars(part)["section"], part) for part in parts),
    )


def _modules(package: ModuleType) -> list[ModuleType]:
    found = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    return [importlib.import_module(each.name) for each in found]


K = TypeVar("K")


def _named(pairs: Iterable[tuple[K, T]]) -> Mapping[K, T]:
    """Make a mapping; two different things under one name are a defect."""
    found: dict[K, T] = {}
    for name, value in pairs:
        if found.setdefault(name, value) is not value:
            raise ValueError(f"{name!r} is declared twice: {found[name]!r} and {value!r}")
    return found
