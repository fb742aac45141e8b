"""Rules are chosen by words: say which words choose nothing, and what is near them."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Final

from cpikit_contracts.outcomes import Unusable
from cpikit_contracts.rules import LEVELS, Rule, cases_of, catalogue, selected

NEAREST: Final = 5


def refuse_unknown(only: Iterable[str], level: str, option: str = "--level") -> None:
    """Raise Unusable for the words that name no rule, or only rules above the level."""
    rules = catalogue()
    problems = []
    for word in only:
        named = selected(rules, LEVELS[-1], (word,))[0]
        if not named:
            problems.append(f"there is no rule {word!r}{near(word, rules)}")
        elif not selected(rules, level, (word,))[0]:
            lowest = min((case.rule.level for case in named), key=LEVELS.index)
            problems.append(f"{word} is of level {lowest}: give {option} {lowest}")
    if problems:
        raise Unusable("; ".join(problems))


def near(word: str, rules: Iterable[Rule]) -> str:
    """What somebody may have meant, as the end of a sentence."""
    wanted = word.partition("[")[0]
    by_id = {rule.id: rule for rule in rules}
    if wanted in by_id:
        return nearest("", [case.id for case in cases_of(by_id[wanted])])
    groups = {rule.group for rule in by_id.values()}
    return nearest(wanted, [*sorted(groups), *by_id]) or "; see: cpikit-contracts rules"


def nearest(word: str, names: Sequence[str]) -> str:
    """The names that are like the word, as the end of a sentence; nothing where none is."""
    last = word.rsplit(".", maxsplit=1)[-1]
    found = [name for name in names if last in name] if last or not word else []
    found = found or difflib.get_close_matches(word, names, NEAREST)
    return f"; near: {', '.join(found[:NEAREST])}" if found else ""
