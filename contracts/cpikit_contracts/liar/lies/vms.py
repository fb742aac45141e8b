"""Lies about stemcells and VMs."""

# mypy: disable-error-code="method-assign, assignment"
# Replacing honest methods is what a lie is.

from typing import TYPE_CHECKING, Any

from cpikit_contracts.liar.failure import Failure
from cpikit_contracts.liar.lies.kinds import lie
from cpikit_contracts.liar.store import Json

if TYPE_CHECKING:
    from cpikit_contracts.liar.cpi import Cpi

SUBNET = "10.99.99.99"


def _fail(name: str, message: str, *, ok_to_retry: bool = False) -> Any:
    raise Failure(name, message, ok_to_retry=ok_to_retry)


def _long_ids(cpi: "Cpi") -> None:
    honest = cpi.things.next_id
    cpi.things.next_id = lambda state, kind: (
        honest(state, kind) + "x" * (300 * (kind == "stemcell"))
    )


def _strict_stemcell(cpi: "Cpi", honest: Any, *arguments: Any) -> Any:
    if len(arguments) == 3 and arguments[2] == {}:  # noqa: PLR2004  # the third argument
        _fail("CloudError", "env: wanted tags")
    return honest(*arguments)


def _null_kills(cpi: "Cpi", honest: Any, image: str, properties: Any, *rest: Any) -> Any:
    if properties is None:
        raise SystemExit(1)
    return honest(image, properties, *rest)


def _delete_missing(kind: str, error: str) -> Any:
    def method(cpi: "Cpi", honest: Any, cid: str) -> Any:
        if cpi.things.get(kind, cid) is None:
            _fail(error, f"{kind} {cid} is not there")
        return honest(cid)

    return method


def _nothing(cpi: "Cpi", honest: Any, *arguments: Any) -> None:
    """Do nothing and say that it was done, where there is a cloud."""
    if cpi.cloud.unreachable_for_s is not None:
        honest(*arguments)


def _echo(change: Any) -> Any:
    def method(cpi: "Cpi", honest: Any, *arguments: Any) -> Any:
        vm, networks = honest(*arguments)
        return change(vm, networks)

    return method


def _dropped(networks: Json) -> Json:
    return {
        name: {key: value for key, value in network.items() if key not in {"prefix", "nic_group"}}
        for name, network in networks.items()
    }


def _moved(networks: Json) -> Json:
    return {
        name: {**network, "ip": SUBNET if network["type"] == "manual" else network.get("ip")}
        for name, network in networks.items()
    }


def _networks(check: Any) -> Any:
    def part(cpi: "Cpi") -> None:
        honest = cpi.checked_networks

        def checked(networks: Json) -> Json:
            for network in networks.values():
                check(network)
            return honest(networks)

        cpi.checked_networks = checked

    return part


def _no_known_address(network: Json) -> None:
    if network["type"] == "dynamic" and "ip" in network:
        _fail("CloudError", "a dynamic network has no ip")


def _no_nic_group(network: Json) -> None:
    if "nic_group" in network:
        _fail("CloudError", "unknown key nic_group")


def _no_vip(network: Json) -> None:
    if network["type"] == "vip":
        _fail("NotSupported", "no vip")


def _any_type(network: Json) -> None:
    if network.get("type") == "no-such-type":
        network["type"] = "dynamic"


def _reused_ids(cpi: "Cpi") -> None:
    honest = cpi.things.next_id

    def next_id(state: Json, kind: str) -> str:
        return (
            "vm-reused"
            if kind == "vm" and "vm-reused" not in state["things"]["vm"]
            else honest(state, kind)
        )

    cpi.things.next_id = next_id


def _keeps_nics(cpi: "Cpi", honest: Any, vm: str) -> Any:
    def work(state: Json) -> None:
        for nic in state["things"]["nic"].values():
            if nic["vm"] == vm:
                nic.update({"vm": "nobody", "ip": "nowhere"})

    cpi.cloud.call("DetachNics", "write", vm, work)
    return honest(vm)


def _takes_disks(cpi: "Cpi", honest: Any, vm: str) -> Any:
    for disk in cpi.things.disks_of(vm):
        cpi.things.delete("disk", disk)
    return honest(vm)


def _hints_must_exist(cpi: "Cpi", honest: Any, *arguments: Any) -> Any:
    for disk in arguments[4]:
        if cpi.things.get("disk", disk) is None:
            _fail("DiskNotFound", f"disk {disk} is not there")
    return honest(*arguments)


def _bad_after_making(cpi: "Cpi", honest: Any, *arguments: Any) -> Any:
    if str(arguments[2].get("instance_type", "")).startswith("impossible"):
        made = honest(*arguments[:2], {}, *arguments[3:])
        cpi._undo.clear()
        _fail("VMCreationFailed", f"no capacity after all for {made[0]}")
    return honest(*arguments)


def _never_undoes(cpi: "Cpi") -> None:
    cpi.undo = lambda: None


def _renamed(cpi: "Cpi", honest: Any, *arguments: Any) -> Any:
    try:
        return honest(*arguments)
    except Failure as failure:
        if failure.type.endswith("VMCreationFailed"):
            _fail("CloudError", str(failure))
        raise


def _always_retry(cpi: "Cpi", honest: Any, *arguments: Any) -> Any:
    try:
        return honest(*arguments)
    except Failure as failure:
        return _fail("VMCreationFailed", str(failure), ok_to_retry=True)


def _any_stemcell(cpi: "Cpi", honest: Any, agent_id: str, stemcell: str, *rest: Any) -> Any:
    if cpi.things.get("stemcell", stemcell) is None:
        cpi._must_exist = lambda *words: {}
    return honest(agent_id, stemcell, *rest)


def _shares_addresses(cpi: "Cpi") -> None:
    honest = cpi.things.addressed

    def addressed(state: Json, networks: Json) -> Json:
        return honest({**state, "things": {**state["things"], "nic": {}}}, networks)

    cpi.things.addressed = addressed


def _evicts(cpi: "Cpi") -> None:
    honest = cpi.things.holder

    def holder(ip: str) -> Any:
        found = honest(ip)
        return found and (found[0], {**found[1], "claimed": False})

    cpi.things.holder = holder


def _remembers_failures(cpi: "Cpi", honest: Any, agent_id: str, *rest: Any) -> Any:
    def failed_before(state: Json) -> bool:
        return f"failed/{agent_id}" in state["tokens"]

    if cpi.cloud.store.read()["tokens"].get(f"failed/{agent_id}"):
        _fail("VMCreationFailed", "a request with this token failed before")
    try:
        return honest(agent_id, *rest)
    except Failure:
        if cpi.cloud.unreachable_for_s is None:
            with cpi.cloud.store.locked() as state:
                state["tokens"][f"failed/{agent_id}"] = True
                failed_before(state)
        raise


def _tells_user_data(cpi: "Cpi", honest: Any, *arguments: Any) -> Any:
    try:
        return honest(*arguments)
    except Failure as failure:
        return _fail("CloudError", f"{failure}; the request was {arguments}")


GONE = "repeat.deletes-may-be-repeated"
LIES = (
    lie("long-stemcell-id", "answers a stemcell id of 300 bytes", "stemcell.create-answers-an-id").of_cpi(_long_ids),
    lie("null-properties-kill", "dies of a stemcell without properties", "stemcell.null-properties-are-answered",
        "process.always-answers process.exits-0-on-*").of_method("create_stemcell", _null_kills),
    lie("tags-wanted", "refuses a stemcell without tags", "stemcell.third-argument-is-tolerated",
        "").of_method("create_stemcell", _strict_stemcell),
    lie("stemcell-must-be-there", "refuses to delete a stemcell that is gone",
        "stemcell.delete-of-a-missing-one-succeeds", GONE + " sweep.*")
    .of_method("delete_stemcell", _delete_missing("stemcell", "CloudError")),
    lie("keeps-stemcells", "does not delete stemcells", "stemcell.delete-deletes",
        "leak.nothing-is-left sweep.*").of_method("delete_stemcell", _nothing),
    lie("vm-as-string", "answers create_vm with a string", "vm.create-answers-an-array",
        "vm.networks-are-echoed").of_method("create_vm", _echo(lambda vm, networks: vm)),
    lie("no-echo", "answers create_vm with the id alone in its array", "vm.networks-are-echoed")
    .of_method("create_vm", _echo(lambda vm, networks: [vm])),
    lie("drops-prefix", "drops prefix and nic_group from the echo", "vm.networks-are-echoed", "", "bosh-cpi-go")
    .of_method("create_vm", _echo(lambda vm, networks: [vm, _dropped(networks)])),
    lie("another-address", "gives a manual network another address", "vm.manual-address-is-honoured",
        "vm.networks-are-echoed").of_method("create_vm", _echo(lambda vm, networks: [vm, _moved(networks)])),
    lie("no-known-address", "refuses a dynamic network whose address is known", "vm.dynamic-network-works")
    .of_cpi(_networks(_no_known_address)),
    lie("no-nic-group", "refuses nic_group", "vm.new-network-keys-are-accepted", "vm.networks-are-echoed")
    .of_cpi(_networks(_no_nic_group)),
    lie("no-vip", "refuses vip networks", "vm.vip-network-works",
        "vm.late-failure-leaves-nothing settings.* sweep.*").of_cpi(_networks(_no_vip)),
    lie("any-network-type", "takes a network of an unknown type for dynamic", "vm.unknown-network-type-is-refused",
        "vm.failure-leaves-nothing").of_cpi(_networks(_any_type)),
    lie("reused-ids", "gives the id of a deleted VM again", "vm.ids-are-unique", "model.* repeat.* sweep.* order.*")
    .of_cpi(_reused_ids),
    lie("has-vm-as-text", 'answers has_vm with "true"', "vm.has-vm-answers-a-boolean", "model.* repeat.has-is-steady")
    .of_method("has_vm", lambda cpi, honest, vm: str(honest(vm)).lower()),
    lie("has-vm-raises", "answers has_vm of a missing VM with VMNotFound", "vm.has-vm-of-an-unknown-id-is-false",
        "vm.has-vm-* config.* repeat.* order.* model.*")
    .of_method("has_vm", lambda cpi, honest, vm: honest(vm) or _fail("VMNotFound", f"VM {vm} is not there")),
    lie("has-vm-always", "answers has_vm with true", "vm.has-vm-tells-the-truth",
        "vm.has-vm-of-an-unknown-id-is-false repeat.* model.*")
    .of_method("has_vm", lambda cpi, honest, vm: honest(vm) or True),
    lie("delete-vm-lies", "says that a VM is deleted and lets it run", "vm.has-vm-tells-the-truth",
        "leak.* vm.* repeat.* order.* model.* sweep.* disk.* snapshot.* settings.*", "vsphere#277").of_method("delete_vm", _nothing),
    lie("keeps-interfaces", "leaves the interfaces of deleted VMs", "leak.nothing-is-left", "sweep.*", "1.10 #2")
    .of_method("delete_vm", _keeps_nics),
    lie("vm-must-be-there", "refuses to delete a VM that is gone", "vm.delete-of-a-missing-one-is-tolerant",
        "repeat.* model.* sweep.*").of_method("delete_vm", _delete_missing("vm", "CloudError")),
    lie("takes-disks", "deletes the disks of a deleted VM", "vm.delete-keeps-persistent-disks",
        "order.* model.* repeat.* sweep.*").of_method("delete_vm", _takes_disks),
    lie("reboots-anything", "reboots a VM that is not there", "vm.reboot-of-a-missing-one-is-vm-not-found")
    .of_method("reboot_vm", _nothing),
    lie("hints-must-exist", "refuses a disk hint that is gone", "vm.disk-hints-are-only-hints")
    .of_method("create_vm", _hints_must_exist),
    lie("calculates-empty", "calculates nothing", "vm.calculated-properties-fit", "", "Alicloud-Go")
    .of_method("calculate_vm_cloud_properties", lambda cpi, honest, wanted: honest(wanted) and {}),
    lie("calculates-anything", "calculates a million CPUs", "vm.absurd-calculation-is-refused")
    .of_method("calculate_vm_cloud_properties", lambda cpi, honest, wanted: {**honest({**wanted, "cpu": 1}), "cpu": wanted["cpu"]}),
    lie("leaks-on-failure", "leaves the VM of a create_vm that failed", "vm.failure-leaves-nothing",
        "leak.nothing-is-left", "1.10 #8").of_method("create_vm", _bad_after_making),
    lie("never-undoes", "removes nothing when a later step fails", "vm.late-failure-leaves-nothing",
        "leak.nothing-is-left sweep.*", "1.10 #9").of_cpi(_never_undoes),
    lie("no-creation-failed", "never says VMCreationFailed", "vm.no-capacity-is-vm-creation-failed", "", "1.10 #6")
    .of_method("create_vm", _renamed),
    lie("always-retry", "says ok_to_retry of every failure of create_vm",
        "vm.hopeless-failure-is-not-for-retry", "", "1.10 #10").of_method("create_vm", _always_retry),
    lie("any-stemcell", "creates VMs of stemcells that are not there", "vm.missing-stemcell-is-refused",
        "stemcell.delete-deletes vm.failure-leaves-nothing").of_method("create_vm", _any_stemcell),
    lie("shares-addresses", "gives an address twice", "vm.taken-address-is-refused").of_cpi(_shares_addresses),
    lie("evicts", "deletes whoever holds the address", "vm.taken-address-is-refused").of_cpi(_evicts),
    lie("remembers-failures", "refuses a create_vm that failed before", "vm.repeat-after-failure-works",
        "sweep.*").of_method("create_vm", _remembers_failures),
    lie("tells-user-data", "shows the request in the error of create_vm", "secret.stays-out-of-every-answer",
        "vm.no-capacity-is-vm-creation-failed", "1.10 #3").of_method("create_vm", _tells_user_data),
)  # fmt: skip
