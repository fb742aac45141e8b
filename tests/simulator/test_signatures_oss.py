"""OSS V1 and V4, in headers and in URLs: what is accepted, and which refusal each fault gets."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
from attrs import evolve

from cpikit_alicloud_simulator.signatures import Credential, Identity, authenticate_oss
from cpikit_alicloud_simulator.wire import ApiError, WireRequest
from tests.simulator.signatures_kit import KEY, NOW, SESSION, TOKEN, encoded, knows, wire

DATE = "Fri, 02 Jan 2026 03:04:05 GMT"
BASIC = "20260102T030405Z"
SCOPE = "20260102/cn-hangzhou/oss/aliyun_v4_request"
URL = "http://127.0.0.1/images/a%20b"


def accept(
    request: WireRequest, *keys: Credential, now: datetime = NOW, key: str = "a b"
) -> Identity:
    accounts = knows(*(keys or (KEY, SESSION)))
    return authenticate_oss(request, accounts, now, bucket="images", key=key)


def refusal(request: WireRequest, *keys: Credential, now: datetime = NOW) -> ApiError:
    with pytest.raises(ApiError) as caught:
        accept(request, *keys, now=now)
    return caught.value


def refuse(request: WireRequest, *keys: Credential, now: datetime = NOW) -> tuple[int, str]:
    error = refusal(request, *keys, now=now)
    return error.status, error.code


def v1_signature(text: str) -> str:
    return base64.b64encode(
        hmac.new(KEY.secret.encode(), text.encode(), hashlib.sha1).digest()
    ).decode()


def v1(
    url: str = URL,
    resource: str = "/images/a b",
    key: Credential = KEY,
    **headers: str | None,
) -> WireRequest:
    """Sign in a header; keyword `x_oss_acl` is the header x-oss-acl."""
    given = {"date": DATE, **{name.replace("_", "-"): text for name, text in headers.items()}}
    sent = {name: text for name, text in given.items() if text is not None}
    date = sent.get("x-oss-date") or sent.get("date", "")
    own = "".join(f"{n}:{sent[n]}\n" for n in sorted(sent) if n.startswith("x-oss-"))
    md5, kind = sent.get("content-md5", ""), sent.get("content-type", "")
    text = f"PUT\n{md5}\n{kind}\n{date}\n{own}{resource}"
    sent["authorization"] = f"OSS {key.access_key_id}:{v1_signature(text)}"
    return wire("PUT", url, sent)


def v1_url(changes: Mapping[str, str | None] | None = None, expires_s: int = 60) -> WireRequest:
    expires = str(int(NOW.timestamp()) + expires_s)
    text = f"GET\n\n\n{expires}\n/images/a b"
    given: dict[str, str | None] = {
        "OSSAccessKeyId": KEY.access_key_id,
        "Expires": expires,
        "Signature": v1_signature(text),
        **(changes or {}),
    }
    query = encoded({name: value for name, value in given.items() if value is not None})
    return wire("GET", f"{URL}?{query}")


def v4_signature(text: str, secret: str = KEY.secret, scope: str = SCOPE) -> str:
    key = f"aliyun_v4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def v4_text(canonical: str, stamp: str = BASIC, scope: str = SCOPE) -> str:
    return f"OSS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"


def v4(
    *,
    scope: str = SCOPE,
    key: Credential = KEY,
    query: str = "",
    signed_query: str = "",
    additional: str = "",
    changes: Mapping[str, str | None] | None = None,
) -> WireRequest:
    given: dict[str, str | None] = {
        "x-oss-date": BASIC,
        "x-oss-content-sha256": "UNSIGNED-PAYLOAD",
        **(changes or {}),
    }
    sent = {name: text for name, text in given.items() if text is not None}
    always = ("content-type", "content-md5", *additional.split(";"))
    names = sorted(n for n in sent if n.startswith("x-oss-") or n in always)
    lines = "".join(f"{name}:{sent[name]}\n" for name in names)
    payload = sent.get("x-oss-content-sha256", "UNSIGNED-PAYLOAD")
    canonical = f"PUT\n/images/a%20b\n{signed_query}\n{lines}\n{additional}\n{payload}"
    stamp = sent.get("x-oss-date", BASIC)
    extra = f"AdditionalHeaders={additional}," if additional else ""
    sent["authorization"] = (
        f"OSS4-HMAC-SHA256 Credential={key.access_key_id}/{scope},{extra}"
        f"Signature={v4_signature(v4_text(canonical, stamp, scope), key.secret, scope)}"
    )
    return wire("PUT", f"{URL}?{query}" if query else URL, sent)


def v4_url(changes: Mapping[str, str | None] | None = None) -> WireRequest:
    given: dict[str, str | None] = {
        "x-oss-signature-version": "OSS4-HMAC-SHA256",
        "x-oss-credential": f"{KEY.access_key_id}/{SCOPE}",
        "x-oss-date": BASIC,
        "x-oss-expires": "60",
        **(changes or {}),
    }
    sent = {name: value for name, value in given.items() if value is not None}
    signed = "&".join(
        f"{quote(n, safe='')}={quote(sent[n], safe='')}" if sent[n] else quote(n, safe="")
        for n in sorted(sent)
    )
    canonical = f"GET\n/images/a%20b\n{signed}\n\n\nUNSIGNED-PAYLOAD"
    sent.setdefault("x-oss-signature", v4_signature(v4_text(canonical)))
    return wire("GET", f"{URL}?{encoded(sent)}")


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
