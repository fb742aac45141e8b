"""JSON to typed values without coercion, every problem at once and with its path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Literal, NewType

import pytest
from attrs import field, frozen
from hypothesis import given
from hypothesis import strategies as st

from cpikit import types
from cpikit.converter import (
    Problems,
    UnknownKey,
    Unknowns,
    Wanted,
    describe_unknown,
    strict_converter,
    structure,
)
from cpikit.redaction import Secret

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
Zone = NewType("Zone", str)


class Colour(Enum):
    RED = "red"
    ONE = 1


@frozen
class Inner:
    size: types.MiB
    name: str = "x"


@frozen
class Outer:
    inner: Inner
    password: str
    flags: list[bool] = field(factory=list)
    table: dict[str, Inner] = field(factory=dict)
    renamed_: int = field(default=0, alias="renamed")
    token: Secret | None = None


def given_as(value, kind, mode="fail"):
    return structure(strict_converter(Unknowns(mode)), value, kind, "$")


def problems(value, kind, mode="fail"):
    with pytest.raises(Problems) as found:
        given_as(value, kind, mode)
    return found.value.lines


EXACT = {
    int: lambda v: type(v) is int,
    str: lambda v: type(v) is str,
    bool: lambda v: type(v) is bool,
    float: lambda v: type(v) in (int, float),
    types.MiB: lambda v: type(v) is int and v >= 0,
    types.VmCid: lambda v: type(v) is str and v != "",
    types.AgentId: lambda v: type(v) is str and v != "",
    Zone: lambda v: type(v) is str,
    Colour: lambda v: type(v) in (str, int) and v in ("red", 1),
    Literal["a", 2]: lambda v: type(v) in (str, int) and v in ("a", 2),
    list[str]: lambda v: type(v) is list and all(type(i) is str for i in v),
    tuple[str, ...]: lambda v: type(v) is list and all(type(i) is str for i in v),
    Sequence[str]: lambda v: type(v) is list and all(type(i) is str for i in v),
    set[str]: lambda v: type(v) is list and all(type(i) is str for i in v),
    frozenset[str]: lambda v: type(v) is list and all(type(i) is str for i in v),
    dict[str, int]: lambda v: type(v) is dict and all(type(i) is int for i in v.values()),
    Mapping[str, int]: lambda v: type(v) is dict and all(type(i) is int for i in v.values()),
    dict[str, Any]: lambda v: type(v) is dict,
}


@pytest.mark.parametrize("kind", EXACT, ids=str)
@given(
    JSON
    | st.sampled_from(["red", "a", "no", 1, 2, 1.0, True, "1", [], {}, "abc", ["x"], {"k": 1}])
    | st.lists(st.text(), max_size=3)
    | st.dictionaries(st.text(), st.integers(), max_size=3)
)
def test_a_value_is_taken_as_it_is_or_refused(kind, value):
    if EXACT[kind](value):
        made = given_as(value, kind)
        if isinstance(value, dict):
            assert made == value
        elif isinstance(value, list):
            assert sorted(made) == sorted(
                set(value) if isinstance(made, set | frozenset) else value
            )
        else:
            assert (made.value if isinstance(made, Colour) else made) == value
    else:
        (line, *_) = problems(value, kind)
        assert line.startswith("$")


def test_a_secret_is_a_string_and_is_not_told():
    assert given_as("hunter2", Secret) == Secret("hunter2")
    assert problems(12345678, Secret) == ["$: wanted a string, found a number"]


def test_all_problems_are_told_at_once_with_their_paths():
    value = {
        "inner": {"size": "abc", "nme": 1},
        "password": ["hunter2"],
        "flags": [True, "no", None],
        "table": {"a": {"size": 1}, "b": {"name": "n"}, "c": None},
        "renamed": 1.5,
        "renamed_": 1,
        "token": 7,
    }
    assert sorted(problems(value, Outer)) == sorted(
        [
            '$.inner.size: wanted MiB as an integer, found "abc"',
            "$.inner: unknown key 'nme', did you mean 'name'?",
            "$.password: wanted a string, found an array",
            '$.flags[1]: wanted true or false, found "no"',
            "$.flags[2]: wanted true or false, found null",
            "$.table.b.size: required, not set",
            "$.table.c: wanted an object, found null",
            "$.renamed: wanted an integer, found 1.5",
            "$: unknown key 'renamed_', did you mean 'renamed'?",
            "$.token: wanted a string, found a number",
        ]
    )


def test_an_explicit_null_is_an_absent_key():
    made = given_as({"inner": {"size": 1, "name": None}, "password": "p", "flags": None}, Outer)
    assert made == Outer(Inner(types.MiB(1)), "p")
    assert problems({"inner": None, "password": "p"}, Outer) == ["$.inner: required, not set"]


def test_a_found_value_is_shown_when_it_is_short_and_its_place_is_no_secret():
    assert problems("x" * 41, int) == ["$: wanted an integer, found a string"]
    assert problems({"password": 123456}, Outer)[0:1]
    assert "123456" not in str(problems({"inner": {"size": 1}, "password": 123456}, Outer))
    assert "s3cret" not in str(problems({"my_key": "s3cret"}, dict[str, int]))


@given(JSON)
def test_no_json_value_breaks_the_telling(value):
    for kind in (Outer, list[Inner], dict[str, Outer]):
        try:
            given_as(value, kind)
        except Problems as found:
            assert all(line.startswith("$") for line in found.lines)


def test_unknown_keys_fail_are_noted_or_pass():
    value = {"size": 1, "nmae": "x"}
    assert problems(value, Inner) == ["$: unknown key 'nmae', did you mean 'name'?"]
    unknowns = Unknowns("warn")
    assert structure(strict_converter(unknowns), value, Inner, "$") == Inner(types.MiB(1))
    assert [describe_unknown(one) for one in unknowns.seen] == [
        "unknown key 'nmae', did you mean 'name'?"
    ]
    assert given_as(value, Inner, "accept") == Inner(types.MiB(1))
    assert describe_unknown(UnknownKey("zzz", ["name"])) == "unknown key 'zzz'"


def test_what_the_callers_send_may_grow_and_is_kept():
    raw = {"type": "dynamic", "cloud_properties": {}, "new_key": 1, "ip": None}
    network = given_as(raw, types.Network[dict[str, Any]])
    assert network.raw == raw
    assert network.ip is None


def test_a_provider_s_own_refusal_gets_its_path():
    converter = strict_converter(Unknowns("fail"))

    def cidr(value, _type):
        raise Wanted("a CIDR", value)

    converter.register_structure_hook(complex, cidr)
    with pytest.raises(Problems, match=r"\$\[0\]: wanted a CIDR, found 7"):
        structure(converter, [7], list[complex], "$")


def test_another_error_of_a_hook_is_told_in_its_own_words():
    @frozen
    class Even:
        number: int = field()

        @number.validator
        def _even(self, _attribute, value):
            if value % 2:
                raise ValueError(f"{value} is odd")

    assert problems({"number": 3}, Even) == ["$: 3 is odd"]


def test_a_bare_list_and_a_bare_dict_take_anything_inside():
    assert given_as([1, "a"], list) == [1, "a"]
    assert given_as({"a": 1}, dict) == {"a": 1}


def test_another_error_s_text_is_not_told_of_a_secret_place():
    def refuse(value, _type):
        error = ValueError(f"{value} is not well-formed")
        error.add_note("of no interest to an operator")
        raise error

    converter = strict_converter(Unknowns("fail"))
    converter.register_structure_hook(complex, refuse)
    with pytest.raises(Problems, match=r"^\$\.access_key: refused; \$\.x: hunter2 is not"):
        structure(converter, {"access_key": "hunter2", "x": "hunter2"}, dict[str, complex], "$")
