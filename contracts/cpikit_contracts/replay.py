"""Send recorded requests of the real callers, in their order, as one running story.

The recorder numbered what it created: `<kind>-record` and 14 digits (recorded/README.md). The n-th
thing created in a replay takes the place of the n-th recorded one; `/path/to/image` becomes a file.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from attrs import define, field, frozen

from cpikit_contracts.methods import METHODS
from cpikit_contracts.outcomes import Refused, Unusable
from cpikit_contracts.promises import broken_promise
from cpikit_contracts.reading import Answer, only_object
from cpikit_contracts.recordings import recorded
from cpikit_contracts.session import Session, made_cid

RECORDED_ID: Final = re.compile(r"[a-z]+-record\d{14}")
RECORDED_IMAGE: Final = "/path/to/image"
CREATING: Final = {"create_stemcell", "create_vm", "create_disk", "snapshot_disk", "create_network"}
# 052 detaches the other disk, so these two meet an attached one: a CPI may serve or refuse them.
MAY_BE_REFUSED: Final = {
    f"director-v{version}/{name}"
    for version in (2, 3)
    for name in ("054-resize_disk", "056-update_disk")
}
NOT_MADE: Final = "not-made-"  # stands for what a refused step would have made
OPTIONAL: Final = {"ping", "current_vm_id"}
CHAINS: Final[Mapping[str, tuple[str, ...]]] = {
    "cli-recreate-changed-disk": ("cli-create-env", "cli-recreate-changed-disk"),
    "cli-delete-env": ("cli-create-env", "cli-recreate-changed-disk", "cli-delete-env"),
    "cli-recreate-lost-vm": ("cli-create-env", "cli-recreate-lost-vm"),
    "cli-delete-env-lost-vm": (
        "cli-create-env",
        "cli-recreate-lost-vm",
        "cli-delete-env-lost-vm",
    ),
    "cli-delete-env-old-state": ("cli-create-env", "cli-delete-env-old-state"),
}


@frozen
class Step:
    """One replayed request."""

    set: str
    name: str
    answer: Answer
    problem: str
    refused: bool = False

    @property
    def id(self) -> str:
        """As it is named in lists of expected refusals."""
        return f"{self.set}/{self.name}"


@define
class Replay:
    """One world in which sets are replayed, one after the other."""

    session: Session
    image: Path
    refusals: frozenset[str] = frozenset()
    made: dict[int, str] = field(factory=dict)

    def steps(self, name: str, replace: Callable[[str], str] = str) -> Iterator[Step]:
        """Send the requests of one set; `replace` may fit the text to a cloud.

        Raises Unusable for a request that is none, and for one that the gate does not let through.
        """
        caller = "cli" if name.startswith("cli") else "director"
        if lost_vm(name):
            self._lose_the_vm(name)
        for file_name, text in requests_of(name):
            step_name = file_name.removesuffix(".json")
            request = replace(self._mapped(text))
            document = request_in(request, f"{name}/{step_name}, as it was to be sent,")
            try:
                answer = self.session.send(request.encode(), caller=caller, endpoint="world")
            except Refused as error:
                raise Unusable(f"{name}/{step_name} is not sent: {error}") from error
            self._book(json.loads(text)["method"], document, answer)
            yield self._judged(name, step_name, answer)

    def _lose_the_vm(self, name: str) -> None:
        """Delete the VM behind the CLI's back, as it was when the set was recorded."""
        texts = [text for file_name, text in requests_of(name) if "has_vm" in file_name]
        vm = json.loads(self._mapped(texts[0]))["arguments"][0]
        document = self.session.document("director", "delete_vm", [vm])
        self.session.send_document(document, caller="director", endpoint="world")

    def _mapped(self, recorded: str) -> str:
        text = recorded.replace(f'"{RECORDED_IMAGE}"', json.dumps(str(self.image)))

        def own(found: re.Match[str]) -> str:
            return self.made.get(int(found.group()[-14:]), found.group())

        return RECORDED_ID.sub(own, text)

    def _book(self, recorded: str, document: dict[str, Any], answer: Answer) -> None:
        if _names_all(document):
            self.session.book(document, answer, "replay")
        if recorded in CREATING:
            number = max(self.made, default=0) + 1
            self.made[number] = made_cid(recorded, answer.result) or f"{NOT_MADE}{number}"

    def _judged(self, set_name: str, name: str, answer: Answer) -> Step:
        may_fail = {f"{set_name}/{name}", name, answer.exchange.method} & self.refusals
        is_optional = answer.exchange.method in OPTIONAL
        names_nothing = f'"{NOT_MADE}' in answer.exchange.request_text
        if f"{set_name}/{name}" in MAY_BE_REFUSED or is_optional or names_nothing:
            may_fail = {name}
        strict, wrong = only_object(answer.exchange.stdout)
        if strict is None:
            return Step(set_name, name, answer, wrong)
        missing = [key for key in ("result", "error", "log") if key not in strict]
        if missing or not isinstance(strict["log"], str):
            return Step(
                set_name, name, answer, f"the Director's schema refuses it: {missing or 'log'}"
            )
        if answer.error is not None and may_fail and answer.error.is_known:
            return Step(set_name, name, answer, "", refused=True)
        if answer.exchange.status != 0:
            return Step(set_name, name, answer, f"exit status {answer.exchange.status}")
        if answer.error is not None:
            return Step(set_name, name, answer, f"should have succeeded, found {answer}")
        return Step(set_name, name, answer, broken_promise(answer))


def sets() -> list[str]:
    """The names of all recorded sets."""
    return list(recorded())


def requests_of(name: str) -> list[tuple[str, str]]:
    """The requests of one set, in their order, by file name; of a file, one on each line.

    Raises Unusable where there is no such set or file, or a line of the file is no request.
    """
    files = recorded()
    if name in files:
        return [(file.name, file.read_text("utf-8")) for file in files[name]]
    if not Path(name).is_file():
        raise Unusable(f"there is no recorded set or file {name!r}; there are: {', '.join(files)}")
    try:
        lines = Path(name).read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"{name} cannot be read: {error}") from error
    found: list[tuple[str, str]] = []
    for number, line in enumerate(lines, 1):
        if line.startswith("{"):
            method = request_in(line, f"{name}, line {number},")["method"]
            found.append((f"{len(found) + 1:03}-{method}", line))
    if not found:
        raise Unusable(f"{name} holds no request: wanted one JSON object a line")
    return found


def request_in(text: str, where: str) -> dict[str, Any]:
    """The request as data; raises Unusable where it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unusable(f"{where} is no JSON: {error}") from error
    fits = (
        isinstance(found, dict)
        and isinstance(found.get("method"), str)
        and isinstance(found.get("arguments"), list)
    )
    if not fits:
        raise Unusable(f"{where} is no request: wanted a method and an array of arguments")
    return dict(found)


def _names_all(document: dict[str, Any]) -> bool:
    """Does the request name every id that its method takes? A method that makes may leave some."""
    method = METHODS.get(document["method"])
    if method is None or method.makes:
        return True
    return len(document["arguments"]) > max(method.ids, default=-1)


def chain_of(name: str) -> tuple[str, ...]:
    """The sets that have to be replayed in one world for this one to make sense, in order."""
    return CHAINS.get(name, (name,))


def lost_vm(name: str) -> bool:
    """Does the set begin with a world whose VM somebody has deleted behind the CLI's back?"""
    return name in recorded() and ("lost-vm" in name or "old-state" in name)
