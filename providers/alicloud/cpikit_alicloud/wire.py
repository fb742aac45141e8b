"""What carries one signed request to the cloud, and its answer back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from cpikit_alicloud.credentials import Keys


class Wire(Protocol):
    """The SDK's place, in which tests put a scripted one."""

    @property
    def date(self) -> str:
        """The Date header of the last answer, "" before the first one."""

    def send(
        self,
        keys: Keys,
        product: str,
        action: str,
        parameters: Mapping[str, str],
        *,
        is_read: bool,
    ) -> dict[str, Any]:
        """The answer. Raises what refusals.py has for each way to fail."""
