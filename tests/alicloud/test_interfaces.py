"""Which interface of a VM is which network, in whatever order the cloud lists them."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from cpikit.errors import CloudError
from cpikit_alicloud.interfaces import macs
from cpikit_alicloud.networks import Nic

NICS = [
    Nic(("first",), ("vsw-1",), ("sg-1",)),
    Nic(("second", "second_too"), ("vsw-1",), ("sg-2",)),
    Nic(("third",), ("vsw-1",), ("sg-3",)),
]
FIRST = {"Type": "Primary", "VSwitchId": "vsw-1", "MacAddress": "m1", "NetworkInterfaceId": "e-1"}
SECOND = {**FIRST, "Type": "Secondary", "MacAddress": "m2", "NetworkInterfaceId": "e-2"}
THIRD = {**SECOND, "MacAddress": "m3", "NetworkInterfaceId": "e-3"}
WANTED = {"first": "m1", "second": "m2", "second_too": "m2", "third": "m3"}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_dynamic_networks_on_one_vswitch_are_told_apart_by_name(order: tuple[int, ...]) -> None:
    named: list[dict[str, Any]] = [
        {**FIRST, "NetworkInterfaceName": "first"},
        {**SECOND, "NetworkInterfaceName": "second"},
        {**THIRD, "NetworkInterfaceName": "third"},
    ]
    assert macs([named[place] for place in order], NICS, {}) == WANTED


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_an_interface_that_was_made_first_is_known_by_its_id(order: tuple[int, ...]) -> None:
    rows = [FIRST, SECOND, THIRD]
    found = macs([rows[place] for place in order], NICS, {"second": "e-2", "third": "e-3"})
    assert found == WANTED


def test_a_network_without_an_interface_is_told() -> None:
    with pytest.raises(CloudError, match="third"):
        macs([FIRST, SECOND], NICS, {})
