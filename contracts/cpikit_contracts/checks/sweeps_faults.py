"""Rules about a cloud that fails, throttles, loses answers or shows old news, call by call."""

import json
from typing import Any

from cpikit_contracts import agent_settings
from cpikit_contracts.outcomes import Broken
from cpikit_contracts.preparing import MAKING, READS, SWEPT
from cpikit_contracts.rules import BY_TURNS, MUST, SHOULD, SWEEP, rule
from cpikit_contracts.scenario import Scenario
from cpikit_contracts.sweeping import Disturbed, Sweep

NEEDS = ("control",)


def _leaves_nothing(disturbed: Disturbed) -> None:
    new = disturbed.sweep.things().keys() - disturbed.before.keys()
    if disturbed.sweep.method in MAKING and new:
        raise Broken(f"{disturbed.where}: answered {disturbed.answer} and left {sorted(new)}")


@rule(
    "sweep.throttling-is-endured",
    MUST,
    SWEEP,
    "A cloud that throttles any call twice is asked again, inside of the CPI.",
    "docs-bosh build-cpi.md (rate limits and their retries are the CPI's job)",
    checks=(119,),
    callers=BY_TURNS,
    items={**SWEPT, **READS},
    needs=NEEDS,
)
def throttling(s: Scenario) -> None:
    """Throttle each cloud call twice; the method has to succeed with the usual change."""
    sweep = Sweep(s, s.item)
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
    callers=BY_TURNS,
    items=SWEPT,
    needs=NEEDS,
)
def lost_answer(s: Scenario) -> None:
    """Lose the answer of each cloud call; then success with the usual change, or a clean error."""
    sweep = Sweep(s, s.item)

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
    callers=BY_TURNS,
    items=SWEPT,
    needs=NEEDS,
)
def nth_fails(s: Scenario) -> None:
    """Let each cloud call fail with a code that no retry helps against; send the request again."""
    sweep = Sweep(s, s.item)

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
    "sweep.failed-read-is-an-error",
    MUST,
    SWEEP,
    "When the cloud cannot be asked, has_vm, has_disk and get_disks say so; they never answer "
    "that there is nothing.",
    "vm_scan_stage.rb, disk_scan_stage.rb: false makes the Director forget a VM or a disk",
    checks=(66, 90, 95),
    callers=BY_TURNS,
    items=READS,
    needs=NEEDS,
)
def failed_read(s: Scenario) -> None:
    """Let each cloud call fail, refused and as a server error; an error or the truth comes back."""
    sweep = Sweep(s, s.item)

    def judge(disturbed: Disturbed) -> None:
        disturbed.must_answer()
        there = disturbed.document["arguments"][0]
        attached = [disk for disk, vm in s.session.attached.items() if vm == there]
        truth = attached if s.item == "get_disks" else True
        if disturbed.answer.succeeded and disturbed.answer.result != truth:
            raise Broken(
                f"{disturbed.where}: answered {disturbed.answer.result!r}, the truth is {truth!r}; "
                f"wanted an error or the truth"
            )

    for number, call in sweep.points():
        for code, status in (("Forbidden", 403), ("ServiceUnavailable", 503)):
            rule_for = {"nth": number, "do": "fail", "code": code, "status": status}
            name = f"its call {number} ({call['name']}) failing with {code}"
            sweep.disturb(name, rule_for, judge)


@rule(
    "sweep.settings-survive",
    MUST,
    SWEEP,
    "Whatever cloud call of an attach or a detach fails, the agent can still read its settings.",
    "the Go CPI v61 writes empty settings when it could not read them (attach_disk.go:99)",
    checks=(107, 114, 120),
    callers=BY_TURNS,
    items={each: SWEPT[each] for each in ("attach_disk", "detach_disk")},
    needs=NEEDS,
)
def settings_survive(s: Scenario) -> None:
    """Let each cloud call fail, for good and as a server error, and read the VM's user data."""
    sweep = Sweep(s, s.item)

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
    callers=BY_TURNS,
    items=SWEPT,
    needs=NEEDS,
)
def stale_reads(s: Scenario) -> None:
    """Make each read after the first write stale once; the method has to succeed as usual."""
    sweep = Sweep(s, s.item)
    written = False
    for number, call in sweep.points():
        if call["effect"] == "write":
            written = True
        elif written:
            name = f"its read {number} ({call['name']}) stale"
            rule_for = {"nth": number, "times": 1, "do": "stale"}
            sweep.disturb(name, rule_for, Disturbed.must_succeed)
