"""The methods of the contract: their arguments, which of them are ids, who calls them.

Source: external_cpi_response_wrapper.rb (Director v283.1.6), cloud.go (CLI v7.10.6).
"""

from collections.abc import Mapping
from typing import Final

from attrs import frozen


@frozen
class Method:
    """One method, as the gate and the ledger need to know it."""

    name: str
    arguments: int
    ids: Mapping[int, str]
    makes: str = ""
    removes: str = ""
    cli: bool = False
    stemcell_version: bool = False
    optional: bool = False


def _method(
    name: str, arguments: int, ids: Mapping[int, str] | None = None, **rest: str | bool
) -> Method:
    return Method(name, arguments, ids or {}, **rest)  # type: ignore[arg-type]  # checked by attrs' own signature at import


_VM: Final = {0: "vm"}
_DISK: Final = {0: "disk"}
_BOTH: Final = {0: "vm", 1: "disk"}

METHODS: Final[Mapping[str, Method]] = {
    method.name: method
    for method in (
        _method("info", 0, cli=True),
        _method("create_stemcell", 2, makes="stemcell", cli=True),
        _method("delete_stemcell", 1, {0: "stemcell"}, removes="stemcell", cli=True),
        _method(
            "create_vm",
            6,
            {1: "stemcell", 4: "disks"},
            makes="vm",
            cli=True,
            stemcell_version=True,
        ),
        _method("delete_vm", 1, _VM, removes="vm", cli=True, stemcell_version=True),
        _method("has_vm", 1, _VM, cli=True),
        _method("reboot_vm", 1, _VM),
        _method("set_vm_metadata", 2, _VM, cli=True),
        _method("calculate_vm_cloud_properties", 1),
        _method("create_disk", 3, {2: "vm"}, makes="disk", cli=True),
        _method("delete_disk", 1, _DISK, removes="disk", cli=True),
        _method("has_disk", 1, _DISK),
        _method("attach_disk", 2, _BOTH, cli=True, stemcell_version=True),
        _method("detach_disk", 2, _BOTH, cli=True, stemcell_version=True),
        _method("get_disks", 1, _VM),
        _method("set_disk_metadata", 2, _DISK, cli=True),
        _method("resize_disk", 2, _DISK),
        _method("update_disk", 3, _DISK),
        _method("snapshot_disk", 2, _DISK, makes="snapshot"),
        _method("delete_snapshot", 1, {0: "snapshot"}, removes="snapshot"),
        _method("create_network", 1, makes="network"),
        _method("delete_network", 1, {0: "network"}, removes="network"),
        _method("ping", 0, optional=True),
        _method("current_vm_id", 0, optional=True),
        _method("configure_networks", 2, _VM, optional=True),
    )
}

# A name that the suite may send to any CPI, since no CPI can have it.
UNKNOWN_METHOD_PREFIX: Final = "cpikit_contracts_no_such_method_"
