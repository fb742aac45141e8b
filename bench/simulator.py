"""The simulator under load: requests per second and memory in a world of ten thousand instances.

The server is a process of its own, asked over one kept connection with signed requests. A row says
what a call takes in a small world, in the large one, and the ratio: what is flat stays near 1.
Rounds are interleaved, so that a busy machine slows both worlds alike.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

SMALL = 100
LARGE = int(os.environ.get("INSTANCES", "10000"))
ROUNDS = int(os.environ.get("ROUNDS", "31"))
BURST = 500
NETS = 40
ZONE = "cn-hangzhou-b"
WORLD = [sys.executable, "-m", "cpikit_alicloud_simulator", "world"]
ASKED = [f"i-bench{number:06d}" for number in range(SMALL)]
CALLS: Mapping[str, Mapping[str, str]] = {
    "DescribeInstances": {"InstanceIds": json.dumps(ASKED), "PageSize": "100"},
    "DescribeDisks": {"InstanceId": ASKED[0]},
    "DescribeInstanceAttribute": {"InstanceId": ASKED[0]},
    "CreateDisk": {"ZoneId": ZONE, "DiskCategory": "cloud_essd", "Size": "20"},
    "DescribeRegions": {},
}


def declared(instances: int) -> dict[str, Any]:
    """A world file: an interface and three disks on each instance."""
    vpc = {"kind": "vpc", "id": "vpc-bench", "cidr_block": "10.0.0.0/8"}
    group = {"kind": "securitygroup", "id": "sg-bench", "vpc_id": "vpc-bench"}
    image = {"kind": "image", "id": "m-bench", "size_gib": 30}
    place = {"vpc_id": "vpc-bench", "zone_id": ZONE}
    nets = [
        {"kind": "vswitch", "id": f"vsw-{net}", "cidr_block": f"10.{net + 1}.0.0/16", **place}
        for net in range(NETS)
    ]
    machines = [each for number in range(instances) for each in machine(number, place)]
    return {"resources": [vpc, group, image, *nets, *machines]}


def machine(number: int, place: Mapping[str, str]) -> list[dict[str, Any]]:
    """One instance, its interface, a system disk and two data disks."""
    id_, net, host = f"i-bench{number:06d}", number % NETS, number // NETS + 1
    there = {**place, "vswitch_id": f"vsw-{net}"}
    address = f"10.{net + 1}.{host // 250}.{host % 250 + 1}"
    tags = {"cpikit-director": "bench", "index": str(number)}
    is_running = {"state": "Running", "type_id": "ecs.g6.large", "image_id": "m-bench"}
    of_it = {"instance_id": id_, "category": "cloud_essd", "size_gib": 40, "zone_id": ZONE}
    disks = [
        {
            "kind": "disk",
            "id": f"d-bench{number:06d}{letter}",
            "device": f"/dev/xvd{letter}",
            "type": "system" if letter == "a" else "data",
            **of_it,
        }
        for letter in "abc"
    ]
    card = {"kind": "eni", "instance_id": id_, "type": "Primary", "state": "InUse", **there}
    own = {"primary_ip": address, "security_group_ids": ["sg-bench"]}
    return [
        {"kind": "instance", "id": id_, "tags": tags, **is_running, **there},
        card | own,
        *disks,
    ]


class Served:
    """One server process and a kept connection to it."""

    def __init__(self, folder: str, instances: int) -> None:
        file = Path(folder) / f"{instances}.json"
        file.write_text(json.dumps(declared(instances)), encoding="utf-8")
        began = time.perf_counter()
        up = subprocess.run(
            [*WORLD, "up", "--under", folder, "--world", file], check=True, capture_output=True
        )
        self.started_s = time.perf_counter() - began
        self.line = json.loads(up.stdout)
        self._connection = http.client.HTTPConnection(self.line["vars"]["host"], timeout=60)

    def ask(self, action: str, parameters: Mapping[str, str]) -> float:
        """Seconds that one call takes; the request is signed before."""
        target = f"/?{self._signed(action, parameters)}"
        began = time.perf_counter()
        self._connection.request("GET", target)
        answer = self._connection.getresponse()
        body = answer.read()
        took_s = time.perf_counter() - began
        if answer.status != http.client.OK:
            raise RuntimeError(f"{action}: {answer.status} {body[:300]!r}")
        return took_s

    def _signed(self, action: str, parameters: Mapping[str, str]) -> str:
        values = {
            "Action": action,
            "Version": "2014-05-26",
            "Format": "JSON",
            "RegionId": "cn-hangzhou",
            "AccessKeyId": self.line["vars"]["access_key_id"],
            "Timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            "SignatureNonce": uuid.uuid4().hex,
            **parameters,
        }
        pairs = [f"{quote(n, safe='-_.~')}={quote(v, safe='-_.~')}" for n, v in values.items()]
        query = "&".join(sorted(pairs))
        text = f"GET&%2F&{quote(query, safe='-_.~')}"
        secret = f"{self.line['secrets'][0]}&"
        digest = hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()
        return f"{query}&Signature={quote(base64.b64encode(digest), safe='')}"

    def memory_mib(self) -> float:
        """What the process has for itself now; 0 where the system does not tell."""
        status = Path(f"/proc/{self.line['vars']['pid']}/status")
        if not status.exists():
            return 0.0
        return int(status.read_text("utf-8").partition("VmRSS:")[2].split()[0]) / 1024

    def down(self) -> None:
        """End it."""
        self._connection.close()
        subprocess.run([*WORLD, "down"], input=json.dumps(self.line).encode(), check=True)


def measured(worlds: list[Served]) -> None:
    """Print one row for each call: medians in both worlds, and their ratio."""
    sys.stdout.write("| call | small world, ms | large world, ms | ratio |\n|---|---|---|---|\n")
    for action, parameters in CALLS.items():
        took: list[list[float]] = [[], []]
        for _ in range(ROUNDS):
            for place, world in enumerate(worlds):
                took[place].append(world.ask(action, parameters) * 1000)
        small, large = (statistics.median(each) for each in took)
        what = f"{action} of 100 ids" if action == "DescribeInstances" else action
        sys.stdout.write(f"| {what} | {small:.2f} | {large:.2f} | {large / small:.2f} |\n")


def main() -> None:
    """Print the rows of `make bench`."""
    with tempfile.TemporaryDirectory() as folder:
        worlds: list[Served] = []
        try:
            worlds += [Served(folder, SMALL)]
            worlds += [Served(folder, LARGE)]
            measured(worlds)
            large = worlds[1]
            began = time.perf_counter()
            for number in range(BURST):
                large.ask("DescribeInstanceAttribute", {"InstanceId": f"i-bench{number:06d}"})
            rate = BURST / (time.perf_counter() - began)
            sys.stdout.write(
                f"\n{LARGE} instances and {3 * LARGE} disks: {rate:.0f} requests a second on one "
                f"connection, {large.memory_mib():.0f} MiB ({worlds[0].memory_mib():.0f} MiB with "
                f"{SMALL} instances), up in {large.started_s:.1f} s\n"
            )
        finally:
            for world in worlds:
                world.down()


if __name__ == "__main__":
    main()
