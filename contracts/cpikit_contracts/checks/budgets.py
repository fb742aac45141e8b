"""Rules about what a call costs: cloud calls, seconds to notice, bytes of stderr."""

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
    methods=("create_vm", "create_disk", "attach_disk"),
    needs=("control",),
)
def calls_per_method(s: Scenario) -> None:
    """Count the world's journal over one life of a VM and a disk."""
    s.stemcell()
    counts: dict[str, int] = {}

    def counted(method: str, answer: Answer, mark: int) -> str:
        counts[method] = len(s.control.calls(mark))
        return s.needed_cid(answer) if method.startswith("create") else str(s.needed(answer))

    mark = s.control.mark()
    vm = counted("create_vm", s.create_vm(), mark)
    mark = s.control.mark()
    disk = counted("create_disk", s.create_disk(), mark)
    steps: list[tuple[str, list[object]]] = [
        ("set_vm_metadata", [vm, DIRECTOR_VM_METADATA]),
        ("attach_disk", [vm, disk]),
        ("detach_disk", [vm, disk]),
        ("delete_disk", [disk]),
        ("delete_vm", [vm]),
    ]
    for method, arguments in steps:
        if method in s.profile.gaps:
            continue
        mark = s.control.mark()
        counted(method, s.call(method, *arguments), mark)
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
    "budget.notices-what-is-ready",
    INFORM,
    LIFECYCLE,
    "create_vm ends soon after the VM is ready, on the world's clock.",
    "bosh-google-cpi waits 2, 4, 8, 8 … s; Azure sleeps 30 s before each attach",
    methods=("create_vm",),
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
