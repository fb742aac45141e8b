"""The fake's preflight: the model that other providers copy, and it makes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cpikit.commands import main


@pytest.fixture
def check(world: Any, capfd: Any, monkeypatch: Any) -> Any:
    """Status and lines of `cpikit check --online`."""
    monkeypatch.setattr("cpikit.commands.online.SystemClock", lambda _caller: world.clock)

    def run(cloud_config: object = None, *words: str, **section: Any) -> tuple[int, str]:
        world.write_config(**section)
        file = world.root / "cloud-config.yml"
        file.write_text(json.dumps(cloud_config or {}), "utf-8")
        before = (world.inventory(), world.names())
        more = ["--online", "--cloud-config", str(file), *words]
        status = main(["check", "--config", str(world.config), *more])
        assert world.inventory() == before[0]
        made = world.names()[len(before[1]) :]
        assert all(name.startswith("Describe") for name in made)
        return status, capfd.readouterr().out

    return run


def test_a_cloud_in_order_passes(world: Any, check: Any) -> None:
    stemcell = world.stemcell()
    config = {
        "azs": [{"name": "a", "cloud_properties": {"zone": "z2"}}],
        "vm_types": [{"name": "small", "cloud_properties": {"cpu": 1}}],
        "networks": [{"name": "n", "type": "dynamic", "azs": ["a"]}],
    }
    status, out = check(config, "--stemcell", stemcell)
    assert status == 0
    assert "ok    cloud: it answers, and has 0 servers" in out
    assert "ok    subnet 1 of network n: subnet (the flat one) is there" in out
    assert f"ok    stemcell {stemcell}: it is there" in out


@pytest.mark.parametrize(
    ("config", "words", "section", "told"),
    [
        (None, [], {"unreachable": True}, "cloud: DescribeServers failed"),
        (None, [], {"knobs": {"server_quota": 0}}, "servers: 0 of 0 are in use, wanted room"),
        (None, ["--stemcell", "img-gone"], {}, "stemcell img-gone: it does not exist"),
        (
            {"vm_types": [{"name": "a", "cloud_properties": {"zone": "z9"}}]},
            [],
            {},
            "vm_type a: zone z9 does not exist, wanted one of z1, z2, z3",
        ),
        (
            {
                "networks": [
                    {"name": "n", "type": "dynamic", "cloud_properties": {"subnet": "sub-gone"}}
                ]
            },
            [],
            {},
            "subnet 1 of network n: subnet sub-gone does not exist",
        ),
        (
            {
                "networks": [
                    {
                        "name": "n",
                        "managed": True,
                        "subnets": [
                            {"range": "10.0.0.0/24", "gateway": "10.0.0.1"}
                            | {"cloud_properties": {"zone": "z9"}}
                        ],
                    }
                ]
            },
            [],
            {},
            "subnet 1 of network n: zone z9 does not exist",
        ),
    ],
)
def test_what_is_missing_is_told(
    check: Any, config: object, words: list[str], section: dict[str, Any], told: str
) -> None:
    status, out = check(config, *words, **section)
    assert status == 1
    assert f"FAIL  {told}" in out
