"""Make a certificate authority and a server certificate for one run of the simulator."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import shutil
import ssl
import tempfile

from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_DAYS = 30
_NAMES = ("localhost", "*.aliyuncs.com", "*.localhost")


@frozen
class Certificates:
    """A folder with the authority's certificate, and what a TLS server needs."""

    folder: str
    ca_file: str
    context: ssl.SSLContext

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


def made(region_ids: tuple[str, ...] = ()) -> Certificates:
    """Make both; names are loopback's and those of the public endpoints."""
    ca_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cpikit simulator CA")])
    ca = _signed(_begun(ca_name, ca_name, ca_key.public_key()), ca_key, ca_key, is_ca=True)
    # One star is one label: buckets have names of their own below OSS's regional hosts.
    hosts = ("*.{}", "*.oss-{}", "*.oss-{}-internal")
    regional = (f"{host.format(id_)}.aliyuncs.com" for id_ in region_ids for host in hosts)
    names = [*_NAMES, *regional]
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cpikit simulator")])
    leaf = _begun(name, ca_name, server_key.public_key()).add_extension(
        x509.SubjectAlternativeName(
            [
                *(x509.DNSName(each) for each in names),
                x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
                x509.IPAddress(ipaddress.ip_address("::1")),
            ]
        ),
        critical=False,
    )
    server = _signed(leaf, server_key, ca_key, is_ca=False)
    return _kept(ca, server, server_key)


def _begun(
    name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=_DAYS))
    )


def _signed(
    builder: x509.CertificateBuilder,
    own: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    *,
    is_ca: bool,
) -> x509.Certificate:
    builder = (
        builder.add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .add_extension(_usage(is_ca=is_ca), critical=True)
    )
    if not is_ca:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        builder = builder.add_extension(usage, critical=False)
    return builder.sign(signer, hashes.SHA256())


def _usage(*, is_ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _kept(
    ca: x509.Certificate, server: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> Certificates:
    folder = tempfile.mkdtemp(prefix="cpikit-alicloud-simulator-")
    ca_file, server_file = f"{folder}/ca.pem", f"{folder}/server.pem"
    _write(ca_file, ca.public_bytes(serialization.Encoding.PEM))
    _write(
        server_file,
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + server.public_bytes(serialization.Encoding.PEM),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server_file)
    return Certificates(folder, ca_file, context)


def _write(path: str, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
