"""Put the simulator up with an environment's resources in it, and take it down again.

The ids are those of the metadata, and the CPI is a RAM user who may do what the Director's policy
allows: what runs here is what runs in a region.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ci.tooling import policy
from ci.tooling.failure import Failure, run

_READY_WITHIN_S = 30.0
_GONE_WITHIN_S = 10.0
_LOOK_S = 0.05
_ACCOUNT = "1000000000000001"
_OWNER, _DIRECTOR = "LTAI5tCpikitCiOwner00001", "LTAI5tCpikitCiDirector01"
_KEYS = ("ecs", "vpc", "slb", "nlb", "alb", "sts", "oss")


def main(words: Sequence[str]) -> None:
    """`up FOLDER` prints the world's line; `down` gets it on stdin."""
    match list(words):
        case ["up", folder]:
            sys.stdout.write(json.dumps(up(Path(folder))) + "\n")
        case ["down"]:
            down(json.load(sys.stdin))
        case _:
            raise Failure("usage: world up FOLDER | world down")


def up(folder: Path) -> dict[str, Any]:
    """Start the simulator, and write a cpi.json that leads to it; a failure leaves nothing."""
    home = Path(tempfile.mkdtemp(prefix="cpikit-ci-"))
    try:
        return put_up(folder, home)
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise


def put_up(folder: Path, home: Path) -> dict[str, Any]:
    """The world's line, when everything that it names is there."""
    world = home / "world.json"
    world.write_text(json.dumps(resources(folder)), "utf-8")
    ready = started(home, world)
    document = json.loads((folder / "cpi.json").read_text("utf-8"))
    section = document["cloud"]["properties"]["alicloud"]
    account = next(row for row in ready["accounts"] if row["access_key_id"] == _DIRECTOR)
    section |= {
        "credential_source": "static",
        "access_key_id": account["access_key_id"],
        "access_key_secret": account["access_key_secret"],
        "ca_file": ready["ca_file"],
        "waits": {"visibility_s": 0.05},  # what has just been made is seen at once here
        **{f"{product}_endpoint": ready["https"] for product in _KEYS},
    }
    config = home / "cpi.json"
    config.write_text(json.dumps(document), "utf-8")
    config.chmod(0o600)
    return {
        "vars": {"config": str(config)},
        "control": ready["control"],
        "env": {},
        "secrets": [account["access_key_secret"]],
        "pid": ready["pid"],
        "home": str(home),
        "there": inventory(ready["control"]),
    }


def started(home: Path, world: Path) -> dict[str, Any]:
    """A simulator in a process of its own, and what it says when it is ready."""
    file = home / "ready.json"
    command = [sys.executable, "-I", "-m", "cpikit_alicloud_simulator"]
    command += ["--world", str(world), "--ready-file", str(file), "--time", "scaled:60"]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    end = time.monotonic() + _READY_WITHIN_S
    while not file.exists():
        if process.poll() is not None or time.monotonic() > end:
            said = (home / "log").read_text("utf-8", "replace")[-2000:]
            process.kill()
            process.wait()
            raise Failure(f"the simulator is not ready after {_READY_WITHIN_S:g} s:\n{said}")
        time.sleep(_LOOK_S)
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


def inventory(control: str) -> list[str]:
    """What is in the world, each as its kind and its id."""
    with urllib.request.urlopen(f"{control}/inventory", timeout=_READY_WITHIN_S) as answer:  # noqa: S310  # our own, on loopback
        return sorted(f"{row['kind']} {row['id']}" for row in json.load(answer))


def down(line: Mapping[str, Any]) -> None:
    """End the simulator that the line names. Raises Failure when the run left something in it."""
    left: list[str] = []
    with contextlib.suppress(OSError):  # it has ended by itself
        left = sorted(set(inventory(line["control"])) - set(line["there"]))
    end(line)
    if left:
        raise Failure(f"the run left {len(left)} resources: {', '.join(left)}")


def end(line: Mapping[str, Any]) -> None:
    """End the process, and remove its folder."""
    with_pid = int(line["pid"])
    with contextlib.suppress(ProcessLookupError):  # it has ended by itself
        os.kill(with_pid, signal.SIGTERM)
    last = time.monotonic() + _GONE_WITHIN_S
    while Path(f"/proc/{with_pid}").exists() and time.monotonic() < last:
        time.sleep(_LOOK_S)
    shutil.rmtree(line["home"], ignore_errors=True)


def resources(folder: Path) -> dict[str, Any]:
    """The world file: everything of the environment that the suite's inputs name."""
    profile = tomllib.loads((folder / "contract.toml").read_text("utf-8"))
    section = json.loads((folder / "cpi.json").read_text("utf-8"))["cloud"]["properties"][
        "alicloud"
    ]
    inputs, networks = profile["inputs"], profile["inputs"]["networks"]
    region, zone = section["region"], section["availability_zone"]
    manual, dynamic = (networks[name]["cloud_properties"] for name in ("manual", "dynamic"))
    vpc = networks["managed"]["cloud_properties"]["vpc_id"]
    return {
        "region": region,
        "accounts": [account(section)],
        "buckets": [{"name": section["oss_bucket"], "region": region}],
        "resources": [
            {"kind": "vpc", "id": vpc, "cidr_block": "172.16.0.0/16"},
            *(
                {"kind": "vswitch", "id": each, "zone_id": zone, "vpc_id": vpc, "cidr_block": cidr}
                for each, cidr in (
                    (manual["vswitch_id"], "172.16.0.0/24"),
                    (dynamic["vswitch_id"], "172.16.2.0/24"),
                )
            ),
            {"kind": "securitygroup", "id": manual["security_group_ids"][0], "vpc_id": vpc},
            {"kind": "keypair", "id": "ssh-1", "name": inputs["vm"]["key_pair_name"]},
            {"kind": "image", "id": inputs["stemcell"]["image_id"][region]},
            {"kind": "eip", "ip_address": networks["vip"]["ips"][0]},
        ],
    }


def account(section: Mapping[str, Any]) -> dict[str, Any]:
    """The account with its own key, and the CPI's RAM user under the Director's policy."""
    names = {
        "region": section["region"],
        "vm_role": "cpikit-ci-vms",
        "stemcells_bucket": section["oss_bucket"],
    }
    document = policy.filled(policy.POLICY.read_text("utf-8"), names)
    owner = {"id": _OWNER, "secret": secrets.token_hex(15)}
    director = {"id": _DIRECTOR, "secret": secrets.token_hex(15), "principal": "user/director"}
    return {"id": _ACCOUNT, "keys": [owner, {**director, "policies": [document]}]}


if __name__ == "__main__":
    run(main)
