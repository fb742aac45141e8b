"""Read a world file: resources with fixed ids, accounts, policies, stock, quotas, knobs."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from attrs import fields_dict

from cpikit_alicloud_simulator.accounts import AccessKey
from cpikit_alicloud_simulator.catalogue import Catalogue
from cpikit_alicloud_simulator.clock import Clock
from cpikit_alicloud_simulator.durations import Profile
from cpikit_alicloud_simulator.limits import Rate
from cpikit_alicloud_simulator.oss_desk import Storage
from cpikit_alicloud_simulator.policies import Policy
from cpikit_alicloud_simulator.regions import DEFAULT_REGION, REGIONS, Region
from cpikit_alicloud_simulator.roles import add_default_roles
from cpikit_alicloud_simulator.suggest import did_you_mean
from cpikit_alicloud_simulator.world import World

_SHIPPED = Path(__file__).parent / "worlds"
SECTIONS = "seed region profile regions accounts knobs quotas rates resources buckets".split()
"""What every world file may have; products add sections of their own (see `Part`)."""


def read(path: str, inside: tuple[str, ...] = ()) -> dict[str, Any]:
    """Read TOML or JSON, by the file's ending; raises ValueError that names the file.

    A bare name is one of the worlds that come with the simulator (`names`). `like = "…"` begins
    with another file, beside this one, or with such a name: lists go on, tables are laid over.
    """
    shipped = path in names()
    place = _SHIPPED / f"{path}.toml" if shipped else Path(path)
    if place in (Path(each) for each in inside):
        raise ValueError(f"world file {path}: it is like itself")
    text = place.read_text(encoding="utf-8")
    try:
        found = json.loads(text) if place.suffix == ".json" else tomllib.loads(text)
    except ValueError as error:
        raise ValueError(f"world file {path}: {error}") from error
    own = dict(_checked(path, found, None))
    like = own.pop("like", None)
    if like is None:
        return own
    if not isinstance(like, str) or not like:
        wanted = f"like {like!r} found, wanted a name or a path"
        raise ValueError(f"world file {path}: {wanted}")
    beside = like if like in names() else str(place.parent / like)
    return _joined(read(beside, (*inside, str(place))), own)


def names() -> list[str]:
    """Give the worlds that come with the simulator: one for each recorded set of the contracts."""
    return sorted(each.stem for each in _SHIPPED.glob("*.toml"))


def _joined(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    joined = dict(first)
    for name, value in second.items():
        before = joined.get(name)
        if isinstance(before, list) and isinstance(value, list):
            joined[name] = before + value
        elif isinstance(before, dict) and isinstance(value, dict):
            joined[name] = {**before, **value}
        else:
            joined[name] = value
    return joined


def built(
    catalogue: Catalogue,
    clock: Clock,
    declared: Mapping[str, Any],
    *,
    profile: Profile | None = None,
    seed: int | None = None,
) -> World:
    """Make a world as it is declared; `profile` and `seed` win over what the file says.

    Raises ValueError with the section that is wrong.
    """
    known = [*SECTIONS, *catalogue.parts]
    for name in declared:
        if name not in known:
            raise ValueError(f"world file: unknown section {name!r}{did_you_mean(name, known)}")
    world = World(
        catalogue.knob_book(),
        catalogue.quota_book(),
        clock=clock,
        profile=_profile(profile or declared.get("profile", "instant")),
        seed=declared.get("seed", 0) if seed is None else seed,
        region_id=declared.get("region", DEFAULT_REGION),
        regions=_regions(declared.get("regions", {})),
    )
    if world.region_id not in world.regions:
        raise ValueError(
            f"region {world.region_id!r}{did_you_mean(world.region_id, world.regions)}"
        )
    _fill(world, catalogue, declared)
    world.made.clear()
    return world


def _fill(world: World, catalogue: Catalogue, declared: Mapping[str, Any]) -> None:
    _add_accounts(world, declared.get("accounts", []))
    world.knobs.set(declared.get("knobs", {}))
    for name, value in declared.get("quotas", {}).items():
        world.quotas.set(name, value)
    for given in declared.get("rates", []):
        world.rates.rates.append(Rate(**_checked("rates", given, set(fields_dict(Rate)))))
    for name, part in catalogue.parts.items():
        if name in declared:
            world.part(part).declare(declared[name])
    for given in declared.get("buckets", []):
        own = _checked("buckets", given, {"name", "account", "region"})
        owner = own.get("account", world.accounts.default.id)
        store = world.part(Storage).store
        store.make_bucket(own["name"], owner, world.clock.now(), region=own.get("region"))
    for given in declared.get("resources", []):
        kind = catalogue.kinds.get(given.get("kind", ""))
        if kind is None:
            wanted = str(given.get("kind"))
            raise ValueError(f"resource kind {wanted!r}{did_you_mean(wanted, catalogue.kinds)}")
        kind.declared(world, {name: value for name, value in given.items() if name != "kind"})


def _add_accounts(world: World, declared: list[Mapping[str, Any]]) -> None:
    for given in declared:
        own = _checked("accounts", given, {"id", "name", "keys"})
        account = world.accounts.add_account(own["id"], own.get("name", ""))
        for key in own.get("keys", []):
            wanted = {"id", "secret", "principal", "policies", "status", "security_token"}
            values = dict(_checked("accounts.keys", key, wanted))
            if values.get("policies") is not None:
                values["policies"] = tuple(Policy.parsed(each) for each in values["policies"])
            world.accounts.add_key(AccessKey(account_id=account.id, **values))
    if not declared:
        world.accounts.add_default()
    for account in world.accounts:
        add_default_roles(world, account.id)


def _regions(declared: Mapping[str, Any]) -> dict[str, Region]:
    found = {each.id: each for each in REGIONS}
    for region_id, given in declared.items():
        own = _checked(f"regions.{region_id}", given, {"name", "zones"})
        found[region_id] = Region(region_id, own.get("name", region_id), tuple(own["zones"]))
    return found


def _profile(name: str) -> Profile:
    if name not in get_args(Profile):
        raise ValueError(f"profile {name!r}{did_you_mean(name, get_args(Profile))}")
    return name  # type: ignore[return-value]  # it is one of the profiles


def _checked(section: str, given: Any, known: set[str] | None) -> Mapping[str, Any]:
    """Give a table that has only known names (None: any), or raise ValueError."""
    if not isinstance(given, Mapping):
        raise ValueError(  # noqa: TRY004  # what is wrong is a file, not a type in a program
            f"world file, {section}: a table is wanted, found {given!r}"
        )
    for name in given:
        if known is not None and name not in known:
            raise ValueError(f"world file, {section}: unknown {name!r}{did_you_mean(name, known)}")
    return given
