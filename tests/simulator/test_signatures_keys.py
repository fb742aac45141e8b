"""Keys, security tokens and nonces: whose they are, and until when they are good."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from attrs import evolve

from cpikit_alicloud_simulator.signatures import (
    Credential,
    Identity,
    NonceLog,
    authenticate,
)
from cpikit_alicloud_simulator.wire import ApiError, WireRequest
from tests.simulator.signatures_kit import (
    KEY,
    NOW,
    SESSION,
    TOKEN,
    knows,
    rpc_request,
)


def accept(request: WireRequest, *keys: Credential, now: datetime = NOW) -> Identity:
    return authenticate(request, knows(*(keys or (KEY, SESSION))), now, NonceLog())


def refuse(request: WireRequest, *keys: Credential, now: datetime = NOW) -> tuple[int, str]:
    with pytest.raises(ApiError) as caught:
        accept(request, *keys, now=now)
    return caught.value.status, caught.value.code


def session_request(token: str | None = TOKEN, key: Credential = SESSION) -> WireRequest:
    return rpc_request(AccessKeyId=key.access_key_id, SecurityToken=token)


def test_an_unknown_key_is_not_found() -> None:
    assert refuse(rpc_request(AccessKeyId="nobody")) == (404, "InvalidAccessKeyId.NotFound")


def test_a_key_that_was_switched_off_says_so() -> None:
    inactive, disabled = evolve(KEY, status="inactive"), evolve(KEY, status="disabled")
    assert refuse(rpc_request(), inactive) == (400, "InvalidAccessKeyId.Inactive")
    assert refuse(rpc_request(), disabled) == (403, "Forbidden.AccessKeyDisabled")


def test_a_session_key_with_its_token_is_its_role() -> None:
    assert accept(session_request()).principal == "assumed-role/cpi/bosh"


@pytest.mark.parametrize("token", [None, ""])
def test_a_session_key_without_its_token_misses_it(token: str | None) -> None:
    assert refuse(session_request(token)) == (400, "MissingSecurityToken")


def test_a_token_that_cannot_be_one_is_malformed() -> None:
    assert refuse(session_request("not a token!")) == (400, "InvalidSecurityToken.Malformed")


def test_another_keys_token_is_a_mismatch() -> None:
    mismatch = (400, "InvalidSecurityToken.MismatchWithAccessKey")
    assert refuse(session_request("CAISother")) == mismatch
    assert refuse(session_request(TOKEN, KEY)) == mismatch


def test_a_token_that_nobody_issued_is_malformed_when_the_world_can_tell() -> None:
    def code(token: str) -> str:
        with pytest.raises(ApiError) as caught:
            authenticate(
                session_request(token),
                knows(SESSION),
                NOW,
                NonceLog(),
                issued={TOKEN, "CAISother"}.__contains__,
            )
        return caught.value.code

    assert code("CAISforged") == "InvalidSecurityToken.Malformed"
    assert code("CAISother") == "InvalidSecurityToken.MismatchWithAccessKey"


def test_a_token_expires_on_the_real_clock_to_the_second() -> None:
    ending = evolve(SESSION, expires_at=NOW + timedelta(seconds=1))
    assert accept(session_request(), ending)
    over = evolve(SESSION, expires_at=NOW)
    assert refuse(session_request(), over) == (400, "InvalidSecurityToken.Expired")


def test_a_nonce_is_good_once_for_each_key() -> None:
    other = evolve(KEY, access_key_id="other")
    accounts, nonces = knows(KEY, other), NonceLog()
    authenticate(rpc_request(), accounts, NOW, nonces)
    authenticate(rpc_request(AccessKeyId="other"), accounts, NOW, nonces)
    with pytest.raises(ApiError, match="400 SignatureNonceUsed"):
        authenticate(rpc_request(), accounts, NOW, nonces)


def test_a_refused_request_does_not_use_its_nonce_up() -> None:
    nonces = NonceLog()
    with pytest.raises(ApiError):
        authenticate(rpc_request(secret="wrong"), knows(KEY), NOW, nonces)
    assert len(nonces) == 0
    assert authenticate(rpc_request(), knows(KEY), NOW, nonces)


def test_secrets_and_tokens_are_not_shown() -> None:
    assert "testsecret" not in repr(SESSION)
    assert TOKEN not in repr(SESSION)
