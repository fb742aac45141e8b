"""The report for people: one self-contained page, failures first, with a matrix and two charts."""

import shlex
from collections import Counter, defaultdict
from html import escape
from typing import Any, Final

from cpikit_contracts.methods import METHODS
from cpikit_contracts.reading import Answer
from cpikit_contracts.reports import hiding
from cpikit_contracts.reports.style import STYLE
from cpikit_contracts.results import Outcome, Result, Run

SHOWN: Final = 6_000
PROCESSES_SHOWN: Final = 4
CROWDED: Final = "bulk.many-infos-at-once"
WORST: Final = (
    Outcome.BROKEN, Outcome.BLOCKED, Outcome.NOTED, Outcome.ACCEPTED,
    Outcome.PASSED, Outcome.GAP, Outcome.NOT_RUN,
)  # fmt: skip


def text(done: Run, earlier: dict[str, Any]) -> str:
    """The whole page; nothing is loaded from anywhere."""
    hide = hiding.of(done)
    title = "needs attention" if done.failed else "clean"
    parts = [
        _head(done, title, hide),
        _failures(done, hide),
        _matrix(done),
        _charts(done),
        _figures(done, earlier),
        _gaps(done, hide),
        _every_rule(done, hide),
    ]
    body = "\n".join(part for part in parts if part)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>CPI contract: {title}</title><style>{STYLE}</style></head>"
        f"<body><main>\n{body}\n</main></body></html>\n"
    )


def _head(done: Run, title: str, hide: hiding.Hide) -> str:
    ran, every = done.share()
    tiles = "".join(
        f'<li class="{_css(outcome)}"><b>{done.count(outcome)}</b> {outcome.value}</li>'
        for outcome in WORST
        if done.count(outcome)
    )
    stopped = f'<p class="broken">{escape(done.stopped)}</p>' if done.stopped else ""
    return (
        f'<header class="{"bad" if done.failed else "good"}"><h1>CPI contract: {title}</h1>'
        f"<p><code>{escape(hide(shlex.join(done.command)))}</code></p>"
        f"<p>level {done.level} · seed {done.seed} · {len(done.answers)} processes · "
        f"{done.seconds:.1f} s · {ran} of {every} rules really ran</p>{stopped}"
        f'<ul class="tiles">{tiles}</ul></header>'
    )


def _failures(done: Run, hide: hiding.Hide) -> str:
    found = sorted(done.to_look_at(), key=lambda alike: WORST.index(alike[0].outcome))
    if not found:
        return '<section><h2>Failures</h2><p class="passed">None.</p></section>'
    cards = "".join(_card(alike, done, hide) for alike in found)
    return f"<section><h2>Failures</h2>{cards}</section>"


def _card(alike: tuple[Result, ...], done: Run, hide: hiding.Hide) -> str:
    case, rule, outcome = alike[0].case, alike[0].case.rule, alike[0].outcome
    also = "".join(f", as the {escape(each.case.caller)} too" for each in alike[1:])
    shown = "".join(_shown(result, done, hide) for result in alike)
    return (
        f'<article class="{_css(outcome)}" id="{escape(case.id)}">'
        f"<h3>{escape(case.id)}{also} <small>{outcome.value}, {rule.strength}</small></h3>"
        f"<p>{escape(rule.sentence)}</p>"
        f"<p class=dim>{escape(rule.source)}"
        f"{' · check ' + ', '.join(map(str, rule.checks)) if rule.checks else ''}</p>"
        f"{shown}</article>"
    )


def _shown(result: Result, done: Run, hide: hiding.Hide) -> str:
    shown = "".join(_process(answer, hide) for answer in result.answers[-PROCESSES_SHOWN:])
    more = len(result.answers) - PROCESSES_SHOWN
    hidden = f"<p>{more} earlier processes are in the JSON report.</p>" if more > 0 else ""
    return (
        f"<p class=found>{escape(hide(result.message))}</p>"
        f"<p>Again: <code>{escape(hide(done.again(result)))}</code></p>"
        f"<details><summary>Requests and answers</summary>{hidden}{shown}</details>"
    )


def _process(answer: Answer, hide: hiding.Hide) -> str:
    exchange = answer.exchange
    stderr = exchange.stderr_text
    return (
        f"<h4>{escape(exchange.method or 'a malformed request')} as the "
        f"{escape(exchange.invocation.caller)}, {exchange.seconds * 1000:.0f} ms, "
        f"status {exchange.status}</h4>"
        f"<pre>{escape(hide(exchange.request_text)[:SHOWN])}</pre>"
        f"<pre>{escape(hide(exchange.stdout_text)[:SHOWN]) or '(nothing)'}</pre>"
        + (f"<pre class=dim>{escape(hide(stderr)[-SHOWN:])}</pre>" if stderr else "")
    )


def _matrix(done: Run) -> str:
    """Methods by groups of rules: the worst outcome of the cases that called the method."""
    cells: dict[tuple[str, str], Outcome] = {}
    groups = list(dict.fromkeys(result.case.rule.group for result in done.results))
    for result in done.results:
        called = {answer.exchange.method for answer in result.answers} | set(result.case.methods)
        for method in called & METHODS.keys():
            key = (method, result.case.rule.group)
            worst = min(cells.get(key, Outcome.NOT_RUN), result.outcome, key=WORST.index)
            cells[key] = worst
    used = [group for group in groups if any(each == group for _, each in cells)]
    head = "".join(f"<th>{escape(group)}</th>" for group in used)
    rows = "".join(
        f"<tr><th>{method}</th>"
        + "".join(_cell(cells.get((method, group))) for group in used)
        + "</tr>"
        for method in METHODS
        if any(each == method for each, _ in cells)
    )
    return (
        f"<section><h2>Methods and rules</h2><div class=wide><table "
        "class=matrix><thead><tr><th></th>"
        f"{head}</tr></thead><tbody>{rows}</tbody></table></div></section>"
    )


def _cell(outcome: Outcome | None) -> str:
    if outcome is None:
        return "<td></td>"
    signs = {Outcome.PASSED: "✓", Outcome.BROKEN: "✗", Outcome.BLOCKED: "!", Outcome.GAP: "∅"}
    sign = signs.get(outcome, "·")
    return f'<td class="{_css(outcome)}" title="{outcome.value}">{sign}</td>'


def _charts(done: Run) -> str:
    seconds: dict[str, list[float]] = defaultdict(list)
    # Two hundred processes at once wait for the machine, not for the CPI.
    crowd = {id(a) for r in done.results if r.case.rule.id == CROWDED for a in r.answers}
    for answer in done.answers:
        if answer.exchange.method in METHODS and id(answer) not in crowd:
            seconds[answer.exchange.method].append(answer.exchange.seconds)
    medians = {name: sorted(each)[len(each) // 2] * 1000 for name, each in seconds.items()}
    calls = Counter({name: len(each) for name, each in seconds.items()})
    cloud = {
        name.removeprefix("cloud calls of "): float(value)
        for name, value in done.figures.items()
        if name.startswith("cloud calls of ")
    }
    return (
        "<section class=charts>"
        + _bars("Time per call, median in ms", medians, "{:.0f}")
        + _bars("Calls per method", dict(calls), "{:.0f}")
        + (_bars("Cloud calls per method", cloud, "{:.0f}") if cloud else "")
        + "</section>"
    )


def _bars(title: str, values: dict[str, float] | dict[str, int], shape: str) -> str:
    largest = max(values.values(), default=1) or 1
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td><i style='width:{100 * value / largest:.1f}%'></i></td>"
        f"<td>{shape.format(value)}</td></tr>"
        for name, value in sorted(values.items(), key=lambda each: -each[1])
    )
    return f"<div><h2>{title}</h2><table class=bars>{rows}</table></div>"


def _figures(done: Run, earlier: dict[str, Any]) -> str:
    if not done.figures:
        return ""
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td><td "
        f"class=dim>{escape(str(earlier.get(name, '')))}</td></tr>"
        for name, value in sorted(done.figures.items())
    )
    head = "<tr><th></th><th>now</th><th>earlier</th></tr>" if earlier else ""
    return f"<section><h2>Measured</h2><table>{head}{rows}</table></section>"


def _gaps(done: Run, hide: hiding.Hide) -> str:
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(degree)}</td><td>{escape(reason)}</td></tr>"
        for name, (degree, reason) in done.gaps.items()
    )
    left = "".join(f"<li>{escape(hide(each))}</li>" for each in done.left)
    return (f"<section><h2>Declared gaps</h2><table>{rows}</table></section>" if rows else "") + (
        f"<section><h2>Could not be deleted</h2><ul>{left}</ul></section>" if left else ""
    )


def _every_rule(done: Run, hide: hiding.Hide) -> str:
    rows = "".join(
        f'<tr class="{_css(result.outcome)}"><td>{result.outcome.value}</td>'
        f"<td>{escape(result.case.id)}</td><td>{escape(result.case.rule.sentence)}"
        + (
            f"<br><span class=dim>{escape(hide(result.message))}</span>"
            if result.outcome in {Outcome.GAP, Outcome.NOT_RUN}
            else ""
        )
        + f"</td><td>{result.case.rule.strength}</td></tr>"
        for result in done.results
    )
    return (
        f"<section><h2>Every case</h2><details><summary>{len(done.results)} cases</summary>"
        f"<table class=every>{rows}</table></details></section>"
    )


def _css(outcome: Outcome) -> str:
    return outcome.value.replace(" ", "-")
