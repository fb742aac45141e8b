"""The kinds and words of NLB's server groups: knobs, durations, errors.

Its error tables are empty in the reference: all codes are graded `assumed`.
"""

from __future__ import annotations

from typing import ClassVar

from cpikit_alicloud_simulator.durations import Duration
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.products.server_groups import Flavour, Job, ServerGroup
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.resource import resource

NLB_JOB = Duration(
    "nlb.job", typical=3.0, slow=(15.0, 40.0), grade="assumed", source="seconds, seen by clients"
)
NLB_MEMBERSHIP = Knob(
    "nlb.membership_of_a_deleted_instance",
    "kept",
    ("kept", "removed"),
    "Whether an instance that is released leaves the server groups it was in.",
    "unverified: not documented; the Go CPI removes it by itself before the delete",
)
NLB_OVERLAPPING = Knob(
    "nlb.change_while_configuring",
    "Conflict.Lock",
    ("Conflict.Lock", "IncorrectStatus.serverGroup", "queue"),
    "What a change of a server group answers while another one is being worked on.",
    "unverified: clients repeat on both codes (Terraform's provider, the Go CPI)",
)
NLB_PRESENT = Knob(
    "nlb.add_of_a_present_server",
    "refuse",
    ("refuse", "ignore"),
    "What AddServersToServerGroup does with a server that is there on the same port.",
    "unverified: not documented",
)


@resource
class NlbServerGroup(ServerGroup):
    """A server group of the network load balancer."""

    kind: ClassVar[str] = "nlb_server_group"
    membership: ClassVar[Knob[str]] = NLB_MEMBERSHIP

    drains: bool = False
    drain_s: int = 10
    preserves_client_ip: bool = True


@resource
class NlbJob(Job):
    """A job of the network load balancer: processing, Succeeded."""

    kind: ClassVar[str] = "nlb_job"


FLAVOUR = Flavour(
    group=NlbServerGroup,
    job=NlbJob,
    working="processing",
    states={"CreateServerGroup": "Creating", "DeleteServerGroup": "Deleting"},
    took=NLB_JOB,
    types=("Ecs", "Eni", "Eci", "Ip"),
    overlapping=NLB_OVERLAPPING,
    present=NLB_PRESENT,
    no_group=Refusal(
        404, "ResourceNotFound.serverGroup", "The server group does not exist.", "assumed"
    ),
    no_server=Refusal(404, "ResourceNotFound.Ecs", "The server {id} does not exist.", "assumed"),
    no_backend=Refusal(
        404, "ResourceNotFound.BackendServer", "The server {id}:{port} is not there.", "assumed"
    ),
    twice=Refusal(
        409, "ResourceAlreadyExist.BackendServer", "A server is there already.", "assumed"
    ),
    locked=Refusal(409, "Conflict.Lock", "The operation conflicts with another one.", "assumed"),
    busy=Refusal(409, "IncorrectStatus.serverGroup", "The server group is {state}.", "assumed"),
    in_use=Refusal(
        409, "ResourceInUse.serverGroup", "The server group is used by {users}.", "assumed"
    ),
)
