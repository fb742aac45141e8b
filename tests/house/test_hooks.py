"""At most ten hooks, prefixed, typed, and documented with exactly their arguments."""

from __future__ import annotations

import inspect
import re

from cpikit import hookspecs

MOST = 10
SPECS = dict(inspect.getmembers(hookspecs._Specs, inspect.isfunction))
FRONT = {
    name: found
    for name, found in inspect.getmembers(hookspecs.Hooks, inspect.isfunction)
    if name.startswith("cpikit_")
}


def arguments(function):
    return [name for name in inspect.signature(function).parameters if name != "self"]


def test_there_are_at_most_ten_and_all_are_prefixed():
    assert 0 < len(SPECS) <= MOST
    assert all(name.startswith("cpikit_") for name in SPECS)


def test_each_says_what_it_decides_and_what_none_means():
    for name, spec in SPECS.items():
        assert len(inspect.getdoc(spec).splitlines()) > 1 or "all are" in inspect.getdoc(spec), name


def test_the_typed_front_has_the_same_hooks_with_the_same_arguments():
    assert {n: arguments(f) for n, f in FRONT.items()} == {
        n: arguments(f) for n, f in SPECS.items()
    }


def test_each_is_documented_with_exactly_its_arguments(house):
    text = (house.repository / "docs/hooks.md").read_text("utf-8")
    documented = {
        name: [argument.strip() for argument in inner.split(",")]
        for name, inner in re.findall(r"^### (cpikit_\w+)\(([^)]*)\)", text, re.MULTILINE)
    }
    assert documented == {name: arguments(spec) for name, spec in SPECS.items()}
