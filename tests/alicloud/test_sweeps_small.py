"""Every call of the VM methods in every trouble, in a small cloud: nothing leaks, nothing lies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.alicloud.small_cloud import ENV, MANUAL, VM, SmallCloud
from tests.alicloud.troubled import KILLS, TROUBLES, Killed, TroubledWire

EIP = {
    "AllocationId": "eip-1",
    "IpAddress": "203.0.113.5",
    "Status": "Available",
    "InstanceId": "",
}
NETWORKS = {**MANUAL, "vip": {"type": "vip", "ip": "203.0.113.5", "cloud_properties": {}}}
FULL = {
    **VM,
    "instance_type": ["ecs.g7.large", "ecs.c7.large"],
    "slb_server_group": ["rsp-1"],
    "nlb_server_groups": [{"server_group_id": "sgp-1", "port": 80}],
}


class Life:
    """One world with one CPI in it, whose wire is troubled."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **knobs: Any) -> None:
        self.cloud = SmallCloud(**knobs)
        self.cloud.eips["eip-1"] = dict(EIP)
        self.wire = TroubledWire(self.cloud)
        self.count = 0
        monkeypatch.setattr("cpikit_alicloud.client.SdkWire", lambda *_: self.wire)

    def call(self, method: str, *arguments: object) -> dict[str, Any]:
        """A response, or one that says that the process was killed."""
        self.count += 1
        try:
            return self.cloud.cpi().respond(method, *arguments, request_id=f"cpi-{self.count:06d}")
        except Killed:
            return {"result": None, "error": {"message": "killed", "ok_to_retry": False}}

    def create(self, agent: str = "agent-1") -> dict[str, Any]:
        return self.call("create_vm", agent, "m-1", FULL, NETWORKS, [], ENV)

    def calm(self) -> None:
        """No trouble from here on; whoever was killed is another process now."""
        self.wire = TroubledWire(self.cloud)

    def trouble(self, kind: str, nth: int) -> None:
        self.wire = TroubledWire(self.cloud, trouble=kind, nth=nth)


KNOBS: dict[str, dict[str, Any]] = {
    "default": {},
    "user data of stopped VMs only": {"refuses_user_data_unless_stopped": True},
    "visible late": {"visibility_s": 5.0},
    "nvme": {"nvme": "required"},
}


@pytest.fixture(
    params=[
        knob if knob == "default" else pytest.param(knob, marks=pytest.mark.slow) for knob in KNOBS
    ]
)
def lives(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Callable[[], Life]:
    """New worlds, with one knob off its default."""
    return lambda: Life(monkeypatch, **KNOBS[request.param])


def calls_of(life: Life, act: Callable[[Life], dict[str, Any]]) -> int:
    """How many calls an untroubled run makes."""
    life.calm()
    assert act(life)["error"] is None
    return len(life.wire.names)


def check_whole(life: Life, cid: str) -> None:
    """Exactly this VM is there, complete."""
    assert life.cloud.alive() == [cid]
    assert life.cloud.settings(cid)["agent_id"]
    assert life.cloud.settings(cid)["disks"]["ephemeral"].startswith("/dev/disk/by-id/")
    assert life.cloud.eips["eip-1"]["InstanceId"] == cid
    assert {member[1:] for member in life.cloud.members} == {
        ("rsp-1", cid, "33333"),
        ("sgp-1", cid, "80"),
    }


def check_nothing(life: Life, message: str) -> None:
    """Nothing is there but what the error names."""
    for cid in life.cloud.alive():
        assert cid in message
    if not life.cloud.alive():
        assert life.cloud.members == set()
        assert life.cloud.eips["eip-1"]["InstanceId"] == ""


@pytest.mark.parametrize("kind", TROUBLES)
def test_create_vm_in_every_trouble(lives: Callable[[], Life], kind: str) -> None:
    total = calls_of(lives(), Life.create)
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
            check_nothing(life, answer["error"]["message"])


@pytest.mark.parametrize("kind", KILLS)
def test_the_next_agent_after_a_kill(lives: Callable[[], Life], kind: str) -> None:
    total = calls_of(lives(), Life.create)
    for nth in range(1, total + 1):
        life = lives()
        life.trouble(kind, nth)
        life.create()
        life.calm()
        left = life.cloud.alive()
        answer = life.create("agent-2")
        if left:
            assert left[0] in answer["error"]["message"]
            life.cloud.clock.sleep(1900)
            answer = life.create("agent-2")
        assert answer["error"] is None, (nth, answer["error"])
        check_whole(life, answer["result"][0])


@pytest.mark.parametrize("kind", TROUBLES)
def test_delete_vm_in_every_trouble(lives: Callable[[], Life], kind: str) -> None:
    def run(life: Life) -> dict[str, Any]:
        return life.call("delete_vm", life.cloud.alive()[0])

    def prepared() -> Life:
        life = lives()
        assert life.create()["error"] is None
        life.calm()
        return life

    total = calls_of(prepared(), run)
    for nth in range(1, total + 1):
        life = prepared()
        (cid,) = life.cloud.alive()
        life.trouble(kind, nth)
        answer = run(life)
        if answer["error"] is not None:
            assert kind in ("fails for good", *KILLS), (nth, life.wire.met, answer["error"])
            life.calm()
            assert life.call("delete_vm", cid)["error"] is None
        assert life.cloud.alive() == []
        assert life.cloud.disks == {}
        assert life.cloud.members == set()
        assert life.cloud.eips["eip-1"]["InstanceId"] == ""


@pytest.mark.parametrize("method", ["has_vm", "reboot_vm", "set_vm_metadata", "get_disks"])
@pytest.mark.parametrize("kind", TROUBLES)
def test_the_other_methods_in_every_trouble(
    lives: Callable[[], Life], kind: str, method: str
) -> None:
    more = ({"name": "job/0", "director": "d"},) if method == "set_vm_metadata" else ()

    def prepared() -> Life:
        life = lives()
        assert life.create()["error"] is None
        life.calm()
        return life

    def run(life: Life) -> dict[str, Any]:
        return life.call(method, life.cloud.alive()[0], *more)

    total = calls_of(prepared(), run)
    for nth in range(1, total + 1):
        life = prepared()
        life.trouble(kind, nth)
        answer = run(life)
        if kind in KILLS:
            life.calm()
            answer = run(life)
        is_expected = kind == "fails for good"
        assert (answer["error"] is not None) == is_expected, (nth, life.wire.met, answer)
        check_whole(life, life.cloud.alive()[0])
