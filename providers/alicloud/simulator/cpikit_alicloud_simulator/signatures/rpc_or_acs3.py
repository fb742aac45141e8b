"""Authenticate a request to an RPC service, in whichever of the two schemes it came."""

from __future__ import annotations

from datetime import datetime

from cpikit_alicloud_simulator.signatures import acs3, rpc
from cpikit_alicloud_simulator.signatures.identity import Accounts, Identity, Issued
from cpikit_alicloud_simulator.signatures.nonces import NonceLog
from cpikit_alicloud_simulator.wire import WireRequest


def authenticate(
    request: WireRequest,
    accounts: Accounts,
    now: datetime,
    nonces: NonceLog,
    *,
    issued: Issued | None = None,
) -> Identity:
    """Say who signed a request; raises `ApiError` with the documented code if nobody did.

    `now` is the real time, with a time zone. `issued` tells a malformed security token from
    another key's (see `judge_token`). A nonce is used up only by a request that is good.
    """
    if acs3.is_acs3(request):
        return acs3.verified(request, accounts, now, nonces, issued)
    return rpc.verified(request, accounts, now, nonces, issued)


def is_signed(request: WireRequest) -> bool:
    """Say whether a request claims to be signed; anonymous actions (STS with OIDC) are not."""
    return acs3.is_acs3(request) or rpc.is_rpc(request)
