"""Remember what was answered to each client token."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.wire import ApiError

if TYPE_CHECKING:  # a circle otherwise: actions are called with calls, calls have worlds
    from cpikit_alicloud_simulator.actions import Action, Product
    from cpikit_alicloud_simulator.world import World

LIFETIME_S = Knob(
    "client_token.lifetime_s",
    86_400,
    (600, 1_800, 86_400),
    "How long a client token is remembered, in seconds of the world.",
    "unverified: no lifetime is documented for ECS",
    is_open=True,
)
FAILED = Knob(
    "client_token.failed",
    "forget",
    ("forget", "replay", "IdempotentFailed"),
    "What a token does whose first call was refused: it is free again, the same refusal comes "
    "again, or IdempotentFailed says to take a new one.",
    "unverified: IdempotentFailed is documented, when it comes is not",
)
BUSY_S = Knob(
    "client_token.busy_s",
    0,
    (0, 5),
    "How long after the first call the same token is still being processed, in seconds.",
    "unverified: the codes are documented, the time is not",
    is_open=True,
)
FAILED_STATUS = Knob(
    "client_token.failed_status",
    403,
    (403, 400),
    "The HTTP status of IdempotentFailed.",
    "unverified: no page with the code gives its status",
)
LIST_ORDER = Knob(
    "client_token.list_order",
    "counts",
    ("counts", "ignored"),
    "Whether the same tags or ids in another order are other parameters for the same token.",
    "unverified: not documented",
)
LONGEST = 64
"""ECS, "How to ensure idempotence": at most 64 ASCII characters."""

_ELEMENT = re.compile(r"(?P<head>[^.]+)\.(?P<number>[0-9]+)(?P<rest>(\..*)?)")

TokenKey = tuple[str, str, str, str]
"""Account, product, action, token."""


@frozen
class Remembered:
    """One token: what was asked, when, and what was answered."""

    fingerprint: str
    at_s: float
    outcome: Mapping[str, Any] | ApiError


@define
class TokenBook:
    """The client tokens of a world."""

    world: World
    _tokens: dict[TokenKey, Remembered] = field(factory=dict, init=False)

    def replayed(
        self, key: TokenKey, fingerprint: str, product: Product, action: Action
    ) -> Mapping[str, Any] | None:
        """Give the first answer to a token again; None for a token that is new.

        Raises what the product says of a malformed token, of one whose first call differed or is
        still being processed, and of one whose first call was refused (as the knob is set).
        """
        token = key[3]
        if len(token) > LONGEST or not token.isascii():
            raise product.token_malformed.error(name="ClientToken")
        found = self._tokens.get(key)
        if found is None:
            return None
        age_s = self.world.now_s - found.at_s
        if age_s >= self.world.knob(LIFETIME_S):
            del self._tokens[key]
            return None
        if found.fingerprint != fingerprint:
            raise (action.token_mismatch or product.token_mismatch).error()
        if age_s < self.world.knob(BUSY_S):
            raise (action.token_busy or product.token_busy).error()
        if isinstance(found.outcome, ApiError):
            if self.world.knob(FAILED) == "replay":
                raise found.outcome
            failed = product.token_failed.error()
            failed.status = self.world.knob(FAILED_STATUS)
            raise failed
        return found.outcome

    def remember(
        self, key: TokenKey, fingerprint: str, outcome: Mapping[str, Any] | ApiError
    ) -> None:
        """Keep an answer, or a refusal where the knob says so."""
        if isinstance(outcome, ApiError) and self.world.knob(FAILED) == "forget":
            return
        self._tokens[key] = Remembered(fingerprint, self.world.now_s, outcome)


def fingerprint(
    values: Mapping[str, str], ignored: frozenset[str], *, sorts_lists: bool = False
) -> str:
    """Give a digest of the parameters that make two calls the same; empty ones do not count.

    With `sorts_lists`, the order of a list's elements makes no difference.
    """
    kept = sorted((name, v) for name, v in values.items() if v and name not in ignored)
    if sorts_lists:
        elements: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for name, value in kept:
            found = _ELEMENT.fullmatch(name)
            place = (found["head"], found["number"]) if found else ("", "")
            elements.setdefault(place, []).append((found["rest"] if found else name, value))
        kept = sorted((head, str(pairs)) for (head, _), pairs in elements.items())
    return hashlib.sha256(json.dumps(kept).encode()).hexdigest()
