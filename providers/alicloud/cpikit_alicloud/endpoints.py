"""Where each product is reached: at the operator's endpoint, or at the region's public one."""

from __future__ import annotations

from cpikit.errors import CpiError

VERSIONS = {
    "Ecs": "2014-05-26",
    "Vpc": "2016-04-28",
    "Slb": "2014-05-15",
    "Nlb": "2022-04-30",
    "Alb": "2020-06-16",
    "Sts": "2015-04-01",
}
"""The products and the versions of their APIs that are spoken here."""

_CENTRAL = frozenset(
    "cn-qingdao cn-beijing cn-hangzhou cn-shanghai cn-shenzhen cn-hongkong ap-southeast-1 "
    "us-west-1 us-east-1".split()
)
"""Regions whose older products share one endpoint (aliyun-python-sdk-core, data/endpoints.json)."""

_CENTRAL_HOSTS = {
    "Ecs": "ecs-cn-hangzhou.aliyuncs.com",
    "Vpc": "vpc.aliyuncs.com",
    "Slb": "slb.aliyuncs.com",
}
_LOOPBACK = ("127.", "localhost", "[::1]", "::1")


def endpoint(product: str, region: str, override: str) -> str:
    """The endpoint as "host", "host:port" or, on loopback alone, "http://host:port".

    Raises CpiError for an override that is no host, or plain HTTP to anywhere else than loopback.
    """
    if override:
        return checked(override, f"{product.lower()}_endpoint")
    if product == "Sts":
        return f"sts.{region}.aliyuncs.com"
    if region in _CENTRAL and product in _CENTRAL_HOSTS:
        return _CENTRAL_HOSTS[product]
    return f"{product.lower()}.{region}.aliyuncs.com"


def checked(override: str, name: str) -> str:
    """An endpoint of the configuration, without the scheme where that is https."""
    scheme, separator, rest = override.partition("://")
    host = (rest if separator else override).rstrip("/")
    if not separator:
        scheme = "https"
    if not host or any(c in host for c in "/?#@ ") or scheme not in ("http", "https"):
        found = without_user(override)
        raise CpiError(f"{name} is {found!r}, wanted a host, host:port or https://host:port")
    if scheme == "http":
        if not is_loopback(host):
            raise CpiError(
                f"{name} is {override!r}: plain HTTP is for loopback addresses only, "
                "write https:// or the host alone"
            )
        return f"http://{host}"
    return host


def without_user(url: str) -> str:
    """The URL for a message: user and password, which may stand before an @, are left out."""
    head, is_there, rest = url.rpartition("@")
    scheme, is_url, _ = head.partition("://")
    return f"{scheme + is_url if is_url else ''}<left out>@{rest}" if is_there else url


def is_loopback(host: str) -> bool:
    """Whether a host, with or without a port, is this machine itself."""
    return host.startswith(_LOOPBACK) and not _looks_like_a_name(host)


def _looks_like_a_name(host: str) -> bool:
    """A name such as `127.example.org` or `localhost.example.org`."""
    if host.startswith("["):
        return False
    name = host.rsplit(":", 1)[0] if host.count(":") == 1 else host
    return name != "localhost" and any(c.isalpha() for c in name.replace("::1", ""))
