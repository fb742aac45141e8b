"""TLS to the endpoints: certificate and name are verified, by the roots of the operator."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cpikit.testing import CallFailed, InProcess
from cpikit_alicloud import client as client_module
from tests.alicloud.loopback import Loopback, serving, tls

DISK = {"Disks": {"Disk": [{"DiskId": "d-1", "Status": "Available", "Size": 20}]}}


@pytest.fixture(autouse=True)
def closed_connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close what the SDK keeps open: a process of the CPI ends without doing so."""
    made = []
    original = client_module._acs_client

    def remember(*arguments: Any) -> Any:
        made.append(original(*arguments))
        return made[-1]

    monkeypatch.setattr(client_module, "_acs_client", remember)
    yield
    for acs in made:
        acs.session.close()


def cpi(cloud: Loopback, **section: Any) -> InProcess:
    return InProcess(
        "alicloud",
        {
            "region": "eu-central-1",
            "access_key_id": "test-key-id",
            "access_key_secret": "canary-secret",
            "ecs_endpoint": cloud.url,
            **section,
        },
    )


def a_certificate(folder: Path, for_address: str = "127.0.0.1") -> tuple[str, str]:
    """A certificate for the address that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address(for_address))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_path, key_path = folder / "certificate.pem", folder / "key.pem"
    certificate_path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return str(certificate_path), str(key_path)


def test_tls_is_verified_by_the_operators_certificates(tmp_path: Path) -> None:
    certificate, key = a_certificate(tmp_path)
    with serving(tls(certificate, key)) as cloud:
        cloud.answer(DISK)
        for endpoint in (cloud.url, f"127.0.0.1:{cloud.port}"):
            cloud.answer(DISK)
            trusting = cpi(cloud, ca_file=certificate, ecs_endpoint=endpoint)
            assert trusting.call("has_disk", "d-1") is True


def test_a_certificate_that_nobody_vouches_for_is_an_error_at_once(tmp_path: Path) -> None:
    certificate, key = a_certificate(tmp_path)
    with serving(tls(certificate, key)) as cloud:
        process = cpi(cloud)
        with pytest.raises(CallFailed, match="certificate is not trusted"):
            process.call("has_disk", "d-1")
        assert process.clock.sleeps == []  # type: ignore[attr-defined]  # a VirtualClock
        assert cloud.heard == []


def test_a_trusted_certificate_of_another_host_is_an_error_at_once(tmp_path: Path) -> None:
    certificate, key = a_certificate(tmp_path, "127.0.0.2")
    with serving(tls(certificate, key)) as cloud:
        process = cpi(cloud, ca_file=certificate)
        with pytest.raises(CallFailed, match="certificate is not trusted"):
            process.call("has_disk", "d-1")
        assert process.clock.sleeps == []  # type: ignore[attr-defined]  # a VirtualClock
        assert cloud.heard == []
