"""Many processes under one limit: they take turns without a daemon, and lose no time by it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cpikit.testing import InProcess, VirtualClock
from cpikit_alicloud import client
from cpikit_alicloud.provider import PROVIDER
from cpikit_alicloud.refusals import Refused
from cpikit_alicloud.turns import Turns, TurnTaking
from tests.alicloud.shared_time import SharedTime
from tests.alicloud.small_cloud import ENV, MANUAL, SECTION, VM, SmallCloud

PROCESSES = 50


class LimitedCloud(SmallCloud):
    """A cloud that takes so many calls of an action a minute."""

    limits: Mapping[str, int]
    counts: Counter[tuple[str, int]]
    answers: Counter[str]

    def send(
        self,
        keys: object,
        product: str,
        action: str,
        parameters: Mapping[str, str],
        *,
        is_read: bool,
    ) -> dict[str, Any]:
        window = (action, int(self.clock.elapsed_s // 60))
        self.counts[window] += 1
        if self.counts[window] > self.limits.get(action, 1000000):
            self.answers["throttled"] += 1
            raise Refused("Throttling.User", "too many", status=400)
        self.answers["ok"] += 1
        return super().send(keys, product, action, parameters, is_read=is_read)


class TimeOfAll(VirtualClock):
    """The shared time, as the cloud reads it."""

    def __init__(self, time: SharedTime) -> None:
        super().__init__()
        self._time = time

    @property
    def elapsed_s(self) -> float:
        return self._time.now_s

    @elapsed_s.setter
    def elapsed_s(self, _value: float) -> None:
        pass


def crowd(
    limits: Mapping[str, int], folder: Path | None
) -> tuple[LimitedCloud, SharedTime, list[Any]]:
    """Fifty processes that each create a VM; what they answered."""
    time = SharedTime()
    cloud = LimitedCloud(clock=TimeOfAll(time))
    cloud.limits, cloud.counts, cloud.answers = limits, Counter(), Counter()
    section = {**SECTION, **({"turns_dir": str(folder)} if folder else {})}
    answers: list[Any] = []

    def process(number: int) -> Any:
        def run(clock: VirtualClock) -> None:
            cpi = InProcess(
                PROVIDER, section, clock=clock, context={"request_id": f"cpi-{number:06d}"}
            )
            networks = {"net": {**MANUAL["net"], "ip": f"10.0.0.{10 + number}"}}
            agent = f"agent-{number}"
            answers.append(cpi.respond("create_vm", agent, "m-1", VM, networks, [], ENV))

        return run

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "SdkWire", lambda _config: cloud)
        time.run([process(number) for number in range(PROCESSES)])
    return cloud, time, answers


@pytest.mark.parametrize(
    ("limits", "bound_s"),
    [
        ({"RunInstances": 10}, 240.0),
        ({"RunInstances": 5}, 540.0),
        ({"DescribeInstances": 100}, 60.0),
        ({"RunInstances": 10, "DescribeInstances": 100}, 240.0),
    ],
)
def test_fifty_creates_under_a_limit(
    tmp_path: Path, limits: Mapping[str, int], bound_s: float
) -> None:
    cloud, time, answers = crowd(limits, tmp_path / "turns")
    assert [answer["error"] for answer in answers] == [None] * PROCESSES
    assert len(cloud.alive()) == PROCESSES
    assert cloud.answers["throttled"] * 5 <= cloud.answers["ok"] + cloud.answers["throttled"]
    assert time.now_s <= 1.5 * bound_s


def test_without_a_folder_all_succeed_too() -> None:
    _, _, answers = crowd({"RunInstances": 10}, None)
    assert [answer["error"] for answer in answers] == [None] * PROCESSES


def test_an_action_that_nobody_throttles_touches_no_file(tmp_path: Path) -> None:
    turns = Turns(str(tmp_path / "turns"), "account", VirtualClock(), lambda: 0.5)
    turns.take("Ecs.RunInstances")
    turns.answered("Ecs.RunInstances")
    assert not (tmp_path / "turns").exists()


def test_a_throttle_is_forgotten_after_a_while(tmp_path: Path) -> None:
    clock = VirtualClock()
    turns = Turns(str(tmp_path), "account", clock, lambda: 0.5)
    turns.throttled("Ecs.RunInstances")
    clock.elapsed_s += 400
    turns.take("Ecs.RunInstances")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"throttled_s": "x"}', "\0\0", "null"])
def test_a_spoilt_file_spoils_no_call(tmp_path: Path, text: str) -> None:
    clock = VirtualClock()
    turns = Turns(str(tmp_path), "account", clock, lambda: 0.5)
    turns.throttled("Ecs.RunInstances")
    (path,) = tmp_path.iterdir()
    path.write_text(text)
    turns.take("Ecs.RunInstances")
    assert clock.elapsed_s == 0


def test_the_folder_is_private_and_a_link_is_not_followed(tmp_path: Path) -> None:
    clock = VirtualClock()
    folder = tmp_path / "turns"
    turns = Turns(str(folder), "account", clock, lambda: 0.5)
    turns.throttled("Ecs.RunInstances")
    assert folder.stat().st_mode & 0o77 == 0
    (path,) = folder.iterdir()
    path.unlink()
    victim = tmp_path / "victim"
    victim.write_text("kept")
    path.symlink_to(victim)
    turns.throttled("Ecs.RunInstances")
    turns.take("Ecs.RunInstances")
    assert victim.read_text() == "kept"


def test_one_call_probes_and_opens_the_next_minute(tmp_path: Path) -> None:
    clock = VirtualClock()
    turns = Turns(str(tmp_path), "account", clock, lambda: 0.0)
    turns.throttled("A")
    turns.take("A")
    assert clock.elapsed_s >= 5
    turns.answered("A")
    (path,) = tmp_path.iterdir()
    assert json.loads(path.read_text())["is_shut"] is False


def test_the_wire_takes_turns_and_hands_on(tmp_path: Path) -> None:
    cloud = SmallCloud()
    wire = TurnTaking(cloud, Turns(str(tmp_path), "account", cloud.clock, lambda: 0.0))
    cloud.refuse("DescribeInstances", "Throttling", status=400)
    keys: Any = None
    with pytest.raises(Refused):
        wire.send(keys, "Ecs", "DescribeInstances", {}, is_read=True)
    wire.send(keys, "Ecs", "DescribeInstances", {}, is_read=True)
    assert cloud.clock.elapsed_s >= 5
