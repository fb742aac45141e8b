"""From an environment's metadata to what the judge needs: a contract.toml and two cpi.json.

The judge runs the provider that is checked out, as this environment's Director would: by the role
of the instance it runs on in a region, by a key that only the simulator knows on the simulator.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ci.tooling.failure import Failure, run
from ci.tooling.metadata import read, value

NTP = ["ntp.cloud.aliyuncs.com"]
UNKNOWN = {
    "vm": "i-cpikitci000000000000",
    "disk": "d-cpikitci000000000000",
    "stemcell": "m-cpikitci000000000000",
    "snapshot": "s-cpikitci000000000000",
    "network": "vsw-cpikitci0000000000",
}
CONTEXT = {"access_key_id": "nobody"}
"""A CPI config's properties that have to win over cpi.json's: a worker's role has none."""
GAPS = {
    "current_vm_id": {
        "degree": "cannot",
        "reason": "the CPI may run outside of the cloud, on no VM of it",
    }
}
DEAD = "127.0.0.1:9"  # the port of discard: nothing answers


def main(words: Sequence[str]) -> None:
    """Write contract.toml, cpi.json and dead.json."""
    parser = argparse.ArgumentParser(prog="profile", description=__doc__)
    parser.add_argument("--metadata", type=Path, required=True)
    parser.add_argument("--against", choices=["region", "simulator"], required=True)
    parser.add_argument("--stemcell", required=True, help="the image id of a light stemcell")
    parser.add_argument("--live", metavar="ENV_NAME", help="the environment that may be worked in")
    parser.add_argument("--output", type=Path, required=True)
    given = parser.parse_args(words)
    metadata = read(given.metadata)
    is_live = given.against == "region"
    if is_live and given.live != value(metadata, "env_name"):
        raise Failure(
            f"--live is {given.live!r}, wanted {value(metadata, 'env_name')!r}: name the "
            "environment of the metadata to have real, paid resources made in it"
        )
    given.output.mkdir(parents=True, exist_ok=True)
    files = {
        "cpi.json": json.dumps(cpi_json(metadata), indent=1),
        "dead.json": json.dumps(dead_json(metadata), indent=1),
        "contract.toml": contract(metadata, given.stemcell, given.output, is_live=is_live),
    }
    for name, text in files.items():
        (given.output / name).write_text(text + "\n", "utf-8")


def cpi_json(metadata: Mapping[str, str]) -> dict[str, Any]:
    """The configuration for the region: no key, since the worker has a role."""
    section = {
        "region": value(metadata, "region"),
        "availability_zone": value(metadata, "zone"),
        "credential_source": "ecs_ram_role",
        "oss_bucket": value(metadata, "stemcells_bucket"),
    }
    return document(section)


def dead_json(metadata: Mapping[str, str]) -> dict[str, Any]:
    """The same with keys that nobody gave, and endpoints that nobody listens on."""
    section: dict[str, Any] = {
        "region": value(metadata, "region"),
        "availability_zone": value(metadata, "zone"),
        "access_key_id": "dead",
        "access_key_secret": "dead",
    }
    for product in ("ecs", "vpc", "slb", "nlb", "alb", "sts", "oss"):
        section[f"{product}_endpoint"] = f"https://{DEAD}"
    return document(section)


def document(section: Mapping[str, Any]) -> dict[str, Any]:
    """A cpi.json around the provider's section."""
    agent = {"ntp": NTP, "mbus": "nats://nats:nats@127.0.0.1:4222", "blobstore": {}}
    properties = {"alicloud": {**section, "unknown_properties": "fail"}, "agent": agent}
    return {"cloud": {"plugin": "alicloud", "properties": properties}}


def contract(metadata: Mapping[str, str], stemcell: str, folder: Path, *, is_live: bool) -> str:
    """The profile, as TOML; paths in it are absolute, since the judge starts anywhere."""
    python = [sys.executable, "-I", "-m", "cpikit", "--config"]
    own = str(folder.resolve() / "cpi.json") if is_live else "{config}"
    world: dict[str, Any] = {"live": is_live}
    if not is_live:
        tool = [sys.executable, "-P", "-m", "ci.tooling.world"]
        world["up"] = [*tool, "up", str(folder.resolve())]
        world["down"] = [*tool, "down"]
    tables: dict[str, Mapping[str, Any]] = {
        "cpi": {"command": [*python, own], "idempotent": ["create_vm"]},
        "dead": {"command": [*python, str(folder.resolve() / "dead.json")]},
        "unknown": UNKNOWN,
        "world": world,
        "inputs": inputs(metadata, stemcell) | ({} if is_live else {"context": CONTEXT}),
        "inputs.networks": networks(metadata),
        "limits": {"resources": 12} if is_live else {},
        "gaps": GAPS,
    }
    lines = ['rules = "1"']
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{key} = {toml(item)}" for key, item in table.items())]
    return "\n".join(lines)


def inputs(metadata: Mapping[str, str], stemcell: str) -> dict[str, Any]:
    """What the suite sends."""
    return {
        "stemcell": {
            "name": "bosh-alicloud-kvm-ubuntu-noble",
            "version": "1.1",
            "image_id": {value(metadata, "region"): stemcell},
        },
        "vm": {
            "instance_type": value(metadata, "instance_type"),
            "availability_zone": value(metadata, "zone"),
            "key_pair_name": value(metadata, "key_pair_name"),
            "ephemeral_disk": {"size": 20480, "category": "cloud_essd"},
        },
        "bad_vm": {
            "instance_type": "ecs.none.large",
            "availability_zone": value(metadata, "zone"),
        },
        "disk": {"category": "cloud_essd"},
        "disk_size_mib": 20480,
        "env": {"bosh": {"group": f"{value(metadata, 'env_name')}-contracts"}},
    }


def networks(metadata: Mapping[str, str]) -> dict[str, Any]:
    """A manual and a dynamic network, and a vip."""
    first, last = map(ipaddress.ip_address, value(metadata, "static_range").split("-"))
    addresses = [str(first + step) for step in range(int(last) - int(first) + 1)]
    group = [value(metadata, "security_group_id")]
    return {
        "manual": {
            "netmask": str(ipaddress.ip_network(value(metadata, "internal_cidr")).netmask),
            "gateway": value(metadata, "internal_gw"),
            "dns": ["100.100.2.136", "100.100.2.138"],  # the resolvers of every VPC
            "cloud_properties": {
                "vswitch_id": value(metadata, "vswitch_id"),
                "security_group_ids": group,
            },
            "ips": addresses,
        },
        "dynamic": {
            "cloud_properties": {
                "vswitch_id": value(metadata, "dynamic_vswitch_id"),
                "security_group_ids": group,
            }
        },
        "vip": {"cloud_properties": {}, "ips": [value(metadata, "deployment_eip")]},
        "managed": {
            "range": "172.16.48.0/24",  # in the VPC of terraform/network.tf, in no vSwitch of it
            "gateway": "172.16.48.1",
            "cloud_properties": {
                "vpc_id": value(metadata, "vpc_id"),
                "availability_zone": value(metadata, "zone"),
            },
        },
    }


def toml(item: Any) -> str:
    """A value as TOML writes it. JSON's numbers and truths are TOML's as well."""
    if isinstance(item, Mapping):
        return "{ " + ", ".join(f"{toml(str(k))} = {toml(v)}" for k, v in item.items()) + " }"
    if isinstance(item, list):
        return "[" + ", ".join(toml(one) for one in item) + "]"
    if isinstance(item, str):  # a pair of surrogates, or a bare DEL, is no TOML
        return json.dumps(item, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(item)


if __name__ == "__main__":
    run(main)
