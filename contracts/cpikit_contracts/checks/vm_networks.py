"""Rules about the networks of new VMs."""

from cpikit_contracts.lives import VM
from cpikit_contracts.rules import BOTH, LIFECYCLE, MUST, rule
from cpikit_contracts.scenario import Scenario


@rule(
    "vm.manual-address-is-honoured",
    MUST,
    LIFECYCLE,
    "A VM on a manual network gets exactly the address that was asked for.",
    "docs-bosh networks.md; BATs network specs",
    checks=(57,),
    callers=BOTH,
    methods=VM,
    needs=("manual",),
)
def manual_address(s: Scenario) -> None:
    """Ask for an address; the echo names it, where there is one. A second VM is another rule's."""
    networks = s.networks("manual")
    vm = s.needed(s.create_vm(networks=networks))
    echoed = vm[1] if isinstance(vm, list) and len(vm) > 1 and isinstance(vm[1], dict) else {}
    found = echoed.get("net-manual", {}).get("ip")
    wanted = networks["net-manual"]["ip"]
    s.want(found in {None, wanted}, f"asked for {wanted}, found {found}")


@rule(
    "vm.dynamic-network-works",
    MUST,
    LIFECYCLE,
    "A VM on a dynamic network is created, with and without address keys that an earlier VM had.",
    "dynamic_network.rb; network_settings.rb",
    checks=(57, 58),
    callers=BOTH,
    methods=VM,
    needs=("dynamic",),
)
def dynamic_network(s: Scenario) -> None:
    """Create a VM on the bare network; as the Director, also with ip, netmask and gateway in it."""
    vm = s.succeeded(s.create_vm(networks=s.networks("dynamic")), "create_vm on a dynamic network")
    if s.caller != "director" or not isinstance(vm, list) or len(vm) < 2:  # noqa: PLR2004  # id, networks
        return
    echoed = vm[1] if isinstance(vm[1], dict) else {}
    ip = echoed.get("net-dynamic", {}).get("ip")
    s.needed(s.call("delete_vm", str(vm[0])))
    known = {"netmask": "255.255.255.0", "gateway": "10.0.0.1", **({"ip": ip} if ip else {})}
    answer = s.create_vm(networks=s.networks("dynamic", **known))
    s.succeeded(answer, f"create_vm on a dynamic network with {sorted(known)}")


@rule(
    "vm.vip-network-works",
    MUST,
    LIFECYCLE,
    "A VM with a vip network beside its own is created.",
    "vip_network.rb; docs-bosh networks.md",
    checks=(57,),
    callers=BOTH,
    methods=VM,
    needs=("vip",),
)
def vip_network(s: Scenario) -> None:
    """Create a VM with the usual network and a vip."""
    answer = s.create_vm(networks=s.networks(s.usual_network, "vip"))
    s.succeeded(answer, "create_vm with a vip network")


@rule(
    "vm.new-network-keys-are-accepted",
    MUST,
    LIFECYCLE,
    'Networks with the string prefix "32", with nic_group, and with neither are accepted.',
    "manual_network.rb (v282.1.0); network.go",
    checks=(59,),
    methods=VM,
)
def new_network_keys(s: Scenario) -> None:
    """Create a VM with each form."""
    plain = s.networks()
    for network in plain.values():
        network.pop("prefix", None)
    answer = s.create_vm(networks=plain)
    vm = s.succeeded(answer, "create_vm on a network without prefix and nic_group")
    s.call("delete_vm", str(vm[0] if isinstance(vm, list) else vm))
    for changes in ({"prefix": "32"}, {"prefix": "32", "nic_group": "1"}):
        networks = {name: {**each, **changes} for name, each in plain.items()}
        vm = s.succeeded(s.create_vm(networks=networks), f"create_vm with {changes}")
        s.call("delete_vm", str(vm[0] if isinstance(vm, list) else vm))
