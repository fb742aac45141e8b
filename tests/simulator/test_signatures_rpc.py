"""RPC 1.0: what is accepted, and which refusal each fault gets."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta

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
from tests.simulator.signatures_kit import (
    KEY,
    NOW,
    SESSION,
    encoded,
    knows,
    rpc_parameters,
    rpc_request,
    rpc_signature,
    wire,
)

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def accept(request: WireRequest, *keys: Credential, now: datetime = NOW) -> Identity:
    return authenticate(request, knows(*(keys or (KEY, SESSION))), now, NonceLog())


def refuse(request: WireRequest, *keys: Credential, now: datetime = NOW) -> tuple[int, str]:
    with pytest.raises(ApiError) as caught:
        accept(request, *keys, now=now)
    return caught.value.status, caught.value.code


def test_the_published_vector_verifies() -> None:
    # ECS API reference, "Signature method": the example that every page repeats.
    given = {
        "Timestamp": "2016-02-23T12:46:24Z",
        "Format": "XML",
        "AccessKeyId": "testid",
        "Action": "DescribeRegions",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf",
        "Version": "2014-05-26",
        "SignatureVersion": "1.0",
        "Signature": "OLeaidS1JvxuMvnyHOwuJ+uX5qY=",
    }
    request = wire("GET", f"http://ecs.aliyuncs.com/?{encoded(given)}")
    now = datetime(2016, 2, 23, 12, 50, tzinfo=UTC)
    assert accept(request, now=now) == Identity(
        "testid", "1000000000000001", "root", "rpc-hmac-sha1"
    )


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_either_verb_may_carry_the_parameters_in_the_query(method: str) -> None:
    assert accept(rpc_request(method)).access_key_id == "testid"


def test_all_parameters_may_be_in_the_form_body() -> None:
    given = rpc_parameters(Name="a b+c")
    signed = {**given, "Signature": rpc_signature("POST", given)}
    request = wire("POST", "http://ecs.local/", FORM, encoded(signed).encode())
    assert accept(request).scheme == "rpc-hmac-sha1"


def test_parameters_may_be_split_between_query_and_body() -> None:
    given = rpc_parameters()
    body = {"ServerGroupId": "sgp-1", "Empty": "", "Region": "杭州"}
    url = {**given, "Signature": rpc_signature("POST", {**given, **body})}
    request = wire("POST", f"http://ecs.local/?{encoded(url)}", FORM, encoded(body).encode())
    assert accept(request)


def test_a_parameter_that_is_equal_in_query_and_body_is_signed_once() -> None:
    given = rpc_parameters(RegionId="cn-hangzhou")
    url = encoded({**given, "Signature": rpc_signature("POST", given)})
    request = wire("POST", f"http://ecs.local/?{url}", FORM, b"RegionId=cn-hangzhou")
    assert accept(request)


def test_a_body_of_another_type_is_no_part_of_the_signature() -> None:
    request = evolve(rpc_request(), body=b"A=1", headers={"content-type": "text/plain"})
    assert accept(request)


def test_a_raw_plus_and_an_encoded_space_are_the_same() -> None:
    request = rpc_request(Description="a b c")
    assert "a%20b%20c" in request.raw_query
    assert accept(evolve(request, raw_query=request.raw_query.replace("%20", "+")))


def test_an_encoded_plus_is_not_a_space() -> None:
    request = rpc_request(Description="a b")
    forged = evolve(request, raw_query=request.raw_query.replace("%20", "%2B"))
    assert refuse(forged) == (400, "SignatureDoesNotMatch")


def test_empty_values_are_signed_as_present() -> None:
    request = rpc_request(SignatureType="", InstanceName="")
    assert accept(request)
    stripped = evolve(request, raw_query=request.raw_query.replace("&InstanceName=", ""))
    assert refuse(stripped) == (400, "SignatureDoesNotMatch")


def test_an_authorization_header_of_another_kind_is_ignored() -> None:
    # ~/.netrc makes `requests` add one.
    assert accept(evolve(rpc_request(), headers={"authorization": "Basic dTpw"}))


@pytest.mark.parametrize(
    "change",
    [
        ("DescribeRegions", "DescribeZones"),
        ("Format=JSON", "Format=XML"),
        ("Action=", "RegionId=x&Action="),
        ("Version=2014-05-26", "Version=2014-05-26&Version=2014-05-27"),
    ],
)
def test_a_tampered_parameter_does_not_match(change: tuple[str, str]) -> None:
    request = rpc_request()
    forged = evolve(request, raw_query=request.raw_query.replace(*change))
    assert forged != request
    assert refuse(forged) == (400, "SignatureDoesNotMatch")


def test_a_second_value_for_a_name_does_not_match_in_the_body_either() -> None:
    request = evolve(
        rpc_request(), headers={"content-type": FORM["Content-Type"]}, body=b"Action=Other"
    )
    assert refuse(request) == (400, "SignatureDoesNotMatch")


def test_another_verb_does_not_match() -> None:
    assert refuse(evolve(rpc_request("GET"), method="POST")) == (400, "SignatureDoesNotMatch")


def test_a_wrong_secret_does_not_match_and_the_server_says_what_it_signed() -> None:
    request = rpc_request(secret="wrong")
    with pytest.raises(ApiError) as caught:
        accept(request)
    assert (caught.value.status, caught.value.code) == (400, "SignatureDoesNotMatch")
    # The Python SDK takes what stands between the first colon and the next.
    canonical = rpc_parameters()
    text = caught.value.message.split(":")[1]
    assert text.startswith("POST&%2F&AccessKeyId%3Dtestid%26Action%3DDescribeRegions%26")
    assert rpc_signature("POST", canonical, "wrong") not in text
    assert len(caught.value.message.split(":")) == 2


@pytest.mark.parametrize(
    "name",
    ["AccessKeyId", "SignatureMethod", "SignatureVersion", "SignatureNonce", "Timestamp"],
)
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_or_empty_authentication_parameter_is_named(name: str, value: str | None) -> None:
    assert refuse(rpc_request(**{name: value})) == (400, f"Missing{name}")


def test_a_missing_signature_is_named() -> None:
    request = wire("POST", f"http://ecs.local/?{encoded(rpc_parameters())}")
    assert refuse(request) == (400, "MissingSignature")
    assert refuse(wire("GET", "http://ecs.local/")) == (400, "MissingAccessKeyId")


@pytest.mark.parametrize("method", ["HMAC-SHA256", "SHA256withRSA", "hmac-sha1"])
def test_another_signature_method_is_refused(method: str) -> None:
    assert refuse(rpc_request(SignatureMethod=method)) == (400, "InvalidSignatureMethod")


def test_another_signature_version_or_type_is_refused() -> None:
    assert refuse(rpc_request(SignatureVersion="2.0")) == (400, "InvalidSignatureVersion")
    assert refuse(rpc_request(SignatureType="BEARERTOKEN")) == (400, "InvalidSignatureType")


@pytest.mark.parametrize("minutes", [-15, 0, 15])
def test_a_timestamp_within_fifteen_minutes_is_accepted(minutes: int) -> None:
    assert accept(rpc_request(), now=NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize("seconds", [-901, 901, 86_400])
def test_a_timestamp_further_away_is_expired(seconds: int) -> None:
    now = NOW + timedelta(seconds=seconds)
    assert refuse(rpc_request(), now=now) == (400, "InvalidTimeStamp.Expired")


@pytest.mark.parametrize(
    "stamp",
    [
        "2026-01-02 03:04:05",
        "2026-01-02T03:04:05",
        "2026-01-02T03:04:05.000Z",
        "2026-01-02T03:04:05+00:00",
        "2026-1-2T3:4:5Z",
        "2026-13-02T03:04:05Z",
        "2026-02-30T03:04:05Z",
        "٢٠٢٦-01-02T03:04:05Z",
        "1767323045",
        "2026-01-02T03%3A04%3A05Z",
    ],
)
def test_a_malformed_timestamp_is_not_well_formatted(stamp: str) -> None:
    assert refuse(rpc_request(Timestamp=stamp)) == (400, "InvalidTimeStamp.Format")


def test_a_content_md5_has_to_be_that_of_the_body() -> None:
    digest = base64.b64encode(hashlib.md5(b"", usedforsecurity=False).digest()).decode()
    assert accept(evolve(rpc_request(), headers={"content-md5": digest}))
    forged = evolve(rpc_request(), headers={"content-md5": "AAAA"})
    assert refuse(forged) == (400, "ContentMD5NotMatched")


def test_bytes_that_are_no_text_are_signed_as_they_came() -> None:
    request = rpc_request()
    broken = evolve(request, raw_query=request.raw_query + "&Name=%FF%FE")
    assert refuse(broken) == (400, "SignatureDoesNotMatch")
    lone = evolve(request, raw_query=request.raw_query + "&Name=\udcff\ud800")
    assert refuse(lone) == (400, "SignatureDoesNotMatch")


def test_only_a_request_that_claims_a_signature_is_signed() -> None:
    assert is_signed(rpc_request())
    assert is_signed(wire("POST", "http://sts.local/", FORM, b"Signature=x"))
    assert not is_signed(wire("POST", "http://sts.local/?Action=AssumeRoleWithOIDC"))
