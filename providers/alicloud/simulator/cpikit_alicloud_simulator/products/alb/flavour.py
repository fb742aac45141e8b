"""The kinds and words of ALB's server groups: knobs, durations, errors.

Its error tables are empty in the reference: all codes are graded `assumed`.
"""

from __future__ import annotations

from typing import ClassVar

from cpikit_alicloud_simulator.durations import Duration
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.products.server_groups import Flavour, Job, ServerGroup
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.resource import resource

ALB_JOB = Duration(
    "alb.job", typical=3.0, slow=(15.0, 40.0), grade="assumed", source="like nlb.job"
)
ALB_MEMBERSHIP = Knob(
    "alb.membership_of_a_deleted_instance",
    "kept",
    ("kept", "removed"),
    "Whether an instance that is released leaves the server groups it was in.",
    "unverified: not documented",
)
ALB_OVERLAPPING = Knob(
    "alb.change_while_configuring",
    "IncorrectStatus.ServerGroup",
    ("IncorrectStatus.ServerGroup", "Conflict.Lock", "queue"),
    "What a change of a server group answers while another one is being worked on.",
    "unverified: no source; after NLB",
)
ALB_PRESENT = Knob(
    "alb.add_of_a_present_server",
    "refuse",
    ("refuse", "ignore"),
    "What AddServersToServerGroup does with a server that is there on the same port.",
    "unverified: not documented",
)


@resource
class AlbServerGroup(ServerGroup):
    """A server group of the application load balancer."""

    kind: ClassVar[str] = "alb_server_group"
    membership: ClassVar[Knob[str]] = ALB_MEMBERSHIP


@resource
class AlbJob(Job):
    """A job of the application load balancer: Processing, Succeeded."""

    kind: ClassVar[str] = "alb_job"


FLAVOUR = Flavour(
    group=AlbServerGroup,
    job=AlbJob,
    working="Processing",
    states={"CreateServerGroup": "Provisioning", "DeleteServerGroup": "Deleting"},
    took=ALB_JOB,
    types=("Ecs", "Eni", "Eci", "Ip"),
    overlapping=ALB_OVERLAPPING,
    present=ALB_PRESENT,
    no_group=Refusal(
        404, "ResourceNotFound.ServerGroup", "The server group does not exist.", "assumed"
    ),
    no_server=Refusal(404, "ResourceNotFound.Ecs", "The server {id} does not exist.", "assumed"),
    no_backend=Refusal(
        404, "ResourceNotFound.BackendServer", "The server {id}:{port} is not there.", "assumed"
    ),
    twice=Refusal(
        409, "ResourceAlreadyExist.BackendServer", "A server is there already.", "assumed"
    ),
    locked=Refusal(409, "Conflict.Lock", "The operation conflicts with another one.", "assumed"),
    busy=Refusal(409, "IncorrectStatus.ServerGroup", "The server group is {state}.", "assumed"),
    in_use=Refusal(
        409, "ResourceInUse.ServerGroup", "The server group is used by {users}.", "assumed"
    ),
)
