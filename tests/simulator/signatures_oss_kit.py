"""What the tests of OSS signatures share: requests signed by the published steps."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

import pytest

from cpikit_alicloud_simulator.signatures import Credential, Identity, authenticate_oss
from cpikit_alicloud_simulator.wire import ApiError, WireRequest
from tests.simulator.signatures_kit import KEY, NOW, SESSION, encoded, knows, wire

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
