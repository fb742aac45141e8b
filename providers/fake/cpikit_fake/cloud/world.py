"""One turn of the cloud: its state at a moment, ids, passing states, and what can be found."""

from __future__ import annotations

from cpikit_fake.cloud.failures import CloudFailure
from cpikit_fake.cloud.knobs import KNOBS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    Resource = dict[str, Any]

PREFIX = {"images": "img", "servers": "vm", "volumes": "disk", "snapshots": "snap"}
PREFIX["subnets"] = "net"
NOUN = {"images": "Image", "servers": "Server", "volumes": "Volume", "snapshots": "Snapshot"}
NOUN["subnets"] = "Subnet"
ZONES = ("z1", "z2", "z3")
MAX_TAGS, MAX_KEY, MAX_VALUE = 20, 64, 256
GONE = "Gone"


class World:
    """What an operation works on.

    `now` is the world's clock, in seconds since 1970. An operation checks everything before it
    changes anything, for a refusal leaves the cloud as it was.
    """

    __slots__ = ("_turned", "after", "is_stuck", "now", "state", "touched", "write_file")

    def __init__(
        self,
        state: dict[str, Any],
        now: float,
        turned: Mapping[str, Any],
        write_file: Callable[[str, str], None],
    ) -> None:
        self.state = state
        self.now = now
        self.write_file = write_file
        self.after: list[Callable[[], None]] = []  # what is done when the turn is over
        self.is_stuck: int | None = None  # the rule that keeps what begins now from ending
        self.touched = ""  # the id that this operation is about, for the journal
        self._turned = turned
        self._settle()

    def knob(self, name: str) -> Any:
        """How it is turned: by the control interface, by cpi.json, or not at all."""
        turned = self.state["knobs"]
        if name in turned:
            return turned[name]
        return self._turned.get(name, KNOBS[name][1])

    def make(self, kind: str, state: str, token: str, **values: Any) -> Resource:
        """A new resource in that state. Its id grows, so that the smallest one is the oldest."""
        number = self.state["next"]
        self.state["next"] = number + 1
        made = {
            "id": f"{PREFIX[kind]}-{self.state['world']}{number:012x}",
            "state": state,
            "since": self.now,
            "next": None,
            "created": self.now,
            **values,
        }
        self.state[kind][made["id"]] = made
        self.state["tokens"][token] = made["id"]
        self.touched = made["id"]
        return made

    def made_by(self, token: str) -> str | None:
        """What this client token has made already: a used token makes nothing more."""
        found: str | None = self.state["tokens"].get(token)
        if found is not None:
            self.touched = found
        return found

    def find(self, kind: str, cid: str) -> Resource:
        """The resource. Raises CloudFailure when there is none of that id."""
        self.touched = cid
        found: Resource | None = self.state[kind].get(cid)
        if found is None:
            raise CloudFailure(
                f"{NOUN[kind]}NotFound", f"{cid} does not exist in this cloud", resource=cid
            )
        return found

    def visible(self, kind: str, ids: list[str] | None) -> Iterator[Resource]:
        """What a Describe shows: all but what was made just now, unless it is asked for by id."""
        every = self.state[kind].values()
        if ids is not None:
            return iter(every)
        latest = self.now - self.knob("visible_after_s")
        return (one for one in every if one["created"] <= latest)

    def begin(self, resource: Resource, passing: str, then: str, seconds: float) -> None:
        """Enter a passing state; `then` follows after that many seconds, or never when stuck."""
        resource["since"] = self.now
        if self.is_stuck is not None:
            resource["state"] = passing
            resource["next"] = {"state": then, "at": None, "stuck_by": self.is_stuck}
        elif seconds > 0:
            resource["state"] = passing
            resource["next"] = {"state": then, "at": self.now + seconds}
        else:
            self._arrive(resource, then, self.now)

    def free(self, rule: int) -> None:
        """Let everything that this rule keeps stuck go on."""
        for _, resource in self._all():
            if resource["next"] and resource["next"].get("stuck_by") == rule:
                resource["next"] = {"state": resource["next"]["state"], "at": self.now}
        self._settle()

    def remove(self, cid: str) -> None:
        """Make it gone at once, however it was."""
        for _, resource in list(self._all()):
            if resource["id"] == cid:
                self._arrive(resource, GONE, self.now)

    def require(self, resource: Resource, states: tuple[str, ...]) -> None:
        """Raise the refusal that a wrong state earns: passing ones are busy, others are wrong."""
        if resource["state"] not in states:
            raise CloudFailure(
                "Busy" if resource["next"] else "IncorrectState",
                f"{resource['id']} is {resource['state']}, wanted {' or '.join(states)}",
                resource=resource["id"],
            )

    def _all(self) -> Iterator[tuple[str, Resource]]:
        for kind in PREFIX:
            for resource in self.state[kind].values():
                yield kind, resource

    def _settle(self) -> None:
        """Let the states pass that were to have passed by now, in their order."""
        while True:
            due = [
                (resource["next"]["at"], resource["id"], resource)
                for _, resource in self._all()
                if resource["next"]
                and resource["next"]["at"] is not None
                and resource["next"]["at"] <= self.now
            ]
            if not due:
                return
            at, _, resource = min(due, key=lambda one: one[:2])
            self._arrive(resource, resource["next"]["state"], at)

    def _arrive(self, resource: Resource, state: str, at: float) -> None:
        resource["next"] = None
        resource["since"] = at
        resource["state"] = state
        kind = next(kind for kind in PREFIX if resource["id"] in self.state[kind])
        if kind == "volumes" and state == "Available":
            resource["attached_to"] = None
        if state == GONE:
            del self.state[kind][resource["id"]]
            if kind == "servers":
                self._let_go(resource["id"], at)

    def _let_go(self, server: str, at: float) -> None:
        """What a server that is gone leaves: its volumes detached, its user data removed."""
        self.state["stale_files"] += [f"{server}.json", f"{server}.log"]
        for volume in self.state["volumes"].values():
            if volume["attached_to"] == server:
                volume.update(state="Available", since=at, next=None, attached_to=None)


def check_tags(tags: Mapping[str, str]) -> None:
    """Raise CloudFailure for tags that this cloud does not take."""
    if len(tags) > MAX_TAGS:
        raise CloudFailure("TooManyTags", f"{len(tags)} tags, wanted at most {MAX_TAGS}")
    for key, value in tags.items():
        if not 0 < len(key) <= MAX_KEY or len(value) > MAX_VALUE or key.startswith("cloud:"):
            raise CloudFailure(
                "BadTag",
                f"tag {key[:MAX_KEY]!r} is not taken: wanted 1 to {MAX_KEY} characters that do not "
                f"start with cloud:, and a value of at most {MAX_VALUE}",
            )


def matches(resource: Resource, ids: list[str] | None, tags: Mapping[str, str] | None) -> bool:
    """Whether a Describe with these filters shows it; None filters nothing."""
    if ids is not None and resource["id"] not in ids:
        return False
    return all(resource["tags"].get(key) == value for key, value in (tags or {}).items())
