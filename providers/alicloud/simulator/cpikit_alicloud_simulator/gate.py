"""Let in who signed rightly: the join between the world's accounts and the signature schemes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

from attrs import define, field

from cpikit_alicloud_simulator import signatures
from cpikit_alicloud_simulator.accounts import AccessKey, Accounts
from cpikit_alicloud_simulator.wire import WireRequest

RealNow: TypeAlias = Callable[[], datetime]


def real_now() -> datetime:
    """Give the time that signatures and tokens are checked by, whatever the world's clock says."""
    return datetime.now(UTC)


@define
class Gate:
    """Checks signatures against a world's accounts, on the real clock."""

    accounts: Accounts
    now: RealNow = real_now
    nonces: signatures.NonceLog = field(factory=signatures.NonceLog)

    def admit(self, request: WireRequest) -> tuple[AccessKey, str]:
        """Give the key that signed an RPC request, and by which scheme; raises ApiError."""
        found = signatures.authenticate(
            request, self._credential, self.now(), self.nonces, issued=self.accounts.has_issued
        )
        return self._key(found.access_key_id), found.scheme

    def admit_oss(self, request: WireRequest, bucket: str, key: str) -> AccessKey:
        """Give the key that signed an OSS request; raises ApiError."""
        found = signatures.authenticate_oss(
            request,
            self._credential,
            self.now(),
            bucket=bucket,
            key=key,
            issued=self.accounts.has_issued,
        )
        return self._key(found.access_key_id)

    def _key(self, key_id: str) -> AccessKey:
        key = self.accounts.find(key_id)
        if key is None:  # the schemes only let in what `_credential` gave
            raise LookupError(f"access key {key_id} was let in but is not in the world")
        return key

    def _credential(self, key_id: str) -> signatures.Credential | None:
        key = self.accounts.find(key_id)
        if key is None:
            return None
        return signatures.Credential(
            access_key_id=key.id,
            secret=key.secret,
            security_token=key.security_token,
            expires_at=key.expires_at,
            account_id=key.account_id,
            principal=key.principal,
            status=key.status,
        )
