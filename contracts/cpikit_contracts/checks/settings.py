"""Rules about the settings that a new VM's agent reads, where the world shows them."""

import json
import re
from typing import Any

from cpikit_contracts import agent_settings
from cpikit_contracts.lives import ATTACH, DISK, VM
from cpikit_contracts.outcomes import Broken
from cpikit_contracts.rules import BOTH, LIFECYCLE, MUST, SHOULD, rule
from cpikit_contracts.scenario import Scenario

NEEDS = ("control",)
LARGE = 20_000
# A kernel name changes with the order of attaching; cloud disks have names that stay.
KERNEL_NAME = re.compile(r"/dev/nvme\d")
ENV: dict[str, Any] = {
    "bosh": {
        "group": "director-deployment-web",
        "groups": ["director", "deployment", "web"],
        "password": "$6$salt$hash",
        "ntp": ["time.example.com"],
        "mbus": {"cert": {"ca": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}},
        "blobstores": [{"provider": "dav", "options": {"endpoint": "https://10.0.0.6:25250"}}],
        "tags": {"number": 4711, "on": True, "nothing": None, "list": ["a", 1], "map": {"k": "v"}},
        "job_dir": {"tmpfs": True, "tmpfs_size": "128m"},
        "parallel": 5,
        "unknown-key": {"deep": [{"er": 'R&D <core> "Zürich" ☃'}]},
    },
    "persistent_disk_fs": "ext4",
    "unknown": {"kept": True},
}


def _settings(s: Scenario, vm: str) -> dict[str, Any]:
    text = s.control.user_data(vm)
    try:
        document = json.loads(text)
    except ValueError as error:
        raise Broken(f"the user data of {vm} is no JSON as it is served: {text[:120]!r}") from error
    if not isinstance(document, dict):
        raise Broken(f"the user data of {vm} is {text[:120]!r}, wanted an object")
    return document


def _made(s: Scenario, **given: Any) -> tuple[str, dict[str, Any]]:
    agent_id = s.agent_id()
    return agent_id, _settings(s, s.vm(agent_id=agent_id, **given))


@rule(
    "settings.name-the-agent",
    MUST,
    LIFECYCLE,
    "The user data is plain JSON as it is served, with create_vm's first argument as agent_id.",
    "http_metadata_service.go",
    checks=(105,),
    callers=BOTH,
    methods=VM,
    needs=NEEDS,
)
def name_the_agent(s: Scenario) -> None:
    """Create a VM and read its user data."""
    agent_id, document = _made(s)
    found = document.get("agent_id")
    s.want(found == agent_id, f"agent_id is {found!r}, wanted {agent_id!r}")


@rule(
    "settings.decode-strictly",
    MUST,
    LIFECYCLE,
    "The agent's own strict types can read the whole document.",
    "settings.go",
    checks=(108, 111, 114),
    callers=BOTH,
    methods=VM,
    needs=NEEDS,
)
def decode_strictly(s: Scenario) -> None:
    """Decode the document of a VM with every kind of network and a rich env."""
    kinds = [s.usual_network]
    kinds += ["vip"] if "vip" in s.profile.inputs["networks"] else []
    _, document = _made(s, networks=s.networks(*kinds), env=ENV)
    found = agent_settings.problems(document)
    s.want(not found, f"the agent cannot read its settings: {'; '.join(found)}")


@rule(
    "settings.tell-where-the-bus-is",
    MUST,
    LIFECYCLE,
    "mbus is a nats or https URL, or env.bosh.mbus.urls is given.",
    "mbus/handler_provider.go",
    checks=(106,),
    methods=VM,
    needs=NEEDS,
)
def tell_the_bus(s: Scenario) -> None:
    """Look at mbus in the document of a VM whose env names no bus."""
    _, document = _made(s)
    mbus = document.get("mbus")
    env = document.get("env") or {}
    urls = ((env.get("bosh") or {}).get("mbus") or {}).get("urls")
    fine = isinstance(mbus, str) and mbus.split("://")[0] in {"nats", "https"}
    s.want(fine or urls, f"mbus is {mbus!r}, wanted nats://… or https://…")


@rule(
    "settings.name-the-disks",
    MUST,
    LIFECYCLE,
    "disks.system is a string, disks.ephemeral text or an object of texts, disks.persistent empty.",
    "settings.go; bootstrap.go (Unexpected disk attached)",
    checks=(107,),
    methods=(*VM, *DISK),
    needs=NEEDS,
)
def name_the_disks(s: Scenario) -> None:
    """Look at disks in the document of a VM that got a disk hint."""
    _, document = _made(s, disks=[s.disk()])
    disks = document.get("disks") or {}
    s.want(isinstance(disks.get("system", ""), str), f"disks.system is {disks.get('system')!r}")
    s.want(
        not disks.get("persistent"), f"disks.persistent is {disks.get('persistent')!r}, wanted {{}}"
    )
    ephemeral = disks.get("ephemeral")
    path = ephemeral.get("path") if isinstance(ephemeral, dict) else ephemeral
    s.want(
        not (isinstance(path, str) and KERNEL_NAME.match(path)),
        f"disks.ephemeral is {path!r}, a kernel name that may mean another disk after a restart",
    )


@rule(
    "settings.networks-are-named-as-given",
    MUST,
    LIFECYCLE,
    "The settings name exactly the networks that create_vm got.",
    "the agent's first apply: Network '…' is not found in settings",
    checks=(108,),
    callers=BOTH,
    methods=VM,
    needs=NEEDS,
)
def networks_named(s: Scenario) -> None:
    """Compare the names; a VIP has no gateway."""
    kinds = [s.usual_network]
    kinds += ["vip"] if "vip" in s.profile.inputs["networks"] else []
    sent = s.networks(*kinds)
    _, document = _made(s, networks=sent)
    found = document.get("networks") or {}
    s.want(found.keys() == sent.keys(), f"networks are {sorted(found)}, wanted {sorted(sent)}")
    for name, network in sent.items():
        if network["type"] == "vip":
            s.want(not found[name].get("gateway"), f"the vip network {name} has a gateway")


@rule(
    "settings.networks-configure-as-intended",
    MUST,
    LIFECYCLE,
    "Every manual network carries use_dhcp or a mac, so that the agent configures it as intended.",
    "interface_configuration_creator.go",
    checks=(109,),
    methods=VM,
    needs=("control", "manual"),
)
def networks_configure(s: Scenario) -> None:
    """Look at the manual network of a VM."""
    _, document = _made(s, networks=s.networks("manual"))
    for name, network in (document.get("networks") or {}).items():
        fine = network.get("use_dhcp") is True or network.get("mac")
        s.want(fine or network.get("type") != "manual", f"{name} has neither use_dhcp nor mac")


@rule(
    "settings.keep-env-whole",
    MUST,
    LIFECYCLE,
    "env arrives as it was sent: unknown keys, certificates, nested values, 20 KB.",
    "settings.go; create_vm_step.rb",
    checks=(65, 110),
    callers=BOTH,
    methods=VM,
    needs=NEEDS,
)
def keep_env(s: Scenario) -> None:
    """Send a rich env, then one of 20 KB, and compare deeply."""
    for env in (ENV, {"bosh": {"tags": {}}, "large": "x" * LARGE}):
        _, document = _made(s, env=env)
        found = document.get("env")
        if found != env:
            keys = set(env) ^ set(found) if isinstance(found, dict) else set()
            s.want(False, f"env did not arrive as sent: differs in {sorted(keys) or 'its values'}")  # noqa: FBT003  # always


@rule(
    "settings.hold-no-registry",
    SHOULD,
    LIFECYCLE,
    "With a stemcell of version 2 or more there is no registry in the settings.",
    "docs-bosh cpi-api-v2-migration-guide.md",
    checks=(113,),
    methods=VM,
    needs=NEEDS,
)
def no_registry(s: Scenario) -> None:
    """Look for registry credentials in the document of a VM."""
    _, document = _made(s)
    endpoint = (document.get("registry") or {}).get("endpoint", "")
    s.want(not endpoint, "the settings name a registry, which nobody serves any more")


@rule(
    "settings.old-stemcell-is-answered",
    SHOULD,
    LIFECYCLE,
    "create_vm for a stemcell of version 1, or of none, works or is refused cleanly.",
    "AWS agent_settings.rb, cloud_v2.rb",
    checks=(112,),
    methods=VM,
)
def old_stemcell(s: Scenario) -> None:
    """Create VMs with stemcell version 1 in the context, and with an empty stemcell."""
    for stemcell in ({"api_version": 1}, {}):
        answer = s.create_vm(context={"vm": {"stemcell": stemcell}})
        s.want(answer.document is not None, f"create_vm for the stemcell {stemcell}: {answer}")
        s.want(
            answer.error is None or answer.error.is_known,
            f"create_vm for the stemcell {stemcell} ended in an unknown error: {answer}",
        )


@rule(
    "settings.outlive-attachments",
    MUST,
    LIFECYCLE,
    "The settings stay readable and empty of persistent disks through attach and detach.",
    "bootstrap.go; the agent reads them again on every disk message",
    checks=(107, 114),
    methods=ATTACH,
    needs=NEEDS,
)
def outlive_attachments(s: Scenario) -> None:
    """Attach a disk, read; detach it, read."""
    agent_id = s.agent_id()
    vm, disk = s.vm(agent_id=agent_id), s.disk()
    for method in ("attach_disk", "detach_disk"):
        s.needed(s.call(method, vm, disk))
        document = _settings(s, vm)
        s.want(document.get("agent_id") == agent_id, f"after {method} agent_id is another")
        found = agent_settings.problems(document)
        s.want(not found, f"after {method} the agent cannot read its settings: {found}")
