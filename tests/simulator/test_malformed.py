"""Thousands of malformed requests: each gets a documented error, and memory stays flat."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cpikit_alicloud_simulator.client import ControlClient
from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.malformed_kit import KINDS, Maker, Malformed, code_of

MANY = 10_000
WARM = 2_000
FLAT_KIB = 24 * 1024
"""The journal keeps what it keeps; what 8,000 more requests may add beside it."""
CODE = re.compile(r"[A-Z][A-Za-z0-9]*(\.[A-Za-z0-9_]+)*")


def answered(connection: http.client.HTTPConnection, one: Malformed) -> tuple[int, str]:
    headers = {name: text.encode() for name, text in one.headers.items()}
    connection.request(one.method, one.path, one.body, headers)
    answer = connection.getresponse()
    return answer.status, code_of(answer.read())


def demand(one: Malformed, got: tuple[int, str]) -> None:
    """Hold an answer against what is documented; a junk value may meet any refusal but a 500."""
    if one.expected:
        assert got in one.expected, (one.kind, one.method, got, one.path[:300])
    else:
        assert got[0] < 500, (one.kind, got, one.path[:2000], one.body[:2000])
        assert CODE.fullmatch(got[1]) or got == (200, "ok"), (one.kind, got)


@pytest.fixture
def standing(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """Give the line of a server that is a process of its own."""
    world = [sys.executable, "-m", "cpikit_alicloud_simulator", "world"]
    up = subprocess.run([*world, "up", "--under", tmp_path], capture_output=True, check=True)
    yield json.loads(up.stdout)
    subprocess.run([*world, "down"], input=up.stdout, check=True)


def used_kib(pid: str) -> int:
    """Give the memory that a process has for itself."""
    text = Path(f"/proc/{pid}/status").read_text("utf-8")
    return int(text.partition("VmRSS:")[2].split()[0])


def test_some_malformed_requests_of_each_kind_get_their_error(alicloud: Simulator) -> None:
    maker = Maker(alicloud.account.id, alicloud.account.secret)
    connection = http.client.HTTPConnection(alicloud.host, timeout=60)
    for _ in range(15 * len(KINDS)):
        one = maker.make()
        demand(one, answered(connection, one))
    connection.close()
    alicloud.desk.journal.unserved.clear()  # actions of versions that no product has


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_ten_thousand_malformed_requests_leave_the_server_as_it_was(
    standing: dict[str, Any],
) -> None:
    maker = Maker(standing["vars"]["access_key_id"], standing["secrets"][0], seed=1)
    connection = http.client.HTTPConnection(standing["vars"]["host"], timeout=60)
    methods: Counter[str] = Counter()
    warm_kib = 0
    for number in range(MANY):
        one = maker.make()
        demand(one, answered(connection, one))
        methods[one.method] += 1
        if number == WARM:
            warm_kib = used_kib(standing["vars"]["pid"])
    connection.close()
    grown_kib = used_kib(standing["vars"]["pid"]) - warm_kib
    control = ControlClient.over_http(standing["control"])
    counts = control.counts()
    control.reset()  # it forgets the actions that no product has, which `world down` would tell
    assert counts["defects"] == []
    assert counts["calls"] >= MANY
    assert min(methods["GET"], methods["POST"]) > MANY / 3
    assert grown_kib < FLAT_KIB, f"{warm_kib} KiB after {WARM}, {grown_kib} KiB more after {MANY}"
