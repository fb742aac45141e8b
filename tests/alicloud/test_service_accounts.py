"""Credentials of a service account (RRSA): its token is exchanged without a signature."""

# ruff: noqa: F811  # fixtures are named as arguments

from __future__ import annotations

from pathlib import Path
from typing import Any

from cpikit.testing import InProcess
from tests.alicloud.loopback import Loopback
from tests.alicloud.test_credentials import (
    BASE,
    ROLE,
    Wire,
    credentials,
    has_disk,
    refused,
    service,  # noqa: F401  # a fixture
    wire,  # noqa: F401  # a fixture
)


def by_account(service: Loopback, path: Path) -> dict[str, Any]:
    return {
        **BASE,
        "credential_source": "oidc",
        "ram_role_arn": ROLE,
        "oidc_provider_arn": "acs:ram::123:oidc-provider/x",
        "oidc_token_file": str(path),
        "sts_endpoint": service.url,
    }


def test_a_service_account_is_exchanged_without_a_signature(
    wire: Wire, service: Loopback, tmp_path: Path
) -> None:
    path = tmp_path / "token"
    path.write_text("canary-oidc-token\n")
    service.answer({"Credentials": credentials("account")})
    process = has_disk(**by_account(service, path))
    sent = service.heard[0].form
    assert sent["Action"] == "AssumeRoleWithOIDC"
    assert sent["OIDCToken"] == "canary-oidc-token"
    assert sent["OIDCProviderArn"] == "acs:ram::123:oidc-provider/x"
    assert "Signature" not in sent
    assert wire.asked[0][0] == "account-id"
    assert "canary" not in "".join(process.log)


def test_a_refused_service_account_is_told(wire: Wire, service: Loopback, tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("t")
    service.answer({"Code": "AuthenticationFail.OIDCToken.Expired", "Message": "old"}, 400)
    assert "OIDCToken.Expired" in refused(**by_account(service, path)).message


def test_a_token_file_that_is_missing_is_told(
    wire: Wire, service: Loopback, tmp_path: Path
) -> None:
    failure = refused(**by_account(service, tmp_path / "none"))
    assert "oidc_token_file" in failure.message
    assert failure.type == "CpiError"


def test_the_token_file_comes_from_cpi_json_alone(
    wire: Wire, service: Loopback, tmp_path: Path
) -> None:
    path = tmp_path / "token"
    path.write_text("right")
    service.answer({"Credentials": credentials("account")})
    process = InProcess("alicloud", by_account(service, path))
    process.call("has_disk", "d-1", oidc_token_file="/etc/passwd")
    assert service.heard[0].form["OIDCToken"] == "right"
