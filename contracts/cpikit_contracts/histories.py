"""A hypothesis state machine that holds a CPI against a small model of the contract."""

import inspect
import itertools
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
)

from cpikit_contracts.cleaning import clean
from cpikit_contracts.methods import METHODS
from cpikit_contracts.model import Model, Step, Told
from cpikit_contracts.reading import Answer
from cpikit_contracts.rules import BOTH
from cpikit_contracts.samples import DIRECTOR_DISK_METADATA, DIRECTOR_VM_METADATA
from cpikit_contracts.scenario import Scenario

KINDS: Final = ("vm", "disk")
MOST_VMS: Final = 3
MOST_DISKS: Final = 4
MOST_AT_ONCE: Final = 4
MOSTLY: Final = 6  # of the eight numbers that a step may draw
# Attaching and looking come more often than making and deleting.
ACTIONS: Final = (
    "create_vm create_disk create_disk delete_vm delete_disk attach_disk attach_disk attach_disk "
    "attach_disk detach_disk detach_disk has_vm has_disk get_disks get_disks resize_disk "
    "set_vm_metadata set_disk_metadata many_at_once"
).split()
ANY: Final = st.integers(min_value=0, max_value=7)


class History(RuleBasedStateMachine):
    """One random history."""

    scenario: Scenario
    at_once = False
    histories: Told

    def __init__(self) -> None:
        super().__init__()
        self.s = self.scenario
        self.steps: list[Step] = []
        self.tokens: dict[str, str] = {}
        self._made_here = itertools.count()
        self.s.said = ""
        self.model = Model()
        self.first = len(self.s.answers)
        self.s.stemcell()

    @initialize()
    def begin(self) -> None:
        """A VM and a disk to begin with, so that every step is possible at once."""
        for number, action in enumerate(("create_vm", "create_disk")):
            self.perform(Step(number, action, {}))

    def teardown(self) -> None:
        """Look at everything once more, keep the history, delete what it made."""
        try:
            if not self.s.said:
                self._audit()
        finally:
            self.put_away()

    def _audit(self) -> None:
        """Ask for everything that the model knows of."""
        self.s.caller = "director"
        for kind in KINDS:
            known = self.model.known(kind) if self.claims(f"has_{kind}") else {}
            for cid, there in known.items():
                found = self.s.succeeded(self.s.call(f"has_{kind}", cid), f"has_{kind} {cid}")
                self.s.want(
                    found is there, f"has_{kind} {cid} is {found}, the model says otherwise"
                )

    def put_away(self) -> None:
        """Keep a history that failed; delete what it made."""
        if self.s.said:
            self.histories.failed(self.s.said, self.s.answers[self.first :], self.steps)
        clean(self.s.session, self.s.scope)
        taken = self.s.session.taken_ips
        for ip in [ip for ip, scope in taken.items() if scope == self.s.scope]:
            del taken[ip]
        del self.s.answers[self.first :]

    @rule(action=st.sampled_from(ACTIONS), caller=st.sampled_from(BOTH), at=ANY, other=ANY)
    def step(self, action: str, caller: str, at: int, other: int) -> None:
        """One call, where it makes sense; the actions are weighted, so that histories get deep."""
        self.s.caller = _able(caller, action)
        if not GUARDS[action](self):
            return
        given: dict[str, Any] = {"at": at, "grow": at % 2 == 0, "count": 2 + other % 3}
        for kind, place in (("vm", at), ("disk", other)):
            if self.model.known(kind):
                given[kind] = _picked(self.model.known(kind), place)
        wanted = inspect.signature(getattr(self, action)).parameters
        given = {name: given[name] for name in wanted}
        self.perform(Step(len(self.steps), action, given, self.s.caller))

    def perform(self, step: Step) -> None:
        """Take one step; its ids are those of this history."""
        named = {cid: token for token, cid in self.tokens.items()}
        given = {name: named.get(value, value) for name, value in step.given.items()}
        self.steps.append(Step(step.number, step.action, given, step.caller))
        self.s.caller = step.caller
        self._made_here = itertools.count()
        getattr(self, step.action)(**step.given)

    def perform_again(self, step: Step) -> None:
        """Take a step of another history, where what it names is there and it makes sense."""
        given = {name: self.tokens.get(value, value) for name, value in step.given.items()}
        missing = any(kind in given and given[kind] not in self.model.known(kind) for kind in KINDS)
        if not missing and GUARDS[step.action](self):
            self.perform(Step(step.number, step.action, given, step.caller))

    def _note(self, cid: str) -> None:
        """Name what was made by the step that made it, which holds in shorter histories too."""
        self.tokens[f"made {self.steps[-1].number}.{next(self._made_here)}"] = cid

    def claims(self, *methods: str) -> bool:
        """Are all these methods claimed?"""
        return not set(methods) & self.s.profile.gaps.keys()

    def create_vm(self) -> None:
        """A VM with an id that was never there."""
        self._made_vm(self.s.create_vm())

    def _made_vm(self, answer: Answer) -> None:
        self.s.succeeded(answer, "create_vm")
        vm = self.s.needed_cid(answer)
        self.s.want(vm not in self.model.vms, f"create_vm gave the id {vm} a second time")
        self.model.vms[vm] = True
        self._note(vm)

    def create_disk(self) -> None:
        """A disk with an id that was never there."""
        self._made_disk(self.s.create_disk())

    def _made_disk(self, answer: Answer) -> None:
        self.s.succeeded(answer, "create_disk")
        disk = self.s.needed_cid(answer)
        self.s.want(disk not in self.model.disks, f"create_disk gave the id {disk} a second time")
        self.model.disks[disk] = True
        self._note(disk)
        self.model.size[disk] = self.s.profile.inputs["disk_size_mib"]

    def delete_vm(self, vm: str) -> None:
        """A VM that is there, or one that is gone already."""
        answer = self.s.call("delete_vm", vm)
        gone_is_fine = not self.model.vms[vm] and answer.is_error("VMNotFound")
        if not gone_is_fine:
            self.s.succeeded(answer, f"delete_vm {vm}")
        self.model.vms[vm] = False
        self.model.holder = {d: v for d, v in self.model.holder.items() if v != vm}

    def delete_disk(self, disk: str) -> None:
        """A disk: refused while attached, tolerated when gone."""
        answer = self.s.call("delete_disk", disk)
        if disk in self.model.holder:
            self.s.failed(answer, f"delete_disk of {disk}, which is attached")
            return
        if not (answer.is_error("DiskNotFound") and not self.model.disks[disk]):
            self.s.succeeded(answer, f"delete_disk {disk}")
        self.model.disks[disk] = False

    def attach_disk(self, vm: str, disk: str) -> None:
        """Attach any disk to any VM."""
        answer = self.s.call("attach_disk", vm, disk)
        there = self.model.vms[vm] and self.model.disks[disk]
        if there and self.model.holder.get(disk, vm) == vm:
            self.s.want(
                self.s.succeeded(answer, f"attach_disk {disk} to {vm}"), "the hint is empty"
            )
            self.model.holder[disk] = vm
        else:
            self.s.failed(answer, f"attach_disk of {disk} to {vm}, gone or held by another VM")

    def detach_disk(self, vm: str, disk: str) -> None:
        """Detach any disk from any VM."""
        answer = self.s.call("detach_disk", vm, disk)
        if self.model.holder.get(disk) == vm:
            self.s.succeeded(answer, f"detach_disk {disk} from {vm}")
            del self.model.holder[disk]
        else:
            tolerated = answer.is_error("DiskNotAttached", "DiskNotFound", "VMNotFound")
            self.s.want(answer.succeeded or tolerated, f"detach_disk of a loose disk: {answer}")

    def has_vm(self, vm: str) -> None:
        """The truth about a VM."""
        found = self.s.succeeded(self.s.call("has_vm", vm), f"has_vm {vm}")
        self.s.want(
            found is self.model.vms[vm], f"has_vm {vm} is {found}, the model says otherwise"
        )

    def has_disk(self, disk: str) -> None:
        """The truth about a disk."""
        found = self.s.succeeded(self.s.call("has_disk", disk), f"has_disk {disk}")
        self.s.want(
            found is self.model.disks[disk], f"has_disk {disk} is {found}, the model says otherwise"
        )

    def get_disks(self, vm: str) -> None:
        """Exactly the attached disks."""
        if not self.model.vms[vm]:
            return
        found = self.s.succeeded(self.s.call("get_disks", vm), f"get_disks {vm}")
        wanted = {disk for disk, holder in self.model.holder.items() if holder == vm}
        listed = set(found if isinstance(found, list) else [])
        self.s.want(listed == wanted, f"get_disks {vm} is {found}, attached are {sorted(wanted)}")

    def resize_disk(self, disk: str, grow: bool) -> None:
        """Grow, or try to shrink, a loose disk."""
        if disk in self.model.holder:
            return
        # Below the profile's size a cloud may round up to what the disk has: nothing would shrink.
        least = self.s.profile.inputs["disk_size_mib"]
        grow = grow or self.model.size[disk] == least
        size = self.model.size[disk] * 2 if grow else max(least, self.model.size[disk] // 2)
        answer = self.s.call("resize_disk", disk, size)
        if grow and self.model.disks[disk]:
            self.s.succeeded(answer, f"resize_disk {disk} to {size}")
            self.model.size[disk] = size
        else:
            self.s.failed(answer, f"resize_disk of {disk}, which is gone or would shrink")

    def set_vm_metadata(self, vm: str) -> None:
        """Label a VM that is there."""
        if self.model.vms[vm]:
            self.s.succeeded(
                self.s.call("set_vm_metadata", vm, DIRECTOR_VM_METADATA), "set_vm_metadata"
            )

    def set_disk_metadata(self, disk: str) -> None:
        """Label a disk that is there."""
        if self.model.disks[disk]:
            answer = self.s.call("set_disk_metadata", disk, DIRECTOR_DISK_METADATA)
            self.s.succeeded(answer, "set_disk_metadata")

    def many_at_once(self, at: int, count: int) -> None:
        """Two to four calls at the same time, each about other things."""
        steps = self._steps_apart(at)
        self.s.at_once(steps[:count], width=MOST_AT_ONCE)

    def _steps_apart(self, at: int) -> list[Callable[[], Any]]:
        """Steps that share nothing, the making ones first, then by what there is."""
        vms, disks = self.model.living("vm"), self.model.living("disk")
        steps: list[Callable[[], Any]] = [self.create_disk]
        if self.claims("create_vm") and len(vms) < MOST_VMS:
            steps.append(self.create_vm)
        for disk in disks[at % 2 :]:
            holder = self.model.holder.get(disk)
            if holder in vms and self.claims("detach_disk"):
                vms.remove(holder)
                steps.append(partial(self.detach_disk, holder, disk))
            elif holder is None and vms and at % 3 and self.claims("attach_disk"):
                steps.append(partial(self.attach_disk, vms.pop(), disk))
            elif holder is None:
                steps.append(partial(self.delete_disk, disk))
        steps += [partial(self.set_vm_metadata, vm) for vm in vms if self.claims("set_vm_metadata")]
        # What comes first differs from step to step.
        turn = at % len(steps)
        return [*steps[turn:], *steps[:turn]]


def _able(caller: str, action: str) -> str:
    """The caller, or the Director where the action is a method that only the Director calls."""
    return "director" if action in METHODS and not METHODS[action].cli else caller


def _picked(known: dict[str, bool], at: int) -> str:
    """Mostly one that is there; now and then one that is gone."""
    living = [cid for cid, there in known.items() if there]
    pool = living if living and at < MOSTLY else list(known)
    return pool[at % len(pool)]


# When a step makes sense.
GUARDS: Final[dict[str, Callable[[History], Any]]] = {
    "create_vm": lambda self: self.claims("create_vm") and len(self.model.living("vm")) < MOST_VMS,
    "create_disk": lambda self: (
        self.claims("create_disk") and len(self.model.living("disk")) < MOST_DISKS
    ),
    "delete_vm": lambda self: self.model.vms,
    "delete_disk": lambda self: self.model.disks,
    "attach_disk": lambda self: self.model.vms and self.model.disks and self.claims("attach_disk"),
    "detach_disk": lambda self: self.model.vms and self.model.disks and self.claims("detach_disk"),
    "has_vm": lambda self: self.model.vms and self.claims("has_vm"),
    "has_disk": lambda self: self.model.disks and self.claims("has_disk"),
    "get_disks": lambda self: self.model.vms and self.claims("get_disks"),
    "resize_disk": lambda self: self.model.disks and self.claims("resize_disk"),
    "set_vm_metadata": lambda self: self.model.vms and self.claims("set_vm_metadata"),
    "set_disk_metadata": lambda self: self.model.disks and self.claims("set_disk_metadata"),
    "many_at_once": lambda self: self.at_once and len(self.model.living("disk")) < MOST_DISKS,
}
