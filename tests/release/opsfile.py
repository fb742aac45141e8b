"""Ops files as the BOSH CLI applies them: replace and remove along a path."""

from __future__ import annotations

import copy
from typing import Any


class Unmatched(Exception):  # a path that leads nowhere
    """The path that does not fit the document, as the CLI refuses it."""


def applied(document: Any, operations: list[dict[str, Any]]) -> Any:
    """A copy of the document with the operations done to it."""
    document = copy.deepcopy(document)
    for operation in operations:
        tokens = operation["path"].removeprefix("/").split("/")
        step(document, tokens, operation, is_optional=False)
    return document


def step(at: Any, tokens: list[str], operation: dict[str, Any], *, is_optional: bool) -> None:
    """One token of the path; `?` makes it and all behind it optional."""
    token, rest = tokens[0], tokens[1:]
    is_optional = is_optional or token.endswith("?")
    token = token.removesuffix("?")
    if token == "-":
        at.append(operation["value"])
        return
    key = place(at, token, is_optional=is_optional, operation=operation)
    if rest:
        if isinstance(at, dict) and key not in at:
            at[key] = [] if rest[0] == "-" else {}
        step(at[key], rest, operation, is_optional=is_optional)
    elif operation["type"] == "remove":
        del at[key]
    else:
        at[key] = copy.deepcopy(operation["value"])


def place(at: Any, token: str, *, is_optional: bool, operation: dict[str, Any]) -> Any:
    """The key or the index that a token means."""
    if isinstance(at, list):
        name, _, wanted = token.partition("=")
        for index, item in enumerate(at):
            if item.get(name) == wanted:
                return index
    elif token in at or (is_optional and operation["type"] == "replace"):
        return token
    raise Unmatched(f"{operation['path']}: {token} is not there")
