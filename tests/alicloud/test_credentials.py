"""Credentials: an access key, the instance's role, an assumed role, a service account."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from attrs import define, field

from cpikit.testing import CallFailed, InProcess
from cpikit_alicloud import client as client_module
from cpikit_alicloud.refusals import Refused
from tests.alicloud.loopback import Loopback, serving

BASE = {"region": "eu-central-1"}
STATIC = {**BASE, "access_key_id": "base-id", "access_key_secret": "canary-base"}
ROLE = "acs:ram::123:role/cpi"


@define(eq=False)
class Wire:
    """Answers has_disk's call and AssumeRole; notes who asked."""

    asked: list[tuple[str, str, Mapping[str, str]]] = field(factory=list)
    tokens: list[str | None] = field(factory=list)
    expired: int = 0
    lasts_s: float = 3600.0
    date: str = ""

    def send(
        self,
        keys: Any,
        product: str,
        action: str,
        parameters: Mapping[str, str],
        *,
        is_read: bool,
    ) -> dict[str, Any]:
        """Answer one call."""
        self.asked.append((keys.id, action, parameters))
        self.tokens.append(keys.token.reveal() if keys.token else None)
        if action == "AssumeRole":
            return {"Credentials": credentials("assumed", self.lasts_s)}
        if self.expired:
            self.expired -= 1
            raise Refused("InvalidSecurityToken.Expired", "expired", request_id="R-1")
        return {"Disks": {"Disk": [{"DiskId": "d-1", "Status": "Available"}]}}


def credentials(name: str, lasts_s: float = 3600.0) -> dict[str, str]:
    end = time.gmtime(1_700_000_000 + lasts_s)  # the virtual clock begins there
    return {
        "AccessKeyId": f"{name}-id",
        "AccessKeySecret": f"canary-{name}-secret",
        "SecurityToken": f"canary-{name}-token",
        "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", end),
    }


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    made = Wire()
    monkeypatch.setattr(client_module, "SdkWire", lambda *_: made)
    return made


@pytest.fixture
def service() -> Iterator[Loopback]:
    with serving() as script:
        yield script


def has_disk(**section: Any) -> InProcess:
    process = InProcess("alicloud", section)
    assert process.call("has_disk", "d-1") is True
    return process


def refused(**section: Any) -> CallFailed:
    with pytest.raises(CallFailed) as failure:
        InProcess("alicloud", section).call("has_disk", "d-1")
    return failure.value


# static


def test_a_static_key_signs(wire: Wire) -> None:
    has_disk(**STATIC)
    assert [who for who, _, _ in wire.asked] == ["base-id"]
    assert wire.tokens == [None]


def test_an_empty_token_is_none_and_a_token_is_sent(wire: Wire) -> None:
    has_disk(**STATIC, security_token="", credential_source=" static ")
    has_disk(**STATIC, security_token="canary-token")
    assert wire.tokens == [None, "canary-token"]


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ({**BASE, "access_key_id": "a"}, "access_key_secret is not set"),
        ({**BASE, "access_key_secret": "canary"}, "access_key_id is not set"),
        ({**STATIC, "credential_source": "env"}, "wanted one of static, ecs_ram_role, oidc"),
        ({**STATIC, "credential_source": "ecs_ram_role"}, "access_key_id is set"),
        ({**BASE, "credential_source": "oidc"}, "oidc_token_file is not set"),
        ({**STATIC, "region": ""}, "region is not set"),
    ],
)
def test_what_is_missing_or_mixed_is_told_before_anything_is_called(
    wire: Wire, section: dict[str, Any], told: str
) -> None:
    failure = refused(**section)
    assert told in failure.message
    assert failure.type == "CpiError"
    assert not wire.asked


def test_credentials_of_a_cpi_config_win_over_cpi_json(wire: Wire) -> None:
    process = InProcess("alicloud", STATIC)
    process.call("has_disk", "d-1", access_key_id="other-id", access_key_secret="canary-other")
    assert wire.asked[0][0] == "other-id"
    assert "canary" not in "".join(process.log)


def test_static_keys_that_expired_are_not_fetched_anew(wire: Wire) -> None:
    wire.expired = 1
    assert "InvalidSecurityToken.Expired" in refused(**STATIC).message


# the instance's role


def in_role(service: Loopback, **more: Any) -> dict[str, Any]:
    return {
        **BASE,
        "credential_source": "ecs_ram_role",
        "metadata_endpoint": f"{service.url}/prefix",
        **more,
    }


def test_the_instances_role_is_asked_for_with_a_token(wire: Wire, service: Loopback) -> None:
    service.answer(b"metadata-token")
    service.answer(b"cpi-role\n")
    service.answer({"Code": "Success", **credentials("role")})
    process = has_disk(**in_role(service))
    assert [(r.method, r.path) for r in service.heard] == [
        ("PUT", "/prefix/latest/api/token"),
        ("GET", "/prefix/latest/meta-data/ram/security-credentials/"),
        ("GET", "/prefix/latest/meta-data/ram/security-credentials/cpi-role"),
    ]
    assert service.heard[0].headers["X-aliyun-ecs-metadata-token-ttl-seconds"] == "60"
    assert service.heard[2].headers["X-aliyun-ecs-metadata-token"] == "metadata-token"
    assert wire.asked[0][0] == "role-id"
    assert wire.tokens == ["canary-role-token"]
    assert "canary" not in "".join(process.log)


def test_a_service_without_tokens_and_a_named_role_take_one_question(
    wire: Wire, service: Loopback
) -> None:
    service.answer(b"no", 404)
    service.answer(credentials("role"))
    has_disk(**in_role(service, ram_role_name="cpi-role"))
    assert len(service.heard) == 2
    assert "X-aliyun-ecs-metadata-token" not in service.heard[1].headers


@pytest.mark.parametrize(("roles", "count"), [(b"", 0), (b"a\nb\n", 2)])
def test_an_instance_without_a_role_or_with_several_is_told(
    wire: Wire, service: Loopback, roles: bytes, count: int
) -> None:
    service.answer(b"token")
    service.answer(roles, 404 if not roles else 200)
    assert f"{count} RAM roles, wanted one" in refused(**in_role(service)).message


def test_a_metadata_service_that_stumbles_is_asked_again(wire: Wire, service: Loopback) -> None:
    service.answer(b"token")
    service.answer(b"busy", 503)
    service.answer(b"token")
    service.answer(credentials("role"))
    has_disk(**in_role(service, ram_role_name="cpi-role"))


@pytest.mark.parametrize("found", [{}, [], "x", {"AccessKeyId": "a"}, {"Code": "Failed"}])
def test_what_is_no_credentials_is_refused(wire: Wire, service: Loopback, found: object) -> None:
    service.answer(b"token")
    service.answer(found)
    failure = refused(**in_role(service, ram_role_name="cpi-role"))
    assert "credentials" in failure.message
    assert not wire.asked


def test_credentials_are_fetched_once_a_call_of_the_cpi(wire: Wire, service: Loopback) -> None:
    service.answer(b"token")
    service.answer(credentials("role"))
    process = InProcess("alicloud", in_role(service, ram_role_name="cpi-role"))
    process.call("set_disk_metadata", "d-1", {"a": "b"})
    assert len(wire.asked) == 2
    assert len(service.heard) == 2


def test_credentials_about_to_run_out_are_fetched_anew(wire: Wire, service: Loopback) -> None:
    for name, lasts_s in (("first", 100.0), ("second", 3600.0)):
        service.answer(b"token")
        service.answer(credentials(name, lasts_s))
    process = InProcess("alicloud", in_role(service, ram_role_name="cpi-role"))
    process.call("set_disk_metadata", "d-1", {"a": "b"})
    assert [who for who, _, _ in wire.asked] == ["first-id", "second-id"]


def test_credentials_that_expired_all_the_same_are_fetched_anew_once(
    wire: Wire, service: Loopback
) -> None:
    for name in ("first", "second"):
        service.answer(b"token")
        service.answer(credentials(name))
    wire.expired = 1
    has_disk(**in_role(service, ram_role_name="cpi-role"))
    assert [who for who, _, _ in wire.asked] == ["first-id", "second-id"]


def test_a_metadata_service_elsewhere_is_refused(wire: Wire) -> None:
    section = {**BASE, "credential_source": "ecs_ram_role"}
    for endpoint in ("http://example.com", "https://127.0.0.1", "127.0.0.1"):
        assert "metadata_endpoint" in refused(**section, metadata_endpoint=endpoint).message


# an assumed role


def test_a_role_is_assumed_with_the_base_keys(wire: Wire) -> None:
    has_disk(
        **STATIC, ram_role_arn=ROLE, external_id="ext", role_session_name="me", role_session_s=900
    )
    (who, action, sent), (then, _, _) = wire.asked
    assert (who, action, then) == ("base-id", "AssumeRole", "assumed-id")
    assert sent["RoleArn"] == ROLE
    assert (sent["ExternalId"], sent["RoleSessionName"]) == ("ext", "me")
    assert sent["DurationSeconds"] == "900"


def test_a_role_is_assumed_over_the_instances_role(wire: Wire, service: Loopback) -> None:
    service.answer(b"token")
    service.answer(credentials("role"))
    has_disk(**in_role(service, ram_role_name="cpi-role", ram_role_arn=ROLE))
    assert [(who, action) for who, action, _ in wire.asked] == [
        ("role-id", "AssumeRole"),
        ("assumed-id", "DescribeDisks"),
    ]
