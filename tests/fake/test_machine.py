"""Long random histories of cloud calls, against a model that is small enough to be right."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from cpikit.testing import VirtualClock
from cpikit_fake.cloud.endpoint import Endpoint
from cpikit_fake.cloud.failures import CloudFailure
from cpikit_fake.cloud.store import MemoryStore

IPS = ["10.0.0.5", "10.0.0.6"]


class CloudMachine(RuleBasedStateMachine):
    """Servers, volumes and their attachments, while time passes and states with it."""

    servers = Bundle("servers")
    volumes = Bundle("volumes")

    def __init__(self) -> None:
        super().__init__()
        self.clock = VirtualClock()
        self.store = MemoryStore()
        knobs = {"server_delete_s": 10, "volume_attach_s": 5, "volume_detach_s": 5}
        self.cloud = Endpoint(self.store, self.clock, knobs=knobs)
        self.image = self.cloud.send("RegisterImage", token="i", size=0, checksum="", tags={})["id"]
        self.tokens: dict[str, str] = {}
        self.held: dict[str, str] = {}  # server -> address, while it is not gone
        self.gone_at: dict[str, float] = {}
        self.sizes: dict[str, int] = {}
        self.asked = 0
        self.on: dict[str, str] = {}  # volume -> server

    def refused(self, name: str, **parameters: Any) -> str | None:
        """Send it; the code of the refusal, after which the cloud is as it was."""
        before = self.things()
        try:
            self.cloud.send(name, **parameters)
        except CloudFailure as refusal:
            assert self.things() == before
            return refusal.code
        return None

    def things(self) -> Any:
        with self.store.turn() as state:
            return {kind: state[kind] for kind in ("servers", "volumes", "tokens")}

    @rule(target=servers, token=st.sampled_from("abcd"), ip=st.sampled_from(IPS))
    def create_server(self, token: str, ip: str) -> Any:
        self.pass_on()
        nic = {
            "mac": "m",
            "addresses": [{"network": "n", "ip": ip, "prefix": None, "subnet": None}],
        }
        wanted = {"image": self.image, "cpu": 1, "ram": 1, "ephemeral": 0, "zone": "z1"}
        code = self.refused(
            "CreateServer", token=token, nics=[nic], vips=[], user_data="", tags={}, **wanted
        )
        if token in self.tokens:
            assert code is None
            return multiple()
        if ip in self.held.values():
            assert code == "AddressInUse"
            return multiple()
        assert code is None
        (made,) = [cid for cid in self.things()["servers"] if cid not in self.held]
        self.tokens[token] = made
        self.held[made] = ip
        return made

    @rule(server=servers)
    def delete_server(self, server: str) -> None:
        self.pass_on()
        code = self.refused("DeleteServer", server=server)
        assert code == (None if server in self.held else "ServerNotFound")
        if code is None:
            self.gone_at.setdefault(server, self.clock.elapsed_s + 10)

    @rule(target=volumes, size=st.integers(-1, 10))
    def create_volume(self, size: int) -> Any:
        self.asked += 1
        token = f"volume {self.asked}"
        code = self.refused("CreateVolume", token=token, size=size, type="x", zone="z1", tags={})
        if size < 1:
            assert code == "BadSize"
            return multiple()
        (made,) = [cid for cid in self.things()["volumes"] if cid not in self.sizes]
        self.sizes[made] = size
        return made

    @rule(server=servers, volume=volumes)
    def attach(self, server: str, volume: str) -> None:
        self.pass_on()
        code = self.refused("AttachVolume", server=server, volume=volume)
        if server not in self.held:
            assert code == "ServerNotFound"
        elif volume not in self.sizes:
            assert code == "VolumeNotFound"
        elif code is None:
            assert self.on.get(volume, server) == server
            self.on[volume] = server
        else:
            assert code in ("VolumeInUse", "Busy")
            assert volume in self.on or server in self.gone_at

    @rule(server=servers, volume=volumes)
    def detach(self, server: str, volume: str) -> None:
        self.pass_on()
        code = self.refused("DetachVolume", server=server, volume=volume)
        if volume not in self.sizes:
            assert code == "VolumeNotFound"
        elif self.on.get(volume) != server:
            assert code == "NotAttached"
        elif code is None:
            self.clock.sleep(5)
            self.pass_on()
            self.on.pop(volume, None)
        else:
            assert code == "Busy"

    @rule(volume=volumes)
    def delete_volume(self, volume: str) -> None:
        self.pass_on()
        code = self.refused("DeleteVolume", volume=volume)
        if volume not in self.sizes:
            assert code == "VolumeNotFound"
        elif volume in self.on:
            assert code == "VolumeInUse"
        else:
            assert code is None
            del self.sizes[volume]

    @rule(volume=volumes, size=st.integers(0, 20))
    def modify_volume(self, volume: str, size: int) -> None:
        self.pass_on()
        code = self.refused("ModifyVolume", volume=volume, size=size, type="y")
        if volume not in self.sizes:
            assert code == "VolumeNotFound"
        elif code is None:
            assert size >= self.sizes[volume]
            self.sizes[volume] = size
        else:
            assert code in ("BadSize", "CannotShrink", "Busy")

    @rule(seconds=st.sampled_from([1, 5, 20]))
    def time_passes(self, seconds: float) -> None:
        self.clock.sleep(seconds)

    def pass_on(self) -> None:
        """What the model knows of the time: servers go, and give back what they hold."""
        for server, at in list(self.gone_at.items()):
            if at <= self.clock.elapsed_s:
                del self.gone_at[server], self.held[server]
                self.on = {disk: vm for disk, vm in self.on.items() if vm != server}

    @invariant()
    def the_cloud_shows_what_the_model_holds(self) -> None:
        self.pass_on()
        servers = self.cloud.send("DescribeServers")["servers"]
        assert {one["id"]: one["nics"][0]["addresses"][0]["ip"] for one in servers} == self.held
        volumes = self.cloud.send("DescribeVolumes")["volumes"]
        assert {one["id"]: one["size"] for one in volumes} == self.sizes
        assert {one["id"]: one["attached_to"] for one in volumes if one["attached_to"]} == self.on


@pytest.mark.parametrize(
    ("examples", "steps"), [(60, 30), pytest.param(600, 60, marks=pytest.mark.slow)]
)
def test_any_history_of_calls_is_as_the_model_says(examples: int, steps: int) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        CloudMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=True,
            database=None,
            deadline=None,
        ),
    )
