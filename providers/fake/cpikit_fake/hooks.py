"""What the fake answers to the core's hooks; everything is imported by the call that needs it."""

from __future__ import annotations

from cpikit.hookspecs import hookimpl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cpikit.api import CallContext
    from cpikit.cloud import Cloud
    from cpikit.config import Config
    from cpikit.faults import Fault
    from cpikit.operations import Operation
    from cpikit.retry import RetryPolicy
    from cpikit_fake.cloud.endpoint import Endpoint
    from cpikit_fake.config import FakeConfig
    from cpikit_fake.cpi import FakeCpi


@hookimpl
def cpikit_open(config: Config[FakeConfig], context: CallContext, cloud: Cloud) -> FakeCpi:
    """The CPI of one call, on the cloud in `state_dir`."""
    from cpikit_fake.client import Client
    from cpikit_fake.cpi import FakeCpi

    return FakeCpi(config, context, Client(cloud, endpoint_of(config.provider, context)))


def endpoint_of(ours: FakeConfig, context: CallContext) -> Endpoint:
    """The cloud's side of the wire. Raises CpiError for knobs that it does not have."""
    from cpikit_fake.cloud.endpoint import Endpoint
    from cpikit_fake.cloud.store import DiskStore

    if ours.knobs:
        _check_knobs(ours.knobs)
    return Endpoint(
        DiskStore(ours.state_dir),
        context.clock,
        client=ours.client,
        knobs=ours.knobs,
        vm_command=ours.vm_command,
        unreachable=ours.unreachable,
    )


def _check_knobs(knobs: dict[str, Any]) -> None:
    from cpikit.errors import CpiError
    from cpikit_fake.cloud.failures import CloudFailure
    from cpikit_fake.cloud.knobs import check

    for name, value in knobs.items():
        try:
            check(name, value)
        except CloudFailure as refusal:
            raise CpiError(
                f"configuration: cpi.json $.cloud.properties.fake.knobs: {refusal.message}"
            ) from refusal


@hookimpl
def cpikit_classify_error(error: Exception, operation: Operation) -> Fault | None:
    """The cloud's refusals in neutral words."""
    from cpikit_fake.faults import classify

    del operation
    return classify(error)


@hookimpl
def cpikit_retry_policy(fault: Fault, operation: Operation) -> RetryPolicy:
    """This cloud recovers faster than the core expects of one."""
    from cpikit_fake.faults import policy

    del operation
    return policy(fault)
