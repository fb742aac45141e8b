"""OSS V1, in headers and in URLs: what is accepted, and which refusal each fault gets."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from attrs import evolve

from cpikit_alicloud_simulator.signatures import Credential, Identity, authenticate_oss
from tests.simulator.signatures_kit import KEY, NOW, SESSION, TOKEN, knows, wire
from tests.simulator.signatures_oss_kit import BASIC, DATE, URL, accept, refusal, refuse, v1, v1_url


def test_a_v1_header_verifies() -> None:
    assert accept(v1()) == Identity("testid", "1000000000000001", "root", "oss-v1")


def test_the_published_v1_example_verifies() -> None:
    # OSS API reference, "Include signatures in the Authorization header", the worked example.
    example = Credential(
        "44CF9590006BF252F707", "OtxrzxIsfpFjA7SwPzILwy8Bw21TLhquhboDYROV", "1", ""
    )
    headers = {
        "Content-Md5": "ODBGOERFMDMzQTczRUY3NUE3NzA5QzdFNUYzMDQxNEM=",
        "Content-Type": "text/html",
        "Date": "Thu, 17 Nov 2005 18:49:58 GMT",
        "X-OSS-Meta-Author": "foo@bar.com",
        "X-OSS-Magic": "abracadabra",
        "Authorization": "OSS 44CF9590006BF252F707:26NBxoKdsyly4EDv6inkoDft/yA=",
    }
    request = wire("PUT", "http://oss-example.oss-cn-hangzhou.aliyuncs.com/nelson", headers)
    now = datetime.fromisoformat("2005-11-17T18:50:00+00:00")
    found = authenticate_oss(request, knows(example), now, bucket="oss-example", key="nelson")
    assert found.access_key_id == "44CF9590006BF252F707"


def test_v1_signs_sub_resources_and_its_own_headers() -> None:
    request = v1(
        f"{URL}?uploadId=x%2Fy&partNumber=1&ignored=1",
        "/images/a b?partNumber=1&uploadId=x/y",
        x_oss_acl="private",
        content_type="text/plain",
    )
    assert accept(request)
    assert accept(v1(f"{URL}?uploads=", "/images/a b?uploads"))
    forged = evolve(request, headers={**request.headers, "x-oss-acl": "public-read"})
    assert refuse(forged) == (403, "SignatureDoesNotMatch")


def test_v1_takes_an_oss_date_in_either_form() -> None:
    assert accept(v1(date=None, x_oss_date=DATE))
    assert accept(v1(date="nonsense", x_oss_date=BASIC))


def test_a_v1_mismatch_shows_what_the_server_signed() -> None:
    error = refusal(evolve(v1(), method="DELETE"))
    assert (error.status, error.code) == (403, "SignatureDoesNotMatch")
    assert error.extra["StringToSign"] == f"DELETE\n\n\n{DATE}\n/images/a b"
    assert str(error.extra["StringToSignBytes"]).startswith("44 45 4C 45 54 45 0A")
    assert error.extra["OSSAccessKeyId"] == "testid"


@pytest.mark.parametrize("date", [None, "", "2026-01-02", "Fri, 2 Jan 2026 03:04:05 GMT"])
def test_a_header_without_a_valid_date_is_denied(date: str | None) -> None:
    assert refuse(v1(date=date)) == (403, "AccessDenied")
    assert refuse(v1(date="Fri, 99 Foo 2026 03:04:05 GMT")) == (403, "AccessDenied")


@pytest.mark.parametrize("seconds", [-901, 901])
def test_a_v1_header_beyond_fifteen_minutes_is_too_skewed(seconds: int) -> None:
    error = refusal(v1(), now=NOW + timedelta(seconds=seconds))
    assert (error.status, error.code) == (403, "RequestTimeTooSkewed")
    assert error.extra["RequestTime"] == "2026-01-02T03:04:05.000Z"
    assert error.extra["MaxAllowedSkewMilliseconds"] == "900000"


def test_unknown_and_switched_off_keys_are_invalid() -> None:
    assert refuse(v1(), SESSION) == (403, "InvalidAccessKeyId")
    for status in ("inactive", "disabled"):
        error = refusal(v1(), evolve(KEY, status=status))
        assert (error.code, error.message[-12:]) == ("InvalidAccessKeyId", "is disabled.")


@pytest.mark.parametrize(
    "header", ["OSS", "OSS testid", "OSS :sig", "OSS testid:", "OSS2 AccessKeyId:x", "Basic x"]
)
def test_a_malformed_authorization_is_an_invalid_argument(header: str) -> None:
    request = wire("PUT", URL, {"date": DATE, "authorization": header})
    assert refuse(request) == (400, "InvalidArgument")


def test_an_unsigned_request_is_denied() -> None:
    assert refuse(wire("GET", URL)) == (403, "AccessDenied")


def test_a_v1_url_verifies_until_it_expires() -> None:
    assert accept(v1_url()).scheme == "oss-v1"
    assert accept(v1_url(), now=NOW + timedelta(seconds=60))
    error = refusal(v1_url(), now=NOW + timedelta(seconds=61))
    assert (error.status, error.code, error.message) == (
        403,
        "AccessDenied",
        "Request has expired.",
    )
    assert accept(v1_url(expires_s=10**9))


@pytest.mark.parametrize("name", ["OSSAccessKeyId", "Expires"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_v1_url_without_one_of_its_three_parameters_is_denied(
    name: str, value: str | None
) -> None:
    assert refuse(v1_url({name: value})) == (403, "AccessDenied")


def test_a_v1_url_without_its_signature_is_denied() -> None:
    assert refuse(v1_url({"Signature": None})) == (403, "AccessDenied")


@pytest.mark.parametrize("expires", ["soon", "-1", "1e9", "²", "9" * 40])
def test_a_v1_url_with_a_malformed_expiry_is_denied(expires: str) -> None:
    assert refuse(v1_url({"Expires": expires})) == (403, "AccessDenied")


def test_a_v1_url_that_lasts_longer_does_not_match() -> None:
    assert refuse(v1_url({"Expires": "99999999999"})) == (403, "SignatureDoesNotMatch")


def test_a_signature_in_header_and_url_at_once_is_refused() -> None:
    both = evolve(v1_url(), headers=v1().headers)
    assert refuse(both) == (400, "InvalidArgument")


@pytest.mark.parametrize("name", ["x_oss_security_token", "security_token"])
def test_a_session_key_brings_its_token_in_a_v1_header(name: str) -> None:
    assert accept(v1(key=SESSION, **{name: TOKEN})).principal == "assumed-role/cpi/bosh"


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (None, "InvalidAccessKeyId"),
        ("no token!", "InvalidSecurityToken"),
        ("CAISother", "InvalidSecurityToken"),
    ],
)
def test_a_token_that_is_not_the_keys_is_refused(token: str | None, code: str) -> None:
    assert refuse(v1(key=SESSION, x_oss_security_token=token)) == (403, code)


def test_an_expired_token_is_refused() -> None:
    over = evolve(SESSION, expires_at=NOW)
    request = v1(key=SESSION, x_oss_security_token=TOKEN)
    assert refuse(request, over) == (403, "SecurityTokenExpired")
