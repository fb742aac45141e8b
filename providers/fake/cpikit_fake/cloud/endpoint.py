"""Where the cloud is called: one operation, one turn, one line in the journal."""

from __future__ import annotations

import errno
import json
from binascii import crc32

from cpikit_fake.cloud.failures import CloudFailure
from cpikit_fake.cloud.world import World

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from cpikit.waiting import Clock
    from cpikit_fake.cloud.store import DiskStore, MemoryStore

_HOME = {
    "servers": "CreateServer DescribeServers StartServer StopServer RebootServer DeleteServer"
    " TagServer",
    "volumes": "CreateVolume DescribeVolumes DeleteVolume AttachVolume DetachVolume ModifyVolume"
    " TagVolume CreateSnapshot DescribeSnapshots DeleteSnapshot",
    "images": "RegisterImage DescribeImages DeleteImage",
    "subnets": "CreateSubnet DescribeSubnets DeleteSubnet",
}
_BOOTS = ("CreateServer", "StartServer", "RebootServer")


class Endpoint:
    """The cloud's side of the wire.

    `knobs` turns it for calls through this endpoint; `vm_command` plays the servers' machines.
    """

    def __init__(
        self,
        store: DiskStore | MemoryStore,
        clock: Clock,
        *,
        client: str = "fake",
        knobs: Mapping[str, Any] | None = None,
        vm_command: Sequence[str] = (),
        unreachable: bool = False,
    ) -> None:
        self.store = store
        self.clock = clock
        self.client = client
        self._knobs = knobs or {}
        self._vm_command = vm_command
        self._unreachable = unreachable

    def send(self, name: str, /, **parameters: Any) -> dict[str, Any]:
        """Carry out one operation and give its answer.

        Raises CloudFailure for a refusal, UnreadableAnswer for an answer that is none, and the
        OSErrors of a broken connection.
        """
        if self._unreachable:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "the cloud's endpoint is not there")
        with self.store.turn() as state:
            call = Call(state, self.client, name, parameters)
            rule = None
            if state["rules"]:
                from cpikit_fake.cloud.trouble import decide  # only trouble pays for it

                rule = decide(state, call)
            if rule is None:
                done = self.work(state, call, parameters)
        if rule is None:
            return done.answer()
        from cpikit_fake.cloud.trouble import Meeting

        return Meeting(self, rule, call, parameters).go()

    def work(
        self,
        state: dict[str, Any],
        call: Call,
        parameters: dict[str, Any],
        *,
        stuck_by: int | None = None,
    ) -> Done:
        """Carry it out within a turn, and note it in the journal; a refusal is kept in Done."""
        now = self.clock.time_s() + state["offset_s"]
        world = World(state, now, self._knobs, self.store.write_file)
        world.is_stuck = stuck_by
        done = Done()
        try:
            done.value = _operation(call.name)(world, **parameters)
        except CloudFailure as refusal:
            refusal.request_id = f"req-{call.seq}"
            done.refusal = refusal
        done.touched = world.touched
        call.resource = world.touched or call.resource
        call.note(state, now, done.refusal.code if done.refusal else "ok")
        if self._vm_command and call.name in _BOOTS and done.refusal is None:
            done.boot = (self.store, world.touched, self._vm_command)
        return done


class Call:
    """One call as the journal tells it. `repeated` is a read that was sent before (a poll)."""

    def __init__(
        self, state: dict[str, Any], client: str, name: str, parameters: dict[str, Any]
    ) -> None:
        state["seq"] += 1
        self.seq: int = state["seq"]
        self.client = client
        self.name = name
        self.is_read = name.startswith("Describe")
        self.resource = _resource(parameters)
        self.repeated = self._is_repeated(state["reads"], parameters)

    def _is_repeated(self, reads: dict[str, list[int]], parameters: dict[str, Any]) -> bool:
        if not self.is_read:
            reads.pop(self.client, None)
            return False
        print_ = crc32(json.dumps([self.name, parameters], sort_keys=True).encode())
        seen = reads.setdefault(self.client, [])
        if print_ in seen:
            return True
        seen.append(print_)
        return False

    def note(self, state: dict[str, Any], now: float, outcome: str) -> None:
        """Write it into the journal; a later line of the same `seq` takes this one's place."""
        entry = {
            "seq": self.seq,
            "at_s": now,
            "client": self.client,
            "name": self.name,
            "effect": "read" if self.is_read else "write",
            "resource": self.resource,
            "outcome": outcome,
            "repeated": self.repeated,
        }
        state["lines"] = state.get("lines", "") + json.dumps(entry) + "\n"


class Done:
    """What came of one operation."""

    __slots__ = ("boot", "refusal", "touched", "value")

    def __init__(self) -> None:
        self.value: dict[str, Any] = {}
        self.refusal: CloudFailure | None = None
        self.touched = ""
        self.boot: tuple[Any, str, Sequence[str]] | None = None

    def answer(self) -> dict[str, Any]:
        """The answer, now that the turn is over. Raises the refusal."""
        if self.refusal is not None:
            raise self.refusal
        if self.boot is not None:
            from cpikit_fake.cloud import processes

            processes.boot(*self.boot)
        return self.value


def _operation(name: str) -> Any:
    for module, names in _HOME.items():
        if name in names.split():
            found = __import__(f"cpikit_fake.cloud.{module}", fromlist=["*"])
            return getattr(found, _snake(name))
    raise CloudFailure("NoSuchOperation", f"the cloud has no operation {name!r}")


def _snake(name: str) -> str:
    first, rest = name[0].lower(), name[1:]
    return first + "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in rest)


def _resource(parameters: dict[str, Any]) -> str:
    """The id that a call names, as well as the parameters tell it."""
    for key in ("volume", "server", "image", "snapshot", "subnet"):
        if isinstance(parameters.get(key), str):
            return str(parameters[key])
    ids = parameters.get("ids")
    return str(ids[0]) if ids else ""
