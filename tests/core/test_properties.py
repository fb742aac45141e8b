"""What a class of properties has is read from one place: types, metadata, words for people."""

from __future__ import annotations

from typing import Any, Literal, NewType

from attrs import field, frozen

from cpikit.properties import properties_of, property_at, takes
from cpikit.redaction import Secret

Words = NewType("Words", list[str])
Words.__doc__ = "a word or several"
Plain = NewType("Plain", int)


@frozen
class Wheel:
    size: Plain = field(metadata={"unit": "mm", "meaning": "How large", "api": "Wheel.Size"})
    colour: Literal["red", "blue", ""] | None = None


@frozen
class Cart:
    name: str
    wheels: list[Wheel] = field(factory=list, metadata={"deprecated": True})
    spare: Wheel | None = None
    hidden: Words | None = field(default=None, metadata={"inner": "cpikit.config:Agent"})
    secret: Secret | None = None
    either: int | str = 3
    tags: dict[str, str] = field(factory=dict)
    renamed_: bool = field(default=False, alias="renamed")
    made: int = field(default=0, init=False)


def row(name: str) -> Any:
    return next(one for one in properties_of(Cart) if one.name == name)


def test_each_field_is_a_row_under_the_key_that_an_operator_writes() -> None:
    names = [one.name for one in properties_of(Cart)]
    assert names == "name wheels spare hidden secret either tags renamed".split()


def test_a_row_says_what_it_takes_in_words() -> None:
    takes_ = {one.name: one.takes for one in properties_of(Cart)}
    assert takes_ == {
        "name": "a string",
        "wheels": "a list, each an object",
        "spare": "an object",
        "hidden": "a word or several",
        "secret": "a string",
        "either": "anything",
        "tags": "an object",
        "renamed": "true or false",
    }
    assert takes(Plain) == "an integer"
    assert takes(Literal["a", "b", ""]) == "one of a, b"


def test_a_row_says_what_no_type_can() -> None:
    assert row("name").is_required
    assert not row("spare").is_required
    assert row("wheels").is_deprecated
    assert row("wheels").default == []
    assert row("either").default == 3
    assert row("secret").is_secret
    (size, colour) = properties_of(Wheel)
    assert (size.unit, size.meaning, size.api) == ("mm", "How large", "Wheel.Size")
    assert colour.choices == ("red", "blue")
    assert size.choices == ()


def test_a_path_leads_to_its_row() -> None:
    found = property_at(Cart, ["wheels", 3, "size"])
    assert found is not None
    assert found.unit == "mm"
    inner = property_at(Cart, ["hidden", "ntp"])
    assert inner is not None
    assert inner.name == "ntp"


def test_a_path_into_the_unknown_leads_nowhere() -> None:
    assert property_at(Cart, ["no"]) is None
    assert property_at(Cart, ["no", "further"]) is None
    assert property_at(Cart, ["tags", "colour"]) is None
    assert property_at(Cart, []) is None
