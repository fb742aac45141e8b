"""What the official SDKs sign is accepted, whatever the parameters; changed, it is not.

Each round trip signs with an SDK, puts the request on the wire as that SDK does, and verifies it.
"""

from __future__ import annotations

import hashlib
import warnings
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cpikit_alicloud_simulator.signatures import Credential, NonceLog, authenticate
from cpikit_alicloud_simulator.wire import ApiError, WireRequest
from tests.simulator.signatures_kit import (
    KEY,
    NOW,
    SESSION,
    STAMP,
    TOKEN,
    deterministic,
    knows,
    parameters,
    rpc_parameters,
    values,
    wire,
)

_WHY = "is in providers/alicloud/simulator/oracles/requirements.txt and not installed"


def sdk(name: str) -> Any:
    """Import an SDK's module; its own warnings are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(name, reason=f"{name} {_WHY}")


composer = sdk("aliyunsdkcore.auth.composer.rpc_signature_composer")
tea = sdk("alibabacloud_tea_openapi.utils").Utils
util = sdk("alibabacloud_openapi_util.client").Client
dara = sdk("darabonba.core").DaraCore
dara_request = sdk("darabonba.request").DaraRequest

# Names as APIs have them. The new SDKs do not percent-encode the names that they sign in ACS3, as
# the documentation says to; for these it makes no difference.
named = st.dictionaries(
    st.from_regex(r"[A-Z][A-Za-z0-9]{0,6}(\.[0-9]\.Key)?", fullmatch=True), values
)

FORM = {"content-type": "application/x-www-form-urlencoded"}


def check(request: WireRequest, now: datetime = NOW, key: Credential = KEY) -> None:
    """The request is good, and one parameter more in its query is one too many."""
    found = authenticate(request, knows(KEY, SESSION), now, NonceLog())
    assert found.access_key_id == key.access_key_id
    more = evolve(request, raw_query=f"{request.raw_query}&Tampered.1=yes")
    with pytest.raises(ApiError, match="SignatureDoesNotMatch"):
        authenticate(more, knows(KEY, SESSION), now, NonceLog())


@deterministic
@pytest.mark.parametrize("method", ["GET", "POST"])
@given(query=parameters, body=parameters)
def test_the_old_sdks_rpc_signer(method: str, query: dict[str, str], body: dict[str, str]) -> None:
    body = {} if method == "GET" else {n: v for n, v in body.items() if n not in query}
    given_ = {"Action": "DescribeInstances", "Version": "2014-05-26", **query}
    url, text = composer.get_signed_url(given_, KEY.access_key_id, KEY.secret, "JSON", method, body)
    now = datetime.now(UTC)
    request = wire(method, f"http://ecs.local{url}", FORM, urlencode(body).encode())
    check(request, now)
    wrong = knows(evolve(KEY, secret="other"))
    with pytest.raises(ApiError) as caught:
        authenticate(request, wrong, now, NonceLog())
    # What the SDK compares to find out that only the secret is wrong.
    assert caught.value.message.split(":")[1] == text


@deterministic
@pytest.mark.parametrize("signer", [tea, util], ids=["tea_openapi", "openapi_util"])
@given(query=parameters, body=parameters)
def test_the_new_sdks_rpc_signer(signer: Any, query: dict[str, str], body: dict[str, str]) -> None:
    signed = {**rpc_parameters(), **query}
    signature = signer.get_rpcsignature({**signed, **body}, "POST", KEY.secret)
    # A name in both counts once, with the body's value, so the query must not say otherwise.
    signed.update({name: value for name, value in body.items() if name in signed})
    url = urlencode({**signed, "Signature": signature})
    check(wire("POST", f"http://ecs.local/?{url}", FORM, urlencode(body).encode()))


def acs3(signer: Any, query: dict[str, str], body: bytes, headers: dict[str, str]) -> WireRequest:
    request = dara_request()
    request.method, request.pathname, request.query = "POST", "/", query
    digest = hashlib.sha256(body).hexdigest()
    request.headers = {
        "host": "ecs.local",
        "x-acs-version": "2014-05-26",
        "x-acs-action": "CreateInstance",
        "user-agent": "AlibabaCloud (Linux; x86_64) Python/3.11 TeaDSL/1",
        "x-acs-date": STAMP,
        "x-acs-signature-nonce": "nonce",
        "accept": "application/json",
        "x-acs-content-sha256": digest,
        **headers,
    }
    key = SESSION if "x-acs-security-token" in headers else KEY
    authorization = signer.get_authorization(
        request, "ACS3-HMAC-SHA256", digest, key.access_key_id, key.secret
    )
    sent = {**request.headers, "Authorization": authorization}
    return wire("POST", dara.compose_url(request), sent, body)


@deterministic
@pytest.mark.parametrize("signer", [tea, util], ids=["tea_openapi", "openapi_util"])
@given(query=named, body=parameters)
def test_the_new_sdks_acs3_signer(signer: Any, query: dict[str, str], body: dict[str, str]) -> None:
    check(acs3(signer, query, urlencode(body).encode(), FORM if body else {}))


@deterministic
@given(query=named, value=values)
def test_the_new_sdks_acs3_signer_with_a_session(query: dict[str, str], value: str) -> None:
    headers = {
        "x-acs-accesskey-id": SESSION.access_key_id,
        "x-acs-security-token": TOKEN,
        "x-acs-credentials-provider": value.strip().replace("\n", "").replace("\r", ""),
    }
    check(acs3(tea, query, b"", headers), key=SESSION)
