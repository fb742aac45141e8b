"""From what came over the wire to an answer, or to one of the failures in refusals.py."""

from __future__ import annotations

import json

from cpikit_alicloud.refusals import AnswerLost, Garbled, NotSent, ProxyRefused, Refused, Untrusted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cpikit_alicloud.config import AlicloudConfig

_LONGEST = (
    300  # characters of a message that the cloud did not write itself, such as a proxy's page
)
_LONGEST_MESSAGE = 1000
_LONGEST_WORD = 72  # user data is one word of base64, or lines of 76
_QUOTES_ALL = "string to sign"
_NEVER_SENT = ("NewConnectionError", "ConnectTimeoutError", "ProxyError", "ConnectTimeout")
"""Exceptions of requests and urllib3, by class: the SDK's are its own copies of those packages."""

_PROXY_REFUSED = "Tunnel connection failed: 407"
"""How http.client begins the OSError of a tunnel: it puts the status nowhere else."""

_NOT_ITS_NAME = "CertificateError"  # urllib3's own on Python 3.12 and later


def readable(body: bytes, action: str) -> dict[str, Any]:
    """The JSON object of a successful answer. Raises Garbled for anything else."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Garbled(f"{action}: the answer is no JSON ({len(body)} bytes)") from error
    if not isinstance(answer, dict):
        raise Garbled(f"{action}: the answer is no JSON object")
    return answer


def refusal(status: int, headers: Mapping[str, str], body: bytes) -> Refused:
    """The error that an answer other than 2xx tells of, in whatever form it does.

    A page of a gateway or a proxy has no code of the cloud's: it becomes `HTTP 502`, say.
    """
    try:
        error = json.loads(body)
    except (ValueError, RecursionError):
        error = None
    if not isinstance(error, dict):
        error = {}
    detail = error.get("AccessDeniedDetail")
    return Refused(
        str(error.get("Code") or f"HTTP {status}"),
        told(str(error.get("Message") or "") or _excerpt(body if not error else b"")),
        status=status,
        request_id=str(error.get("RequestId") or headers.get("x-acs-request-id") or ""),
        retry_after_s=_seconds(headers.get("Retry-After")),
        permission=str(detail.get("AuthAction") or "") if isinstance(detail, dict) else "",
    )


def told(message: str) -> str:
    """A message of the cloud's without what it quotes of the request.

    A wrong signature is answered with all that was signed, user data and tokens among it; and what
    has no blank for so long is data, not words.
    """
    import re  # the SDK has imported it by now

    words, quoted, _ = message.partition(_QUOTES_ALL)
    if quoted:
        words = words.rpartition(".")[0] or words
    return re.sub(rf"\S{{{_LONGEST_WORD},}}", "<left out>", words)[:_LONGEST_MESSAGE]


def told_apart(error: BaseException, where: str, *, is_sent: bool | None = None) -> Exception:
    """Whether a request was sent when its connection failed; the text quotes nothing of it.

    `where` names the endpoint. `is_sent` is for who knows it; else the classes of requests tell.
    """
    import ssl  # the connection has imported it by now

    chain = list(_causes(error))
    names = " < ".join(type(cause).__name__ for cause in chain)
    if any(
        isinstance(cause, ssl.SSLCertVerificationError) or type(cause).__name__ == _NOT_ITS_NAME
        for cause in chain
    ):
        return Untrusted(
            f"the endpoint's certificate is not trusted ({where}): see the property ca_file"
        )
    if any(str(cause).startswith(_PROXY_REFUSED) for cause in chain):
        return ProxyRefused(f"{where}: HTTP 407, check user and password in the property proxy")
    if is_sent is None:
        is_sent = not any(type(cause).__name__ in _NEVER_SENT for cause in chain)
    if not is_sent:
        return NotSent(f"no connection to {where} ({names})")
    return AnswerLost(f"no answer from {where} ({names})")


def trusted_certificates(config: AlicloudConfig) -> str | bool:
    """The bundle to verify endpoints by: the operator's, else the machine's, else the SDK's.

    The SDK carries a bundle from 2017; the machine's is kept up to date.
    """
    import os
    import ssl

    if config.ca_file:
        return config.ca_file
    paths = ssl.get_default_verify_paths()
    for path in (paths.cafile, "/etc/ssl/certs/ca-certificates.crt"):
        if path and os.path.exists(path):  # noqa: PTH110  # pathlib costs a cold start 3 ms
            return path
    return True


def _causes(error: BaseException) -> list[BaseException]:
    """The exceptions inside of one of requests': `reason`, `args`, causes; outermost first."""
    found: list[BaseException] = []
    left: list[object] = [error]
    while left:
        cause = left.pop(0)
        if isinstance(cause, BaseException) and cause not in found:
            found.append(cause)
            left += [getattr(cause, "reason", None), *cause.args, cause.__cause__]
    return found


def _excerpt(body: bytes) -> str:
    text = "".join(c if c.isprintable() else " " for c in body.decode("utf-8", "replace"))
    return " ".join(text.split())[:_LONGEST]


def _seconds(value: object) -> float | None:
    try:
        return float(str(value)) if value is not None else None
    except ValueError:
        return None  # a date: nobody sends one
