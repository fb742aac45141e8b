"""A small model of the contract, and a hypothesis state machine that holds a CPI against it."""

import inspect
import time
from collections.abc import Callable
from typing import Any, Final

import hypothesis
from attrs import define, field
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
)

from cpikit_contracts.cleaning import clean
from cpikit_contracts.reading import Answer
from cpikit_contracts.samples import DIRECTOR_DISK_METADATA, DIRECTOR_VM_METADATA
from cpikit_contracts.scenario import Scenario

MOST_VMS: Final = 3
MOST_DISKS: Final = 4
MOST_AT_ONCE: Final = 4
SHRINK_FOR_S: Final = 40.0
MOSTLY: Final = 6  # of the eight numbers that a step may draw
# Attaching and looking come more often than making and deleting.
ACTIONS: Final = (
    "create_vm create_disk create_disk delete_vm delete_disk attach_disk attach_disk attach_disk "
    "attach_disk detach_disk detach_disk has_vm has_disk get_disks get_disks resize_disk "
    "set_vm_metadata set_disk_metadata many_at_once"
).split()
ANY: Final = st.integers(min_value=0, max_value=7)


@define
class Model:
    """What should be true of the world, as far as the CPI's own answers tell."""

    vms: dict[str, bool] = field(factory=dict)
    disks: dict[str, bool] = field(factory=dict)
    holder: dict[str, str] = field(factory=dict)
    size: dict[str, int] = field(factory=dict)

    def living(self, kind: str) -> int:
        """How many of a kind are there."""
        return sum((self.vms if kind == "vm" else self.disks).values())


@define
class Told:
    """The shortest failing history so far, and when there was enough of shrinking."""

    said: str = ""
    shortest: list[Answer] = field(factory=list)
    shrink_until: float | None = None

    def failed(self, said: str, history: list[Answer]) -> None:
        """Keep a failing history when it is the shortest."""
        if self.shrink_until is None:
            self.shrink_until = time.monotonic() + SHRINK_FOR_S
        if not self.shortest or len(history) <= len(self.shortest):
            self.said, self.shortest = said, history

    @property
    def is_enough(self) -> bool:
        """Whether shrinking took long enough."""
        return self.shrink_until is not None and time.monotonic() > self.shrink_until


class History(RuleBasedStateMachine):
    """One random history."""

    scenario: Scenario
    at_once = False
    histories: Told

    def __init__(self) -> None:
        super().__init__()
        if self.histories.is_enough:
            # No further attempt counts, so the shrinker comes to its end.
            hypothesis.reject()
        self.s = self.scenario
        self.s.said = ""
        self.model = Model()
        self.first = len(self.s.answers)
        self.s.stemcell()

    @initialize()
    def begin(self) -> None:
        """A VM and a disk to begin with, so that every step is possible at once."""
        self._made_vm(self.s.create_vm())
        self._made_disk(self.s.create_disk())

    def teardown(self) -> None:
        """Look at everything once more, keep the history, delete what it made."""
        try:
            if not self.s.said:
                self._audit()
        finally:
            self._put_away()

    def _audit(self) -> None:
        """Ask for everything that the model knows of."""
        for kind, known in (("vm", self.model.vms), ("disk", self.model.disks)):
            for cid, there in known.items() if self.claims(f"has_{kind}") else ():
                found = self.s.succeeded(self.s.call(f"has_{kind}", cid), f"has_{kind} {cid}")
                self.s.want(
                    found is there, f"has_{kind} {cid} is {found}, the model says otherwise"
                )

    def _put_away(self) -> None:
        if self.s.said:
            self.histories.failed(self.s.said, self.s.answers[self.first :])
        clean(self.s.session, self.s.scope)
        taken = self.s.session.taken_ips
        for ip in [ip for ip, scope in taken.items() if scope == self.s.scope]:
            del taken[ip]
        del self.s.answers[self.first :]

    @rule(action=st.sampled_from(ACTIONS), at=ANY, other=ANY)
    def step(self, action: str, at: int, other: int) -> None:
        """One call, where it makes sense; the actions are weighted, so that histories get deep."""
        if not GUARDS[action](self):
            return
        given = {"at": at, "other": other, "grow": other % 2 == 0, "count": 2 + other % 3}
        wanted = inspect.signature(getattr(self, action)).parameters
        getattr(self, action)(**{name: given[name] for name in wanted})

    def claims(self, *methods: str) -> bool:
        """Are all these methods claimed?"""
        return not set(methods) & self.s.profile.gaps.keys()

    def _vm(self, at: int) -> str:
        return _picked(self.model.vms, at)

    def _disk(self, at: int) -> str:
        return _picked(self.model.disks, at)

    def create_vm(self) -> None:
        """A VM with an id that was never there."""
        self._made_vm(self.s.create_vm())

    def _made_vm(self, answer: Answer) -> None:
        self.s.succeeded(answer, "create_vm")
        vm = self.s.needed_cid(answer)
        self.s.want(vm not in self.model.vms, f"create_vm gave the id {vm} a second time")
        self.model.vms[vm] = True

    def create_disk(self) -> None:
        """A disk with an id that was never there."""
        self._made_disk(self.s.create_disk())

    def _made_disk(self, answer: Answer) -> None:
        self.s.succeeded(answer, "create_disk")
        disk = self.s.needed_cid(answer)
        self.s.want(disk not in self.model.disks, f"create_disk gave the id {disk} a second time")
        self.model.disks[disk] = True
        self.model.size[disk] = self.s.profile.inputs["disk_size_mib"]

    def delete_vm(self, at: int) -> None:
        """A VM that is there, or one that is gone already."""
        vm = self._vm(at)
        answer = self.s.call("delete_vm", vm)
        gone_is_fine = not self.model.vms[vm] and answer.is_error("VMNotFound")
        if not gone_is_fine:
            self.s.succeeded(answer, f"delete_vm {vm}")
        self.model.vms[vm] = False
        self.model.holder = {d: v for d, v in self.model.holder.items() if v != vm}

    def delete_disk(self, at: int) -> None:
        """A disk: refused while attached, tolerated when gone."""
        disk = self._disk(at)
        answer = self.s.call("delete_disk", disk)
        if disk in self.model.holder:
            self.s.failed(answer, f"delete_disk of {disk}, which is attached")
            return
        if not (answer.is_error("DiskNotFound") and not self.model.disks[disk]):
            self.s.succeeded(answer, f"delete_disk {disk}")
        self.model.disks[disk] = False

    def attach_disk(self, at: int, other: int) -> None:
        """Attach any disk to any VM."""
        vm, disk = self._vm(at), self._disk(other)
        answer = self.s.call("attach_disk", vm, disk)
        there = self.model.vms[vm] and self.model.disks[disk]
        if there and self.model.holder.get(disk, vm) == vm:
            self.s.want(
                self.s.succeeded(answer, f"attach_disk {disk} to {vm}"), "the hint is empty"
            )
            self.model.holder[disk] = vm
        else:
            self.s.failed(answer, f"attach_disk of {disk} to {vm}, gone or held by another VM")

    def detach_disk(self, at: int, other: int) -> None:
        """Detach any disk from any VM."""
        vm, disk = self._vm(at), self._disk(other)
        answer = self.s.call("detach_disk", vm, disk)
        if self.model.holder.get(disk) == vm:
            self.s.succeeded(answer, f"detach_disk {disk} from {vm}")
            del self.model.holder[disk]
        else:
            tolerated = answer.is_error("DiskNotAttached", "DiskNotFound", "VMNotFound")
            self.s.want(answer.succeeded or tolerated, f"detach_disk of a loose disk: {answer}")

    def has_vm(self, at: int) -> None:
        """The truth about a VM."""
        vm = self._vm(at)
        found = self.s.succeeded(self.s.call("has_vm", vm), f"has_vm {vm}")
        self.s.want(
            found is self.model.vms[vm], f"has_vm {vm} is {found}, the model says otherwise"
        )

    def has_disk(self, at: int) -> None:
        """The truth about a disk."""
        disk = self._disk(at)
        found = self.s.succeeded(self.s.call("has_disk", disk), f"has_disk {disk}")
        self.s.want(
            found is self.model.disks[disk], f"has_disk {disk} is {found}, the model says otherwise"
        )

    def get_disks(self, at: int) -> None:
        """Exactly the attached disks."""
        vms = [vm for vm, there in self.model.vms.items() if there]
        vm = vms[at % len(vms)]
        found = self.s.succeeded(self.s.call("get_disks", vm), f"get_disks {vm}")
        wanted = {disk for disk, holder in self.model.holder.items() if holder == vm}
        missing = wanted - set(found if isinstance(found, list) else [])
        self.s.want(not missing, f"get_disks {vm} lacks {sorted(missing)}")

    def resize_disk(self, at: int, grow: bool) -> None:
        """Grow, or try to shrink, a loose disk."""
        disk = self._disk(at)
        if disk in self.model.holder:
            return
        size = self.model.size[disk] * 2 if grow else max(1, self.model.size[disk] // 2)
        answer = self.s.call("resize_disk", disk, size)
        if grow and self.model.disks[disk]:
            self.s.succeeded(answer, f"resize_disk {disk} to {size}")
            self.model.size[disk] = size
        else:
            self.s.failed(answer, f"resize_disk of {disk}, which is gone or would shrink")

    def set_vm_metadata(self, at: int) -> None:
        """Label a VM that is there."""
        vm = self._vm(at)
        if self.model.vms[vm]:
            self.s.succeeded(
                self.s.call("set_vm_metadata", vm, DIRECTOR_VM_METADATA), "set_vm_metadata"
            )

    def set_disk_metadata(self, at: int) -> None:
        """Label a disk that is there."""
        disk = self._disk(at)
        if self.model.disks[disk]:
            answer = self.s.call("set_disk_metadata", disk, DIRECTOR_DISK_METADATA)
            self.s.succeeded(answer, "set_disk_metadata")

    def many_at_once(self, count: int) -> None:
        """Several creating calls at the same time."""
        calls: list[Any] = [self.s.create_disk] * (count - 1)
        with_vm = self.claims("create_vm") and self.model.living("vm") < MOST_VMS
        calls.append(self.s.create_vm if with_vm else self.s.create_disk)
        for answer in self.s.at_once(calls, width=MOST_AT_ONCE):
            if answer.exchange.method == "create_vm":
                self._made_vm(answer)
            else:
                self._made_disk(answer)


def _picked(known: dict[str, bool], at: int) -> str:
    """Mostly one that is there; now and then one that is gone."""
    living = [cid for cid, there in known.items() if there]
    pool = living if living and at < MOSTLY else list(known)
    return pool[at % len(pool)]


# When a step makes sense.
GUARDS: Final[dict[str, Callable[[History], Any]]] = {
    "create_vm": lambda self: self.claims("create_vm") and self.model.living("vm") < MOST_VMS,
    "create_disk": lambda self: (
        self.claims("create_disk") and self.model.living("disk") < MOST_DISKS
    ),
    "delete_vm": lambda self: self.model.vms,
    "delete_disk": lambda self: self.model.disks,
    "attach_disk": lambda self: self.model.vms and self.model.disks and self.claims("attach_disk"),
    "detach_disk": lambda self: self.model.vms and self.model.disks and self.claims("detach_disk"),
    "has_vm": lambda self: self.model.vms and self.claims("has_vm"),
    "has_disk": lambda self: self.model.disks and self.claims("has_disk"),
    "get_disks": lambda self: any(self.model.vms.values()) and self.claims("get_disks"),
    "resize_disk": lambda self: self.model.disks and self.claims("resize_disk"),
    "set_vm_metadata": lambda self: self.model.vms and self.claims("set_vm_metadata"),
    "set_disk_metadata": lambda self: self.model.disks and self.claims("set_disk_metadata"),
    "many_at_once": lambda self: self.at_once and self.model.living("disk") < MOST_DISKS,
}
