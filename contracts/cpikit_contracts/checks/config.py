"""Rules about the CPI config: properties that arrive in the context."""

from cpikit_contracts.rules import BOTH, DIRECTOR, LIFECYCLE, MUST, SHOULD, rule
from cpikit_contracts.scenario import Scenario


@rule(
    "config.context-overrides",
    SHOULD,
    LIFECYCLE,
    "Properties in the context override cpi.json, for this one call.",
    "external_cpi.rb; aws bin/aws_cpi; google concrete_factory.go",
    checks=(115,),
    callers=DIRECTOR,  # only the Director sends a CPI config
    methods=("has_vm",),
    needs=("context", "vm"),
)
def context_overrides(s: Scenario) -> None:
    """Ask has_vm, ask with the profile's [inputs] context, with which it must fail, ask again."""
    s.needed(s.call("has_vm", s.unknown("vm")))
    answer = s.call("has_vm", s.unknown("vm"), context=s.profile.inputs["context"])
    s.failed(answer, "has_vm with context properties that make the cloud unreachable")
    s.succeeded(s.call("has_vm", s.unknown("vm")), "has_vm after the override")


@rule(
    "config.odd-context-spoils-no-call",
    MUST,
    LIFECYCLE,
    "Unknown properties in the context spoil no real call.",
    "external_cpi.rb (CPI-config properties may hold anything)",
    checks=(30, 116),
    callers=BOTH,
    methods=("has_vm",),
    needs=("vm",),
)
def odd_context(s: Scenario) -> None:
    """Ask has_vm with unknown keys of every JSON type in the context."""
    odd = {"x_s": "y", "x_n": 1, "x_l": [1], "x_o": {"a": {}}, "x_b": True, "x_0": None}
    answer = s.call("has_vm", s.unknown("vm"), context=odd)
    s.succeeded(answer, "has_vm with unknown context keys")
