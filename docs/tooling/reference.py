"""docs/reference.md, made of the code: `python -m docs.tooling.reference` writes it anew."""

from __future__ import annotations

import inspect
import re
import sys
import typing
from collections.abc import Iterable
from pathlib import Path

import attrs

from cpikit import cpi_json, errors
from cpikit.api import Cpi
from cpikit.config import Agent
from cpikit.faults import Fault, FaultKind
from cpikit.operations import Effect, Operation
from cpikit.policies import POLICIES, error_for
from cpikit.retry import may_repeat
from docs.tooling.messages import CORE, events, raised

PAGE = Path(__file__).resolve().parent.parent / "reference.md"

KINDS = {
    FaultKind.THROTTLED: "the cloud counts calls, and this one was too many",
    FaultKind.BUSY: "the resource is in the middle of something; nothing was done",
    FaultKind.UNREACHABLE: "no connection came about; nothing was sent",
    FaultKind.ANSWER_LOST: "it was sent and no answer came: done or not, nobody knows",
    FaultKind.NOT_FOUND: "there is no such thing",
    FaultKind.NO_CAPACITY: "the cloud has none of it left",
    FaultKind.QUOTA: "the account may have no more of it",
    FaultKind.NO_SPACE: "the storage is full",
    FaultKind.UNSUPPORTED: "never for this resource, whenever it is asked",
    FaultKind.DENIED: "the identity may not, or is not known",
    FaultKind.EXPIRED: "the credentials ran out: they are fetched anew, once",
    FaultKind.SERVER_ERROR: "the cloud failed, or said what nobody can read: done or not, "
    "nobody knows",
    FaultKind.INVALID: "what was asked for is wrong in itself",
    FaultKind.UNKNOWN: "nobody knows this failure",
}
SETTINGS = {
    "debug": "details on stderr, and a higher ceiling; secrets never",
    "extensions": "names of extensions to load, in entry-point group `cpikit.plugins`",
    "shutdown_s": "seconds for the undo after the caller has gone",
    "mbus": "the message bus of agents, as an URL",
    "ntp": "time servers of agents, as an array",
    "blobstore": "the blobstore of agents: `provider`, `options`",
}
EVENTS = {
    "method_started": "a call begins",
    "method_finished": "it ends: `outcome` is ok or the error's type; `dropped_lines` where the "
    "ceiling swallowed some",
    "cloud_call": "a cloud call was answered",
    "cloud_call_again": "one failed, and goes again after `wait_s`",
    "cloud_call_settled": "an answer was lost, and the cloud told whether the work was done",
    "cloud_call_failed": "one was given up",
    "undone": "something that the call had made was taken back",
    "undo_failed": "something could not be taken back: it is still there",
    "answer_unread": "nobody reads the answer; what was made is taken back",
    "warning": "something works but should be looked at",
    "traceback": "a fault of the CPI itself; please report it",
}


def page() -> str:
    """The whole page."""
    parts = [
        "# Reference\n",
        "Made of the code by `python -m docs.tooling.reference`; a test holds it up to date.\n",
        *_errors(),
        *_failures(),
        *_log_lines(),
        *_settings(),
        *_methods(),
        *_messages(),
    ]
    return "\n".join(parts)


def _table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A table of Markdown; a bar in a cell is escaped."""
    names = list(heads)
    lines = [names, ["---"] * len(names), *rows]
    shown = (" | ".join(str(cell).replace("|", "\\|") for cell in line) for line in lines)
    return "".join(f"| {line} |\n" for line in shown)


def _errors() -> Iterable[str]:
    yield "## Errors\n"
    yield (
        "These are all the types that the Director knows, and a CPI made with cpikit sends no "
        "other. What a method could not finish, it takes back first; the message says what "
        "remained.\n"
    )
    found = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.CpiError)
    ]
    yield _table(
        ("type on the wire", "class", "when"),
        ((f"`{kind.wire_type}`", f"`{kind.__name__}`", _first(kind)) for kind in found),
    )
    yield (
        "`ok_to_retry` is acted on in one place: the Director sends the identical create_vm again "
        "when a `VMCreationFailed` says so, at most `director.max_vm_create_tries` times. It "
        "says so only when the cause passes by itself and nothing remained.\n"
    )


def _first(thing: object) -> str:
    """The first sentence of its docstring."""
    text = " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())
    return text.split(". ")[0].rstrip(".")


def _failures() -> Iterable[str]:
    yield "## From a failed cloud call to an error\n"
    yield (
        "A provider says what a failure is; this table says what follows, where the provider "
        "does not decide otherwise. A call that may have made something is repeated only when a "
        "second one would be harmless, or when the cloud told that the first one was not done.\n"
    )
    yield _table(
        ("kind", "what it means", "tries", "repeated", "error", "of create_vm"),
        (
            (
                f"`{kind.value}`",
                KINDS[kind],
                _policy(kind),
                _repeated(kind),
                _error(kind, "create_disk"),
                _error(kind, "create_vm"),
            )
            for kind in FaultKind
        ),
    )


def _policy(kind: FaultKind) -> str:
    policy = POLICIES.get(kind)
    return f"{policy.attempts} in {policy.total_s:.0f} s" if policy else "1"


def _repeated(kind: FaultKind) -> str:
    if kind is FaultKind.EXPIRED:
        return "once"
    if kind not in POLICIES:
        return "never"
    effects = [effect.value for effect in Effect if may_repeat(kind, effect)]
    return "always" if len(effects) == len(Effect) else ", ".join(effects)


def _error(kind: FaultKind, method: str) -> str:
    error = error_for(Fault(kind), Operation("X", Effect.READ, kind="disk"), method)
    again = ", ok_to_retry" if error.ok_to_retry else ""
    return f"{type(error).__name__}{again}"


def _log_lines() -> Iterable[str]:
    yield "## Log lines\n"
    yield (
        "On stderr, `<time> <request id> <event> key=value …`; "
        "[Operating](operating.md#lines-on-stderr) says how to find those of one call.\n"
    )
    yield _table(
        ("event", "keys", "meaning"),
        (
            (f"`{each.name}`", ", ".join(f"`{key}`" for key in each.keys), EVENTS[each.name])
            for each in sorted(events(CORE), key=lambda each: list(EVENTS).index(each.name))
        ),
    )


def _settings() -> Iterable[str]:
    yield "## Settings of the core\n"
    yield "In `cloud.properties` of [cpi.json](cpi-json.md), beside the provider's own section.\n"
    defaults = {"debug": "false", "extensions": "[]", "shutdown_s": f"{cpi_json.SHUTDOWN_S:.0f}"}
    rows = [(f"`cpikit.{name}`", defaults[name], SETTINGS[name]) for name in cpi_json.CORE_SETTINGS]
    rows += [(f"`agent.{field.name}`", "", SETTINGS[field.name]) for field in attrs.fields(Agent)]
    yield _table(("setting", "default", "what it is"), rows)


def _methods() -> Iterable[str]:
    yield "## Methods\n"
    yield (
        "`cpikit.api.Cpi`: the arguments as they are bound, and what a method promises. One that a "
        "provider does not override answers `NotImplemented`. `info` is answered by the core.\n"
    )
    rows = []
    for name, method in inspect.getmembers(Cpi, inspect.isfunction):
        if not name.startswith("_"):
            rows.append((f"`{name}`", _signature(method), _first(method)))
    yield _table(("method", "arguments → result", "promise"), sorted(rows))


def _signature(method: typing.Any) -> str:
    signature = inspect.signature(method)
    given = [
        f"{name}?" if each.default is not each.empty else name
        for name, each in signature.parameters.items()
        if name != "self"
    ]
    result = str(signature.return_annotation)
    return f"`({', '.join(given)}) → {'null' if result == 'None' else result}`"


def _messages() -> Iterable[str]:
    yield "## Messages of the core\n"
    yield (
        "What the core refuses with; … is filled in. Each names the thing, what was found and "
        "what was wanted. A provider's own messages are on its pages.\n"
    )
    known = {name for name, _ in inspect.getmembers(errors, inspect.isclass)}
    told = [
        (f"`{text}`", kind)
        for kind, text in raised(CORE, aside="commands")
        if kind in known and re.search(r"\w", text)
    ]
    told.sort(key=lambda row: re.sub(r"\W", "", row[0]))
    yield _table(("message", "error"), told)


def main() -> None:
    """Write the page, or tell with `--check` whether it is up to date."""
    text = page()
    if "--check" in sys.argv[1:]:
        sys.exit(PAGE.read_text("utf-8") != text)
    PAGE.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
