"""Two calls for one agent side by side: the second one runs as a whole at each call of the first.

Both have to give the same VM, and one VM has to be there afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.alicloud.small_cloud import ENV, MANUAL, VM, SmallCloud

CALLS = 7  # of an untroubled create_vm with an ephemeral disk


class InterleavedWire:
    """Runs something once, before or after the `nth` call."""

    def __init__(self, inner: SmallCloud, nth: int, *, after: bool) -> None:
        self.inner = inner
        self.nth = nth
        self.after = after
        self.count = 0
        self.other: Any = None

    @property
    def date(self) -> str:
        return self.inner.date

    def send(
        self,
        keys: Any,
        product: str,
        action: str,
        parameters: Mapping[str, str],
        *,
        is_read: bool,
    ) -> dict[str, Any]:
        self.count += 1
        is_now = self.count == self.nth
        if is_now and not self.after:
            self.other()
        answer = self.inner.send(keys, product, action, parameters, is_read=is_read)
        if is_now and self.after:
            self.other()
        return answer


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("nth", range(1, CALLS + 8))
@pytest.mark.parametrize("is_dynamic", [False, True])
def test_both_give_the_same_vm(
    monkeypatch: pytest.MonkeyPatch, nth: int, after: bool, is_dynamic: bool
) -> None:
    cloud = SmallCloud()
    wire = InterleavedWire(cloud, nth, after=after)
    monkeypatch.setattr("cpikit_alicloud.client.SdkWire", lambda *_: wire)
    networks: dict[str, Any] = {**MANUAL}
    if is_dynamic:
        networks["net"] = {**MANUAL["net"], "type": "dynamic", "ip": None}
    given: list[str] = []

    def create(request_id: str) -> None:
        cid, _ = cloud.cpi().call(
            "create_vm", "agent-1", "m-1", VM, networks, [], ENV, request_id=request_id
        )
        given.append(cid)

    wire.other = lambda: create("cpi-000002")
    create("cpi-000001")
    assert len(given) == 2
    assert given[0] == given[1]
    assert cloud.alive() == [given[0]]
    assert cloud.settings(given[0])["agent_id"] == "agent-1"
