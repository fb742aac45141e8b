"""Disturb one method at each of its cloud calls, send it again, compare the inventory."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final

from attrs import define, field, frozen

from cpikit_contracts.callers import Running
from cpikit_contracts.cleaning import adopt, clean
from cpikit_contracts.outcomes import Blocked, Broken, Unusable
from cpikit_contracts.preparing import MAKING, PREPARE, TOLERATED
from cpikit_contracts.reading import Answer
from cpikit_contracts.scenario import Scenario
from cpikit_contracts.session import made_cid

HIT_WITHIN_S: Final = 30.0
POLL_S: Final = 0.01
MOST_CALLS: Final = 40

Things = dict[tuple[str, str], dict[str, Any]]
Change = tuple[tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]]


@frozen
class Undisturbed:
    """What a method does to the world when nothing disturbs it."""

    calls: tuple[dict[str, Any], ...]
    change: Change


@define
class Sweep:
    """One method of one scenario, to be disturbed call by call."""

    s: Scenario
    method: str
    normal: Undisturbed = field(init=False)
    turns: Iterator[str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Run the method once undisturbed, to know its calls and what they change."""
        self.turns = self.s.turns(self.method)
        with_world = self._prepared()
        before = self.things()
        mark = self.s.control.mark()
        self.s.needed(self.s.send(with_world))
        calls = [call for call in self.s.control.calls(mark) if not call.get("repeated")]
        if not calls:
            self.s.notes.append(f"{self.method} made no cloud call of its own: nothing to disturb")
        self.normal = Undisturbed(tuple(calls[:MOST_CALLS]), change_of(before, self.things()))
        self._tidy(before)

    def points(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Each cloud call of the method with its number, from 1."""
        yield from enumerate(self.normal.calls, 1)

    def disturb(
        self,
        name: str,
        rule: dict[str, Any],
        judge: "Callable[[Disturbed], None]",
        on_hit: "Callable[[Running, str], None] | None" = None,
    ) -> None:
        """Prepare, arm, call, judge, tidy, as the caller whose turn it is.

        A rule that is never hit disturbs nothing.
        """
        self.s.caller = next(self.turns)
        document = self._prepared()
        before = self.things()
        self.s.control.mark()
        rule_id = self.s.control.arm(**rule)
        watcher = _Watcher(self.s, rule_id, on_hit) if on_hit else None
        answer = self.s.send(document, on_start=watcher.start if watcher else None)
        try:
            if watcher:
                watcher.join()
            self.s.control.disarm()
            judge(Disturbed(self, name, document, before, answer))
        finally:
            self._tidy(before)

    def things(self) -> Things:
        """The inventory by kind and id."""
        return {(each["kind"], each["id"]): each for each in self.s.control.inventory()}

    def _prepared(self) -> dict[str, Any]:
        """What the method needs is there; the request, ready to be sent and sent again."""
        arguments = PREPARE[self.method](self.s)
        return self.s.session.document(self.s.caller, self.method, arguments)

    def _tidy(self, before: Things) -> None:
        """Delete what is known, then what turned up in the meantime with our mark on it."""
        clean(self.s.session, self.s.scope)
        for ip in [ip for ip, scope in self.s.session.taken_ips.items() if scope == self.s.scope]:
            del self.s.session.taken_ips[ip]
        adopt(self.s.session, self.things().values(), before.keys(), self.s.scope)
        clean(self.s.session, self.s.scope)


@frozen
class Disturbed:
    """One disturbed call, to be judged."""

    sweep: Sweep
    name: str
    document: dict[str, Any]
    before: Things
    answer: Answer

    @property
    def where(self) -> str:
        """For messages: which method, disturbed how."""
        return f"{self.sweep.method}, {self.name}"

    def again(self) -> Answer:
        """The same request once more."""
        return self.sweep.s.send(self.document)

    def must_answer(self) -> None:
        """The disturbed call itself has to end in an answer of a known kind."""
        if self.answer.document is None:
            raise Broken(f"{self.where}: {self.answer}")
        if self.answer.error is not None and not self.answer.error.is_known:
            raise Broken(f"{self.where}: unknown error type in {self.answer}")

    def must_succeed(self) -> None:
        """The disturbed call itself has to succeed, and to do what it does undisturbed."""
        if not self.answer.succeeded:
            raise Broken(f"{self.where}: should have succeeded in spite of it, found {self.answer}")
        self.must_equal()

    def must_converge(self, *, marked: bool) -> None:
        """The same request again succeeds, and the world is as after one undisturbed call.

        With `marked`, a creating method without a key of its own may have left a first thing
        behind, if it carries our mark and counts as unclaimed, so that it can be found.
        """
        answer = self.again()
        gone = TOLERATED.get(self.sweep.method)
        if not answer.succeeded and not (gone and answer.is_error(gone)):
            raise Broken(f"{self.where}, and the same request again: {answer}")
        told = made_cid(self.sweep.method, answer.result) if answer.succeeded else ""
        self.must_equal(marked=marked, told=told)

    def must_equal(self, *, marked: bool = False, told: str = "") -> None:
        """The world changed as it does undisturbed; the caller was told of one thing, if any."""
        after = self.sweep.things()
        left = {} if not marked else self._marked(after, told)
        seen = {key: thing for key, thing in after.items() if key not in left}
        found = change_of(self.before, seen)
        if found != self.sweep.normal.change:
            raise Broken(
                f"{self.where}: the world changed by {worded(found)}, "
                f"undisturbed by {worded(self.sweep.normal.change)}"
            )

    def _marked(self, after: Things, told: str) -> Things:
        """New things beyond the usual number that can be found by their mark, unclaimed."""
        method = self.sweep.method
        if method not in MAKING:
            return {}
        if method in self.sweep.s.profile.idempotent:
            return {}
        owner = self.sweep.s.session.director_uuid
        usual = dict(self.sweep.normal.change[0])
        spare = {
            key: thing
            for key, thing in after.items()
            if key not in self.before
            and key[1] != told
            and thing.get("owner") == owner
            and not thing.get("claimed")
        }
        counts = Counter(kind for kind, _ in after if (kind, _) not in self.before)
        kept: Things = {}
        for key, thing in spare.items():
            if counts[key[0]] > usual.get(key[0], 0):
                kept[key] = thing
                counts[key[0]] -= 1
        return kept


def change_of(before: Things, after: Things) -> Change:
    """What came and what went, by kind."""
    came = Counter(kind for kind, _ in after.keys() - before.keys())
    went = Counter(kind for kind, _ in before.keys() - after.keys())
    return tuple(sorted(came.items())), tuple(sorted(went.items()))


def worded(change: Change) -> str:
    """A change for a message: +1 vm -1 nic."""
    words = [f"+{count} {kind}" for kind, count in change[0]]
    words += [f"-{count} {kind}" for kind, count in change[1]]
    return " ".join(words) or "nothing"


class _Watcher:
    """Waits in a thread until the fault is hit, then disturbs the process."""

    def __init__(self, s: Scenario, rule_id: str, on_hit: Callable[[Running, str], None]) -> None:
        self._s = s
        self._rule_id = rule_id
        self._on_hit = on_hit
        self._thread: threading.Thread | None = None
        self._failure: Exception | None = None

    def start(self, running: Running) -> None:
        """Begin to watch."""
        self._thread = threading.Thread(target=self._watch, args=(running,), daemon=True)
        self._thread.start()

    def join(self) -> None:
        """The process has ended; so does the watching."""
        if self._thread is not None:
            self._thread.join(HIT_WITHIN_S)
        if self._failure is not None:
            raise self._failure

    def _watch(self, running: Running) -> None:
        end_by = time.monotonic() + HIT_WITHIN_S
        try:
            while time.monotonic() < end_by and not running.ended:
                if self._s.control.rule(self._rule_id)["state"] == "hit":
                    self._on_hit(running, self._rule_id)
                    return
                time.sleep(POLL_S)
        except (Blocked, Unusable) as error:
            self._failure = error


def kill(running: Running, _rule_id: str) -> None:
    """End the process as the kernel does when memory runs out."""
    running.signal(signal.SIGKILL)
