"""Who calls the cloud: an access key, the instance's role, an assumed role, a service account.

Credentials are fetched once a call of the CPI, and again shortly before they run out.
Source: RAM, "Access ECS from a RAM role"; STS 2015-04-01, AssumeRole and AssumeRoleWithOIDC.
"""

from __future__ import annotations

import json

from attrs import frozen

from cpikit.errors import CpiError
from cpikit.operations import Effect, Operation
from cpikit.redaction import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cpikit.api import CallContext
    from cpikit.cloud import Cloud
    from cpikit_alicloud.config import AlicloudConfig
    from cpikit_alicloud.wire import Wire

_EARLY_S = 180.0  # new ones are issued well ahead of the end (RAM, instance roles)
SOURCES = ("static", "ecs_ram_role", "oidc")


@frozen(eq=False, repr=False)
class Keys:
    """One set of credentials; `end_s` is when they run out, in seconds since 1970."""

    id: str
    secret: Secret
    token: Secret | None = None
    end_s: float | None = None


class Credentials:
    """The credentials of one call of the CPI, of whatever source the configuration names."""

    def __init__(
        self, config: AlicloudConfig, context: CallContext, cloud: Cloud, wire: Wire
    ) -> None:
        self._config = config
        self._context = context
        self._cloud = cloud
        self._wire = wire
        self._keys: Keys | None = None

    @property
    def is_temporary(self) -> bool:
        """Whether they can be fetched anew."""
        return self._config.credential_source != "static" or bool(self._config.ram_role_arn)

    def current(self) -> Keys:
        """The credentials to sign with."""
        if self._keys is None:
            self.renew()
        assert self._keys is not None  # noqa: S101  # renew sets them or raises
        return self._keys

    def renew_in_time(self) -> None:
        """Fetch them if there are none or if they are about to run out."""
        end_s = self._keys.end_s if self._keys else None
        late = end_s is not None and end_s - self._context.clock.time_s() < _EARLY_S
        if self._keys is None or late:
            self.renew()

    def renew(self) -> None:
        """Fetch them anew. Raises CpiError for what the configuration lacks, FaultError else."""
        source = self._config.credential_source
        if source == "oidc":
            keys = self._by_service_account()
        else:
            keys = self._static() if source == "static" else self._of_instance()
            if self._config.ram_role_arn:
                keys = self._assumed(keys)
        self._context.log.redactor.learn(
            text.reveal() for text in (keys.secret, keys.token) if text is not None
        )
        self._keys = keys

    def _static(self) -> Keys:
        secret = self._config.access_key_secret
        if secret is None:
            raise CpiError("access_key_secret is not set, which credential_source static needs")
        token = self._config.security_token
        return Keys(self._config.access_key_id, secret, token if token and token.reveal() else None)

    def _of_instance(self) -> Keys:
        from cpikit_alicloud.metadata import Metadata  # only for instance roles

        metadata = Metadata(self._config.metadata_endpoint)
        operation = Operation("GetRoleCredentials", Effect.READ, "the instance's RAM role")
        found = self._cloud(
            operation, lambda: metadata.role_credentials(self._config.ram_role_name)
        )
        return _keys(found, "the metadata service")

    def _assumed(self, keys: Keys) -> Keys:
        parameters = {**self._session(), "RegionId": self._config.region}
        if self._config.external_id:
            parameters["ExternalId"] = self._config.external_id
        answer = self._cloud(
            Operation("AssumeRole", Effect.READ, self._config.ram_role_arn),
            lambda: self._wire.send(keys, "Sts", "AssumeRole", parameters, is_read=False),
        )
        return _keys(answer.get("Credentials"), "AssumeRole")

    def _by_service_account(self) -> Keys:
        from cpikit_alicloud import oidc  # only for service accounts

        config = self._config
        parameters = {
            **self._session(),
            "OIDCProviderArn": config.oidc_provider_arn,
            "OIDCToken": oidc.token(config.oidc_token_file or ""),
        }
        answer = self._cloud(
            Operation("AssumeRoleWithOIDC", Effect.READ, config.ram_role_arn),
            lambda: oidc.assume(config, parameters),
        )
        return _keys(answer.get("Credentials"), "AssumeRoleWithOIDC")

    def _session(self) -> dict[str, str]:
        return {
            "RoleArn": self._config.ram_role_arn,
            "RoleSessionName": self._config.role_session_name,
            "DurationSeconds": str(int(self._config.role_session_s)),
        }


def problems_of(config: AlicloudConfig) -> list[str]:
    """What the configuration lacks or mixes up, one line each; empty when it can be used."""
    from cpikit_alicloud import routes  # checked where the rest is, and read by who connects

    found = [*_credential_problems(config), *routes.problems_of(config)]
    return [*found, *config.waits.problems()]


def _credential_problems(config: AlicloudConfig) -> list[str]:
    source = config.credential_source
    if source not in SOURCES:
        return [f"credential_source is {source!r}, wanted one of {', '.join(SOURCES)}"]
    given = {
        "access_key_id": bool(config.access_key_id),
        "access_key_secret": bool(config.access_key_secret and config.access_key_secret.reveal()),
        "security_token": bool(config.security_token and config.security_token.reveal()),
        "ram_role_arn": bool(config.ram_role_arn),
        "oidc_provider_arn": bool(config.oidc_provider_arn),
        "oidc_token_file": bool(config.oidc_token_file),
    }
    needed = {
        "static": ("access_key_id", "access_key_secret"),
        "ecs_ram_role": (),
        "oidc": ("ram_role_arn", "oidc_provider_arn", "oidc_token_file"),
    }[source]
    lines = [
        f"{name} is not set, which credential_source {source} needs"
        for name in needed
        if not given[name]
    ]
    if source != "static":
        mixed = [n for n in ("access_key_id", "access_key_secret", "security_token") if given[n]]
        lines += [f"{name} is set, which credential_source {source} does not use" for name in mixed]
    return lines


def _keys(found: Any, origin: str) -> Keys:
    try:
        return Keys(
            found["AccessKeyId"],
            Secret(found["AccessKeySecret"]),
            Secret(found["SecurityToken"]),
            _utc_s(found["Expiration"]),
        )
    except (TypeError, KeyError, ValueError) as error:
        names = sorted(found) if isinstance(found, dict) else type(found).__name__
        raise CpiError(
            f"{origin} answered no credentials: found {json.dumps(names)}, wanted AccessKeyId, "
            "AccessKeySecret, SecurityToken and Expiration"
        ) from error


def _utc_s(text: str) -> float:
    import calendar  # 1 ms, for temporary credentials alone
    import time

    return float(calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")))
