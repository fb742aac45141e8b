"""`--rerun-failed`: what has to be asked again by the last report, and up to which level."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from cpikit_contracts.outcomes import Unusable
from cpikit_contracts.rules import LEVELS, Case, catalogue, selected
from cpikit_contracts.run import INTERRUPTED

FAILED: Final = frozenset({"broken", "blocked"})
NOT_RUN: Final = "not run"
PROBE: Final = "probe"  # the calls that every run begins with
CUT_SHORT: Final = re.compile(f"{re.escape(INTERRUPTED)}|the time limit of .* was reached")


@frozen
class Again:
    """What is asked again."""

    level: str
    cases: frozenset[str]


def failed_last(state: Path, level: str | None) -> Again:
    """What failed in the last run or was never asked, with what called it forth.

    Raises Unusable where there is no such report, nothing failed, or a case is no more.
    """
    path = state / "last.json"
    last = _read(path)
    known = {case.id: case for case in selected(catalogue(), LEVELS[-1])[0]}
    wanted = _wanted(last["results"], known)
    if not wanted:
        raise Unusable("nothing failed in the last run")
    gone = sorted(wanted - known.keys())
    if gone:
        raise Unusable(
            f"{path} names cases that are no more: {', '.join(gone)}; run without --rerun-failed"
        )
    levels = [last["level"], level or last["level"], *(known[each].rule.level for each in wanted)]
    return Again(max(levels, key=LEVELS.index), frozenset(wanted))


def _read(path: Path) -> dict[str, Any]:
    try:
        last = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Unusable(f"there is no last report in {path.parent}: {error}") from error
    if not _is_report(last):
        raise Unusable(f"{path} is no report of this suite: run without --rerun-failed")
    return dict(last)


def _is_report(last: object) -> bool:
    return (
        isinstance(last, dict)
        and last.get("level") in LEVELS
        and isinstance(last.get("results"), list)
        and all(_is_result(each) for each in last["results"])
    )


def _is_result(result: object) -> bool:
    if not isinstance(result, dict):
        return False
    by = result.get("called_forth_by", [])
    texts = [result.get(name) for name in ("case", "outcome", "message")]
    return isinstance(by, list) and all(isinstance(each, str) for each in (*texts, *by))


def _wanted(results: list[dict[str, Any]], known: Mapping[str, Case]) -> set[str]:
    asked = {each["case"] for each in results if each["outcome"] != NOT_RUN}
    over_all = {name for name in asked if name in known and _is_over_all(known[name])}
    wanted: set[str] = set()
    for each in results:
        name = each["case"]
        if each["outcome"] in FAILED:
            wanted.add(name)
            if name in over_all:
                # It sees what others call forth; where the report does not know which, all of them.
                wanted |= set(each.get("called_forth_by", ())) or asked
        elif each["outcome"] == NOT_RUN and CUT_SHORT.fullmatch(each["message"]):
            # What was not asked then may break, now, what holds over a whole run.
            wanted |= {name, *over_all}
    return wanted - {PROBE}


def _is_over_all(case: Case) -> bool:
    """Is it judged over a whole run: a watch, or what is left?"""
    return case.rule.watch is not None or case.rule.group == "leak"
