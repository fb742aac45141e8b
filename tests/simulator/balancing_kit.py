"""Ask the simulator and hold each parameter and each answer against the SDK's schemas."""

from __future__ import annotations

import re
from typing import Any

import pytest
from attrs import frozen

from cpikit_alicloud_simulator import oracle
from cpikit_alicloud_simulator.accounts import AccessKey
from cpikit_alicloud_simulator.simulator import Simulator, flat
from cpikit_alicloud_simulator.wire import ApiError

WORLD: dict[str, Any] = {
    "resources": [
        {"kind": "vpc", "id": "vpc-a", "cidr_block": "10.0.0.0/16"},
        {"kind": "vpc", "id": "vpc-b", "cidr_block": "10.1.0.0/16"},
        {
            "kind": "vswitch",
            "id": "vsw-a",
            "vpc_id": "vpc-a",
            "zone_id": "cn-hangzhou-b",
            "cidr_block": "10.0.0.0/24",
        },
        *(
            {
                "kind": "instance",
                "id": id_,
                "state": state,
                "vpc_id": vpc_id,
                "vswitch_id": "vsw-a",
                "zone_id": "cn-hangzhou-b",
            }
            for id_, state, vpc_id in (
                ("i-one", "Running", "vpc-a"),
                ("i-two", "Running", "vpc-a"),
                ("i-off", "Stopped", "vpc-a"),
                ("i-new", "Starting", "vpc-a"),
                ("i-far", "Running", "vpc-b"),
            )
        ),
        {
            "kind": "eni",
            "id": "eni-one",
            "instance_id": "i-one",
            "vpc_id": "vpc-a",
            "vswitch_id": "vsw-a",
            "type": "Primary",
            "primary_ip": "10.0.0.10",
            "state": "InUse",
        },
    ]
}
_INDEX = re.compile(r"(?<=\.)[0-9]+(?=\.|$)")


@frozen
class Asker:
    """Calls actions; a parameter or an answer that the SDKs do not know fails the test."""

    simulator: Simulator

    def __call__(
        self, product: str, action: str, _key: AccessKey | None = None, **parameters: Any
    ) -> dict[str, Any]:
        unknown = [n for n in flat(parameters) if not oracle.accepts(product, action, n)]
        assert not unknown, f"{product}.{action}: no SDK sends {unknown}"
        answer = self.simulator.ask(product, action, _key, **parameters)
        assert not oracle.unknown_keys(product, action, answer)
        assert not oracle.wrong_types(product, action, answer)
        return answer

    def refused(
        self, product: str, action: str, _key: AccessKey | None = None, **parameters: Any
    ) -> tuple[int, str]:
        """Give status and code of a refusal."""
        with pytest.raises(ApiError) as found:
            self(product, action, _key, **parameters)
        return found.value.status, found.value.code


def unknown_parameters(product: str) -> list[str]:
    """Give the parameters that actions of a product honour and no SDK sends."""
    actions = Simulator().desk.catalogue.actions
    return [
        f"{action} {name}"
        for (its_product, action), declared in actions.items()
        if its_product == product
        for name in declared.parameters
        if not oracle.accepts(product, action, _INDEX.sub("1", name.replace(".N", ".1")))
    ]
