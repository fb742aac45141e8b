"""Say how long the work of the cloud takes: each number in a profile, known or assumed."""

from __future__ import annotations

from typing import Literal

from attrs import field, frozen

Profile = Literal["instant", "typical", "slow"]
Seconds = float | tuple[float, float]
"""A number, or the lowest and highest of a range from which the seed chooses."""


def _ordered(_instance: object, _attribute: object, value: Seconds) -> None:
    low, high = value if isinstance(value, tuple) else (value, value)
    if not 0 <= low <= high:
        raise ValueError(f"duration {value}: wanted 0 <= low <= high")


@frozen
class Duration:
    """How long one piece of work takes, in seconds. In profile `instant` all take none.

    A product declares its durations next to its code; `grade` says whether a source gives the
    number (`known`) or somebody chose it (`assumed`), `source` which one or why this much.
    """

    name: str
    typical: Seconds = field(validator=_ordered)
    slow: Seconds = field(validator=_ordered)
    grade: Literal["known", "assumed"]
    source: str

    def bounds(self, profile: Profile) -> tuple[float, float]:
        """Give the lowest and the highest number of a profile."""
        if profile == "instant":
            return (0.0, 0.0)
        value = self.typical if profile == "typical" else self.slow
        return value if isinstance(value, tuple) else (value, value)
