"""What both official OSS SDKs sign is accepted, in headers and in URLs; changed, it is not."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote, unquote, urlsplit

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cpikit_alicloud_simulator.signatures import Credential, authenticate_oss
from cpikit_alicloud_simulator.wire import ApiError, WireRequest
from tests.simulator.signatures_kit import KEY, NOW, SESSION, deterministic, knows, values, wire

# oss2 2.19.1 signs V4 with datetime.utcnow(), which Python 3.12 warns of.
pytestmark = pytest.mark.filterwarnings(r"ignore:datetime.datetime.utc\w+:DeprecationWarning")

_WHY = "is in providers/alicloud/simulator/oracles/requirements.txt and not installed"


def sdk(name: str) -> Any:
    """Import an SDK's module; its own warnings are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(name, reason=f"{name} {_WHY}")


oss2 = sdk("oss2")
v2 = sdk("alibabacloud_oss_v2")
v2_signers = {
    "v1": sdk("alibabacloud_oss_v2.signer.v1").SignerV1,
    "v4": sdk("alibabacloud_oss_v2.signer.v4").SignerV4,
}
v2_types = sdk("alibabacloud_oss_v2.types")
requests = sdk("requests")

Version = Literal["v1", "v4"]
versions = st.sampled_from(["v1", "v4"])
credentials = st.sampled_from([KEY, SESSION])
keys = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12
).filter(lambda key: not key.startswith(("/", ".", "?")))
queries = st.dictionaries(
    st.sampled_from("uploads uploadId partNumber acl prefix x-oss-process tagging".split()),
    values,
    max_size=4,
)
metadata = st.dictionaries(
    st.sampled_from(["x-oss-object-acl", "x-oss-meta-a", "Content-Type", "Range"]),
    st.sampled_from(["private", "text/plain", "bytes=0-1"]),
)


def check(request: WireRequest, key: str, signer: Credential, now: datetime) -> None:
    """The request is good for its own object, and for no other."""
    accounts = knows(KEY, evolve(SESSION, expires_at=now + timedelta(hours=1)))
    found = authenticate_oss(request, accounts, now, bucket="images", key=key)
    assert found.access_key_id == signer.access_key_id
    with pytest.raises(ApiError, match="403 SignatureDoesNotMatch"):
        authenticate_oss(request, accounts, now, bucket="images", key=f"{key}x")


def oss2_auth(version: Version, signer: Credential) -> Any:
    held = oss2.credentials.StaticCredentialsProvider(
        signer.access_key_id, signer.secret, signer.security_token
    )
    return {"v1": oss2.ProviderAuth, "v4": oss2.ProviderAuthV4}[version](held)


def oss2_request(
    key: str, query: dict[str, str], headers: dict[str, str], method: str = "PUT"
) -> Any:
    url = f"http://127.0.0.1/images/{quote(key, safe='')}"
    return oss2.http.Request(
        method, url, params=dict(query), headers=headers, region="cn-hangzhou", product="oss"
    )


@deterministic
@given(versions, credentials, keys, queries, metadata)
def test_oss2_signs_headers(
    version: Version, signer: Credential, key: str, query: dict[str, str], headers: dict[str, str]
) -> None:
    request = oss2_request(key, query, headers)
    oss2_auth(version, signer)._sign_request(request, "images", key)
    sent = {name: value for name, value in request.headers.items() if value is not None}
    prepared = requests.Request("PUT", request.url, params=request.params, headers=sent).prepare()
    check(wire("PUT", prepared.url, prepared.headers), key, signer, datetime.now(UTC))


@deterministic
@given(versions, credentials, keys, queries)
def test_oss2_signs_urls(
    version: Version, signer: Credential, key: str, query: dict[str, str]
) -> None:
    request = oss2_request(key, query, {}, "GET")
    url = oss2_auth(version, signer)._sign_url(request, "images", key, 60)
    check(wire("GET", url), key, signer, datetime.now(UTC))


def v2_context(signer: Credential, key: str, url: str, headers: dict[str, str]) -> Any:
    return v2_types.SigningContext(
        product="oss",
        region="cn-hangzhou",
        bucket="images",
        key=key,
        request=v2_types.HttpRequest("PUT", url, headers=headers),
        credentials=v2_types.Credentials(
            signer.access_key_id, signer.secret, signer.security_token
        ),
        signing_time=NOW,
        additional_headers=["Range"],
    )


def v2_url(key: str, query: dict[str, str]) -> str:
    pairs = "&".join(
        f"{quote(n, safe='')}={quote(v, safe='')}" if v else quote(n, safe="")
        for n, v in query.items()
    )
    path = f"http://127.0.0.1/images/{quote(key, safe='')}"
    return f"{path}?{pairs}" if pairs else path


@deterministic
@given(versions, credentials, keys, queries, metadata, st.booleans())
def test_the_second_oss_sdk_signs_headers_and_urls(
    version: Version,
    signer: Credential,
    key: str,
    query: dict[str, str],
    headers: dict[str, str],
    in_url: bool,
) -> None:
    context = v2_context(signer, key, v2_url(key, query), dict(headers))
    context.sub_resource = ["x-oss-process"]  # its operations name what V1 signs beside the usual
    context.auth_method_query = in_url
    context.expiration_time = NOW + timedelta(minutes=1)
    v2_signers[version]().sign(context)
    sent = context.request
    assert unquote(urlsplit(sent.url).path) == f"/images/{key}"
    check(wire("PUT", sent.url, dict(sent.headers)), key, signer, NOW)
