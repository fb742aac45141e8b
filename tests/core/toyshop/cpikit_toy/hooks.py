"""The toy's hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpikit.hookspecs import hookimpl

if TYPE_CHECKING:
    from cpikit import CallContext, Cloud, Config, Cpi


class ToyError(Exception):
    """What the toy's cloud raises."""


@hookimpl
def cpikit_open(config: Config, context: CallContext, cloud: Cloud) -> Cpi:
    """Open the toy."""
    from cpikit_toy.cpi import ToyCpi

    return ToyCpi(config, context, cloud)


@hookimpl
def cpikit_classify_error(error: Exception, operation: object) -> object:
    """Read "kind: message" in a ToyError; leave the rest to the core."""
    if isinstance(error, ToyError):
        from cpikit import Fault, FaultKind

        kind, _, message = str(error).partition(": ")
        return Fault(FaultKind(kind), code="Toy", message=message)
    return None
