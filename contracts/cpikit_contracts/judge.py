"""Ask one case of one session: decide whether it can be asked, ask it, clean up after it."""

import os.path
import time
import traceback
from collections.abc import Iterable
from typing import Final

from attrs import evolve

from cpikit_contracts.cleaning import adopt, clean
from cpikit_contracts.outcomes import (
    Blocked,
    Broken,
    Interrupted,
    NotAsked,
    NotServed,
    Refused,
    Unusable,
)
from cpikit_contracts.reading import Answer
from cpikit_contracts.results import Outcome, Result
from cpikit_contracts.rules import INFORM, WIRE, Case
from cpikit_contracts.scenario import Scenario
from cpikit_contracts.session import Session

EXAMPLES: Final = 10
NEEDS: Final = {
    "dead": "the profile names no [dead] command",
    "world": "the profile names no world that may be used",
    "endpoint": "the profile names no [dead] command and no world that may be used",
    "paths": "the command's {word} is a file only where the suite was started: "
    "write its whole path, as {profile_dir}/…",
    "control": "the world has no control interface",
    "manual": "[inputs.networks] has no manual network",
    "dynamic": "[inputs.networks] has no dynamic network",
    "vip": "[inputs.networks] has no vip network",
    "release": "no release was given ([release] path, or --release)",
    "idempotent": "[cpi] idempotent does not name create_vm",
    "bad_vm": "[inputs] bad_vm names no VM properties that cannot be satisfied",
    "directories": "the world names no directories to look into",
    "context": "[inputs] context names no CPI-config properties",
}


def ask(session: Session, case: Case) -> Result:
    """Ask the case and clean up after it; never raises for anything that the CPI does."""
    reason = gap_reason(session, case)
    if reason:
        return Result(case, Outcome.GAP, reason)
    reason = missing_need(session, case)
    if reason:
        return Result(case, Outcome.NOT_RUN, reason)
    scenario = Scenario(session, case.caller, case.id, case.item)
    started = time.monotonic()
    outcome, message = _outcome(scenario, case)
    if case.rule.level != WIRE and case.rule.group != "leak":
        _clean_up(session, scenario, case)
    result = Result(
        case=case,
        outcome=outcome,
        message=message,
        seconds=time.monotonic() - started,
        answers=tuple(scenario.answers),
        notes=tuple(scenario.notes),
        seed=session.seed,
    )
    return with_acceptance(session, result)


def watched(case: Case, sessions: Iterable[Session]) -> Result:
    """Judge a watch over every answer that the sessions saw."""
    assert case.rule.watch is not None  # noqa: S101  # the caller chose a watch
    found: list[tuple[str, Answer]] = []
    first = None
    for session in sessions:
        first = first or session
        reason = gap_reason(session, case)
        if reason:
            return Result(case, Outcome.GAP, reason)
        for answer in list(session.exchanges):
            message = case.rule.watch(answer)
            if message:
                found.append((message, answer))
    if not found:
        result = Result(case, Outcome.PASSED)
    else:
        times = f" ({len(found)} answers in all)" if len(found) > 1 else ""
        result = Result(
            case,
            Outcome.NOTED if case.rule.strength == INFORM else Outcome.BROKEN,
            f"{found[0][1].exchange.method or 'a malformed request'}: {found[0][0]}{times}",
            answers=tuple(answer for _, answer in found[:EXAMPLES]),
            seed=first.seed if first else None,
        )
    return result if first is None else with_acceptance(first, result)


def gap_reason(session: Session, case: Case) -> str:
    """Why the rule does not apply: a declared gap, with its degree and reason."""
    for method in case.methods:
        gap = session.profile.gaps.get(method)
        if gap is not None:
            since = f" (since {gap.since})" if gap.since else ""
            return f"{method}: {gap.degree}{since}: {gap.reason}"
    return ""


def missing_need(session: Session, case: Case) -> str:
    """What the rule needs and the profile or the world does not have."""
    for need in case.rule.needs:
        if not _has(session, need):
            said = NEEDS.get(need) or f"the profile's [unknown] names no {need}"
            return said.replace("{word}", _relative_word(session))
    return ""


def _has(session: Session, need: str) -> bool:
    profile = session.profile
    found = {
        "dead": bool(profile.dead),
        "world": session.gate.world_may_be_used,
        "endpoint": bool(profile.dead) or session.gate.world_may_be_used,
        "paths": not _relative_word(session),
        "control": session.world.control is not None,
        "release": bool(profile.release),
        "idempotent": "create_vm" in profile.idempotent,
        "bad_vm": bool(profile.inputs["bad_vm"]),
        "directories": bool(session.world.directories),
        "context": bool(profile.inputs.get("context")),
    }
    if need in found:
        return found[need]
    if need in {"manual", "dynamic", "vip"}:
        return need in profile.inputs["networks"]
    return need in profile.unknown


def _relative_word(session: Session) -> str:
    """The first word of the command that names a file from the current directory, or nothing."""
    for word in session.profile.dead or session.profile.command:
        path = word.partition("=")[2] if word.startswith("-") else word
        if path and not os.path.isabs(path) and os.path.isfile(path):  # noqa: PTH113, PTH117  # any text
            return word
    return ""


def _outcome(scenario: Scenario, case: Case) -> tuple[Outcome, str]:
    assert case.rule.check is not None  # noqa: S101  # watches are judged at the end of a run
    try:
        case.rule.check(scenario)
    except Broken as error:
        outcome = Outcome.NOTED if case.rule.strength == INFORM else Outcome.BROKEN
        return outcome, str(error)
    except (Interrupted, NotAsked) as error:
        return Outcome.NOT_RUN, str(error)
    except (Blocked, Refused) as error:
        return Outcome.BLOCKED, str(error)
    except Unusable as error:
        return Outcome.BLOCKED, f"the suite could not go on: {error}"
    except Exception as error:  # noqa: BLE001  # a CPI may answer what nobody thought of
        scenario.notes.append(traceback.format_exc())
        said = scenario.answers[-1] if scenario.answers else "nothing"
        return Outcome.BLOCKED, f"the rule cannot read {said}: {type(error).__name__}: {error}"
    return Outcome.PASSED, ""


def with_acceptance(session: Session, result: Result) -> Result:
    """Apply the profile's [accepted]: a deviation with a reason, which must still be one."""
    reason = session.profile.accepted.get(result.case.rule.id)
    if reason is None or result.outcome not in {Outcome.BROKEN, Outcome.PASSED}:
        return result
    if result.case.rule.strength == "must":
        return _changed(result, Outcome.BROKEN, "a must-rule cannot be accepted as broken")
    if result.outcome is Outcome.PASSED:
        return _changed(result, Outcome.BROKEN, f"is accepted as broken ({reason}) but holds")
    return _changed(result, Outcome.ACCEPTED, f"{result.message} — accepted: {reason}")


def _changed(result: Result, outcome: Outcome, message: str) -> Result:
    return evolve(result, outcome=outcome, message=message)


def _clean_up(session: Session, scenario: Scenario, case: Case) -> None:
    control = session.world.control
    if control is not None:
        try:
            control.disarm()
        except NotServed:
            pass  # then nothing was armed
        except (Blocked, Unusable) as error:
            session.findings.append(f"{case.id}: its trouble could not be taken back: {error}")
    left = clean(session, case.id)
    session.findings += [f"{case.id}: {sentence}" for sentence in left]
    for ip in [ip for ip, scope in session.taken_ips.items() if scope == case.id]:
        del session.taken_ips[ip]
    if control is None or session.baseline is None:
        return
    try:
        things = control.inventory()
    except (Blocked, Unusable) as error:
        session.findings.append(f"{case.id}: the inventory could not be read: {error}")
        return
    found = {(each["kind"], each["id"]) for each in things}
    left_over = found - session.baseline
    for kind, cid in sorted(left_over):
        session.findings.append(f"{case.id}: {kind} {cid} is left in the world")
    if left_over:
        # Noted once; it must not stand in the way of the cases that follow.
        adopt(session, things, session.baseline, case.id)
        clean(session, case.id)
        found = scenario.inventory_ids()
    for kind, cid in sorted(session.baseline - found):
        session.findings.append(f"{case.id}: {kind} {cid} vanished from the world")
    session.baseline = found
