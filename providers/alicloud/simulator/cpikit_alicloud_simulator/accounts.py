"""Know the accounts of a world, their access keys, and what each key may do."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from attrs import define, field, frozen

from cpikit_alicloud_simulator.policies import Policy, permits

ROOT = "root"
DEFAULT_ACCOUNT_ID = "1000000000000001"
DEFAULT_KEY_ID = "LTAI5tSimulator000000001"


@frozen
class AccessKey:
    """One access key. `policies` is None for the account itself, to whom none apply.

    `principal` is `root`, `user/NAME` or `assumed-role/ROLE/SESSION`; a session key has a
    `security_token` and expires on the real clock.
    """

    id: str
    secret: str = field(repr=False)
    account_id: str
    principal: str = ROOT
    policies: tuple[Policy, ...] | None = None
    status: Literal["active", "inactive", "disabled"] = "active"
    security_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    narrowed_to: Policy | None = None
    """What a session may do at most, whatever its role allows (AssumeRole, Policy)."""

    def permits(self, action: str, resource: str = "*") -> bool:
        """Say whether this key may do something: its policies and its session's both say so."""
        narrowed = None if self.narrowed_to is None else (self.narrowed_to,)
        return permits(self.policies, action, resource) and permits(narrowed, action, resource)


@frozen
class Account:
    """One account of Alibaba Cloud."""

    id: str
    name: str = ""


@define
class Accounts:
    """All accounts and keys of a world. The first account is the default one."""

    seed: int = 0
    _accounts: dict[str, Account] = field(factory=dict, init=False)
    _keys: dict[str, AccessKey] = field(factory=dict, init=False)
    _sessions: int = field(default=0, init=False)

    def add_account(self, account_id: str, name: str = "") -> Account:
        """Add an account, or give the one that is there."""
        return self._accounts.setdefault(account_id, Account(account_id, name))

    def add_key(self, key: AccessKey) -> AccessKey:
        """Add an access key, or replace the one with its id."""
        self.add_account(key.account_id)
        self._keys[key.id] = key
        return key

    def add_default(self) -> None:
        """Add the account that a world without a file has."""
        key = AccessKey(DEFAULT_KEY_ID, self._secret(DEFAULT_KEY_ID), DEFAULT_ACCOUNT_ID)
        self.add_key(key)

    def issue(
        self,
        account_id: str,
        principal: str,
        policies: tuple[Policy, ...] | None,
        expires_at: datetime,
        narrowed_to: Policy | None = None,
    ) -> AccessKey:
        """Make a temporary key with its security token and give it (STS, instance roles)."""
        self._sessions += 1
        key_id = f"STS.{self._text(f'id {self._sessions}', 24)}"
        return self.add_key(
            AccessKey(
                id=key_id,
                secret=self._secret(key_id),
                account_id=account_id,
                principal=principal,
                policies=policies,
                security_token=self._text(f"token {key_id}", 200),
                expires_at=expires_at,
                narrowed_to=narrowed_to,
            )
        )

    def find(self, key_id: str) -> AccessKey | None:
        """Give an access key by id."""
        return self._keys.get(key_id)

    def has_issued(self, security_token: str) -> bool:
        """Say whether any key came with this security token."""
        return any(key.security_token == security_token for key in self._keys.values())

    def account(self, account_id: str) -> Account | None:
        """Give an account by id."""
        return self._accounts.get(account_id)

    @property
    def default(self) -> Account:
        """The first account."""
        return next(iter(self._accounts.values()))

    @property
    def default_key(self) -> AccessKey:
        """The first key of the first account."""
        return next(key for key in self._keys.values() if key.account_id == self.default.id)

    def lasting_keys(self) -> Iterator[AccessKey]:
        """Give all keys that do not expire, in the order of their making."""
        return (key for key in self._keys.values() if key.expires_at is None)

    def __iter__(self) -> Iterator[Account]:
        return iter(self._accounts.values())

    def _secret(self, key_id: str) -> str:
        return self._text(f"secret {key_id}", 30)

    def _text(self, of: str, length: int) -> str:
        chosen = random.Random(f"{self.seed} {of}")  # noqa: S311  # secrets of a world in a test
        return "".join(chosen.choices(string.ascii_letters + string.digits, k=length))
