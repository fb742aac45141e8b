"""What each method of the Alibaba Cloud provider costs: cloud calls, polls, time, CPU, memory.

Calls, polls and the world's seconds come from a life in virtual time on profile `typical`, the one
that the tests hold to budgets (tests/alicloud/costs.py). CPU and peak memory are those of real
processes, installed and started as the BOSH release does it, over loopback HTTP on profile
`instant`: medians of ROUNDS lives, for they depend on the machine and counts do not.
"""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cold_start

ROUNDS = int(os.environ.get("ROUNDS", "5"))
PROFILE = cold_start.ROOT / "providers/alicloud/contract"
WORLD = [sys.executable, "-m", "cpikit_alicloud_simulator", "world"]
ESSD = {"category": "cloud_essd"}
VM = {
    "instance_type": "ecs.g7.large",
    "availability_zone": "eu-central-1a",
    "ephemeral_disk": {"size": 20480, **ESSD},
}
NETWORK = {
    "vswitch_id": "vsw-fakefakefakefakefa01",
    "security_group_ids": ["sg-fakefakefakefakefa01"],
}
NETWORKS = {"a": {"type": "dynamic", "default": ["dns", "gateway"], "cloud_properties": NETWORK}}
LIGHT = {"image_id": {"eu-central-1": "m-gw8fakefakefakefake02"}}
HEAVY = {"name": "stemcell", "version": "1", "disk": 5120, "disk_format": "raw"}
MANAGED = {
    "type": "manual",
    "netmask_bits": 24,
    "cloud_properties": {"vpc_id": "vpc-fakefakefakefakefa01"},
}


@contextlib.contextmanager
def world() -> Iterator[dict[str, Any]]:
    """A simulator that lives as long as this context, and a cpi.json that leads to it."""
    files = [f"config={PROFILE / 'cpi.json'}"]
    up = [*WORLD, "up", "--world", "contracts", "--file", *files]
    line = subprocess.run(up, capture_output=True, check=True).stdout
    try:
        yield json.loads(line)
    finally:
        subprocess.run([*WORLD, "down"], input=line, check=True)


class Processes:
    """Runs a life as processes, and keeps what each of them took."""

    def __init__(self, config: Path) -> None:
        self._command = cold_start.starters(config)["python -I -S"]
        self.cpu_s: dict[str, list[float]] = {}
        self.peak_kib: dict[str, int] = {}

    def call(self, step: str, *arguments: Any) -> Any:
        """The result of a step, which must succeed."""
        stdin = cold_start.request(step.split(",", maxsplit=1)[0], *arguments)
        before = os.times()
        _, kib, answer = cold_start.run(self._command, stdin)
        after = os.times()
        if answer.get("error") is not None:
            raise SystemExit(f"{step} was answered {answer['error']}")
        spent = after.children_user - before.children_user
        spent += after.children_system - before.children_system
        self.cpu_s.setdefault(step, []).append(spent)
        self.peak_kib[step] = max(self.peak_kib.get(step, 0), kib)
        return answer["result"]

    def live(self, number: int) -> None:
        """One life of every method; the number makes its agent another one."""
        call = self.call
        call("info")
        call("ping")
        call("calculate_vm_cloud_properties", {"cpu": 2, "ram": 4096, "ephemeral_disk_size": 1024})
        call("create_stemcell, light", str(PROFILE / "stemcell.tgz"), LIGHT)
        stemcell = call("create_stemcell, heavy", str(PROFILE / "stemcell.tgz"), HEAVY)
        vm, _ = call("create_vm", f"agent-{number}", stemcell, VM, NETWORKS, [], {})
        call("set_vm_metadata", vm, {"name": "web/0", "deployment": "bench"})
        call("has_vm", vm)
        self._live_of_a_disk(vm)
        call("reboot_vm", vm)
        call("delete_vm, a disk attached", vm)
        call("delete_stemcell", stemcell)
        network, *_ = call("create_network", MANAGED)
        call("delete_network", network)

    def _live_of_a_disk(self, vm: str) -> None:
        call = self.call
        disk = call("create_disk", 20480, ESSD, vm)
        call("set_disk_metadata", disk, {"deployment": "bench"})
        call("attach_disk", vm, disk)
        call("get_disks", vm)
        call("delete_snapshot", call("snapshot_disk", disk, {"index": 0}))
        call("detach_disk", vm, disk)
        call("resize_disk", disk, 40960)
        call("update_disk, as it is", disk, 40960, ESSD)
        call("has_disk", disk)
        call("delete_disk", disk)


def counted() -> dict[str, Any]:
    """The life in virtual time."""
    # 40 MiB, which the kernel would count among the peak of every process that is started after it.
    import pytest

    sys.path.insert(0, str(cold_start.ROOT))
    from tests.alicloud.costs import Costs

    with pytest.MonkeyPatch.context() as patched:
        return {cost.step: cost for cost in Costs(patched).all()}


def main() -> None:
    """Install where nothing is installed yet, live, print."""
    if not cold_start.HOME.exists():
        cold_start.install()
    with world() as line:
        processes = Processes(Path(line["vars"]["config"]))
        for number in range(ROUNDS):
            processes.live(number)
    costs = counted()
    sys.stdout.write(
        f"{'':42}{'calls':>6}{'polls':>6}{'world s':>9}{'cpu ms':>8}{'peak MiB':>10}\n"
    )
    for step in [*costs, *(set(processes.cpu_s) - costs.keys())]:
        cost, spent = costs.get(step), processes.cpu_s.get(step)
        row = f"{len(cost.calls):6}{cost.polls:6}{cost.seconds:9.1f}" if cost else f"{'':21}"
        if spent:
            row += f"{statistics.median(spent) * 1000:8.0f}{processes.peak_kib[step] / 1024:10.0f}"
        sys.stdout.write(f"{step:42}{row}\n")
    sys.stdout.write(
        f"calls: a wait is one; polls: its further looks; world s: on profile typical; cpu, peak: "
        f"{ROUNDS} lives of real processes\n"
    )


if __name__ == "__main__":
    main()
