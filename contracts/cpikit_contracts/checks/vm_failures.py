"""Rules about create_vm that cannot succeed."""

from typing import Any

from cpikit_contracts.lives import VM
from cpikit_contracts.reading import Answer
from cpikit_contracts.rules import LIFECYCLE, MUST, SHOULD, rule
from cpikit_contracts.samples import DIRECTOR_VM_METADATA
from cpikit_contracts.scenario import Scenario


def _nothing_left(s: Scenario, before: set[tuple[str, str]], doing: str) -> None:
    left = s.inventory_ids() - before
    s.want(not left, f"{doing} failed and left {sorted(left)} in the world")


@rule(
    "vm.failure-leaves-nothing",
    MUST,
    LIFECYCLE,
    "create_vm that fails leaves no instance, disk, interface or address behind.",
    "docs-bosh create-vm.md; create_vm_step.rb (no id is known to delete)",
    checks=(63,),
    methods=VM,
    needs=("control", "stemcell"),
)
def leaves_nothing(s: Scenario) -> None:
    """Fail in several ways (properties, stemcell, networks, the cloud itself) and look around."""
    s.stemcell()
    before = s.inventory_ids()
    attempts: list[tuple[str, dict[str, Any]]] = [
        ("an unknown stemcell", {"stemcell": s.unknown("stemcell")}),
        (
            "an unknown network type",
            {"networks": {"odd": {"type": "no-such-type", "cloud_properties": {}}}},
        ),
    ]
    if s.profile.inputs["bad_vm"]:
        attempts.append(("bad properties", {"cloud_properties": s.profile.inputs["bad_vm"]}))
    for name, given in attempts:
        answer = s.create_vm(**given)
        s.want(
            answer.error is not None, f"create_vm with {name} should have failed, found {answer}"
        )
        _nothing_left(s, before, f"create_vm with {name}")


@rule(
    "vm.late-failure-leaves-nothing",
    MUST,
    LIFECYCLE,
    "create_vm that fails after the instance was made removes it again.",
    "docs-bosh create-vm.md; create_vm_step.rb (no id is known to delete)",
    checks=(63,),
    methods=VM,
    needs=("control",),
)
def late_failure(s: Scenario) -> None:
    """Let the last changing cloud call of create_vm fail for good, and look around."""
    networks = s.networks(s.usual_network, "vip") if "vip" in s.profile.inputs["networks"] else None
    s.stemcell()
    before = s.inventory_ids()
    mark = s.control.mark()
    first = s.create_vm(networks=networks)
    s.needed(first)
    writes = [call for call in s.control.calls(mark) if call["effect"] == "write"]
    s.needed(s.call("delete_vm", s.needed_cid(first)))
    if len(writes) < 2:  # noqa: PLR2004  # the first write makes the instance
        s.notes.append("create_vm makes one changing call only: it cannot fail later")
        return
    s.control.arm(name=writes[-1]["name"], do="fail", code="Forbidden", status=403)
    answer = s.create_vm(networks=networks)
    s.control.disarm()
    s.want(answer.error is not None, f"create_vm whose {writes[-1]['name']} fails: {answer}")
    _nothing_left(s, before, f"create_vm whose {writes[-1]['name']} fails")


@rule(
    "vm.no-capacity-is-vm-creation-failed",
    SHOULD,
    LIFECYCLE,
    "What the cloud cannot provide fails as VMCreationFailed.",
    "docs-bosh create-vm.md; bosh-google api/errors.go",
    checks=(44,),
    methods=VM,
    needs=("bad_vm",),
)
def no_capacity(s: Scenario) -> None:
    """Ask for the profile's bad_vm."""
    answer = s.create_vm(cloud_properties=s.profile.inputs["bad_vm"])
    s.failed(answer, "create_vm that the cloud cannot satisfy", "VMCreationFailed")


@rule(
    "vm.hopeless-failure-is-not-for-retry",
    SHOULD,
    LIFECYCLE,
    "A failure that will repeat itself does not say ok_to_retry.",
    "create_vm_step.rb (five tries without a pause)",
    checks=(42, 44),
    methods=VM,
    needs=("stemcell",),
)
def hopeless(s: Scenario) -> None:
    """Ask for a VM of an unknown stemcell and with an unknown network type."""
    odd = {"odd": {"type": "no-such-type", "cloud_properties": {}}}
    answers = [s.create_vm(stemcell=s.unknown("stemcell")), s.create_vm(networks=odd)]
    for answer in answers:
        s.want(
            answer.error is None or not answer.error.ok_to_retry,
            f"a failure that repeats itself says ok_to_retry: {answer}",
        )


@rule(
    "vm.unknown-network-type-is-refused",
    SHOULD,
    LIFECYCLE,
    "A network of an unknown type is refused cleanly.",
    "bosh-cpi-go apiv1/networks.go",
    checks=(60,),
    methods=VM,
)
def unknown_network_type(s: Scenario) -> None:
    """Send a network of the type no-such-type."""
    answer = s.create_vm(networks={"odd": {"type": "no-such-type", "cloud_properties": {}}})
    s.failed(answer, "create_vm with a network of an unknown type")


@rule(
    "vm.missing-stemcell-is-refused",
    SHOULD,
    LIFECYCLE,
    "create_vm from a stemcell that does not exist is refused cleanly.",
    "docs-bosh create-vm.md",
    checks=(50, 63),
    methods=VM,
    needs=("stemcell",),
)
def missing_stemcell(s: Scenario) -> None:
    """Name the profile's unknown stemcell."""
    answer = s.create_vm(stemcell=s.unknown("stemcell"))
    s.failed(answer, "create_vm from an unknown stemcell")


@rule(
    "vm.taken-address-is-refused",
    MUST,
    LIFECYCLE,
    "A second VM on an address that a living VM of ours holds is refused, and the first "
    "one lives on.",
    "docs-bosh networks.md; bosh-aws-cpi-release#69",
    checks=(57, 63),
    methods=(*VM, "has_vm", "set_vm_metadata"),
    needs=("manual",),
)
def taken_address(s: Scenario) -> None:
    """Create a VM, label it as the Director does, and ask for its address again."""
    networks = s.networks("manual")
    vm = s.vm(networks=networks)
    s.needed(s.call("set_vm_metadata", vm, DIRECTOR_VM_METADATA))
    answer: Answer = s.create_vm(networks=networks)
    s.want(
        answer.error is not None or answer.result is None,
        f"create_vm on the address of the living VM {vm} should have failed, found {answer}",
    )
    s.want(s.needed(s.call("has_vm", vm)), f"the VM {vm} was removed for its address")


@rule(
    "vm.repeat-after-failure-works",
    MUST,
    LIFECYCLE,
    "The identical create_vm may be sent again after it failed.",
    "create_vm_step.rb (same agent id, same arguments)",
    checks=(64,),
    methods=VM,
    needs=("control",),
)
def repeat_after_failure(s: Scenario) -> None:
    """Let the first changing cloud call fail, then send the same request once more."""
    s.stemcell()
    networks = s.networks()
    agent_id = s.agent_id()
    mark = s.control.mark()
    vm = s.needed_cid(s.create_vm(networks=networks))
    writes = [call for call in s.control.calls(mark) if call["effect"] == "write"]
    s.needed(s.call("delete_vm", vm))
    if not writes:
        return
    s.control.arm(name=writes[0]["name"], do="fail", code="NoCapacity", status=403)
    failed = s.create_vm(agent_id=agent_id, networks=networks)
    s.control.disarm()
    s.want(failed.error is not None, f"create_vm whose {writes[0]['name']} fails: {failed}")
    again = s.create_vm(agent_id=agent_id, networks=networks)
    s.succeeded(again, "the identical create_vm after a failure")
