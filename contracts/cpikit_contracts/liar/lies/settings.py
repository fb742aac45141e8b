"""Lies about the settings that the agent reads, and about the CPI config."""

import base64
import json
from typing import TYPE_CHECKING, Any

from cpikit_contracts.liar.lies.kinds import Lie, lie
from cpikit_contracts.liar.store import Json

if TYPE_CHECKING:
    from cpikit_contracts.liar.cpi import Cpi

DECODE = "settings.decode-strictly"
SURVIVE = "settings.outlive-attachments"
KNOWN_ENV = {"group", "groups", "password", "ntp", "mbus", "blobstores", "tags"}


def _settings(
    name: str, says: str, breaks: str, change: Any, also: str = "", peer: str = ""
) -> Lie:
    """A lie that changes the settings document."""

    def part(cpi: "Cpi") -> None:
        honest = cpi.settings

        def settings(config: Json, agent_id: str, networks: Json, env: Json) -> Json:
            return dict(change(honest(config, agent_id, networks, env)))

        cpi.settings = settings

    return lie(name, says, breaks, also, peer).of_cpi(part)


def _networks(change: Any) -> Any:
    return lambda document: {
        **document, "networks": {name: change(each) for name, each in document["networks"].items()}
    }  # fmt: skip


def _known_env(document: Json) -> Json:
    env = document["env"]
    bosh = {key: value for key, value in env.get("bosh", {}).items() if key in KNOWN_ENV}
    return {**document, "env": {"bosh": bosh}}


def _attach_spoils(cpi: "Cpi", honest: Any, vm: str, disk: str) -> Any:
    hint = honest(vm, disk)
    cpi.things.change(
        "vm", vm, {"user_data": json.dumps({"agent_id": "", "disks": {"persistent": {disk: hint}}})}
    )
    return hint


def _encoded(cpi: "Cpi", honest: Any, *arguments: Any) -> Any:
    vm, networks = honest(*arguments)
    text = cpi.things.get("vm", vm) or {}
    data = base64.b64encode(text["user_data"].encode()).decode()
    cpi.things.change("vm", vm, {"user_data": data})
    return [vm, networks]


def _deaf_to_context(cpi: "Cpi") -> None:
    cpi.cloud.unreachable_for_s = (
        cpi.cloud.unreachable_for_s if "unreachable_for_s" not in cpi.context else None
    )


LIES = (
    _settings("another-agent", "names another agent", "settings.name-the-agent",
              lambda d: {**d, "agent_id": d["agent_id"][::-1]}, SURVIVE),
    _settings("system-disk-object", "gives disks.system as an object", DECODE,
              lambda d: {**d, "disks": {**d["disks"], "system": {"path": "/dev/vda"}}}, "settings.name-the-disks " + SURVIVE),
    _settings("prefix-number", "gives prefix as a number", DECODE,
              _networks(lambda n: {**n, "prefix": 32}), SURVIVE),
    _settings("dns-array", "gives dns as an array at the top", DECODE,
              lambda d: {**d, "dns": ["10.0.0.2"]}, SURVIVE),
    _settings("lun-number", "gives the ephemeral disk's lun as a number", DECODE,
              lambda d: {**d, "disks": {**d["disks"], "ephemeral": {"lun": 1}}}, SURVIVE),
    _settings("no-bus", "names no bus", "settings.tell-where-the-bus-is", lambda d: {**d, "mbus": ""}),
    _settings("persistent-at-birth", "names a persistent disk at creation", "settings.name-the-disks",
              lambda d: {**d, "disks": {**d["disks"], "persistent": {"d": "/dev/vdc"}}}),
    _settings("kernel-names", "names the ephemeral disk as the kernel does", "settings.name-the-disks",
              lambda d: {**d, "disks": {**d["disks"], "ephemeral": "/dev/nvme1n1"}}),
    _settings("renames-networks", "names the networks otherwise", "settings.networks-are-named-as-given",
              lambda d: {**d, "networks": {f"{name}-1": each for name, each in d["networks"].items()}}),
    _settings("no-dhcp", "gives a manual network neither use_dhcp nor mac", "settings.networks-configure-as-intended",
              _networks(lambda n: {k: v for k, v in n.items() if k != "use_dhcp"}), "", "Alicloud-Go v61"),
    _settings("known-env-only", "drops what it does not know of env", "settings.keep-env-whole", _known_env, "",
              "Alicloud-Go v61"),
    _settings("registry", "names a registry", "settings.hold-no-registry",
              lambda d: {**d, "registry": {"endpoint": "http://user:pw@host:25777"}}, "", "Alicloud-Go v61"),
    lie("attach-spoils", "spoils the settings when a disk is attached", SURVIVE).of_method("attach_disk", _attach_spoils),
    lie("encoded-user-data", "hands out base64 instead of JSON", "settings.name-the-agent",
        "settings.* vm.late-failure* sweep.*").of_method("create_vm", _encoded),
    lie("deaf-to-context", "ignores the CPI config", "config.context-overrides", "", "1.10 #7").of_cpi(_deaf_to_context),
)  # fmt: skip
