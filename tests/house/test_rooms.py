"""The size and the manners of every file: a visitor finds each room without a guide."""

from __future__ import annotations

import ast
import io
import re
import tokenize

import pytest

LONGEST_FILE = 300
LONGEST_FUNCTION = 40
DEEPEST = 4
ALLOWED_FILES: dict[str, str] = {}
"""Path to the reason why the file is longer."""
_SIMULATOR = "providers/alicloud/simulator/cpikit_alicloud_simulator/"
ALLOWED_FUNCTIONS: dict[str, str] = {
    f"{_SIMULATOR}actions.py::action": "one keyword for each thing that an action declares",
    f"{_SIMULATOR}products/ecs/disks_create.py::create_disk": "one line a documented parameter",
    f"{_SIMULATOR}products/ecs/disks_listing.py::_shown": "one line a key of the answer",
    f"{_SIMULATOR}products/ecs/images_copy.py::copy_image": "one line a documented parameter",
    f"{_SIMULATOR}products/ecs/images_listing.py::_shown": "one line a key of the answer",
    f"{_SIMULATOR}products/ecs/interfaces_show.py::shown": "one line a key of the answer",
    f"{_SIMULATOR}products/slb/balancers.py::create_load_balancer": "one line a parameter",
}
"""Path::name to the reason why the function is longer."""


def functions(tree):
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def own_lines(node):
    """Lines from def to end, without the docstring: what a reader has to hold in mind."""
    docstring = node.body[0] if ast.get_docstring(node) else None
    spent = docstring.end_lineno - docstring.lineno + 1 if docstring else 0
    return node.end_lineno - node.lineno + 1 - spent


def test_no_file_is_too_long(house):
    long = {
        house.shown(path): count
        for _, path in house.files()
        if (count := len(path.read_text("utf-8").splitlines())) > LONGEST_FILE
    }
    assert long.keys() == ALLOWED_FILES.keys(), long


def test_no_function_is_too_long(house):
    long = {
        f"{house.shown(path)}::{node.name}": own_lines(node)
        for _, path in house.files()
        for node in functions(house.tree(path))
        if own_lines(node) > LONGEST_FUNCTION
    }
    assert long.keys() == ALLOWED_FUNCTIONS.keys(), long


def depth(node, at=0):
    nesting = (
        ast.If,
        ast.For,
        ast.While,
        ast.With,
        ast.Try,
        ast.AsyncFor,
        ast.AsyncWith,
        ast.Match,
    )
    deepest = at
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST):
                continue
            is_elif = name == "orelse" and isinstance(node, ast.If) and len(value) == 1
            deeper = isinstance(child, nesting) and not (is_elif and isinstance(child, ast.If))
            deepest = max(deepest, depth(child, at + deeper))
    return deepest


def test_nothing_is_nested_too_deeply(house):
    deep = [
        f"{house.shown(path)}: {node.name}"
        for _, path in house.files()
        for node in functions(house.tree(path))
        if depth(node) > DEEPEST
    ]
    assert deep == []


def test_every_module_says_in_one_sentence_what_it_is_for(house):
    silent = [
        house.shown(path)
        for _, path in house.files()
        if not re.match(r"\S.*[.:]$", (ast.get_docstring(house.tree(path)) or "").split("\n")[0])
    ]
    assert silent == []


def test_nothing_is_printed(house):
    """stdout belongs to the one answer; commands for people write what they mean to write."""
    printed = [
        f"{house.shown(path)}:{node.lineno}"
        for _, path in house.files()
        for node in ast.walk(house.tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
        and node.lineno not in spared(path)
    ]
    assert printed == []


def spared(path):
    """Lines that say why they print."""
    return {line for line, text in comments(path) if re.search(r"# noqa: .*T201.*  # .+", text)}


def comments(path):
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline)
    return [(t.start[0], t.string) for t in tokens if t.type == tokenize.COMMENT]


@pytest.mark.parametrize(
    ("mark", "whole"),
    [
        ("noqa", r"# noqa: [A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)*  # .+"),
        ("type: ignore", r"# type: ignore\[[a-z-]+(, ?[a-z-]+)*\]  # .+"),
        ("pragma: no cover", r"# pragma: no cover  # .+"),
    ],
)
def test_every_exception_from_a_rule_has_its_reason(house, mark, whole):
    bare = [
        f"{house.shown(path)}:{line}: {text}"
        for _, path in house.files()
        for line, text in comments(path)
        if re.search(rf"# {mark}", text) and not re.search(whole, text)
    ]
    assert bare == []


def test_no_name_says_manager_helper_or_util(house):
    word = re.compile(r"(Manager|Helper|Util|Utils|Impl)$|^Base[A-Z]")
    odd = [
        f"{house.shown(path)}: {node.name}"
        for _, path in house.files()
        for node in ast.walk(house.tree(path))
        if isinstance(node, ast.ClassDef) and word.search(node.name)
    ]
    odd += [house.shown(p) for _, p in house.files() if re.search(r"(util|helper|manager)", p.stem)]
    assert odd == []


def test_no_path_of_a_machine_stands_in_the_project(house):
    """A stranger's clone has no paths of ours; and 'TODO' without a word is no plan."""
    found = [
        house.shown(path)
        for _, path in house.files()
        if re.search(r"/(work|root)/|\bXXX\b", path.read_text("utf-8"))
    ]
    assert found == []
