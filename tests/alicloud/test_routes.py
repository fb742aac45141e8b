"""Proxy, certificates and endpoints: checked before any call, and named by what fails there."""

from __future__ import annotations

import socket
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cpikit.redaction import Secret
from cpikit.testing import CallFailed, InProcess, VirtualClock
from cpikit_alicloud import endpoints, routes
from cpikit_alicloud.config import AlicloudConfig
from tests.alicloud.small_parts import SECTION

OIDC = {
    "region": "eu-central-1",
    "credential_source": "oidc",
    "ram_role_arn": "acs:ram::123:role/r",
    "oidc_provider_arn": "acs:ram::123:oidc-provider/x",
}


class Proxy:
    """A proxy that answers every CONNECT with this status, and keeps what it was told."""

    def __init__(self, status: bytes) -> None:
        self.status = status
        self.heard: list[str] = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"

    def serve(self) -> None:
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            with peer:
                self.heard.append(peer.recv(65536).decode())
                peer.sendall(b"HTTP/1.1 " + self.status + b"\r\nContent-Length: 0\r\n\r\n")


@contextmanager
def standing(status: bytes) -> Iterator[Proxy]:
    proxy = Proxy(status)
    thread = threading.Thread(target=proxy.serve)
    thread.start()
    yield proxy
    proxy.socket.shutdown(socket.SHUT_RDWR)
    proxy.socket.close()
    thread.join(5)


def failure(section: dict[str, Any]) -> tuple[CallFailed, list[str]]:
    """How has_disk fails with this section, and the log."""
    process = InProcess("alicloud", section, clock=VirtualClock())
    with pytest.raises(CallFailed) as error:
        process.call("has_disk", "d-1")
    return error.value, process.log


@pytest.mark.parametrize(
    ("url", "host", "port", "who"),
    [
        ("http://proxy.example.com:3128", "proxy.example.com", 3128, ""),
        ("http://proxy.example.com", "proxy.example.com", 80, ""),
        ("https://proxy.example.com/", "proxy.example.com", 443, ""),
        ("http://u:p%40w@h:8080/", "h", 8080, "u:p%40w"),
        ("http://u:p@w@h:8080", "h", 8080, "u:p@w"),
        ("http://[::1]:3128", "[::1]", 3128, ""),
        ("http://[::1]", "[::1]", 80, ""),
        ("proxy.example.com:3128", "proxy.example.com", 3128, ""),
        ("u:p@h:3128", "h", 3128, "u:p"),
        ("[::1]:3128", "[::1]", 3128, ""),
    ],
)
def test_a_proxy_is_an_url(url: str, host: str, port: int, who: str) -> None:
    found = routes.proxy_of(AlicloudConfig(region="r", proxy=Secret(url)))
    assert found == routes.Proxy(host, port, who)
    assert "u:p" not in repr(found)


@pytest.mark.parametrize("proxy", [None, Secret("")])
def test_no_proxy_is_no_proxy(proxy: Secret | None) -> None:
    assert routes.proxy_of(AlicloudConfig(region="r", proxy=proxy)) is None


@pytest.mark.parametrize(
    "url",
    [
        "canary:canary@h",
        "canary:canary@:3128",
        "socks5://canary@h:1",
        "http://canary@",
        "http://h:x",
        "h",
        "h:x",
    ],
)
def test_what_is_no_url_of_a_proxy_is_told_without_its_credentials(url: str) -> None:
    told, log = failure({**SECTION, "proxy": url})
    assert told.type.endswith("CpiError")
    assert "proxy is no URL of a proxy, wanted http://host:port" in told.message
    assert "canary" not in told.message + "".join(log)


@pytest.mark.parametrize("name", ["ecs_endpoint", "oss_endpoint", "sts_endpoint"])
def test_an_endpoint_with_a_user_is_told_without_it(name: str) -> None:
    told, log = failure({**SECTION, name: "https://u:canary@ecs.example.com"})
    assert f"{name} is 'https://<left out>@ecs.example.com', wanted a host" in told.message
    assert "canary" not in told.message + "".join(log)
    assert told.type.endswith("CpiError")


def test_a_metadata_endpoint_with_a_user_is_told_without_it() -> None:
    section = {"region": "r", "credential_source": "ecs_ram_role"}
    told, _ = failure({**section, "metadata_endpoint": "http://u:canary@h"})
    assert "canary" not in told.message
    assert "metadata_endpoint is 'http://<left out>@h'" in told.message
    assert endpoints.without_user("h:1") == "h:1"


@pytest.mark.parametrize("junk", [None, "no certificate"])
def test_certificates_that_cannot_be_used_are_named(tmp_path: Path, junk: str | None) -> None:
    path = tmp_path / "ca.pem"
    if junk:
        path.write_text(junk)
    told, _ = failure({**SECTION, "ca_file": str(path)})
    assert f"ca_file {str(path)!r} " in told.message
    assert told.type.endswith("CpiError")


def test_broken_certificates_are_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n")
    told, log = failure({**SECTION, "ca_file": str(path)})
    assert f"ca_file {str(path)!r} cannot be used" in told.message
    assert not any("retry" in line for line in log)


def test_a_connection_that_fails_names_its_endpoint() -> None:
    told, _ = failure({**SECTION, "ecs_endpoint": "http://127.0.0.1:1"})
    assert "no connection to 127.0.0.1:1 (" in told.message


@pytest.mark.parametrize("scheme", ["http://", ""])
def test_a_proxy_that_wants_other_credentials_is_named_and_asked_once(scheme: str) -> None:
    with standing(b"407 Proxy Authentication Required") as proxy:
        told, log = failure({**SECTION, "proxy": f"{scheme}u:canary@{proxy.address}"})
    assert f"ecs.eu-central-1.aliyuncs.com through proxy {proxy.address}: HTTP 407" in told.message
    assert "property proxy" in told.message
    assert len(proxy.heard) == 1
    assert b64encode(b"u:canary").decode() in proxy.heard[0]
    assert "canary" not in told.message + "".join(log)


def test_a_proxy_that_finds_nobody_is_named() -> None:
    with standing(b"503 Service Unavailable") as proxy:
        told, _ = failure({**SECTION, "proxy": f"http://{proxy.address}"})
    assert f"aliyuncs.com through proxy {proxy.address} (" in told.message


def test_a_service_account_goes_through_the_proxy_with_its_decoded_credentials(
    tmp_path: Path,
) -> None:
    (tmp_path / "token").write_text("t")
    section = {**OIDC, "oidc_token_file": str(tmp_path / "token")}
    with standing(b"407 Proxy Authentication Required") as proxy:
        told, _ = failure({**section, "proxy": f"http://u:p%40w@{proxy.address}"})
    assert proxy.heard[0].startswith("CONNECT sts.eu-central-1.aliyuncs.com:443 ")
    assert f"Basic {b64encode(b'u:p@w').decode()}" in proxy.heard[0]
    assert len(proxy.heard) == 1
    assert f"through proxy {proxy.address}: HTTP 407" in told.message


def test_a_source_of_credentials_is_named_by_its_word() -> None:
    told, _ = failure({"region": "r", "credential_source": "static", "access_key_id": "i"})
    assert "access_key_secret is not set, which credential_source static needs" in told.message
