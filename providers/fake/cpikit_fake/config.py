"""The section `fake` of cpi.json."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from cpikit.config import local


@frozen(eq=False, repr=False)
class FakeConfig:
    """Where the cloud lives, who we are on it, and how long we wait for it.

    - `state_dir`: the directory that is the cloud; made when it is not there.
    - `client`: who calls, as the journal of calls and the rules of trouble know it.
    - `unreachable`: every cloud call is refused before it is sent, as by a dead endpoint.
    - `vm_command`: started for each VM with the path of the agent's settings as its last word.
    - `create_deadline_s`: how old a VM that nobody claimed must be before a create_vm that needs
      its address removes it; as long as the longest create_vm may take.
    - `wait_s`: how long a state may take to change.
    - `knobs`: limits and delays of the cloud (cloud/knobs.py), for calls with this cpi.json.
    """

    state_dir: str = local()
    client: str = "fake"
    unreachable: bool = False
    vm_command: list[str] = local(factory=list)  # noqa: RUF009  # it is attrs.field, marked
    create_deadline_s: float = 900.0
    wait_s: float = 300.0
    knobs: dict[str, Any] = field(factory=dict)
