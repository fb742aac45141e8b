"""Rules about a cloud that fails, throttles, loses answers or shows old news, call by call."""

import json
from typing import Any

from cpikit_contracts import agent_settings
from cpikit_contracts.outcomes import Broken
from cpikit_contracts.rules import MUST, SHOULD, SWEEP, rule
from cpikit_contracts.scenario import Scenario
from cpikit_contracts.sweeping import METHODS, Disturbed, Sweep

NEEDS = ("control",)


def _swept(s: Scenario) -> Sweep | None:
    if s.item in s.profile.gaps:
        s.notes.append(f"{s.item} is a gap")
        return None
    return Sweep(s, s.item)


def _creates(disturbed: Disturbed) -> bool:
    method = disturbed.sweep.method
    return method.startswith("create") or method == "snapshot_disk"


def _leaves_nothing(disturbed: Disturbed) -> None:
    new = disturbed.sweep.things().keys() - disturbed.before.keys()
    if _creates(disturbed) and new:
        raise Broken(f"{disturbed.where}: answered {disturbed.answer} and left {sorted(new)}")


@rule(
    "sweep.throttling-is-endured",
    MUST,
    SWEEP,
    "A cloud that throttles any call twice is asked again, inside of the CPI.",
    "docs-bosh build-cpi.md (rate limits and their retries are the CPI's job)",
    checks=(119,),
    items=METHODS,
    needs=NEEDS,
)
def throttling(s: Scenario) -> None:
    """Throttle each cloud call twice; the method has to succeed with the usual change."""
    sweep = _swept(s)
    if sweep is None:
        return
    for name in dict.fromkeys(call["name"] for _, call in sweep.points()):
        rule_for = {"name": name, "times": 2, "do": "throttle", "code": "Throttling", "status": 400}
        sweep.disturb(f"{name} throttled twice", rule_for, Disturbed.must_succeed)


@rule(
    "sweep.lost-answer-makes-nothing-twice",
    MUST,
    SWEEP,
    "When a cloud call was done but its answer is lost, nothing is made twice and nothing "
    "forgotten.",
    "peers.md 1.10 #14 (retries without an idempotency key)",
    checks=(120,),
    items=METHODS,
    needs=NEEDS,
)
def lost_answer(s: Scenario) -> None:
    """Lose the answer of each cloud call; then success with the usual change, or a clean error."""
    sweep = _swept(s)
    if sweep is None:
        return

    def judge(disturbed: Disturbed) -> None:
        disturbed.must_answer()
        if disturbed.answer.succeeded:
            disturbed.must_equal()
            return
        _leaves_nothing(disturbed)
        disturbed.must_converge(marked=False)

    for number, call in sweep.points():
        name = f"the answer of its call {number} ({call['name']}) lost"
        sweep.disturb(name, {"nth": number, "times": 1, "do": "lose"}, judge)


@rule(
    "sweep.failure-leaves-nothing",
    MUST,
    SWEEP,
    "When any cloud call fails for good, the error is known, nothing new is left, and a "
    "repeat works.",
    "docs-bosh create-vm.md; peers.md 1.10 #2, #8, #9, #13",
    checks=(41, 63, 120),
    items=METHODS,
    needs=NEEDS,
)
def nth_fails(s: Scenario) -> None:
    """Let each cloud call fail with a code that no retry helps against; send the request again."""
    sweep = _swept(s)
    if sweep is None:
        return

    def judge(disturbed: Disturbed) -> None:
        disturbed.must_answer()
        if disturbed.answer.succeeded:
            disturbed.must_equal()
            return
        _leaves_nothing(disturbed)
        disturbed.must_converge(marked=False)

    for number, call in sweep.points():
        rule_for: dict[str, Any] = {"nth": number, "times": 1, "do": "fail"}
        name = f"its call {number} ({call['name']}) failing"
        sweep.disturb(name, {**rule_for, "code": "Forbidden", "status": 403}, judge)


@rule(
    "sweep.settings-survive",
    MUST,
    SWEEP,
    "Whatever cloud call of an attach or a detach fails, the agent can still read its settings.",
    "the Go CPI v61 writes empty settings when it could not read them (attach_disk.go:99)",
    checks=(107, 114, 120),
    items=("attach_disk", "detach_disk"),
    needs=NEEDS,
)
def settings_survive(s: Scenario) -> None:
    """Let each cloud call fail, for good and as a server error, and read the VM's user data."""
    sweep = _swept(s)
    if sweep is None:
        return

    def judge(disturbed: Disturbed) -> None:
        vm = disturbed.document["arguments"][0]
        text = s.control.user_data(vm)
        try:
            document = json.loads(text)
        except ValueError:
            document = None
        found = agent_settings.problems(document)
        if found:
            raise Broken(f"{disturbed.where}: the agent of {vm} reads {text[:200]!r}: {found}")

    for number, call in sweep.points():
        for code, status in (("Forbidden", 403), ("ServiceUnavailable", 503)):
            rule_for = {"nth": number, "do": "fail", "code": code, "status": status}
            name = f"its call {number} ({call['name']}) failing with {code}"
            sweep.disturb(name, rule_for, judge)


@rule(
    "sweep.stale-reads-are-endured",
    SHOULD,
    SWEEP,
    "A read that shows the world before the last write does not mislead the CPI.",
    "bosh-azure-cpi-release#765 (a list that lags)",
    checks=(120,),
    items=METHODS,
    needs=NEEDS,
)
def stale_reads(s: Scenario) -> None:
    """Make each read after the first write stale once; the method has to succeed as usual."""
    sweep = _swept(s)
    if sweep is None:
        return
    written = False
    for number, call in sweep.points():
        if call["effect"] == "write":
            written = True
        elif written:
            name = f"its read {number} ({call['name']}) stale"
            rule_for = {"nth": number, "times": 1, "do": "stale"}
            sweep.disturb(name, rule_for, Disturbed.must_succeed)
