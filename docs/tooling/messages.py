"""What our code says when something is wrong, and what it logs: read from its source.

A message is a template: … stands where a value is filled in. The runbook's quotations are held
against these templates, and the reference lists them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

ROOT = Path(__file__).resolve().parent.parent.parent
CORE = ROOT / "cpikit"
ALICLOUD = ROOT / "providers/alicloud/cpikit_alicloud"
_LOGGING = ("event", "debug", "text", "last")
_SPREAD = {"self._told(fault)": "call resource fault code failures cloud_request".split()}
"""What `**…` stands for, where a log line takes its keys from a function."""


@frozen
class Event:
    """One kind of line on stderr: its name, its keys, and the modules that write it."""

    name: str
    keys: tuple[str, ...]
    modules: tuple[str, ...]


def trees(package: Path, aside: str = "") -> Iterator[tuple[str, ast.Module]]:
    """(name, syntax tree) of each module of a package."""
    for path in sorted(package.rglob("*.py")):
        if not {"templates", aside} & set(path.relative_to(package).parts):
            yield path.stem, ast.parse(path.read_text("utf-8"))


def template(node: ast.AST) -> str | None:
    """The text of a literal, with … for what is filled in; None for what is no text."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        parts = (str(p.value) if isinstance(p, ast.Constant) else "…" for p in node.values)
        return "".join(parts)
    return None


def templates(package: Path) -> set[str]:
    """Every text that a package's code has, docstrings aside."""
    found: set[str] = set()
    for _, tree in trees(package):
        documents = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            text = None if id(node) in documents else template(node)
            if text is not None:
                found.add(text)
    return found


def says(quoted: str, known: set[str]) -> bool:
    """Whether one template can say this: its fixed parts in their order, … for the rest."""
    parts = [re.escape(part) for part in quoted.split("…") if part.strip()]
    pattern = re.compile(".*".join(parts), re.DOTALL)
    return bool(parts) and any(pattern.search(text) for text in known)


def raised(package: Path, *, aside: str = "") -> list[tuple[str, str]]:
    """(error class, message) of everything that the package raises with a text in place.

    Modules in a folder of the name `aside` are left out.
    """
    found: set[tuple[str, str]] = set()
    for _, tree in trees(package, aside):
        for node in ast.walk(tree):
            call = node.exc if isinstance(node, ast.Raise) else None
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.args:
                text = template(call.args[0])
                if text:
                    found.add((call.func.id, text))
    return sorted(found)


def events(package: Path) -> list[Event]:
    """The log lines of a package, by name."""
    keys: dict[str, dict[str, None]] = {}
    modules: dict[str, set[str]] = {}
    for module, tree in trees(package):
        for call in _logging_calls(tree):
            name = template(call.args[0])
            if name is None:
                continue
            known = keys.setdefault(name, {})
            modules.setdefault(name, set()).add(module)
            for keyword in call.keywords:
                spread = _SPREAD.get(ast.unparse(keyword.value), []) if keyword.arg is None else []
                known.update(dict.fromkeys([keyword.arg] if keyword.arg else spread))
            if call.func.attr == "text":  # type: ignore[attr-defined]  # see _logging_calls
                known["text"] = None
    return [
        Event(name, tuple(values), tuple(sorted(modules[name])))
        for name, values in sorted(keys.items())
    ]


def _logging_calls(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _LOGGING
            and node.args
            and ast.unparse(node.func.value).endswith("log")
        ):
            yield node
