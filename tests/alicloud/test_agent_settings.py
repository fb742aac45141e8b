"""The settings document, held against the types that the agent parses."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpikit.config import Agent
from cpikit.errors import CpiError
from cpikit.redaction import Secret
from cpikit.types import Network
from cpikit_alicloud import agent_settings

FIXED = settings(derandomize=True, database=None, max_examples=100, deadline=None)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
AGENT = Agent(mbus=Secret("nats://u:p@10.0.0.6:4222"), ntp=["ntp1"], blobstore={"provider": "dav"})


def network(**raw: Any) -> Network[Any]:
    return Network(type=str(raw["type"]), cloud_properties=None, raw=raw)


def document(env: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    nets = {"n": network(type="manual", ip="10.0.0.5", prefix=32, cloud_properties={"x": 1})}
    return agent_settings.document(
        agent_id="agent-1", agent=AGENT, networks=more.pop("networks", nets), env=env or {}, **more
    )


@FIXED
@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_env_reaches_the_agent_untouched(env: dict[str, Any]) -> None:
    encoded = agent_settings.encoded(document(env))
    assert json.loads(b64decode(encoded))["env"] == env


@FIXED
@given(st.text(), st.binary())
def test_anything_is_decoded_or_refused(text: str, data: bytes) -> None:
    agent_settings.decoded(text)
    agent_settings.decoded(data.decode("latin-1"))


def test_types_are_the_agents() -> None:
    settings = document(ephemeral="/dev/disk/by-id/virtio-x", macs={"n": "00:16:3e:00:00:01"})
    assert isinstance(settings["disks"]["system"], str)
    assert settings["disks"]["persistent"] == {}
    assert settings["networks"]["n"]["prefix"] == "32"
    assert settings["networks"]["n"]["use_dhcp"] is True
    assert settings["networks"]["n"]["mac"] == "00:16:3e:00:00:01"
    assert "cloud_properties" not in settings["networks"]["n"]
    assert settings["mbus"].startswith("nats://")


def test_a_vip_has_no_gateway_and_no_dhcp() -> None:
    found = document(networks={"v": network(type="vip", ip="203.0.113.5", gateway="1.2.3.4")})
    assert found["networks"]["v"] == {"type": "vip", "ip": "203.0.113.5"}


def test_no_kernel_device_name_stands_for_an_ephemeral_disk() -> None:
    assert "ephemeral" not in document()["disks"]


def test_too_large_settings_say_how_large_env_is() -> None:
    with pytest.raises(CpiError, match="env alone takes"):
        agent_settings.encoded(document({"x": "y" * 33000}))


def test_unfinished_settings_are_refused_by_an_agent() -> None:
    found = agent_settings.decoded(agent_settings.UNFINISHED)
    assert found is not None
    assert "agent_id" not in found
