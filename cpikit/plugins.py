"""Finding exactly the provider and the extensions that cpi.json names, and loading nothing else."""

from __future__ import annotations

from cpikit import index
from cpikit.errors import CpiError
from cpikit.provider import API_MAJOR, Provider

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.metadata import EntryPoint
    from typing import Any


def load_provider(name: str) -> Provider:
    """The provider of that name.

    Raises CpiError when none is installed under it, when it does not load, and when it speaks
    another major version of the interface.
    """
    provider = _load(index.PROVIDERS, name)
    if not isinstance(provider, Provider):
        raise CpiError(
            f"provider {name!r} is {type(provider).__name__}, wanted a cpikit.Provider "
            f"behind its entry point in group {index.PROVIDERS}"
        )
    if provider.api != API_MAJOR:
        raise CpiError(
            f"provider {name!r} speaks version {provider.api} of the provider interface, "
            f"this cpikit speaks {API_MAJOR}: install versions that fit"
        )
    return provider


def load_extensions(names: Iterable[str]) -> list[tuple[str, object]]:
    """The named extensions with their names. Raises CpiError for one that does not load."""
    return [(name, _load(index.EXTENSIONS, name)) for name in names]


def resolve(reference: str) -> Any:
    """The object behind "module:object", or the module behind "module".

    Raises CpiError naming the reference when it does not load.
    """
    module, _, name = reference.partition(":")
    try:
        found: Any = __import__(module, fromlist=["*"])
        for attribute in filter(None, name.split(".")):
            found = getattr(found, attribute)
        return found  # noqa: TRY300  # the loop above is what may fail
    except (ImportError, AttributeError, ValueError) as error:  # ValueError: no module's name
        raise CpiError(f"{reference} does not load: {error}") from error


def discover(group: str) -> dict[str, str]:
    """Every entry point of the group as stevedore finds it now: name to "module:object"."""
    return {name: entry_point.value for name, entry_point in _entry_points(group).items()}


def _load(group: str, name: str) -> object:
    reference = index.look_up(group, name)
    if reference is not None:
        return resolve(reference)
    return _load_by_stevedore(group, name)


def _load_by_stevedore(group: str, name: str) -> object:
    import logging
    from typing import Any

    from stevedore.driver import DriverManager
    from stevedore.exception import NoMatches

    logging.getLogger("stevedore").addHandler(logging.NullHandler())  # our error says it

    def fail(_manager: object, entry_point: EntryPoint, error: BaseException) -> None:
        raise CpiError(f"{group} {name!r} ({entry_point.value}) does not load: {error}") from error

    class Driver(DriverManager[Any]):
        def list_entry_points(self) -> list[EntryPoint]:
            return _uncached(self.namespace)

    twins = [found.value for found in _uncached(group) if found.name == name]
    if len(twins) > 1:
        raise CpiError(
            f"{group} {name!r} is installed {len(twins)} times ({', '.join(sorted(twins))}): "
            "uninstall all but one"
        )
    try:
        return Driver(group, name, on_load_failure_callback=fail).driver
    except NoMatches as error:
        known = ", ".join(sorted(_entry_points(group))) or "none"
        raise CpiError(f"no {name!r} is installed in group {group}; installed: {known}") from error


def _entry_points(group: str) -> dict[str, EntryPoint]:
    from typing import Any

    from stevedore.extension import ExtensionManager

    class Finder(ExtensionManager[Any]):
        def list_entry_points(self) -> list[EntryPoint]:
            return _uncached(self.namespace)

        def _load_plugins(self, *_args: object, **_kwargs: object) -> list[Any]:
            return []  # found, not imported

    return {entry_point.name: entry_point for entry_point in Finder(group).list_entry_points()}


def _uncached(group: str) -> list[EntryPoint]:
    """Installed entry points without stevedore's cache.

    That cache is a file in the operator's home: stale after an upgrade, and there may be no home.
    """
    from importlib.metadata import entry_points

    return list(entry_points(group=group))
