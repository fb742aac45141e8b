"""Secrets that cannot be printed, and a last net that keeps known secrets out of any text."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MASK = "<redacted>"
_LONGEST_IN_URL = 8192  # servers take no longer ones; encoding megabytes would cost seconds
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SHORTEST = 6  # shorter strings are words, ports and booleans: masking them would hide everything


class Secret:
    """A string that only `reveal()` gives away; its repr, str and format are masked."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself, for the one place that sends it to the cloud."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(<redacted>)"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not pickled")


class Redactor:
    """Replaces every secret it was told of wherever it stands in a text.

    This is the second line of defence. The first is that nobody logs requests, configuration or
    user data; but an SDK's exception may quote a URL, and a traceback may quote anything.
    """

    def __init__(self) -> None:
        self._known: set[str] = set()

    def learn(self, secrets: Iterable[str]) -> None:
        """Remember these strings, as JSON, repr and URLs write them too, and their long lines."""
        for secret in secrets:
            if len(secret) < _SHORTEST:
                continue
            self._known.add(secret)
            self._known.add(json.dumps(secret)[1:-1])
            self._known.add(json.dumps(secret, ensure_ascii=False)[1:-1])
            self._known.add(repr(secret)[1:-1])
            if len(secret) <= _LONGEST_IN_URL:
                self._known.update(_percent_encoded(secret, safe) for safe in ("", "/"))
                self._known.add(_percent_encoded(secret, "").replace("%20", "+"))
            self._known.update(line for line in secret.splitlines() if len(line) >= 2 * _SHORTEST)

    def clean(self, text: str) -> str:
        """The text with every known secret masked, the longest ones first."""
        for secret in sorted((s for s in self._known if s in text), key=len, reverse=True):
            text = text.replace(secret, MASK)
        return text


def _percent_encoded(text: str, safe: str) -> str:
    """As urllib.parse.quote writes it (RFC 3986), whose import costs a cold start 3 ms."""
    return "".join(
        chr(byte) if chr(byte) in _UNRESERVED or chr(byte) in safe else f"%{byte:02X}"
        for byte in text.encode("utf-8", "replace")
    )


def strings_in(value: object) -> Iterator[str]:
    """Every string leaf of a JSON value, and what a Secret holds; keys are not values."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Secret):
        yield value.reveal()
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from strings_in(item)


_PUBLIC_BOSH = ("group", "groups", "tags")  # what the Director itself leaves readable in env.bosh


def secrets_of_env(env: object) -> Iterator[str]:
    """What must never be printed of create_vm's env (as external_cpi.rb redacts it)."""
    if not isinstance(env, dict):
        return
    for key, value in env.items():
        if key == "bosh" and isinstance(value, dict):
            for name, item in value.items():
                if name not in _PUBLIC_BOSH:
                    yield from strings_in(item)
        else:
            yield from strings_in(value)
