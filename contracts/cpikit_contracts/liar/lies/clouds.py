"""Lies about the way with the cloud: retries, tokens, marks, signals, patience."""

# mypy: disable-error-code="method-assign, assignment"
# Replacing honest methods is what a lie is.

import os
import signal
import time
import uuid
from typing import TYPE_CHECKING, Any

from cpikit_contracts.liar.cloud import AnswerLost, CloudFault
from cpikit_contracts.liar.failure import Failure
from cpikit_contracts.liar.lies.kinds import lie
from cpikit_contracts.liar.store import Json

if TYPE_CHECKING:
    from cpikit_contracts.liar.cpi import Cpi
    from cpikit_contracts.liar.process import Edge


def _new_token_each_time(cpi: "Cpi") -> None:
    honest = cpi.things.create
    cpi.cloud.repeats = {"Throttling", "ServerError"}

    def create(kind: str, thing: Json, token: str = "") -> str:
        try:
            return honest(kind, thing, token)
        except AnswerLost:
            return honest(kind, thing, uuid.uuid4().hex)

    cpi.things.create = create


def _random_vm_token(cpi: "Cpi", honest: Any, agent_id: str, *rest: Any) -> Any:
    cpi.things.vm_of_agent = lambda agent: None
    run = cpi.things.run_vm
    cpi.things.run_vm = lambda agent, thing, networks: run(uuid.uuid4().hex, thing, networks)
    return honest(agent_id, *rest)


def _gives_up_when_throttled(cpi: "Cpi") -> None:
    cpi.cloud.repeats = {"lost", "ServerError"}


def _dies_of_sigterm(edge: "Edge") -> None:
    edge.heed = lambda: signal.signal(signal.SIGTERM, signal.SIG_DFL) and None


def _signal_leaves_things(edge: "Edge") -> None:
    edge.undo = lambda: None


def _unmarked(cpi: "Cpi") -> None:
    cpi.things.owner = "somebody"


def _claims_at_once(cpi: "Cpi") -> None:
    honest = cpi.things.create
    cpi.things.create = lambda kind, thing, token="": honest(
        kind, {**thing, "claimed": True}, token
    )


def _keeps_addresses(cpi: "Cpi") -> None:
    cpi.clear_addresses = lambda networks: None


def _impatient(cpi: "Cpi") -> None:
    def wait_for(vm: str) -> None:
        if cpi.things.get("vm", vm) is None:
            raise CloudFault("Vanished", f"VM {vm} is not there")

    cpi.wait_for = wait_for


def _foreign_type(edge: "Edge") -> None:
    honest = edge.failure

    def failure(kind: str, message: str, request_id: str = "", ok_to_retry: bool = False) -> Json:
        return honest(
            "Unknown" if "Forbidden" in message else kind, message, request_id, ok_to_retry
        )

    edge.failure = failure


def _polls_wildly(cpi: "Cpi", honest: Any, *arguments: Any) -> Any:
    made = honest(*arguments)
    for _ in range(30):
        cpi.things.get("vm", made[0])
    return made


def _sleeps_before_it_looks(cpi: "Cpi") -> None:
    honest = cpi.wait_for

    def wait_for(vm: str) -> None:
        time.sleep(0.7)
        honest(vm)

    cpi.wait_for = wait_for


def _sleeps_before_it_attaches(cpi: "Cpi", honest: Any, *arguments: Any) -> Any:
    if cpi.cloud.unreachable_for_s is None:
        time.sleep(2.5)
    return honest(*arguments)


def _floods(cpi: "Cpi", honest: Any, *arguments: Any) -> Any:
    if "name" in arguments[1]:
        os.write(2, b"x" * 1_100_000)
    return honest(*arguments)


def _takes_refusal_for_absence(cpi: "Cpi", honest: Any, disk: str) -> bool:
    try:
        return bool(honest(disk))
    except Failure as failure:
        if "Forbidden" in str(failure):
            return False
        raise


def _blind_to_attached(cpi: "Cpi", honest: Any, disk: str) -> bool:
    found = cpi._cloud(lambda: cpi.things.get("disk", disk))
    return found is not None and not found["vm"]


SWEEPS = "sweep.kill-converges sweep.new-agent-gets-the-address"
LIES = (
    lie("new-token-each-time", "repeats a lost create with another token", "sweep.lost-answer-makes-nothing-twice",
        "leak.nothing-is-left", "1.10 #14").of_cpi(_new_token_each_time),
    lie("random-vm-token", "makes a second VM for the same agent", "repeat.create-vm-is-idempotent",
        SWEEPS + " leak.* sweep.*", "1.10 #5").of_method("create_vm", _random_vm_token),
    lie("no-patience-with-throttling", "gives up when the cloud throttles", "sweep.throttling-is-endured", "",
        "1.10 #4").of_cpi(_gives_up_when_throttled),
    lie("dies-of-sigterm", "ends without an answer on SIGTERM", "sweep.sigterm-is-answered", "leak.* process.*")
    .at_edge(_dies_of_sigterm),
    lie("signal-leaves-things", "leaves what it made when it is told to end", "sweep.sigterm-is-answered",
        "leak.* sweep.caller-gone-leaves-nothing-unknown").at_edge(_signal_leaves_things),
    lie("unmarked", "makes things without the Director's mark", "sweep.kill-converges",
        "leak.* sweep.* model.* vm.* repeat.* order.*").of_cpi(_unmarked),
    lie("claims-at-once", "counts what nobody knows as claimed", "sweep.kill-converges", "leak.* sweep.*")
    .of_cpi(_claims_at_once),
    lie("keeps-addresses", "lets a half-made VM keep its address", "sweep.new-agent-gets-the-address", "leak.*", "alicloud#47")
    .of_cpi(_keeps_addresses),
    lie("impatient", "takes a lagging read for the truth", "sweep.stale-reads-are-endured", "sweep.* leak.*", "azure#765")
    .of_cpi(_impatient),
    lie("foreign-type", "hands a cloud's refusal on as type Unknown", "sweep.failure-leaves-nothing",
        "error.type-is-known", "1.10 #13").at_edge(_foreign_type),
    lie("polls-wildly", "asks thirty times for what it knows", "budget.cloud-calls-per-method",
        "budget.notices-what-is-ready sweep.*", "Alicloud-Go v61")
    .of_method("create_vm", _polls_wildly),
    lie("sleeps", "sleeps although the VM is ready", "budget.notices-what-is-ready", "", "1.10 #11")
    .of_cpi(_sleeps_before_it_looks),
    lie("sleeps-before-it-attaches", "sleeps before each attach", "budget.seconds-per-method", "", "1.10 #12")
    .of_method("attach_disk", _sleeps_before_it_attaches),
    lie("floods-stderr", "writes more than 1 MiB to stderr", "budget.stderr-has-a-ceiling").of_method("create_disk", _floods),
    lie("takes-refusal-for-absence", "answers false when the cloud refuses to tell", "sweep.failed-read-is-an-error",
        "").of_method("has_disk", _takes_refusal_for_absence),
    lie("blind-to-attached", "does not see a disk while it is attached", "model.histories-agree",
        "model.* order.cloud-check").of_method("has_disk", _blind_to_attached),
)  # fmt: skip
