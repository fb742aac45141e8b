"""Read contract.toml: what the suite must know of a CPI before it may judge it."""

import shlex
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from attrs import asdict, evolve, field, frozen

from cpikit_contracts import profile_checks
from cpikit_contracts.methods import METHODS
from cpikit_contracts.outcomes import Unusable

RULES_VERSION: Final = "1"
KINDS: Final = ("vm", "disk", "stemcell", "snapshot", "network")
SECRETS: Final = "[secrets]"  # what stands there is shown nowhere
DEGREES: Final = ("cannot", "not-yet", "since", "unknown")

# What the suite sends where the profile says nothing.
DEFAULT_INPUTS: Final[Mapping[str, Any]] = {
    "stemcell": {"name": "cpikit-contracts", "version": "1"},
    "vm": {},
    "disk": {},
    "disk_size_mib": 1024,
    "env": {},
    "networks": {},
    "image": "",
    "bad_vm": {},
    "context": {},
}
DEFAULT_UNKNOWN: Final[Mapping[str, str]] = {}


@frozen
class Gap:
    """A method that the CPI does not claim, how far that goes, and why."""

    method: str
    degree: str
    reason: str
    since: str = ""


@frozen
class World:
    """How the world that the CPI works in is put up and taken down."""

    up: tuple[str, ...] = ()
    down: tuple[str, ...] = ()
    live: bool = False


@frozen
class Limits:
    """Budgets, and the ceiling of resources that may exist at once."""

    resources: int = 40
    parallel: int = 200
    call_s: float = 120.0
    info_s: float = 1.0
    stderr_bytes: int = 65_536
    notice_s: float = 10.0
    calls: Mapping[str, int] = field(factory=dict)
    seconds: Mapping[str, float] = field(factory=dict)


@frozen
class Profile:
    """The whole of contract.toml, checked."""

    path: Path
    command: tuple[str, ...] = ()
    idempotent: frozenset[str] = frozenset()
    inputs: Mapping[str, Any] = field(factory=lambda: dict(DEFAULT_INPUTS))
    world: World = World()
    dead: tuple[str, ...] = ()
    unknown: Mapping[str, str] = field(factory=dict)
    gaps: Mapping[str, Gap] = field(factory=dict)
    limits: Limits = Limits()
    accepted: Mapping[str, str] = field(factory=dict)
    refuses: Mapping[str, str] = field(factory=dict)
    secrets: tuple[str, ...] = ()
    release: str = ""
    rules: str = RULES_VERSION

    def with_command(self, line: str) -> "Profile":
        """The same profile for another executable, given as one command line."""
        try:
            return self.with_words(tuple(shlex.split(line)))
        except ValueError as error:
            raise Unusable(f"the command line {line!r} cannot be taken apart: {error}") from error

    def with_words(self, words: tuple[str, ...]) -> "Profile":
        """The same profile for another executable, given word by word."""
        return evolve(self, command=words)


def load(path: Path) -> Profile:
    """Read and check a profile; raises Unusable with every problem at once."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Unusable(f"the profile {path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Unusable(f"the profile {path} is no TOML: {error}") from error
    reader = _Reader(data)
    profile = reader.profile(path.resolve())
    if reader.problems:
        listed = "\n  ".join(reader.problems)
        raise Unusable(f"the profile {path} is not right:\n  {listed}")
    return profile


class _Reader:
    """Takes the tables apart and notes every problem with its place."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.problems: list[str] = []

    def profile(self, path: Path) -> Profile:
        """The profile, as far as it is right."""
        tables = "rules cpi inputs world dead unknown gaps limits accepted refuses".split()
        tables += ["secrets", "release"]
        self._no_others(self.data, tables, "the profile")
        cpi = self._table(self.data, "cpi")
        self._no_others(cpi, ["command", "idempotent"], "[cpi]")
        dead = self._table(self.data, "dead")
        self._no_others(dead, ["command"], "[dead]")
        release = self._table(self.data, "release")
        self._no_others(release, ["path"], "[release]")
        secrets = self._table(self.data, "secrets")
        self._no_others(secrets, ["values"], SECRETS)
        idempotent = self._words(cpi, "idempotent", "[cpi]")
        self.problems += profile_checks.idempotent(idempotent)
        return Profile(
            path=path,
            command=self._words(cpi, "command", "[cpi]"),
            idempotent=frozenset(idempotent),
            inputs=self._inputs(),
            world=self._world(),
            dead=self._words(dead, "command", "[dead]"),
            unknown=self._unknown(),
            gaps=self._gaps(),
            limits=self._limits(),
            accepted=self._known("accepted", profile_checks.accepted),
            refuses=self._known("refuses", profile_checks.refuses),
            secrets=self._words(secrets, "values", SECRETS),
            release=self._text(release, "path", "[release]"),
            rules=self._rules_version(),
        )

    def _rules_version(self) -> str:
        found = self.data.get("rules", RULES_VERSION)
        if found != RULES_VERSION:
            self.problems.append(
                f'rules: found {found!r}, this suite has "{RULES_VERSION}"; '
                f"install the cpikit-contracts that has it, or raise the pin"
            )
        return RULES_VERSION

    def _inputs(self) -> dict[str, Any]:
        inputs = self._table(self.data, "inputs")
        self._no_others(inputs, list(DEFAULT_INPUTS), "[inputs]")
        self.problems += profile_checks.inputs(inputs)
        return {**DEFAULT_INPUTS, **inputs}

    def _world(self) -> World:
        world = self._table(self.data, "world")
        self._no_others(world, ["up", "down", "live"], "[world]")
        live = world.get("live", False)
        if not isinstance(live, bool):
            self.problems.append(f"world.live: found {live!r}, wanted true or false")
            live = False
        self.problems += profile_checks.world(world)
        up = self._words(world, "up", "[world]")
        return World(up=up, down=self._words(world, "down", "[world]"), live=live)

    def _unknown(self) -> dict[str, str]:
        found = self._strings("unknown")
        self._no_others(found, list(KINDS), "[unknown]")
        return found

    def _gaps(self) -> dict[str, Gap]:
        gaps = {}
        for method, entry in self._table(self.data, "gaps").items():
            where = f"gaps.{method}"
            if method not in METHODS:
                self.problems.append(f"{where}: there is no such CPI method")
            elif not isinstance(entry, dict) or entry.get("degree") not in DEGREES:
                self.problems.append(
                    f"{where}: wanted {{degree = {'|'.join(DEGREES)}, reason = …}}, found {entry!r}"
                )
            elif not str(entry.get("reason", "")).strip():
                self.problems.append(f"{where}: a gap needs a reason")
            else:
                since = str(entry.get("since", ""))
                gaps[method] = Gap(method, entry["degree"], entry["reason"], since)
        return gaps

    def _limits(self) -> Limits:
        given = self._table(self.data, "limits")
        kinds = {name: type(value) for name, value in vars_of(Limits()).items()}
        self._numbers_per_method(given, "calls")
        self._numbers_per_method(given, "seconds")
        self._no_others(given, list(kinds), "[limits]")
        self.problems += profile_checks.limits(given)
        right = {}
        for name, value in given.items():
            wanted = kinds.get(name)
            if wanted is float and isinstance(value, int) and not isinstance(value, bool):
                value = float(value)  # noqa: PLW2901  # TOML writes 1 where it means 1.0
            if wanted is not None and type(value) is not wanted:
                self.problems.append(f"limits.{name}: found {value!r}, wanted {wanted.__name__}")
            elif wanted is not None:
                right[name] = value
        return Limits(**right)

    def _numbers_per_method(self, given: Mapping[str, Any], name: str) -> None:
        for method, value in self._table(given, name).items():
            if method not in METHODS:
                self.problems.append(f"limits.{name}.{method}: there is no such CPI method")
            if isinstance(value, bool) or not isinstance(value, int | float):
                self.problems.append(f"limits.{name}.{method}: found {value!r}, wanted a number")

    def _table(self, data: Mapping[str, Any], name: str) -> dict[str, Any]:
        found = data.get(name, {})
        if isinstance(found, dict):
            return found
        self.problems.append(f"{name}: found {found!r}, wanted a table")
        return {}

    def _strings(self, name: str) -> dict[str, str]:
        table = self._table(self.data, name)
        for key, value in table.items():
            if not isinstance(value, str) or not value:
                self.problems.append(f"{name}.{key}: found {value!r}, wanted a string")
        return {key: value for key, value in table.items() if isinstance(value, str)}

    def _known(
        self, name: str, problems: Callable[[Iterable[str]], Iterator[str]]
    ) -> dict[str, str]:
        found = self._strings(name)
        # All checks, or all recordings, are read for it: only where the profile names some.
        self.problems += problems(found) if found else ()
        return found

    def _text(self, data: Mapping[str, Any], name: str, where: str) -> str:
        found = data.get(name, "")
        if isinstance(found, str):
            return found
        self.problems.append(f"{where} {name}: found {found!r}, wanted a string")
        return ""

    def _words(self, data: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
        found = data.get(name, ())
        if isinstance(found, str):
            try:
                return tuple(shlex.split(found))
            except ValueError as error:
                shown = "it" if where == SECRETS else repr(found)
                self.problems.append(f"{where} {name}: {shown} cannot be taken apart: {error}")
                return ()
        if isinstance(found, list | tuple) and all(isinstance(word, str) for word in found):
            return tuple(found)
        shown = f"a {type(found).__name__}" if where == SECRETS else repr(found)
        self.problems.append(f"{where} {name}: found {shown}, wanted a string or a list of strings")
        return ()

    def _no_others(self, data: Mapping[str, Any], known: list[str], where: str) -> None:
        for name in data:
            if name not in known:
                self.problems.append(f"{where}: unknown key {name!r}; known: {', '.join(known)}")


def vars_of(limits: Limits) -> dict[str, Any]:
    """The fields of the limits by name."""
    return asdict(limits)
