"""Name the cases for which an error table has several codes: a knob says which one comes."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.wire import ApiError


@frozen
class Wording:
    """One case and its refusals by code, the default first. Its knob is declared with it."""

    knob: Knob[str]
    refusals: Mapping[str, Refusal]

    def of(self, call: Call) -> Refusal:
        """Give the refusal that the world's knob says."""
        return self.refusals[call.knob(self.knob)]

    def error(self, call: Call, **words: object) -> ApiError:
        """Make the exception."""
        return self.of(call).error(**words)


def wording(name: str, case: str, *refusals: Refusal) -> Wording:
    """Declare one: `wording("launch.no_group", "a security group that does not exist", A, B)`."""
    codes = tuple(each.code for each in refusals)
    about = f"The code for {case}."
    source = "unverified: the error table has each of them and does not say when which one comes"
    knob = Knob(name, codes[0], codes, about, source)
    return Wording(knob, dict(zip(codes, refusals, strict=True)))
