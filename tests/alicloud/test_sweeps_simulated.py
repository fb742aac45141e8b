"""Every call of the VM methods in every trouble, on the simulator: nothing leaks, nothing lies."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.alicloud.simulated import Simulated, knobs_off_default
from tests.alicloud.troubled import KILLS, TROUBLES

ALWAYS_FAIL = ("ecs.run_fails_late",)
Lives = Callable[[], Simulated]


def worlds() -> list[Any]:
    """The default one for every day; the other profiles, and one knob off at a time, when slow."""
    knobs = [{name: value} for name, value in knobs_off_default() if name not in ALWAYS_FAIL]
    others = [("slow", {}), ("instant", {}), *(("typical", knob) for knob in knobs)]
    return [
        pytest.param(("typical", {}), id="default"),
        *(pytest.param(other, id=str(other), marks=pytest.mark.slow) for other in others),
    ]


@pytest.fixture(params=worlds())
def lives(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Lives:
    profile, knobs = request.param
    return lambda: Simulated(monkeypatch, profile=profile, knobs=knobs)


def calls_of(life: Simulated, act: Callable[[Simulated], dict[str, Any]]) -> int:
    """How many calls an untroubled run makes."""
    life.calm()
    assert act(life)["error"] is None
    return len(life.wire.names)


def check_whole(life: Simulated, cid: str) -> None:
    """Exactly this VM is there, complete."""
    assert life.alive() == [cid]
    found = json.loads(life.simulator.control.user_data(cid))
    assert found["agent_id"]
    assert found["disks"]["ephemeral"].startswith("/dev/disk/by-id/")
    assert len(life.alive("disk")) == 2


@pytest.mark.parametrize("kind", TROUBLES)
def test_create_vm_in_every_trouble(lives: Lives, kind: str) -> None:
    total = calls_of(lives(), Simulated.create)
    for nth in range(1, total + 1):
        life = lives()
        life.trouble(kind, nth)
        answer = life.create()
        if kind in KILLS:
            life.calm()
            answer = life.create()
        if answer["error"] is None:
            check_whole(life, answer["result"][0])
        else:
            assert kind == "fails for good", (nth, life.wire.met, answer["error"])
            for cid in life.alive():
                assert cid in answer["error"]["message"]


@pytest.mark.parametrize("kind", KILLS)
def test_the_next_agent_after_a_kill(lives: Lives, kind: str) -> None:
    total = calls_of(lives(), Simulated.create)
    for nth in range(1, total + 1):
        life = lives()
        life.trouble(kind, nth)
        life.create()
        life.calm()
        left = life.alive()
        answer = life.create("agent-2")
        if left:
            assert left[0] in answer["error"]["message"]
            life.clock.sleep(1900)
            answer = life.create("agent-2")
        assert answer["error"] is None, (nth, answer["error"])
        check_whole(life, answer["result"][0])


@pytest.mark.parametrize("method", ["delete_vm", "has_vm", "reboot_vm", "set_vm_metadata"])
@pytest.mark.parametrize("kind", TROUBLES)
def test_the_other_methods_in_every_trouble(lives: Lives, kind: str, method: str) -> None:
    more = ({"name": "job/0", "director": "d"},) if method == "set_vm_metadata" else ()

    def prepared() -> Simulated:
        life = lives()
        assert life.create()["error"] is None
        life.calm()
        return life

    def run(life: Simulated) -> dict[str, Any]:
        return life.call(method, cid, *more)

    life = prepared()
    (cid,) = life.alive()
    total = calls_of(life, run)
    for nth in range(1, total + 1):
        life = prepared()
        (cid,) = life.alive()
        life.trouble(kind, nth)
        answer = run(life)
        if kind in KILLS or answer["error"] is not None:
            assert kind in ("fails for good", *KILLS), (nth, life.wire.met, answer["error"])
            life.calm()
            answer = run(life)
        assert answer["error"] is None, (nth, life.wire.met, answer["error"])
        if method == "delete_vm":
            assert life.alive() == []
            assert life.alive("disk") == []
        else:
            check_whole(life, cid)
