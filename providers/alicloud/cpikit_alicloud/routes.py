"""By what endpoints are reached: the operator's proxy and certificates, checked before any call.

No text of this file quotes the proxy's user or password.
"""

from __future__ import annotations

from attrs import frozen

from cpikit.errors import CpiError
from cpikit_alicloud.endpoints import checked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cpikit_alicloud.config import AlicloudConfig

_PORTS = {"http": 80, "https": 443}  # without one, as requests has it for the SDK
_LAST_PORT = 65535
_ENDPOINTS = ("ecs", "vpc", "slb", "nlb", "alb", "sts", "oss")
_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"


@frozen
class Proxy:
    """A proxy; `who` is "user:password" as the URL has it, "" for none."""

    host: str
    port: int
    who: str = ""

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def __repr__(self) -> str:
        return f"Proxy({self})"


def proxy_of(config: AlicloudConfig) -> Proxy | None:
    """The proxy of the configuration, None for none. Raises CpiError for what is no URL of one."""
    text = proxy_url(config)
    if not text:
        return None
    scheme, _, rest = text.partition("://")
    scheme = scheme.lower()
    who, _, address = rest.rstrip("/").rpartition("@")
    host, port = _divided(address)
    default = _PORTS.get(scheme, 0) if text == _said(config) else 0  # "yes" is no host
    number = int(port) if port.isdecimal() else 0 if port else default
    is_host = host and not any(c in host for c in "/?# ")
    if not (scheme in _PORTS and is_host and 0 < number <= _LAST_PORT):
        raise CpiError(
            "proxy is no URL of a proxy, wanted http://host:port or "
            "http://user:password@host:port, with other characters than letters and digits of "
            "user and password percent-encoded"
        )
    return Proxy(host, number, who)


def proxy_url(config: AlicloudConfig) -> str:
    """The proxy as an URL with its credentials, "" for none; host:port alone is http."""
    text = _said(config)
    return f"http://{text}" if text and "://" not in text else text


def _said(config: AlicloudConfig) -> str:
    return config.proxy.reveal() if config.proxy else ""


def problems_of(config: AlicloudConfig) -> list[str]:
    """What keeps every endpoint, or one of them, from being reached; one line each."""
    found = []
    for product in _ENDPOINTS:
        name = f"{product}_endpoint"
        override = getattr(config, name)
        try:
            if override:
                checked(override, name)
        except CpiError as error:
            found.append(error.message)
    try:
        proxy_of(config)
    except CpiError as error:
        found.append(error.message)
    return found + _certificate_problems(config.ca_file or "")


def where(config: AlicloudConfig, host: str) -> str:
    """An endpoint as an error names it, with the proxy that it is reached through."""
    proxy = proxy_of(config)
    return f"{host} through proxy {proxy}" if proxy else host


def _certificate_problems(path: str) -> list[str]:
    if not path:
        return []
    try:
        with open(path, "rb") as file:  # noqa: PTH123  # pathlib costs a cold start 3 ms
            is_pem = _CERTIFICATE in file.read()
    except OSError as error:
        return [f"ca_file {path!r} cannot be read: {error.strerror}"]
    return [] if is_pem else [f"ca_file {path!r} holds no certificate, wanted a PEM file of them"]


def _divided(address: str) -> tuple[str, str]:
    """Host and port of "host", "host:port" and "[::1]:port"."""
    host, colon, port = address.rpartition(":")
    if not colon or port.endswith("]"):
        return address, ""
    return host, port
