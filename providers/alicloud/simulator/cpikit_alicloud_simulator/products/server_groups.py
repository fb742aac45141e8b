"""Server groups as network and application load balancing share them: kinds, jobs, changes.

Both products do the same with other words; a `Flavour` holds what differs. Their error tables are
empty in the reference: codes are those that clients repeat on, or graded `assumed`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from attrs import evolve, field, frozen

from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.durations import Duration
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.parameters import Parameters
from cpikit_alicloud_simulator.products.ecs.instance import Instance
from cpikit_alicloud_simulator.products.ecs.kinds import Interface
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.resource import Resource, resource
from cpikit_alicloud_simulator.world import World

_MOST_AT_ONCE = 200  # NLB 2022-04-30, AddServersToServerGroup: at most 200 servers in one call
_LAST_PORT = 65535


@frozen
class Server:
    """One server in a group: Adding, Available, Configuring, Removing."""

    server_id: str
    type: str
    port: int
    weight: int = 100
    server_ip: str = ""
    description: str = ""
    zone_id: str = ""
    state: str = "Available"

    @property
    def place(self) -> tuple[str, str, int]:
        """What makes it different from others in a group."""
        return (self.server_id, self.server_ip, self.port)


@resource
class ServerGroup(Resource):
    """One server group: Creating, Available, Configuring, Deleting."""

    prefix: ClassVar[str] = "sgp"
    indexed: ClassVar[tuple[str, ...]] = ("instance_ids",)
    membership: ClassVar[Knob[str]]

    vpc_id: str = ""
    type: str = "Instance"
    protocol: str = "TCP"
    scheduler: str = "Wrr"
    any_port: bool = False
    health_check: Mapping[str, Any] = field(factory=dict)
    used_by: tuple[str, ...] = ()
    servers: tuple[Server, ...] = ()
    instance_ids: tuple[str, ...] = ()

    def hold(self, servers: Iterable[Server]) -> None:
        """Put other servers into it."""
        self.servers = tuple(servers)
        self.instance_ids = tuple(dict.fromkeys(each.server_id for each in self.servers))

    def orphaned(self, world: World, id_: str) -> None:
        """Perhaps drop a server that is gone."""
        if world.knob(self.membership) == "removed":
            self.hold(each for each in self.servers if each.server_id != id_)


@resource
class Job(Resource):
    """One piece of asynchronous work on a group. No leftover: jobs are forgotten by themselves."""

    in_inventory: ClassVar[bool] = False
    indexed: ClassVar[tuple[str, ...]] = ("group_id",)

    group_id: str = ""
    api: str = ""
    done_s: float | None = None


@frozen
class Flavour:
    """What one product calls things, and how it decides what is open."""

    group: type[ServerGroup]
    job: type[Job]
    working: str
    """The state of a job that is not done."""
    states: Mapping[str, str]
    """The state of a group while a job runs that is not Configuring, by action."""
    took: Duration
    types: Sequence[str]
    overlapping: Knob[str]
    present: Knob[str]
    no_group: Refusal
    no_server: Refusal
    no_backend: Refusal
    twice: Refusal
    locked: Refusal
    busy: Refusal
    in_use: Refusal


def group_named(call: Call, of: Flavour) -> ServerGroup:
    """Give the group that a call names, free to be changed."""
    group = call.need(of.group, call.text("ServerGroupId"), of.no_group)
    choice = call.knob(of.overlapping)
    if group.state != "Available" and (choice != "queue" or group.state == "Deleting"):
        raise (of.locked if choice == "Conflict.Lock" else of.busy).error(state=group.state)
    return group


def begin(call: Call, of: Flavour, group: ServerGroup, api: str, done: Callable[[], None]) -> str:
    """Begin a job on a group and give its id; `done` runs when it is through."""
    world = call.world
    state = of.states.get(api, "Configuring")
    job = world.add(
        of.job(
            id=world.ids.uuid("load balancing job"),
            region_id=call.region_id,
            account_id=call.account_id,
            state=of.working,
            group_id=group.id,
            api=api,
        )
    )
    group.state = state

    def finish() -> None:
        job.done_s = world.now_s
        job.state = "Succeeded"
        if not group.exists:
            return
        done()
        waiting = [each for each in world.by(of.job, "group_id", group.id) if each.done_s is None]
        if not waiting:
            group.state = "Available"

    world.after(of.took, job, finish)
    return job.id


def servers_given(call: Call, of: Flavour, group: ServerGroup, *, add: bool) -> list[Server]:
    """Read `Servers.N.…`; to add, each has to exist, and to lie in the group's VPC."""
    given = call.structures("Servers")
    if not 0 < len(given) <= _MOST_AT_ONCE:
        raise call.refused("Servers")
    found = [_server(call, of, group, each, add=add) for each in given]
    if len({each.place for each in found}) < len(found):
        raise call.refused("Servers")
    return found


def _server(call: Call, of: Flavour, group: ServerGroup, given: Parameters, *, add: bool) -> Server:
    id_ = given.text("ServerId")
    type_ = given.choice("ServerType", of.types, "Ip" if group.type == "Ip" else "Ecs")
    if not id_ or (type_ == "Ip") != (group.type == "Ip"):
        raise given.refused("ServerId" if not id_ else "ServerType")
    port = given.integer("Port", 0, low=0, high=_LAST_PORT)
    if not port and not group.any_port:
        raise given.refused("Port")
    server = Server(
        id_,
        type_,
        port,
        weight=given.integer("Weight", 100, low=0, high=100),
        server_ip=given.text("ServerIp"),
        description=given.text("Description"),
        state="Adding",
    )
    return _placed(call, of, group, server) if add and type_ != "Ip" else server


def _placed(call: Call, of: Flavour, group: ServerGroup, server: Server) -> Server:
    """Give a server with its address and zone, or raise that it cannot be had."""
    found: Interface | Instance | None
    if server.type == "Eni":
        found = call.own(Interface).get(server.server_id)
    else:
        found = call.own(Instance).get(server.server_id)
    if found is None:
        raise of.no_server.error(id=server.server_id)
    if group.vpc_id and found.vpc_id != group.vpc_id:
        raise call.refused("VpcId")
    own = found.primary(call.world) if isinstance(found, Instance) else found
    address = server.server_ip or (own.primary_ip if isinstance(own, Interface) else "")
    return evolve(server, server_ip=address, zone_id=found.zone_id)


def add_servers(call: Call, of: Flavour) -> tuple[ServerGroup, str]:
    """Begin to add servers; gives the group and the job's id."""
    group = group_named(call, of)
    given = servers_given(call, of, group, add=True)
    there = {each.place for each in group.servers}
    new = [each for each in given if each.place not in there]
    if len(new) < len(given) and call.knob(of.present) == "refuse":
        raise of.twice.error()
    call.checked()
    group.hold((*group.servers, *new))
    places = {each.place for each in new}

    def done() -> None:
        group.hold(_in_state(each, places, "Available") for each in group.servers)

    return group, begin(call, of, group, "AddServersToServerGroup", done)


def remove_servers(call: Call, of: Flavour) -> tuple[ServerGroup, str]:
    """Begin to remove servers, by id and port; gives the group and the job's id."""
    group = group_named(call, of)
    places = _matched(of, group, servers_given(call, of, group, add=False))
    call.checked()
    group.hold(_in_state(each, places, "Removing") for each in group.servers)

    def done() -> None:
        group.hold(each for each in group.servers if each.place not in places)

    return group, begin(call, of, group, "RemoveServersFromServerGroup", done)


def update_servers(call: Call, of: Flavour) -> tuple[ServerGroup, str]:
    """Begin to change weights and descriptions; gives the group and the job's id."""
    group = group_named(call, of)
    given = servers_given(call, of, group, add=False)
    places = _matched(of, group, given)
    call.checked()
    changed = {(each.server_id, each.port): each for each in given}
    updated = []
    for each in group.servers:
        new = changed.get((each.server_id, each.port))
        if each.place in places and new:
            words = new.description or each.description
            updated.append(evolve(each, weight=new.weight, description=words, state="Configuring"))
        else:
            updated.append(each)
    group.hold(updated)

    def done() -> None:
        group.hold(_in_state(each, places, "Available") for each in group.servers)

    return group, begin(call, of, group, "UpdateServerGroupServersAttribute", done)


def delete_group(call: Call, of: Flavour) -> str:
    """Begin to delete a group that nothing forwards to; gives the job's id."""
    group = group_named(call, of)
    if group.used_by:
        raise of.in_use.error(users=", ".join(group.used_by))
    call.checked()
    return begin(call, of, group, "DeleteServerGroup", lambda: group.vanish(call.world))


def _matched(of: Flavour, group: ServerGroup, given: list[Server]) -> set[tuple[str, str, int]]:
    """Give the places of servers that a call names by id and port, or raise."""
    there = {(each.server_id, each.port): each.place for each in group.servers}
    for each in given:
        if (each.server_id, each.port) not in there:
            raise of.no_backend.error(id=each.server_id, port=each.port)
    return {there[each.server_id, each.port] for each in given}


def _in_state(server: Server, places: set[tuple[str, str, int]], state: str) -> Server:
    return evolve(server, state=state) if server.place in places else server
