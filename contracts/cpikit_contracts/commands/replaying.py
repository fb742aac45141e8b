"""`cpikit-contracts replay`: a whole BOSH life from recorded requests, told while it runs."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from attrs import evolve, frozen
from rich.console import Console
from rich.markup import escape

from cpikit_contracts.commands import options
from cpikit_contracts.commands.running import describe_target, target
from cpikit_contracts.control import Control
from cpikit_contracts.ledger import prepared
from cpikit_contracts.outcomes import NotServed, Unusable
from cpikit_contracts.profile import Profile
from cpikit_contracts.replay import Replay, Step, chain_of, lost_vm, requests_of, sets
from cpikit_contracts.reports import hiding
from cpikit_contracts.run import Choices, OpenSession


def describe(parser: argparse.ArgumentParser) -> None:
    """The options of replay."""
    describe_target(parser)
    parser.add_argument(
        "sets",
        nargs="*",
        metavar="SET",
        help="recorded sets, or files with one request a line (as a broken model rule prints them)",
    )
    parser.add_argument("--all", action="store_true", help="every set, each chain in its own world")
    parser.add_argument(
        "--chain", action="store_true", help="replay first what the set builds upon, in one world"
    )
    parser.add_argument(
        "--may-be-refused", action="append", default=[], metavar="WHAT",
        help="a method, a step (054-resize_disk) or SET/STEP that may end in an error; repeat it",
    )  # fmt: skip
    parser.add_argument(
        "--replace", action="append", default=[], metavar="OLD=NEW", type=options.replacement,
        help="replace this text in every request, to fit it to a cloud; repeat it",
    )  # fmt: skip
    parser.add_argument("--list", action="store_true", help="list the recorded sets")
    parser.add_argument("--keep-going", action="store_true", help="go on after a problem")
    parser.add_argument("--report", type=Path, metavar="FILE.json", help="write what happened")


def run(given: argparse.Namespace) -> int:
    """Replay and tell."""
    console = Console(highlight=False)
    if given.list:
        for name in sets():
            console.print(f"{name}  (needs {' → '.join(chain_of(name)[:-1]) or 'nothing'})")
        return 0
    worlds = _worlds(given)
    for name in {name for chain in worlds for name in chain}:
        requests_of(name)  # so that a file that holds none is told before a world is put up
    profile = target(given)
    options.refuse_unwritable([given.report])
    prepared(given.state)
    if not profile.world.up and not profile.world.live:
        raise Unusable("a replay makes real things: give the profile [world] up, or live = true")
    told: list[dict[str, object]] = []
    for chain in worlds:
        told += _one_world(console, given, profile, chain)
    problems = [step for step in told if step["problem"]]
    colour = "red" if problems else "green"
    console.print(
        f"[{colour}]{len(told)} requests, {len(problems)} problems, "
        f"{sum(bool(step['refused']) for step in told)} refused as allowed[/]"
    )
    if given.report:
        try:
            given.report.write_text(json.dumps(told, indent=1), encoding="utf-8")
        except OSError as error:
            raise Unusable(f"{given.report} could not be written: {error}") from error
    return 1 if problems else 0


def _worlds(given: argparse.Namespace) -> list[tuple[str, ...]]:
    if given.all:
        covered = {name for each in sets() for name in chain_of(each)[:-1]}
        return [chain_of(name) for name in sets() if name not in covered]
    if not given.sets:
        raise Unusable(f"name a set, or --all; there are: {', '.join(sets())}")
    if given.chain:
        names: list[str] = []
        for each in given.sets:
            names += [name for name in chain_of(each) if name not in names]
        return [tuple(names)]
    return [tuple(given.sets)]


def _one_world(
    console: Console, given: argparse.Namespace, profile: Profile, chain: tuple[str, ...]
) -> list[dict[str, object]]:
    # `{set}` in the world's up command is the set that it is put up for: the first of its chain.
    up = tuple(word.replace("{set}", chain[0]) for word in profile.world.up)
    profile = evolve(profile, world=evolve(profile.world, up=up))
    opened = OpenSession(profile, Choices(state=given.state), 0)
    voice = _Voice(console, hiding.hider(opened.session.canaries))
    try:
        return _told_chain(voice, given, opened, chain)
    finally:
        for problem in opened.close():
            console.print(f"[yellow]{voice.said(problem)}[/]")


def _told_chain(
    voice: "_Voice", given: argparse.Namespace, opened: OpenSession, chain: tuple[str, ...]
) -> list[dict[str, object]]:
    """Replay the sets of a chain, and tell each step."""
    session = opened.session
    # A replayed set names what the recorder's world held; the world is thrown away afterwards.
    session.gate.recorded_ids_pass = True
    refusals = frozenset((*given.may_be_refused, *session.profile.refuses))
    replay = Replay(session, _image(opened), refusals)
    control = session.world.control
    before, journal = _things(control), _Journal(control)
    told: list[dict[str, object]] = []
    for name in chain:
        gone = " (its VM is gone already)" if lost_vm(name) else ""
        voice.console.print(f"[bold]{escape(name)}[/]{gone}")
        for step in replay.steps(name, _fitting(given.replace)):
            voice.tell(step, journal.told())
            told.append(_plain(step, voice.hide))
            if step.problem and not given.keep_going:
                return told
    voice.tell_left(before, _things(control))
    return told


def _image(opened: OpenSession) -> Path:
    """The profile's image, or a small file."""
    path = opened.folder / "image"
    own = opened.session.profile.inputs["image"]
    folder = opened.session.profile.path.parent
    try:
        path.write_bytes((folder / own).read_bytes() if own else b"a small image\n" * 64)
    except OSError as error:
        raise Unusable(f"the image {folder / own} cannot be read: {error.strerror}") from error
    return path


def _fitting(pairs: list[str]) -> Callable[[str], str]:
    def fitted(text: str) -> str:
        for pair in pairs:
            old, _, new = pair.partition("=")
            text = text.replace(old, new)
        return text

    return fitted


class _Journal:
    """What each step asked of the cloud; silent where a world has no journal at a URL."""

    def __init__(self, control: Control | None) -> None:
        self._control = control if control is not None and control.url else None
        self._since = 0
        try:
            self._since = self._control.mark() if self._control else 0
        except NotServed:
            self._control = None

    def told(self) -> str:
        """The calls since the last question; polls of one wait are one call."""
        if self._control is None:
            return ""
        calls = self._control.calls(self._since)
        self._since = self._control.mark()
        polls = sum(bool(call.get("repeated")) for call in calls)
        again = f" +{_counted(polls, 'poll')}" if polls else ""
        return f"{_counted(len(calls) - polls, 'call')}{again}" if calls else "no calls"


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _things(control: Control | None) -> dict[str, str]:
    """What the world holds, id to kind; nothing where it has no inventory."""
    try:
        found = control.inventory() if control is not None else []
    except NotServed:
        found = []
    return {str(each["id"]): str(each["kind"]) for each in found}


@frozen
class _Voice:
    """Tells what happens, with every secret masked."""

    console: Console
    hide: hiding.Hide

    def said(self, text: str, length: int | None = None) -> str:
        """A text as it may be printed."""
        return escape(hiding.printable(self.hide(text))[:length])

    def tell(self, step: Step, asked: str) -> None:
        """One line about a step; what only negotiates versions is left out."""
        exchange = step.answer.exchange
        if exchange.method == "info" and not step.problem:
            return
        mark = "[red]✗[/]" if step.problem else "[yellow]-[/]" if step.refused else "[green]✓[/]"
        said = self.said(step.problem or str(step.answer), 400 if step.problem else 70)
        request = json.loads(exchange.invocation.request)
        subject = " ".join(
            str(each) for each in request["arguments"][:2] if isinstance(each, str | int)
        )
        self.console.print(
            f" {mark} {step.name[:3]} {self.said(exchange.method):<30} "
            f"{exchange.seconds * 1000:6.0f} ms  {asked + '  ' if asked else '':<19}"
            f"[dim]{self.said(subject, 44)}[/] → {said}",
            soft_wrap=True,
        )

    def tell_left(self, before: dict[str, str], now: dict[str, str]) -> None:
        """What was there before and is gone, or is there now and was not."""
        left = [f"{kind} {cid}" for cid, kind in sorted(now.items()) if cid not in before]
        gone = [f"{kind} {cid}" for cid, kind in sorted(before.items()) if cid not in now]
        for word, found in (("left in the world", left), ("gone from the world", gone)):
            if found:
                self.console.print(f"[dim]{word}: {self.said(', '.join(found))}[/]")


def _plain(step: Step, hide: hiding.Hide) -> dict[str, object]:
    exchange = step.answer.exchange
    return {
        "step": step.id,
        "problem": hide(step.problem),
        "refused": step.refused,
        "request": hide(exchange.request_text),
        "stdout": hide(exchange.stdout_text),
        "seconds": round(exchange.seconds, 4),
    }
