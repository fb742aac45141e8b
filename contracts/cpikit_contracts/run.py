"""A whole run: put worlds up, ask every case, judge the watches, take everything down."""

import contextlib
import queue
import random
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from attrs import evolve, field, frozen

from cpikit_contracts import callers, probe
from cpikit_contracts.cleaning import clean
from cpikit_contracts.judge import ask, watched
from cpikit_contracts.ledger import Ledger, prepared
from cpikit_contracts.outcomes import Blocked, NotServed, Unusable
from cpikit_contracts.profile import Profile
from cpikit_contracts.reports.hiding import hider
from cpikit_contracts.results import Outcome, Result, Run
from cpikit_contracts.rules import WIRE, Case, catalogue, selected
from cpikit_contracts.session import Session
from cpikit_contracts.world import filled, take_down, up_line

WIRE_WIDTH: Final = 4
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
        self._profile = profile
        self._line: dict[str, Any] | None = None
        name = f"ledger-{time.time_ns()}-{number}.jsonl"
        self.ledger = Ledger(prepared(choices.state) / name if choices.state else None)
        self.folder = Path(tempfile.mkdtemp(prefix="cpikit-contracts-"))
        try:
            if profile.world.up:
                self._line = up_line(profile)
                self.ledger.note_world(self._line, profile.world.down)
            standing, world = filled(profile, self._line or {}, choices.start)
        except BaseException:
            self._take_down()
            raise
        self.session = Session(
            standing, world, self.ledger, self.folder, choices.seed + number, choices.start
        )

    def start_watching_leaks(self) -> None:
        """Remember what the world held before anything was made."""
        control = self.session.world.control
        if control is None or self.session.baseline is not None:
            return
        try:
            self.session.baseline = {(each["kind"], each["id"]) for each in control.inventory()}
        except NotServed:
            return
        except (Blocked, Unusable) as error:
            self.session.findings.append(f"the inventory could not be read: {error}")

    def close(self) -> list[str]:
        """Delete what is left, take the world down; what could not be done."""
        left = clean(self.session, None)
        if self.session.world.control is not None:
            self.session.world.control.close()
        down = self._take_down()
        return [*left, *([down] if down else [])]

    def _take_down(self) -> str:
        """Let the world go, and the ledger where nothing is left; what went wrong, or nothing."""
        shutil.rmtree(self.folder, ignore_errors=True)
        world, down = self._profile.world, ""
        if self._line is not None:
            down = take_down(world.down, self._line, self._profile.path.parent)
        if down:
            self.ledger.let_go()
        else:
            self.ledger.close(world_is_down=bool(world.up) and not world.live)
        return down


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
        refuse_unsafe(self.profile, inside, self.choices.jobs)
        try:
            self._ask_all(inside)
        except KeyboardInterrupt:
            self.stopped = "interrupted"
            asked = {result.case for result in self.results}
            self.results += [
                Result(case, Outcome.NOT_RUN, INTERRUPTED)
                for case in inside
                if case not in asked and not _is_judged_last(case)
            ]
        finally:
            self._close_all(inside)
        for case in outside:
            chosen = self.choices.only or self.choices.cases
            reason = "not chosen" if chosen else f"level {case.rule.level}"
            self.results.append(Result(case, Outcome.NOT_RUN, reason))
        return self._run()

    def _ask_all(self, inside: tuple[Case, ...]) -> None:
        first = self._open_session(0)
        probe.ask(first.session)
        asked = [case for case in inside if not _is_judged_last(case)]
        wire = [case for case in asked if case.rule.level == WIRE]
        # They share nothing, so several are asked at once; the crowded ones go alone.
        self._ask_wire(first.session, [case for case in wire if case.rule.group != "bulk"])
        self._ask_wire(first.session, [case for case in wire if case.rule.group == "bulk"], width=1)
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

    def _ask_wire(self, session: Session, cases: list[Case], width: int = WIRE_WIDTH) -> None:
        with ThreadPoolExecutor(max_workers=width) as pool, self._stopping():
            for result in pool.map(lambda case: self._ask(session, case), cases):
                self._keep(result)

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
            self.choices.tell("interrupted", None, None)
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
        if result.message:
            known = {secret for each in self.open for secret in each.session.canaries}
            result = evolve(result, message=hider(known)(result.message))
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
                self._keep(self._judged_last(watched(case, sessions)))
            elif _is_judged_last(case):
                sessions[0].findings = [
                    each for one in sessions for each in one.findings
                ] + self.left
                self._keep(self._judged_last(ask(sessions[0], case)))

    def _judged_last(self, result: Result) -> Result:
        """Nothing holds over a whole run that did not come to its end."""
        if self.stopped and result.outcome is Outcome.PASSED:
            return Result(result.case, Outcome.NOT_RUN, INTERRUPTED)
        return result

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


def _is_judged_last(case: Case) -> bool:
    """Watches look at the whole run, and so does the rule about what is left."""
    return case.rule.watch is not None or case.rule.group == "leak"


def refuse_unsafe(profile: Profile, cases: tuple[Case, ...], jobs: int = 1) -> None:
    """Raise Unusable when a case would make things in a world that may not be used so."""
    above = [case for case in cases if case.rule.level != WIRE]
    if above and profile.world.live and jobs > 1:
        raise Unusable(
            f"[world] live = true is one account, whose addresses {jobs} jobs at once would take "
            "from each other: wanted --jobs 1"
        )
    if above and not profile.world.up and not profile.world.live:
        raise Unusable(
            f"level {above[0].rule.level} makes real things, and the profile {profile.path} names "
            f"no throw-away world: give [world] up and down, or set [world] live = true to use "
            f"your own account, or run --level wire"
        )


def only_seed(given: int | None) -> int:
    """The seed to use: the given one, or a new one, which the report names."""
    return given if given is not None else random.SystemRandom().randrange(1, 1_000_000)
