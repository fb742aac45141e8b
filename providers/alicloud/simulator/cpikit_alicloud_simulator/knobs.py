"""Name every question that documents leave open, with all its plausible answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

from attrs import define, field, frozen

from cpikit_alicloud_simulator.suggest import did_you_mean

KnobValue = str | int | float | bool
V = TypeVar("V", str, int, float, bool)


@frozen
class Knob(Generic[V]):
    """One open question. A product declares its knobs next to the code that asks them.

    `values` are all plausible answers. With `is_open`, other values of the same type are taken
    too: a number of seconds, for example.
    """

    name: str
    default: V
    values: tuple[V, ...] = field()
    about: str
    source: str
    is_open: bool = False

    @values.validator
    def _has_default(self, _attribute: object, values: tuple[V, ...]) -> None:
        if self.default not in values:
            raise ValueError(f"knob {self.name}: default {self.default!r} is not among {values}")

    def checked(self, value: object) -> V:
        """Give a value of the right type or raise ValueError."""
        kind = type(self.default)
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind or not (self.is_open or value in self.values):
            raise ValueError(
                f"knob {self.name}: {value!r} found, wanted "
                + (f"a {kind.__name__}" if self.is_open else f"one of {list(self.values)}")
            )
        return value


@define
class KnobBook:
    """The knobs of a world and how they are set."""

    knobs: Mapping[str, Knob[str] | Knob[int] | Knob[float] | Knob[bool]]
    _set: dict[str, KnobValue] = field(factory=dict, init=False)

    @classmethod
    def of(cls, knobs: Iterable[Knob[str] | Knob[int] | Knob[float] | Knob[bool]]) -> KnobBook:
        """Open a book of these knobs."""
        return cls({knob.name: knob for knob in knobs})

    def get(self, knob: Knob[V]) -> V:
        """Give how a knob is set."""
        return knob.checked(self._set.get(knob.name, knob.default))

    def value(self, name: str) -> KnobValue:
        """Give how the knob of this name is set."""
        return self._set.get(name, self.knobs[name].default)

    def set(self, values: Mapping[str, object]) -> None:
        """Set knobs by name; raises ValueError, and then sets none, when one is wrong."""
        checked: dict[str, KnobValue] = {}
        for name, value in values.items():
            knob = self.knobs.get(name)
            if knob is None:
                raise ValueError(f"unknown knob {name!r}{did_you_mean(name, self.knobs)}")
            checked[name] = knob.checked(value)
        self._set.update(checked)

    def rows(self) -> list[dict[str, object]]:
        """Give the table that `/knobs` shows."""
        return [
            {
                "name": knob.name,
                "values": list(knob.values),
                "is_open": knob.is_open,
                "default": knob.default,
                "value": self._set.get(knob.name, knob.default),
                "about": knob.about,
                "source": knob.source,
            }
            for knob in sorted(self.knobs.values(), key=lambda knob: knob.name)
        ]
