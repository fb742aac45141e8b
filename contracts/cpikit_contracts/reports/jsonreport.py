"""The report for machines: every case, with the processes that show it."""

import json
from typing import Any

from cpikit_contracts.profile import RULES_VERSION
from cpikit_contracts.reading import Answer
from cpikit_contracts.reports import hiding
from cpikit_contracts.results import Outcome, Result, Run

EXCERPT = 20_000


def text(done: Run) -> str:
    """The whole report as JSON."""
    return json.dumps(document(done), indent=1, ensure_ascii=False) + "\n"


def document(done: Run) -> dict[str, Any]:
    """The whole report as plain data."""
    hide = hiding.of(done)
    ran, every = done.share()
    return {
        "suite": {"name": "cpikit-contracts", "rules": RULES_VERSION},
        "profile": done.profile,
        "command": [hide(word) for word in done.command],
        "level": done.level,
        "seed": done.seed,
        "seconds": round(done.seconds, 3),
        "processes": len(done.answers),
        "verdict": "attention" if done.failed else "clean",
        "stopped": done.stopped,
        "outcomes": {outcome.value: done.count(outcome) for outcome in Outcome},
        "rules": {"ran": ran, "of": every},
        "gaps": {name: {"degree": d, "reason": r} for name, (d, r) in done.gaps.items()},
        "left": [hide(each) for each in done.left],
        "findings": [hide(each) for each in done.findings],
        "figures": done.figures,
        "results": [_result(each, done, hide) for each in done.results],
    }


def _result(result: Result, done: Run, hide: hiding.Hide) -> dict[str, Any]:
    rule = result.case.rule
    found = {
        "case": result.case.id,
        "rule": rule.id,
        "group": rule.group,
        "strength": rule.strength,
        "level": rule.level,
        "checks": list(rule.checks),
        "sentence": rule.sentence,
        "source": rule.source,
        "outcome": result.outcome.value,
        "message": hide(result.message),
        "seconds": round(result.seconds, 4),
        "notes": [hide(note) for note in result.notes],
    }
    if result.outcome in {Outcome.BROKEN, Outcome.BLOCKED, Outcome.ACCEPTED, Outcome.NOTED}:
        found["again"] = hide(done.again(result))
        found["processes"] = [_process(answer, hide) for answer in result.answers]
        if rule.watch is not None or rule.group == "leak":
            found["called_forth_by"] = _called_forth_by(result, done)
    return found


def _called_forth_by(result: Result, done: Run) -> list[str]:
    """The cases that called forth what a rule over the whole run saw, as far as it is known."""
    if result.case.rule.watch is None:
        named = {finding.partition(": ")[0] for finding in done.findings}
        return sorted(named & {each.case.id for each in done.results})
    places = {id(answer): at for at, answer in enumerate(done.answers)}
    found = set()
    for answer in result.answers:
        at = places[id(answer)]
        # A call that is no case's own, of cleaning up or of a version, is of its neighbours.
        for calls in (done.answers[at::-1], done.answers[at:]):
            found.add(next((each.exchange.case for each in calls if each.exchange.case), ""))
    return sorted(found - {""})


def _process(answer: Answer, hide: hiding.Hide) -> dict[str, Any]:
    exchange = answer.exchange
    return {
        "number": exchange.number,
        "caller": exchange.invocation.caller,
        "endpoint": exchange.endpoint,
        "method": exchange.method,
        "request": hide(exchange.request_text)[:EXCERPT],
        "stdout": hide(exchange.stdout_text)[:EXCERPT],
        "stderr": hide(exchange.stderr_text)[:EXCERPT],
        "status": exchange.status,
        "ending": exchange.ending.value,
        "seconds": round(exchange.seconds, 4),
    }
