"""Whatever arrives is accepted or refused by a documented code; nothing else ever happens."""

from __future__ import annotations

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from cpikit_alicloud_simulator.signatures import (
    Identity,
    NonceLog,
    authenticate,
    authenticate_oss,
    is_signed,
)
from cpikit_alicloud_simulator.wire import ApiError, WireRequest
from tests.simulator.signatures_kit import (
    KEY,
    NOW,
    SESSION,
    STAMP,
    acs3_request,
    deterministic,
    knows,
    rpc_request,
)
from tests.simulator.signatures_oss_kit import v1, v1_url, v4, v4_url

junk = st.text(st.characters(), max_size=30)  # lone surrogates too: bytes that were no UTF-8
names = st.sampled_from(
    """
    AccessKeyId Signature SignatureMethod SignatureVersion SignatureNonce Timestamp SecurityToken
    OSSAccessKeyId Expires x-oss-signature x-oss-credential x-oss-date x-oss-expires
    x-oss-signature-version x-oss-additional-headers security-token
    """.split()
)
words = st.sampled_from(
    [
        KEY.access_key_id,
        SESSION.access_key_id,
        STAMP,
        "HMAC-SHA1",
        "1.0",
        "n",
        "",
        "OSS4-HMAC-SHA256",
        "20260102T030405Z",
        "testid/20260102/cn-hangzhou/oss/aliyun_v4_request",
        "60",
        "99999999999999999999",
    ]
)
queries = st.lists(st.tuples(names | junk, words | junk), max_size=12).map(
    lambda pairs: "&".join(f"{name}={value}" for name, value in pairs)
)
headers = st.dictionaries(
    st.sampled_from(
        "authorization date content-type content-md5 host x-acs-date x-acs-signature-nonce "
        "x-acs-content-sha256 x-acs-security-token x-oss-date x-oss-content-sha256".split()
    ),
    st.one_of(
        words,
        junk,
        st.sampled_from(["application/x-www-form-urlencoded", "OSS a:b", "ACS3-HMAC-SHA256 "]),
        junk.map(lambda text: f"ACS3-HMAC-SHA256 Credential=testid,SignedHeaders={text}"),
        junk.map(lambda text: f"OSS4-HMAC-SHA256 Credential=testid/{text},Signature=1"),
    ),
)
requests = st.builds(
    WireRequest,
    method=st.sampled_from(["GET", "POST", "PUT", "BREW"]) | junk,
    path=junk,
    raw_query=queries | junk,
    query=st.just(()),
    headers=headers,
    body=st.binary(max_size=30),
    scheme=st.just("http"),
    host=junk,
)
DOCUMENTED = {
    (400, "ContentMD5NotMatched"),
    (400, "IncompleteSignature"),
    (400, "InvalidArgument"),
    (400, "InvalidSecurityToken.Malformed"),
    (400, "InvalidSecurityToken.MismatchWithAccessKey"),
    (400, "InvalidSignatureMethod"),
    (400, "InvalidSignatureType"),
    (400, "InvalidSignatureVersion"),
    (400, "InvalidTimeStamp.Expired"),
    (400, "InvalidTimeStamp.Format"),
    (400, "MissingAccessKeyId"),
    (400, "MissingSecurityToken"),
    (400, "MissingSignature"),
    (400, "MissingSignatureMethod"),
    (400, "MissingSignatureNonce"),
    (400, "MissingSignatureVersion"),
    (400, "MissingTimestamp"),
    (400, "SignatureDoesNotMatch"),
    (403, "AccessDenied"),
    (403, "InvalidAccessKeyId"),
    (403, "InvalidSecurityToken"),
    (403, "RequestTimeTooSkewed"),
    (403, "SignatureDoesNotMatch"),
    (404, "InvalidAccessKeyId.NotFound"),
}


def rpc_verdict(request: WireRequest) -> Identity | tuple[int, str]:
    """Give who signed a request, or the refusal."""
    try:
        return authenticate(request, knows(KEY, SESSION), NOW, NonceLog())
    except ApiError as error:
        return error.status, error.code


def oss_verdict(request: WireRequest) -> Identity | tuple[int, str]:
    """Give who signed a request to OSS, or the refusal."""
    try:
        return authenticate_oss(request, knows(KEY, SESSION), NOW, bucket="images", key="a b")
    except ApiError as error:
        return error.status, error.code


@settings(deterministic, max_examples=300)
@given(requests)
def test_garbage_is_refused_by_a_documented_code(request: WireRequest) -> None:
    assert is_signed(request) in {True, False}
    assert rpc_verdict(request) in DOCUMENTED
    assert oss_verdict(request) in DOCUMENTED


def flipped(text: str, place: int, to: str) -> str:
    place %= max(1, len(text))
    return text[:place] + to + text[place + 1 :]


signed = st.sampled_from([rpc_request(), acs3_request(), v1(), v1_url(), v4(), v4_url()])


@settings(deterministic, max_examples=300)
@given(signed, st.integers(0, 2000), st.sampled_from("Zz0%& ;,=é"))
def test_one_character_changed_never_makes_somebody_else(
    request: WireRequest, place: int, to: str
) -> None:
    verdict = oss_verdict if "images" in request.path else rpc_verdict
    header = request.headers.get("authorization")
    if header is None:
        changed = evolve(request, raw_query=flipped(request.raw_query, place, to))
    else:
        headers = {**request.headers, "authorization": flipped(header, place, to)}
        changed = evolve(request, headers=headers)
    assert isinstance(verdict(request), Identity)
    assert verdict(changed) in {verdict(request), *DOCUMENTED}
