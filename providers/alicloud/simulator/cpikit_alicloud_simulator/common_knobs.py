"""Knobs that belong to no single product."""

from __future__ import annotations

from cpikit_alicloud_simulator.knobs import Knob

UNKNOWN_ACTION = Knob(
    "protocol.unknown_action",
    "InvalidAction",
    ("InvalidAction", "InvalidAction.NotFound"),
    "The error for an action that does not exist: InvalidAction (403) or InvalidAction.NotFound "
    "(404).",
    "the common error table has the first, gateways in production answer the second",
)
