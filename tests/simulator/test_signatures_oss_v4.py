"""OSS V4, in headers and in URLs: what is accepted, and which refusal each fault gets."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from attrs import evolve

from cpikit_alicloud_simulator.signatures import Identity
from cpikit_alicloud_simulator.wire import ApiError
from tests.simulator.signatures_kit import KEY, NOW, SESSION, TOKEN
from tests.simulator.signatures_oss_kit import (
    BASIC,
    DATE,
    SCOPE,
    accept,
    refusal,
    refuse,
    v4,
    v4_url,
)


def test_a_v4_header_verifies() -> None:
    assert accept(v4()) == Identity("testid", "1000000000000001", "root", "oss-v4")


def test_v4_signs_every_query_parameter_and_the_headers_it_names() -> None:
    request = v4(
        query="uploadId=x%2Fy&partNumber=1&flag=",
        signed_query="flag&partNumber=1&uploadId=x%2Fy",
        additional="range",
        changes={"range": "bytes=0-1", "content-type": "text/plain", "x-oss-meta-a": "ä"},
    )
    assert accept(request)
    more = evolve(request, raw_query=request.raw_query + "&x=1")
    assert refuse(more) == (403, "SignatureDoesNotMatch")
    forged = evolve(request, headers={**request.headers, "range": "bytes=0-2"})
    assert refuse(forged) == (403, "SignatureDoesNotMatch")


def test_v4_may_name_the_host() -> None:
    request = v4(additional="host", changes={"host": "127.0.0.1"})
    headers = {name: value for name, value in request.headers.items() if name != "host"}
    assert accept(evolve(request, headers=headers))
    moved = evolve(request, headers=headers, host="evil")
    assert refuse(moved) == (403, "SignatureDoesNotMatch")


def test_v4_takes_the_date_header_where_there_is_no_other() -> None:
    assert accept(v4(changes={"x-oss-date": None, "date": DATE}))


def test_a_v4_mismatch_shows_what_the_server_signed() -> None:
    error = refusal(v4(key=evolve(KEY, secret="wrong")))
    assert (error.status, error.code) == (403, "SignatureDoesNotMatch")
    assert str(error.extra["StringToSign"]).startswith(f"OSS4-HMAC-SHA256\n{BASIC}\n{SCOPE}\n")
    assert str(error.extra["CanonicalRequest"]).startswith("PUT\n/images/a%20b\n")


def test_the_day_of_a_v4_signature_has_to_be_the_requests() -> None:
    other = v4(scope=SCOPE.replace("20260102", "20260103"))
    error = refusal(other)
    assert (error.status, error.code) == (400, "InvalidArgument")
    assert error.message == "Invalid signing date in Authorization header."
    stale = refusal(v4(), now=NOW + timedelta(days=2))
    assert stale.message == "Invalid signing date in Authorization header."


@pytest.mark.parametrize("seconds", [-901, 901])
def test_a_v4_header_beyond_fifteen_minutes_is_too_skewed(seconds: int) -> None:
    now = NOW + timedelta(seconds=seconds)
    assert refuse(v4(), now=now) == (403, "RequestTimeTooSkewed")


@pytest.mark.parametrize("date", [None, "2026-01-02T03:04:05Z"])
def test_a_v4_header_without_a_valid_date_is_denied(date: str | None) -> None:
    assert refuse(v4(changes={"x-oss-date": date})) == (403, "AccessDenied")


@pytest.mark.parametrize(
    "scope",
    [
        "2026-01-02/cn-hangzhou/oss/aliyun_v4_request",
        "20260102/oss-cn-hangzhou/oss/aliyun_v4_request",
        "20260102/CN/oss/aliyun_v4_request",
        "20260102/cn-hangzhou/oss/abc",
        "20260102/cn-hangzhou/s3/aliyun_v4_request",
        "cn-hangzhou/oss/aliyun_v4_request",
    ],
)
def test_a_malformed_v4_credential_is_an_invalid_argument(scope: str) -> None:
    assert refuse(v4(scope=scope)) == (400, "InvalidArgument")
    in_url = v4_url({"x-oss-credential": f"testid/{scope}"})
    assert refuse(in_url) == (400, "InvalidArgument")


@pytest.mark.parametrize(
    "change",
    [
        ("Signature=", "Sign="),
        ("Credential=testid", "Credential="),
        ("Credential=", "A=1,Credential="),
        ("OSS4-HMAC-SHA256 ", "OSS4-HMAC-SHA256 Signature=1,"),
    ],
)
def test_a_malformed_v4_authorization_is_an_invalid_argument(change: tuple[str, str]) -> None:
    request = v4()
    header = request.headers["authorization"].replace(*change)
    broken = evolve(request, headers={**request.headers, "authorization": header})
    assert refuse(broken) == (400, "InvalidArgument")


@pytest.mark.parametrize("payload", [None, "78ab", hashlib.sha256(b"").hexdigest()])
def test_v4_takes_unsigned_payloads_only(payload: str | None) -> None:
    assert refuse(v4(changes={"x-oss-content-sha256": payload})) == (400, "InvalidArgument")


def test_a_further_header_that_was_signed_has_to_be_there() -> None:
    assert refuse(v4(additional="range")) == (400, "InvalidArgument")


def test_a_v4_session_brings_its_token() -> None:
    request = v4(key=SESSION, changes={"x-oss-security-token": TOKEN})
    assert accept(request).principal == "assumed-role/cpi/bosh"
    assert refuse(v4(key=SESSION)) == (403, "InvalidAccessKeyId")
    over = evolve(SESSION, expires_at=NOW)
    assert refuse(request, over) == (403, "SecurityTokenExpired")


def test_a_v4_url_verifies_until_it_expires() -> None:
    assert accept(v4_url()).scheme == "oss-v4"
    assert accept(v4_url(), now=NOW + timedelta(seconds=60))
    error = refusal(v4_url(), now=NOW + timedelta(seconds=61))
    assert (error.status, error.code, error.message) == (
        403,
        "AccessDenied",
        "Request has expired.",
    )


def test_a_v4_url_may_last_for_seven_days() -> None:
    assert accept(v4_url({"x-oss-expires": "604800"}), now=NOW + timedelta(days=6, hours=23))


@pytest.mark.parametrize("expires", [None, "", "0", "604801", "-1", "soon"])
def test_a_v4_url_without_a_valid_expiry_is_an_invalid_argument(expires: str | None) -> None:
    assert refuse(v4_url({"x-oss-expires": expires})) == (400, "InvalidArgument")


@pytest.mark.parametrize("name", ["x-oss-credential", "x-oss-date", "x-oss-signature-version"])
def test_a_v4_url_without_its_parameters_is_an_invalid_argument(name: str) -> None:
    assert refuse(v4_url({name: None})) == (400, "InvalidArgument")


def test_a_v4_url_of_the_future_is_too_skewed() -> None:
    assert refuse(v4_url(), now=NOW - timedelta(minutes=16)) == (403, "RequestTimeTooSkewed")


def test_a_v4_url_of_another_day_than_its_scope_is_refused() -> None:
    assert refuse(v4_url({"x-oss-date": "20260101T030405Z"})) == (400, "InvalidArgument")


def test_a_v4_url_for_another_object_does_not_match() -> None:
    with pytest.raises(ApiError, match="403 SignatureDoesNotMatch"):
        accept(v4_url(), key="other")


def test_a_v4_url_with_a_forged_signature_does_not_match() -> None:
    forged = v4_url({"x-oss-signature": "é" * 64})
    assert refuse(forged) == (403, "SignatureDoesNotMatch")
