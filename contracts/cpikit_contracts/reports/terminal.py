"""Progress while a run goes on, and its summary: what is broken, why, and how to see it again."""

from typing import Any, Self

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Progress as Bar

from cpikit_contracts.reports import hiding
from cpikit_contracts.results import Outcome, Result, Run
from cpikit_contracts.rules import INFORM, Case

COLOURS = {
    Outcome.PASSED: "green",
    Outcome.BROKEN: "red",
    Outcome.BLOCKED: "magenta",
    Outcome.GAP: "blue",
    Outcome.NOT_RUN: "dim",
    Outcome.ACCEPTED: "yellow",
    Outcome.NOTED: "yellow",
}
SHOWN_BYTES = 700


class Progress:
    """A live line: how many cases were asked, what is being asked, what broke."""

    def __init__(self, *, quiet: bool) -> None:
        self.console = Console(stderr=True)
        self._bar = Bar(
            SpinnerColumn(),
            MofNCompleteColumn(),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
            console=self.console,
            transient=True,
            disable=quiet or not self.console.is_terminal,
        )
        self._task = self._bar.add_task("starting", total=None)
        self._quiet = quiet

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def told(self, event: str, case: Case | None, result: Result | None) -> None:
        """Take in one event of the run."""
        if event == "interrupted":
            self.console.print(
                "interrupted: nothing more is asked; what runs comes to its end, then all that "
                "was made is deleted (interrupt again, and `cpikit-contracts clean` has to do it)"
            )
        self._bar.update(self._task, description=escape(case.id if case else event))
        if result is None:
            return
        self._bar.advance(self._task)
        if result.outcome in {Outcome.BROKEN, Outcome.BLOCKED} and not self._quiet:
            colour = COLOURS[result.outcome]
            self._bar.console.print(
                f"[{colour}]{result.outcome.value}[/] {escape(result.case.id)}: "
                f"{escape(hiding.printable(result.message)[:160])}"
            )


def summarise(done: Run, earlier: dict[str, Any]) -> None:
    """Print the summary."""
    console = Console(highlight=False)
    mask = hiding.of(done)

    def hide(text: str) -> str:
        return hiding.printable(mask(text))

    for first, *others in done.to_look_at():
        _print_one(console, done, first, hide)
        for result in others:
            console.print(f"  also    as the {result.case.caller}: {escape(hide(result.message))}")
            console.print(f"  again   {escape(hide(done.again(result)))}", soft_wrap=True)
    _print_lists(console, done, hide)
    _print_figures(console, done, earlier)
    _print_sums(console, done, hide)


def _print_one(console: Console, done: Run, result: Result, hide: hiding.Hide) -> None:
    rule = result.case.rule
    colour = COLOURS[result.outcome]
    console.print(
        f"\n[{colour} bold]{result.outcome.value}[/] [bold]{escape(result.case.id)}[/] "
        f"({rule.strength})"
    )
    console.print(f"  rule    {escape(rule.sentence)}")
    console.print(f"  found   {escape(hide(result.message))}")
    console.print(f"  source  [dim]{escape(rule.source)}[/]")
    if result.outcome is Outcome.BROKEN and result.answers:
        exchange = result.answers[-1].exchange
        console.print(f"  request [dim]{escape(hide(exchange.request_text)[:SHOWN_BYTES])}[/]")
        console.print(f"  answer  [dim]{escape(hide(exchange.stdout_text)[:SHOWN_BYTES])}[/]")
    console.print(f"  again   {escape(hide(done.again(result)))}", soft_wrap=True)


def _print_lists(console: Console, done: Run, hide: hiding.Hide) -> None:
    for title, lines in (
        ("gaps that the profile declares", [f"{m}: {d}: {r}" for m, (d, r) in done.gaps.items()]),
        ("could not be deleted", list(done.left)),
    ):
        if lines:
            console.print(f"\n[bold]{title}[/]")
            for line in lines:
                console.print(f"  {escape(hide(line))}")


def _print_figures(console: Console, done: Run, earlier: dict[str, Any]) -> None:
    if not done.figures:
        return
    console.print("\n[bold]measured[/]")
    for name, value in sorted(done.figures.items()):
        was = f"  [dim](was {escape(str(earlier[name]))})[/]" if name in earlier else ""
        console.print(f"  {escape(name)}: {value}{was}")


def _print_sums(console: Console, done: Run, hide: hiding.Hide) -> None:
    ran, every = done.share()
    counts = ", ".join(
        f"[{COLOURS[outcome]}]{done.count(outcome)} {outcome.value}[/]"
        for outcome in Outcome
        if done.count(outcome)
    )
    console.print(f"\n{counts}")
    unseen = [r for r in done.results if r.outcome is Outcome.NOT_RUN]
    reasons = sorted({result.message for result in unseen})
    console.print(f"{ran} of {every} rules really ran ({100 * ran // max(1, every)} %)")
    for reason in reasons:
        count = sum(result.message == reason for result in unseen)
        console.print(f"  [dim]{count} cases not run: {escape(hide(reason))}[/]")
    must = sum(result.fails and result.case.rule.strength != INFORM for result in done.results)
    console.print(
        f"{len(done.answers)} processes, {done.seconds:.1f} s, seed {done.seed}, level {done.level}"
    )
    if done.stopped:
        console.print(f"[red]{done.stopped}[/]: what was not asked is not judged")
    needs = "1 case needs" if must == 1 else f"{must} cases need"
    if must:
        console.print(f"[red bold]{needs} attention[/]")
    elif not done.stopped:
        console.print("[green bold]clean[/]" if ran else "[yellow bold]nothing was judged[/]")
