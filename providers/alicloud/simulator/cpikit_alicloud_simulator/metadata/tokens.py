"""Session tokens of the hardened mode: sealed, so that none has to be remembered."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from attrs import field, frozen

LONGEST_S = 21_600  # ECS: X-aliyun-ecs-metadata-token-ttl-seconds, 1 to 21600
_SEAL_BYTES = 32
_TIME_BYTES = 8


@frozen
class TokenSeal:
    """Makes and checks tokens; a token is good on the instance that it was issued to only."""

    key: bytes = field(repr=False)

    def issue(self, instance_id: str, now: datetime, ttl_s: int) -> str:
        """Give a token that is good for `ttl_s` seconds."""
        expires_at = int((now + timedelta(seconds=ttl_s)).timestamp()).to_bytes(_TIME_BYTES)
        sealed = expires_at + self._seal(instance_id, expires_at)
        return base64.urlsafe_b64encode(sealed).decode()

    def accepts(self, token: str, instance_id: str, now: datetime) -> bool:
        """Say whether a token is ours, for this instance, and not expired."""
        try:
            raw = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return False
        if len(raw) != _TIME_BYTES + _SEAL_BYTES:
            return False
        expires_at, seal = raw[:_TIME_BYTES], raw[_TIME_BYTES:]
        if not hmac.compare_digest(seal, self._seal(instance_id, expires_at)):
            return False
        return now.astimezone(UTC).timestamp() < int.from_bytes(expires_at)

    def _seal(self, instance_id: str, expires_at: bytes) -> bytes:
        return hmac.digest(self.key, instance_id.encode() + b"\0" + expires_at, hashlib.sha256)
