"""A role for a service account (RRSA): its token is exchanged for credentials, without a signature.

Source: STS 2015-04-01, AssumeRoleWithOIDC.
"""

from __future__ import annotations

import os
import time
from urllib.parse import urlencode

from cpikit.errors import CpiError
from cpikit_alicloud.answers import readable, refusal, told_apart, trusted_certificates
from cpikit_alicloud.endpoints import VERSIONS, endpoint, is_loopback
from cpikit_alicloud.refusals import Garbled
from cpikit_alicloud.routes import proxy_of, where

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from http.client import HTTPConnection
    from typing import Any

    from cpikit_alicloud.config import AlicloudConfig

_ACTION = "AssumeRoleWithOIDC"


def token(path: str) -> str:
    """The service account's token. Raises CpiError when it cannot be read."""
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123  # pathlib costs a cold start 3 ms
            return file.read().strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise CpiError(f"oidc_token_file {path!r} cannot be read: {reason}") from error


def assume(config: AlicloudConfig, parameters: Mapping[str, str]) -> dict[str, Any]:
    """The answer of STS. Raises what refusals.py has."""
    from http.client import HTTPException

    form = {
        **parameters,
        "Action": _ACTION,
        "Version": VERSIONS["Sts"],
        "Format": "JSON",
        "RegionId": config.region,
        "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "SignatureNonce": os.urandom(16).hex(),
    }
    host = endpoint("Sts", config.region, config.sts_endpoint)
    connection = _connection(config, host)
    is_sent = False
    try:
        connection.connect()
        is_sent = True
        connection.request(
            "POST",
            "/",
            urlencode(form),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )
        answer = connection.getresponse()
        body = answer.read()
    except HTTPException as error:
        raise Garbled(f"STS answered no HTTP: {type(error).__name__}") from error
    except OSError as error:
        bare = host.removeprefix("http://")
        place = bare if is_loopback(bare) else where(config, host)
        raise told_apart(error, place, is_sent=is_sent) from None
    finally:
        connection.close()
    if not 200 <= answer.status < 300:  # noqa: PLR2004  # the successes of HTTP
        refused = refusal(answer.status, dict(answer.headers), body)
        refused.product = "Sts"
        raise refused
    return readable(body, _ACTION)


def _connection(config: AlicloudConfig, host: str) -> HTTPConnection:
    from http.client import HTTPConnection, HTTPSConnection

    timeout = config.waits.read_s
    if host.startswith("http://"):
        return HTTPConnection(host.removeprefix("http://"), timeout=timeout)
    import ssl

    trusted = trusted_certificates(config)
    context = ssl.create_default_context(cafile=trusted if isinstance(trusted, str) else None)
    proxy = proxy_of(config)
    if proxy is None or is_loopback(host):
        return HTTPSConnection(host, timeout=timeout, context=context)
    connection = HTTPSConnection(proxy.host, proxy.port, timeout=timeout, context=context)
    headers = {}
    if proxy.who:
        from base64 import b64encode
        from urllib.parse import unquote

        who = b64encode(unquote(proxy.who).encode()).decode()
        headers["Proxy-Authorization"] = f"Basic {who}"
    connection.set_tunnel(host, headers=headers)
    return connection
