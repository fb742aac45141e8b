"""Two extensions that write down what they saw, one that fits no hook, and one on a shelf."""

from __future__ import annotations

from cpikit.hookspecs import hookimpl, hookwrapper


class Extension:
    """Notes every call of a hook in `seen`; answers nothing itself."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.seen: list[str] = []
        self.answers: dict[str, object] = {}

    @hookimpl
    def cpikit_parse_request(self, raw: bytes) -> object:
        """Look and pass on."""
        self.seen.append("parse")
        return self.answers.get("parse")

    @hookimpl
    def cpikit_retry_policy(self, fault: object, operation: object) -> object:
        """Look and pass on."""
        self.seen.append("policy")
        return self.answers.get("policy")

    @hookimpl
    def cpikit_retry_scheduled(self, attempt: object) -> None:
        """Be told."""
        self.seen.append("scheduled")

    @hookimpl
    def cpikit_map_fault(self, fault: object, operation: object, method: str) -> object:
        """Look and pass on."""
        self.seen.append("map")
        return self.answers.get("map")

    @hookwrapper
    def cpikit_serve_call(self, request: object):  # pluggy's wrapper protocol
        """Stand around the call."""
        self.seen.append("before")
        try:
            return (yield)
        finally:
            self.seen.append("after")


class Misnamed:
    """Has a hook that the core does not know."""

    @hookimpl
    def cpikit_serve_tea(self) -> None:
        """Never called."""


class Shelf:
    """An entry point may name an attribute of an attribute."""

    extension = Extension("nested")


first = Extension("first")
second = Extension("second")
misnamed = Misnamed()
