"""Over all actions that are served: the SDKs know each one, its parameters and its answer."""

from __future__ import annotations

from cpikit_alicloud_simulator import oracle
from cpikit_alicloud_simulator.catalogue import catalogue

# What the Go CPI sends although no SDK has it; what it does is a knob.
UNDOTTED = {"SystemDiskSize", "SystemDiskCategory", "SystemDiskPerformanceLevel"}


def test_each_action_is_known_with_a_model_of_its_answer() -> None:
    served = catalogue().actions
    assert len(served) > 140
    for product, name in served:
        assert oracle.schema(product, name).response is not None, (product, name)


def test_no_action_honours_a_parameter_that_no_sdk_sends() -> None:
    for (product, name), action in catalogue().actions.items():
        # A deprecated copy of an action in another product takes what the original takes.
        known = {product, action.product}
        strange = [
            parameter
            for parameter in action.parameters
            if not any(oracle.accepts(each, name, parameter) for each in known)
        ]
        assert set(strange) <= UNDOTTED, (product, name)
