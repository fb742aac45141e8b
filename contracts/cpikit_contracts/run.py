"""A whole run: put worlds up, ask every case, judge the watches, take everything down."""

import contextlib
import queue
import random
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from attrs import field, frozen

from cpikit_contracts import callers, probe
from cpikit_contracts.cleaning import clean
from cpikit_contracts.judge import ask, gap_reason, with_acceptance
from cpikit_contracts.ledger import Ledger
from cpikit_contracts.outcomes import Unusable
from cpikit_contracts.profile import Profile
from cpikit_contracts.reading import Answer
from cpikit_contracts.results import Outcome, Result, Run
from cpikit_contracts.rules import INFORM, WIRE, Case, catalogue, selected
from cpikit_contracts.session import Session
from cpikit_contracts.world import put_up, take_down

WIRE_WIDTH: Final = 4
EXAMPLES: Final = 10
INTERRUPTED: Final = "the run was interrupted"

Told = Callable[[str, Case | None, Result | None], None]


@frozen
class Choices:
    """How a run is to be done."""

    level: str = "lifecycle"
    only: tuple[str, ...] = ()
    cases: frozenset[str] = frozenset()
    seed: int = 0
    jobs: int = 1
    time_limit_s: float | None = None
    state: Path | None = None
    start: callers.Start = callers.spawn
    target: tuple[str, ...] = ()
    tell: Told = field(default=lambda *_: None)


def judge(profile: Profile, choices: Choices) -> Run:
    """Run the suite; raises Unusable when nothing could be judged."""
    return Judging(profile, choices).run()


class OpenSession:
    """A session with its world and its folder, from up to down."""

    def __init__(self, profile: Profile, choices: Choices, number: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cpikit-contracts-"))
        journal = None
        if choices.state is not None:
            choices.state.mkdir(parents=True, exist_ok=True)
            journal = choices.state / f"ledger-{time.time_ns()}-{number}.jsonl"
        self.ledger = Ledger(journal)
        filled, world = put_up(profile, choices.start)
        if world.line:
            self.ledger.note_world(world.line, profile.world.down)
        self.session = Session(
            filled, world, self.ledger, self.folder, choices.seed + number, choices.start
        )

    def start_watching_leaks(self) -> None:
        """Remember what the world held before anything was made."""
        control = self.session.world.control
        if control is not None and self.session.baseline is None:
            self.session.baseline = {(each["kind"], each["id"]) for each in control.inventory()}

    def close(self) -> list[str]:
        """Delete what is left, take the world down; what could not be done."""
        left = clean(self.session, None)
        if self.session.world.control is not None:
            self.session.world.control.close()
        down = take_down(
            self.session.profile.world.down,
            self.session.world.line,
            self.session.profile.path.parent,
        )
        shutil.rmtree(self.folder, ignore_errors=True)
        if not down:
            self.ledger.close(world_is_down=self.session.gate.world_is_throw_away)
        return [*left, *([down] if down else [])]


class Judging:
    """The state of one run."""

    def __init__(self, profile: Profile, choices: Choices) -> None:
        self.profile = profile
        self.choices = choices
        self.started = time.monotonic()
        self.results: list[Result] = []
        self.left: list[str] = []
        self.open: list[OpenSession] = []
        self.stopped = ""
        self._lock = threading.Lock()

    def run(self) -> Run:
        """Everything, with the world taken down whatever happens."""
        inside, outside = selected(catalogue(), self.choices.level, self.choices.only)
        if self.choices.cases:
            wanted = self.choices.cases
            outside += tuple(case for case in inside if case.id not in wanted)
            inside = tuple(case for case in inside if case.id in wanted)
        refuse_unsafe(self.profile, inside)
        try:
            self._ask_all(inside)
        except KeyboardInterrupt:
            asked = {result.case for result in self.results}
            self.results += [
                Result(case, Outcome.NOT_RUN, INTERRUPTED)
                for case in inside
                if case not in asked and not _is_judged_last(case)
            ]
        finally:
            self._close_all(inside)
        for case in outside:
            reason = f"level {case.rule.level}" if not self.choices.only else "not chosen"
            self.results.append(Result(case, Outcome.NOT_RUN, reason))
        return self._run()

    def _ask_all(self, inside: tuple[Case, ...]) -> None:
        first = self._open_session(0)
        probe.ask(first.session)
        asked = [case for case in inside if not _is_judged_last(case)]
        wire = [case for case in asked if case.rule.level == WIRE]
        self._ask_wire(first.session, wire)
        rest = [case for case in asked if case.rule.level != WIRE]
        if rest:
            jobs = min(self.choices.jobs, len(rest))
            sessions = [first] + [self._open_session(number) for number in range(1, jobs)]
            self._ask_rest(sessions, rest)

    def _open_session(self, number: int) -> OpenSession:
        self.choices.tell("putting up world", None, None)
        opened = OpenSession(self.profile, self.choices, number)
        self.open.append(opened)
        return opened

    def _ask_wire(self, session: Session, cases: list[Case]) -> None:
        """Wire cases share nothing, so several are asked at once; the crowded ones go alone."""
        apart = [case for case in cases if case.rule.group == "bulk"]
        together = [case for case in cases if case.rule.group != "bulk"]
        with ThreadPoolExecutor(max_workers=WIRE_WIDTH) as pool, self._stopping():
            for result in pool.map(lambda case: self._ask(session, case), together):
                self._keep(result)
        for case in apart:
            self._keep(self._ask(session, case))

    def _ask_rest(self, opened: list[OpenSession], cases: list[Case]) -> None:
        waiting: queue.SimpleQueue[Case] = queue.SimpleQueue()
        for case in cases:
            waiting.put(case)
        with ThreadPoolExecutor(max_workers=len(opened)) as pool, self._stopping():
            for each in [pool.submit(self._work, one, waiting) for one in opened]:
                each.result()

    def _work(self, opened: OpenSession, waiting: "queue.SimpleQueue[Case]") -> None:
        opened.start_watching_leaks()
        while True:
            try:
                case = waiting.get_nowait()
            except queue.Empty:
                return
            self._keep(self._ask(opened.session, case))

    @contextlib.contextmanager
    def _stopping(self) -> Iterator[None]:
        """An interrupt lets the calls that run come to their end, and begins no more."""
        try:
            yield
        except BaseException:
            self.stopped = "interrupted"
            for opened in self.open:
                opened.session.interrupted = True
            raise

    def _ask(self, session: Session, case: Case) -> Result:
        limit = self.choices.time_limit_s
        if self.stopped:
            return Result(case, Outcome.NOT_RUN, INTERRUPTED)
        if limit is not None and time.monotonic() - self.started > limit:
            return Result(case, Outcome.NOT_RUN, f"the time limit of {limit:g} s was reached")
        self.choices.tell("asking", case, None)
        return ask(session, case)

    def _keep(self, result: Result) -> None:
        with self._lock:
            self.results.append(result)
        self.choices.tell("asked", result.case, result)

    def _close_all(self, inside: tuple[Case, ...]) -> None:
        self.choices.tell("cleaning up", None, None)
        for opened in self.open:
            self.left += opened.close()
        if not self.open:
            return
        sessions = [opened.session for opened in self.open]
        for case in inside:
            if case.rule.watch is not None:
                self._keep(watched(case, sessions))
            elif _is_judged_last(case):
                sessions[0].findings = [
                    each for one in sessions for each in one.findings
                ] + self.left
                self._keep(ask(sessions[0], case))

    def _run(self) -> Run:
        sessions = [opened.session for opened in self.open]
        figures: dict[str, Any] = {}
        for session in sessions:
            figures.update(session.figures)
        return Run(
            results=tuple(self.results),
            answers=tuple(answer for session in sessions for answer in session.exchanges),
            seconds=time.monotonic() - self.started,
            seed=self.choices.seed,
            level=self.choices.level,
            profile=str(self.profile.path),
            command=sessions[0].profile.command if sessions else self.profile.command,
            gaps={gap.method: (gap.degree, gap.reason) for gap in self.profile.gaps.values()},
            left=tuple(self.left),
            findings=tuple(sessions[0].findings) if sessions else (),
            figures=figures,
            secrets=tuple(secret for session in sessions for secret in session.canaries),
            stopped=self.stopped,
            target=self.choices.target,
        )


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


def _is_judged_last(case: Case) -> bool:
    """Watches look at the whole run, and so does the rule about what is left."""
    return case.rule.watch is not None or case.rule.group == "leak"


def refuse_unsafe(profile: Profile, cases: tuple[Case, ...]) -> None:
    """Raise Unusable when a case would make things in a world that is nobody's to use."""
    above = [case for case in cases if case.rule.level != WIRE]
    if above and not profile.world.up and not profile.world.live:
        raise Unusable(
            f"level {above[0].rule.level} makes real things, and the profile {profile.path} names "
            f"no throw-away world: give [world] up and down, or set [world] live = true to use "
            f"your own account, or run --level wire"
        )


def only_seed(given: int | None) -> int:
    """The seed to use: the given one, or a new one, which the report names."""
    return given if given is not None else random.SystemRandom().randrange(1, 1_000_000)
