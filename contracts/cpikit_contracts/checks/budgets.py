"""Rules about what a call costs: cloud calls, seconds to notice, bytes of stderr."""

from collections.abc import Iterator

from cpikit_contracts.lives import ATTACH, VM
from cpikit_contracts.reading import Answer
from cpikit_contracts.rules import INFORM, LIFECYCLE, SHOULD, rule, watch
from cpikit_contracts.samples import DIRECTOR_VM_METADATA
from cpikit_contracts.scenario import Scenario

STDERR_CEILING = 1_048_576  # about a second of the Director's CPU, which reads byte by byte


@watch(
    "budget.stderr-has-a-ceiling",
    SHOULD,
    "No call writes more than 1 MiB to stderr and log; the Director reads byte by byte.",
    "external_cpi.rb byte-wise reading: about a second of CPU per MiB",
    checks=(17,),
)
def stderr_ceiling(answer: Answer) -> str:
    """Add up stderr and log of every process of the run."""
    size = len(answer.exchange.stderr) + len(answer.log.encode("utf-8", "replace"))
    return f"{size} bytes on stderr and in log" if size > STDERR_CEILING else ""


@rule(
    "budget.cloud-calls-per-method",
    SHOULD,
    LIFECYCLE,
    "No method makes more cloud calls than the profile's [limits] calls allow.",
    "peers.md: throttled accounts are their users' fourth complaint",
    methods=ATTACH,
    needs=("control",),
)
def calls_per_method(s: Scenario) -> None:
    """Count the world's journal over one life of a VM and a disk."""
    counts: dict[str, int] = {}
    s.stemcell()
    mark = s.control.mark()
    for method, answer in _one_life(s):
        counts[method] = len(s.control.calls(mark))
        s.needed(answer)
        mark = s.control.mark()
    for method, count in counts.items():
        s.session.figures[f"cloud calls of {method}"] = count
    over = {
        method: count
        for method, count in counts.items()
        if count > s.profile.limits.calls.get(method, count)
    }
    s.want(
        not over, f"more cloud calls than allowed: {over}; limits: {dict(s.profile.limits.calls)}"
    )


@rule(
    "budget.seconds-per-method",
    SHOULD,
    LIFECYCLE,
    "No method takes longer than the profile's [limits] seconds allow.",
    "bosh-azure-cpi (30 s before each attach); bosh-vsphere-cpi (15 s per delete)",
    methods=ATTACH,
)
def seconds_per_method(s: Scenario) -> None:
    """Time one life of a VM and a disk; also measure what each call writes to stderr and log."""
    limits = s.profile.limits.seconds
    over = {}
    s.stemcell()
    for method, answer in _one_life(s):
        seconds = round(answer.exchange.seconds, 2)
        size = len(answer.exchange.stderr) + len(answer.log.encode("utf-8", "replace"))
        s.session.figures[f"seconds of {method}"] = seconds
        s.session.figures[f"bytes of {method} on stderr and in log"] = size
        s.needed(answer)
        if seconds > limits.get(method, seconds):
            over[method] = seconds
    s.want(not over, f"longer than allowed: {over}; limits: {dict(limits)}")


def _one_life(s: Scenario) -> Iterator[tuple[str, Answer]]:
    """The calls of one short life, each with its answer; gaps are left out."""
    made = s.create_vm()
    yield "create_vm", made
    vm = s.needed_cid(made)
    made = s.create_disk()
    yield "create_disk", made
    disk = s.needed_cid(made)
    steps: list[tuple[str, list[object]]] = [
        ("set_vm_metadata", [vm, DIRECTOR_VM_METADATA]),
        ("attach_disk", [vm, disk]),
        ("detach_disk", [vm, disk]),
        ("delete_disk", [disk]),
        ("delete_vm", [vm]),
    ]
    for method, arguments in steps:
        if method not in s.profile.gaps:
            yield method, s.call(method, *arguments)


@rule(
    "budget.notices-what-is-ready",
    INFORM,
    LIFECYCLE,
    "create_vm ends soon after the VM is ready, on the world's clock.",
    "bosh-google-cpi waits 2, 4, 8, 8 … s; Azure sleeps 30 s before each attach",
    methods=VM,
    needs=("control",),
)
def notices(s: Scenario) -> None:
    """From the moment at which the VM's state began to the CPI's last call that looked at it."""
    mark = s.control.mark()
    vm = s.vm()
    since = [each["state_since_s"] for each in s.control.inventory() if each["id"] == vm]
    s.want(since, f"the inventory does not show the VM {vm}")
    last = max((call["at_s"] for call in s.control.calls(mark)), default=since[0])
    late = round(max(float(last) - float(since[0]), 0.0), 3)
    s.session.figures["seconds from ready to noticed"] = late
    limit = s.profile.limits.notice_s
    s.want(late <= limit, f"the VM was ready for {late} s, wanted at most {limit:g}")
