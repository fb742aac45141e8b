"""The Director's lists as the bosh CLI prints them, for tests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

Instances = Mapping[str, Sequence[tuple[str, str]]]


def table(keys: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """One list as `--json` prints it."""
    found = [dict(zip(keys, row, strict=True)) for row in rows]
    header = {key: key.replace("_", " ").title() for key in keys}
    tables = [{"Content": "", "Header": header, "Rows": found, "Notes": None}]
    return json.dumps({"Tables": tables, "Blocks": None, "Lines": ["Succeeded"]}).encode()


def written(
    instances: Instances,
    orphaned_disks: Iterable[str] = (),
    orphaned_vms: Iterable[str] = (),
    snapshots: Mapping[str, Iterable[str]] | None = None,
    stemcells: Iterable[str] = (),
) -> dict[str, bytes]:
    """All lists by file name: VMs and their disks of each deployment, and the rest."""
    detailed = "instance process_state az ips deployment state vm_cid disk_cids agent_id".split()
    lists = {
        "deployments.json": table(
            "name release_s stemcell_s team_s".split(), [(name, "", "", "") for name in instances]
        ),
        "disks.json": table(
            "disk_cid size deployment instance az orphaned_at".split(),
            [(cid, "1 GiB", "cf", "db/0", "z1", "-") for cid in orphaned_disks],
        ),
        "orphaned-vms.json": table(
            "vm_cid deployment instance az ips orphaned_at".split(),
            [(cid, "cf", "db/0", "z1", "-", "-") for cid in orphaned_vms],
        ),
        "stemcells.json": table(
            "name version os cpi cid".split(),
            [("ubuntu", "1.5*", "noble", "", cid) for cid in stemcells],
        ),
    }
    for name, rows in instances.items():
        lists[f"instances-{name}.json"] = table(
            detailed,
            [
                (f"job/{at}", "running", "z1", "", name, "started", vm, disks, "a")
                for at, (vm, disks) in enumerate(rows)
            ],
        )
        lists[f"snapshots-{name}.json"] = table(
            "instance cid created_at clean".split(),
            [("job/0", cid, "-", "true") for cid in (snapshots or {}).get(name, ())],
        )
    return lists
