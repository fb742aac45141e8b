"""The toy's methods: things are files in state_dir, and `trick` names what goes wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpikit import Cpi, CreatedVm, Effect, Operation

if TYPE_CHECKING:
    from cpikit import CallContext, Cloud, Config
    from cpikit_toy.config import DiskProperties, ToyConfig, VmProperties


class ToyCpi(Cpi["VmProperties", "DiskProperties", Any, Any, Any]):
    """Makes files, and takes them back."""

    def __init__(self, config: Config[ToyConfig], context: CallContext, cloud: Cloud) -> None:
        self.config = config
        self.context = context
        self.cloud = cloud
        self.folder = Path(config.provider.state_dir)

    def has_vm(self, vm_cid: str) -> bool:
        self._play(vm_cid)
        return (self.folder / vm_cid).exists()

    def delete_vm(self, vm_cid: str) -> None:
        (self.folder / vm_cid).unlink(missing_ok=True)

    def create_disk(self, size: int, cloud_properties: DiskProperties, vm_cid: str | None) -> str:
        self._make("disk-1", "disk")
        self._play(cloud_properties.trick)
        return "disk-1"

    def create_vm(
        self,
        agent_id: str,
        stemcell_cid: str,
        cloud_properties: VmProperties,
        networks: dict[str, Any],
        disk_cids: list[str],
        env: dict[str, Any],
    ) -> CreatedVm:
        self._make("nic-1", "NIC")
        self._make("vm-1", "VM")
        self._play(cloud_properties.trick)
        return CreatedVm("vm-1", {name: one.echo(ip="10.0.0.5") for name, one in networks.items()})

    def _make(self, name: str, kind: str) -> None:
        file = self.folder / name
        operation = Operation(f"Create{kind}", Effect.TOKENED, resource=f"{kind} {name}")
        self.cloud(operation, lambda: file.write_text("made"))
        self.context.undo.push(f"{kind} {name}", lambda: self._remove(file))

    def _remove(self, file: Path) -> None:
        file.unlink(missing_ok=True)
        with (self.folder / "undone").open("a") as told:
            told.write(f"{file.name}\n")

    def _play(self, trick: str) -> None:
        from cpikit_toy.tricks import TRICKS

        if trick in TRICKS:
            TRICKS[trick](self)
