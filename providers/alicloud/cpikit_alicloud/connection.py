"""What carries the SDK's requests: our proxy, our trust, and failures told apart by their class.

The SDK would flatten a failure into a text with the whole URL in it; so each one leaves here as an
exception of refusals.py, which its `except IOError` does not hold. The classes of its own copy of
requests are handed in: client.py alone names them.
"""

from __future__ import annotations

import ssl

from cpikit_alicloud.answers import refusal, told_apart, trusted_certificates
from cpikit_alicloud.endpoints import is_loopback
from cpikit_alicloud.refusals import Untrusted
from cpikit_alicloud.routes import proxy_url, where

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cpikit_alicloud.config import AlicloudConfig


def carrier(
    http_adapter: Any,
    config: AlicloudConfig,
    answered: Callable[[str | None], None],
    *,
    spare_roots: Callable[[], str],
) -> Any:
    """An adapter of requests' kind; `answered` hears the Date of each answer.

    `spare_roots` names the certificates to verify by where neither operator nor machine has any.
    """
    proxy = proxy_url(config)
    proxies = {"https": proxy, "http": proxy} if proxy else {}

    class Carrier(http_adapter):  # type: ignore[misc]  # the SDK has no types
        def init_poolmanager(self, *sizes: Any, **options: Any) -> None:
            # The SDK's own context is of a kind that Python deprecates, and trusts roots of 2017.
            super().init_poolmanager(*sizes, ssl_context=_tls(config, spare_roots), **options)

        def proxy_manager_for(self, through: str, **options: Any) -> Any:
            return super().proxy_manager_for(
                through, ssl_context=_tls(config, spare_roots), **options
            )

        def cert_verify(self, conn: Any, *_: Any) -> None:
            conn.cert_reqs, conn.ca_certs, conn.ca_cert_dir = "CERT_REQUIRED", None, None

        def send(self, request: Any, **options: Any) -> Any:
            host = request.url.partition("://")[2].partition("/")[0]
            is_local = is_loopback(host)
            options["proxies"] = {} if is_local else proxies
            try:
                response = super().send(request, **options)
                body = response.content
            except OSError as error:  # each of requests' exceptions is one
                place = host if is_local else where(config, host)
                raise told_apart(error, place) from None  # its text quotes the URL
            answered(response.headers.get("Date"))
            if not 200 <= response.status_code < 300:  # noqa: PLR2004  # the successes of HTTP
                raise refusal(response.status_code, response.headers, body)
            return response

    return Carrier()


class _Context(ssl.SSLContext):
    """Verifies certificate and name, the latter of addresses too.

    urllib3 names no address in the handshake, and would compare it by what Python has given up.
    """

    def wrap_socket(self, sock: Any, *_: Any, **options: Any) -> Any:
        options["server_hostname"] = options.get("server_hostname") or sock.getpeername()[0]
        return super().wrap_socket(sock, **options)


def _tls(config: AlicloudConfig, spare_roots: Callable[[], str]) -> ssl.SSLContext:
    trusted = trusted_certificates(config)
    context = _Context(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cafile=trusted if isinstance(trusted, str) else spare_roots())
    except OSError as error:  # ssl.SSLError is one
        name = "ca_file" if config.ca_file else "certificates"
        raise Untrusted(f"{name} {trusted!r} cannot be used: {type(error).__name__}") from None
    return context
