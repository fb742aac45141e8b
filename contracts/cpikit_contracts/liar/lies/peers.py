"""Lies that are told in the wild: what a caller can see of the Go CPI's weaknesses."""

# mypy: disable-error-code="method-assign, assignment"
# Replacing honest methods is what a lie is.

import json
import os
from typing import TYPE_CHECKING, Any

from cpikit_contracts.liar.cloud import CloudFault
from cpikit_contracts.liar.lies.kinds import lie
from cpikit_contracts.liar.lies.vms import _fail
from cpikit_contracts.liar.store import Json

if TYPE_CHECKING:
    from cpikit_contracts.liar.cpi import Cpi
    from cpikit_contracts.liar.process import Edge

GO = "Alicloud-Go v61"
SMALLEST_MIB = 20_480


def _attaches_elsewhere(cpi: "Cpi", honest: Any, vm: str, disk: str) -> Any:
    found = cpi._cloud(lambda: cpi.things.get("disk", disk))
    if found is not None and found["vm"] not in {None, vm}:
        return f"/dev/disk/by-id/virtio-{disk}"
    return honest(vm, disk)


def _attaches_hints(cpi: "Cpi", honest: Any, *arguments: Any) -> Any:
    vm, networks = honest(*arguments)
    for disk in arguments[4]:
        if cpi.things.get("disk", disk) is not None:
            cpi.things.attach(disk, vm)
            cpi.things.change("disk", disk, {"hinted": True})
    return [vm, networks]


def _refuses_hinted(cpi: "Cpi", honest: Any, vm: str, disk: str) -> Any:
    found = cpi._cloud(lambda: cpi.things.get("disk", disk)) or {}
    if found.get("hinted") and found["vm"] == vm:
        _fail("CloudError", f"disk {disk} is attached and was never put into the settings")
    return honest(vm, disk)


def _panics_on_odd_tags(cpi: "Cpi", honest: Any, vm: str, metadata: Json) -> Any:
    if not all(isinstance(value, str) for value in metadata.values()):
        os.write(2, b"panic: interface conversion: interface {} is float64, not string\n")
        os._exit(2)
    return honest(vm, metadata)


def _logs_its_config(edge: "Edge") -> None:
    honest = edge.respond

    def respond(raw: bytes) -> Json:
        edge.log(f"DEBUG - Read content {json.dumps(edge.config)}")
        return honest(raw)

    edge.respond = respond


def _shows_its_credentials(edge: "Edge") -> None:
    honest = edge.failure

    def failure(kind: str, message: str, request_id: str = "", ok_to_retry: bool = False) -> Json:
        if "Unreachable" in message:
            message += f" at ?Signature={edge.config['access_key_secret']}"
        return honest(kind, message, request_id, ok_to_retry)

    edge.failure = failure


def _wipes_settings(cpi: "Cpi", honest: Any, vm: str, disk: str) -> Any:
    hint = honest(vm, disk)
    try:
        settings = json.loads((cpi.things.get("vm", vm) or {}).get("user_data", "{}"))
    except CloudFault:
        settings = {}
    cpi.things.change("vm", vm, {"user_data": json.dumps({"agent_id": "", **settings})})
    return hint


def _not_ready(cpi: "Cpi", honest: Any, vm: str, disk: str) -> Any:
    found = cpi._cloud(lambda: cpi.things.get("disk", disk))
    if found is not None and not found.get("ready"):
        cpi.things.change("disk", disk, {"ready": True})
        _fail("CloudError", f"disk {disk} is Creating, wanted Available")
    return honest(vm, disk)


def _no_dynamic_address(cpi: "Cpi", honest: Any, *arguments: Any) -> Any:
    vm, networks = honest(*arguments)
    kept = {
        name: {key: value for key, value in network.items() if key != "ip"}
        if network["type"] == "dynamic"
        else network
        for name, network in networks.items()
    }
    return [vm, kept]


def _rounds_and_forgets(cpi: "Cpi", honest: Any, size: int, *rest: Any) -> Any:
    return honest(max(size, SMALLEST_MIB) if size < SMALLEST_MIB * 10 else size, *rest)


LIES = (
    lie("attaches-elsewhere", "says that a disk is attached which another VM has",
        "disk.attach-to-a-second-vm-is-refused", "model.*", GO).of_method("attach_disk", _attaches_elsewhere),
    lie("attaches-hints", "attaches hinted disks and then refuses to attach them",
        "vm.disk-hints-are-only-hints", "order.*", GO)
    .of_method("create_vm", _attaches_hints).of_method("attach_disk", _refuses_hinted),
    lie("panics-on-odd-tags", "ends by a panic on tags that are no text", "metadata.any-type-is-taken",
        "process.* order.* repeat.* metadata.*", GO).of_method("set_vm_metadata", _panics_on_odd_tags),
    lie("logs-its-config", "logs its whole configuration on every call", "secret.stays-out-of-every-answer",
        "log.names-the-request secret.stays-out-of-real-calls", GO).at_edge(_logs_its_config),
    lie("shows-its-credentials", "shows its signature when the cloud cannot be reached",
        "secret.stays-out-of-every-answer", "", GO).at_edge(_shows_its_credentials),
    lie("wipes-settings", "writes empty settings when it could not read them", "sweep.settings-survive",
        "sweep.* leak.*", GO).of_method("attach_disk", _wipes_settings),
    lie("disks-not-ready", "answers create_disk before the disk can be attached",
        "disk.attach-answers-a-hint",
        "vm.* disk.* metadata.* settings.* snapshot.* budget.* repeat.* order.* model.* sweep.*", GO)
    .of_method("attach_disk", _not_ready),
    lie("no-dynamic-address", "does not say which address a dynamic network got", "vm.networks-are-echoed", "", GO)
    .of_method("create_vm", _no_dynamic_address),
    lie("rounds-and-forgets", "makes a larger disk and refuses to grow it to what was asked for",
        "disk.resize-grows", "disk.* model.* sweep.* order.*", GO).of_method("create_disk", _rounds_and_forgets),
    lie("lists-every-disk", "lists the system disk among the persistent ones",
        "disk.get-disks-lists-what-is-attached", "model.*", GO)
    .of_method("get_disks", lambda cpi, honest, vm: [*honest(vm), "disk-of-the-system"]),
)  # fmt: skip
