"""Remember which nonces were used, within bounds of memory and of time."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from datetime import datetime
from threading import Lock

from attrs import define, field

from cpikit_alicloud_simulator.signatures.encoding import wire_bytes


@define
class NonceLog:
    """The nonces of the last half hour, each key's own.

    A request is accepted up to 15 minutes before and after its timestamp, so it can be sent again
    for half an hour. At most `limit` nonces are kept, the oldest go first; each is kept as a
    digest, so that a long one costs no more than a short one. Safe to share between threads.
    """

    keep_s: float = 1800.0
    limit: int = 100_000
    _seen: OrderedDict[bytes, float] = field(factory=OrderedDict, init=False, repr=False)
    _lock: Lock = field(factory=Lock, init=False, repr=False)

    def claim(self, access_key_id: str, nonce: str, now: datetime) -> bool:
        """Note a nonce as used; False if it was used already."""
        names = wire_bytes(access_key_id), wire_bytes(nonce)
        digest = hashlib.blake2b(b"%d %b %b" % (len(names[0]), *names), digest_size=16).digest()
        now_s = now.timestamp()
        with self._lock:
            self._forget(now_s)
            if digest in self._seen:
                return False
            self._seen[digest] = now_s
            return True

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._seen.clear()

    def __len__(self) -> int:
        return len(self._seen)

    def _forget(self, now_s: float) -> None:
        """Drop what is too old, and make room for one more."""
        while self._seen:
            oldest = next(iter(self._seen.values()))
            if len(self._seen) < self.limit and now_s - oldest <= self.keep_s:
                return
            self._seen.popitem(last=False)
