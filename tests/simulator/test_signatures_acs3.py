"""ACS3-HMAC-SHA256: what is accepted, and which refusal each fault gets."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve

from cpikit_alicloud_simulator.signatures import (
    Credential,
    Identity,
    NonceLog,
    authenticate,
    is_signed,
)
from cpikit_alicloud_simulator.wire import ApiError, WireRequest
from tests.simulator.signatures_kit import KEY, NOW, SESSION, STAMP, TOKEN, acs3_request, knows


def accept(request: WireRequest, *keys: Credential) -> Identity:
    return authenticate(request, knows(*(keys or (KEY, SESSION))), NOW, NonceLog())


def refuse(request: WireRequest, *keys: Credential) -> tuple[int, str]:
    with pytest.raises(ApiError) as caught:
        accept(request, *keys)
    return caught.value.status, caught.value.code


def with_authorization(change: tuple[str, str]) -> WireRequest:
    request = acs3_request()
    header = request.headers["authorization"].replace(*change)
    assert header != request.headers["authorization"]
    return evolve(request, headers={**request.headers, "authorization": header})


def session_request(token: str | None = TOKEN, key_id: str | None = None) -> WireRequest:
    changes = {"x-acs-security-token": token, "x-acs-accesskey-id": key_id}
    return acs3_request(key=SESSION, changes=changes)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_signed_request_has_its_identity(method: str) -> None:
    request = acs3_request(method=method)
    assert is_signed(request)
    assert accept(request) == Identity("testid", "1000000000000001", "root", "acs3-hmac-sha256")


def test_a_form_body_is_covered_by_its_hash() -> None:
    request = acs3_request(body=b"ServerGroupId=sgp-1&Servers.1.ServerId=i-1")
    assert accept(request)
    assert refuse(evolve(request, body=request.body + b"2")) == (400, "SignatureDoesNotMatch")


def test_further_signed_headers_count_with_their_values_trimmed() -> None:
    request = acs3_request(changes={"user-agent": "Tea", "accept": "application/json"})
    padded = evolve(request, headers={**request.headers, "accept": "  application/json "})
    assert accept(padded)
    forged = evolve(request, headers={**request.headers, "accept": "text/xml"})
    assert refuse(forged) == (400, "SignatureDoesNotMatch")


def test_the_host_counts_even_where_it_is_no_header() -> None:
    request = acs3_request()
    headers = {name: value for name, value in request.headers.items() if name != "host"}
    assert accept(evolve(request, headers=headers))
    moved = evolve(request, headers=headers, host="evil.local")
    assert refuse(moved) == (400, "SignatureDoesNotMatch")


def test_a_plus_in_the_query_is_a_space() -> None:
    assert accept(acs3_request(url="http://ecs.local/?Description=a+b&Empty=&B=~*%2F"))


@pytest.mark.parametrize(
    "url", ["http://ecs.local/?RegionId=cn-beijing", "http://ecs.local/x?RegionId=cn-hangzhou"]
)
def test_a_tampered_query_or_path_does_not_match(url: str) -> None:
    there = acs3_request(url=url)
    forged = evolve(acs3_request(), raw_query=there.raw_query, path=there.path)
    assert refuse(forged) == (400, "SignatureDoesNotMatch")


def test_a_wrong_secret_does_not_match_and_the_server_says_what_it_signed() -> None:
    with pytest.raises(ApiError) as caught:
        accept(acs3_request(key=evolve(KEY, secret="wrong")))
    assert (caught.value.status, caught.value.code) == (400, "SignatureDoesNotMatch")
    assert "server string to sign is:ACS3-HMAC-SHA256\n" in caught.value.message


def test_a_signature_may_be_written_in_capitals() -> None:
    request = acs3_request()
    head, _, signature = request.headers["authorization"].rpartition("=")
    header = f"{head}={signature.upper()}"
    assert accept(evolve(request, headers={**request.headers, "authorization": header}))


@pytest.mark.parametrize("algorithm", ["ACS3-HMAC-SM3", "ACS3-RSA-SHA256"])
def test_another_algorithm_is_refused(algorithm: str) -> None:
    assert refuse(acs3_request(algorithm=algorithm)) == (400, "InvalidSignatureMethod")


@pytest.mark.parametrize(
    "change",
    [
        ("Credential=testid,", ""),
        ("Credential=testid,", "Credential=,"),
        ("Signature=", "Sign="),
        (",SignedHeaders=", ";SignedHeaders="),
        ("Credential=testid,", "Credential=testid,Credential=testid,"),
    ],
)
def test_a_malformed_authorization_is_incomplete(change: tuple[str, str]) -> None:
    assert refuse(with_authorization(change)) == (400, "IncompleteSignature")


@pytest.mark.parametrize("header", ["host", "x-acs-action", "x-acs-content-sha256"])
def test_a_common_header_that_is_not_signed_is_incomplete(header: str) -> None:
    assert refuse(acs3_request(unsigned=(header,))) == (400, "IncompleteSignature")


def test_a_request_without_the_hash_of_its_body_is_incomplete() -> None:
    request = acs3_request(changes={"x-acs-content-sha256": None})
    assert refuse(request) == (400, "IncompleteSignature")


def test_a_hash_that_is_not_the_bodys_does_not_match() -> None:
    request = acs3_request()
    other = acs3_request(body=b"other").headers["x-acs-content-sha256"]
    forged = evolve(request, headers={**request.headers, "x-acs-content-sha256": other})
    assert refuse(forged) == (400, "SignatureDoesNotMatch")


@pytest.mark.parametrize(
    ("header", "code"),
    [("x-acs-date", "MissingTimestamp"), ("x-acs-signature-nonce", "MissingSignatureNonce")],
)
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_date_or_nonce_is_named(header: str, code: str, value: str | None) -> None:
    assert refuse(acs3_request(changes={header: value})) == (400, code)


@pytest.mark.parametrize("stamp", ["20260102T030405Z", "2026-01-02T03:04:05", "yesterday"])
def test_a_malformed_date_is_not_well_formatted(stamp: str) -> None:
    assert refuse(acs3_request(changes={"x-acs-date": stamp})) == (400, "InvalidTimeStamp.Format")


@pytest.mark.parametrize("seconds", [-901, 901])
def test_a_date_beyond_fifteen_minutes_is_expired(seconds: int) -> None:
    stamp = (NOW + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert stamp != STAMP
    assert refuse(acs3_request(changes={"x-acs-date": stamp})) == (400, "InvalidTimeStamp.Expired")


def test_unknown_and_switched_off_keys_say_so() -> None:
    assert refuse(acs3_request(), SESSION) == (404, "InvalidAccessKeyId.NotFound")
    inactive, disabled = evolve(KEY, status="inactive"), evolve(KEY, status="disabled")
    assert refuse(acs3_request(), inactive) == (400, "InvalidAccessKeyId.Inactive")
    assert refuse(acs3_request(), disabled) == (403, "Forbidden.AccessKeyDisabled")


def test_a_session_key_with_its_token_is_its_role() -> None:
    assert accept(session_request(key_id="STS.session")).principal == "assumed-role/cpi/bosh"
    assert accept(session_request())


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (None, "MissingSecurityToken"),
        ("no token!", "InvalidSecurityToken.Malformed"),
        ("CAISother", "InvalidSecurityToken.MismatchWithAccessKey"),
    ],
)
def test_a_token_that_is_not_the_keys_is_refused(token: str | None, code: str) -> None:
    assert refuse(session_request(token)) == (400, code)


def test_an_expired_token_is_refused() -> None:
    over = evolve(SESSION, expires_at=NOW)
    assert refuse(session_request(), over) == (400, "InvalidSecurityToken.Expired")


def test_a_key_id_beside_the_token_has_to_be_the_credentials() -> None:
    mismatch = (400, "InvalidSecurityToken.MismatchWithAccessKey")
    assert refuse(session_request(key_id="testid")) == mismatch


def test_a_nonce_is_good_once() -> None:
    nonces = NonceLog()
    authenticate(acs3_request(), knows(KEY), NOW, nonces)
    with pytest.raises(ApiError, match="400 SignatureNonceUsed"):
        authenticate(acs3_request(), knows(KEY), NOW, nonces)
