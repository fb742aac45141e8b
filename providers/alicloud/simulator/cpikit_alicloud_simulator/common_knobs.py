"""Knobs that belong to no single product."""

from __future__ import annotations

from cpikit_alicloud_simulator.knobs import Knob

UNKNOWN_ACTION = Knob(
    "protocol.unknown_action",
    "InvalidAction",
    ("InvalidAction", "InvalidAction with 400", "InvalidAction.NotFound"),
    "The error for an action that does not exist: InvalidAction (403, or 400) or "
    "InvalidAction.NotFound (404).",
    "the common error table has the first with 403, several pages have it with 400, gateways in "
    "production answer the last",
)
UNKNOWN_KEY = Knob(
    "protocol.unknown_key_status",
    404,
    (404, 400),
    "The HTTP status of InvalidAccessKeyId.NotFound.",
    "disputed: it is documented with both",
)
THROTTLING = Knob(
    "protocol.throttling_status",
    400,
    (400, 429),
    "The HTTP status of Throttling.User and Throttling.Api.",
    "the common error table has 400, some newer APIs answer 429",
)
DENIED_READS = Knob(
    "policies.denied_lists",
    "empty",
    ("empty", "refuse"),
    "What a list answers whom no policy allows it: nothing found, or Forbidden.RAM.",
    "documented for DescribeInstances: an empty list; other lists are taken to do the same",
)
