"""Fifty processes create VMs at once under a rate limit of the simulator, without a daemon."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cpikit.testing import InProcess, VirtualClock
from cpikit_alicloud import client
from cpikit_alicloud.provider import PROVIDER
from tests.alicloud.shared_time import SharedTime
from tests.alicloud.simulated import ENV, IMAGE, VM, Simulated, SimulatedWire

PROCESSES = 50
MINUTE_S = 60.0
RUNS = {"product": "Ecs", "action": "RunInstances"}
READS = {"product": "Ecs", "action": "DescribeInstances"}


class Crowd:
    """Processes on one simulator, whose time is theirs."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, rates: list[Mapping[str, Any]]) -> None:
        self.life = Simulated(monkeypatch, rates=rates)
        self.time = SharedTime()
        self.answers: list[Any] = []
        self._told_s = 0.0
        inner = SimulatedWire(self.life.simulator)

        class Wire:
            """Lets the world's time pass before each call."""

            date = ""

            def send(_self, *arguments: Any, **more: Any) -> dict[str, Any]:  # noqa: N805  # the crowd is self
                self.pass_time()
                return inner.send(*arguments, **more)

        monkeypatch.setattr(client, "SdkWire", lambda _config: Wire())

    def pass_time(self) -> None:
        """The world is as late as the processes are."""
        self.life.simulator.clock.sleep(max(self.time.now_s - self._told_s, 0.0))
        self._told_s = self.time.now_s

    def create(self, folder: Path | None) -> None:
        """All of them at once, each with a VM of its own to make."""
        key = self.life.simulator.account
        section = {
            "region": self.life.simulator.world.region_id,
            "access_key_id": key.id,
            "access_key_secret": key.secret,
            **({"turns_dir": str(folder)} if folder else {}),
        }

        def process(number: int) -> Any:
            def run(clock: VirtualClock) -> None:
                context = {"request_id": f"cpi-{number:06d}"}
                cpi = InProcess(PROVIDER, section, clock=clock, context=context)
                networks = self.life.place.networks(f"10.0.0.{10 + number}")
                agent = f"agent-{number}"
                arguments: Any = (agent, IMAGE, VM, networks, [], ENV)
                self.answers.append(cpi.respond("create_vm", *arguments))

            return run

        self.time.run([process(number) for number in range(PROCESSES)])
        self.pass_time()

    def outcomes(self) -> tuple[int, int]:
        """How many calls there were, and how many of them were throttled."""
        calls = self.life.simulator.control.requests(limit=100_000)
        throttled = [one for one in calls if str(one["code"]).startswith("Throttling")]
        return len(calls), len(throttled)


@pytest.mark.parametrize(
    ("rates", "bound_s"),
    [
        ([{**RUNS, "calls": 10}], 4 * MINUTE_S),
        ([{**RUNS, "calls": 10}, {**READS, "calls": 100}], 4 * MINUTE_S),
    ],
    ids=["runs", "runs and reads"],
)
def test_fifty_creates_under_a_limit(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    rates: list[Mapping[str, Any]],
    bound_s: float,
) -> None:
    crowd = Crowd(monkeypatch, rates)
    crowd.create(tmp_path / "turns")
    assert [answer["error"] for answer in crowd.answers] == [None] * PROCESSES
    assert len(crowd.life.alive()) == PROCESSES
    calls, throttled = crowd.outcomes()
    assert throttled * 5 <= calls, (throttled, calls)
    assert crowd.time.now_s <= 1.5 * bound_s, crowd.time.now_s


def test_the_limit_is_one_that_naive_clients_break(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a folder for turns all succeed still, and more than a fifth of RunInstances fail."""
    crowd = Crowd(monkeypatch, [{**RUNS, "calls": 10}])
    crowd.create(None)
    assert [answer["error"] for answer in crowd.answers] == [None] * PROCESSES
    runs = [
        one
        for one in crowd.life.simulator.control.requests(limit=100_000)
        if one["name"] == "RunInstances"
    ]
    assert len([one for one in runs if one["code"] != "ok"]) * 5 > len(runs)
