"""Send recorded requests of the real callers, in their order, as one running story.

The recorder numbered what it created: `<kind>-record` and 14 digits (recorded/README.md). The n-th
thing created in a replay takes the place of the n-th recorded one; `/path/to/image` becomes a file.
"""

import importlib.resources
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from attrs import define, field, frozen

from cpikit_contracts.outcomes import Unusable
from cpikit_contracts.promises import broken_promise
from cpikit_contracts.reading import Answer, only_object
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
        """Send the requests of one set; `replace` may fit the text to a cloud."""
        caller = "cli" if name.startswith("cli") else "director"
        if lost_vm(name):
            self._lose_the_vm(name)
        for file_name, recorded in requests_of(name):
            request = replace(self._mapped(recorded))
            answer = self.session.send(request.encode(), caller=caller, endpoint="world")
            self._book(json.loads(recorded), answer)
            step_name = file_name.removesuffix(".json")
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

    def _book(self, recorded: dict[str, Any], answer: Answer) -> None:
        document = json.loads(answer.exchange.invocation.request)
        self.session.book(document, answer, "replay")
        if recorded["method"] in CREATING:
            number = max(self.made, default=0) + 1
            self.made[number] = made_cid(recorded["method"], answer.result) or f"{NOT_MADE}{number}"

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
    folder = importlib.resources.files("cpikit_contracts").joinpath("recorded")
    return sorted(entry.name for entry in folder.iterdir() if entry.is_dir())


def requests_of(name: str) -> list[tuple[str, str]]:
    """The requests of one set, in their order, by file name; of a file, one on each line."""
    if name not in sets() and Path(name).is_file():
        lines = Path(name).read_text("utf-8").splitlines()
        texts = [line for line in lines if line.startswith("{")]
        return [(f"{at:03}-{json.loads(text)['method']}", text) for at, text in enumerate(texts, 1)]
    if name not in sets():
        raise Unusable(f"there is no recorded set or file {name!r}; there are: {', '.join(sets())}")
    folder = importlib.resources.files("cpikit_contracts").joinpath("recorded", name)
    files = sorted((entry.name, entry) for entry in folder.iterdir())
    return [(file_name, entry.read_text("utf-8")) for file_name, entry in files]


def chain_of(name: str) -> tuple[str, ...]:
    """The sets that have to be replayed in one world for this one to make sense, in order."""
    return CHAINS.get(name, (name,))


def lost_vm(name: str) -> bool:
    """Does the set begin with a world whose VM somebody has deleted behind the CLI's back?"""
    return "lost-vm" in name or "old-state" in name
