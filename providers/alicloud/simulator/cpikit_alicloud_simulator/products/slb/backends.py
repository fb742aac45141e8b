"""Servers in the default group of a load balancer, its listeners, and their health."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.products.slb.kinds import (
    Backend,
    Listener,
    LoadBalancer,
    VServerGroup,
    reweighted,
)
from cpikit_alicloud_simulator.products.slb.wording import (
    BUSY_BACKENDS,
    NO_GROUP,
    address_of,
    backends_given,
    balancer_named,
    check_servers,
    keep_busy,
    server_of,
    shown_backend,
)
from cpikit_alicloud_simulator.refusal import INVALID, Refusal

NO_LISTENER = Refusal(404, "ListenerNotFound", "The listener does not exist.", "assumed")
LISTENER_TWICE = Refusal(409, "ListenerAlreadyExists", "The port is listened on.", "assumed")
NO_BACKEND = Refusal(400, "BackendServer.NotFound", "The server {id} is not there.", "assumed")
_PROTOCOLS = ("tcp", "udp", "http", "https")


@action(
    "Slb",
    "AddBackendServers",
    effect="write",
    required="LoadBalancerId",
    optional="BackendServers",
    resource="LoadBalancerId BackendServers",
)
def add_backend_servers(call: Call) -> Answer:
    """Put servers behind a load balancer; those that are there already stay as they are."""
    balancer = balancer_named(call, busy=BUSY_BACKENDS)
    given = _demanded(call)
    check_servers(call, given, balancer.vpc_id)
    call.checked()
    there = {each.server_id for each in balancer.backends}
    new = {each.server_id: each for each in reversed(given) if each.server_id not in there}
    _hold(call, balancer, (*balancer.backends, *reversed(new.values())))
    return _answer(balancer, as_text=True)


@action(
    "Slb",
    "SetBackendServers",
    effect="write",
    required="LoadBalancerId",
    optional="BackendServers",
    resource="LoadBalancerId BackendServers",
)
def set_backend_servers(call: Call) -> Answer:
    """Change weights and descriptions of servers that are there."""
    balancer = balancer_named(call, busy=BUSY_BACKENDS)
    given = {each.server_id: each for each in _demanded(call)}
    there = {each.server_id for each in balancer.backends}
    for id_ in given:
        if id_ not in there:
            raise NO_BACKEND.error(id=id_)
    call.checked()
    changed = tuple(
        reweighted(each, given[each.server_id].weight, given[each.server_id].description or None)
        if each.server_id in given
        else each
        for each in balancer.backends
    )
    _hold(call, balancer, changed)
    return _answer(balancer, as_text=True)


@action(
    "Slb",
    "RemoveBackendServers",
    effect="write",
    required="LoadBalancerId BackendServers",
    resource="LoadBalancerId BackendServers",
)
def remove_backend_servers(call: Call) -> Answer:
    """Take servers out; those that are not there are ignored."""
    balancer = balancer_named(call, busy=BUSY_BACKENDS)
    gone = {each.server_id for each in _demanded(call)}
    call.checked()
    _hold(call, balancer, tuple(each for each in balancer.backends if each.server_id not in gone))
    return _answer(balancer, as_text=False)


@action(
    "Slb",
    "CreateLoadBalancerTCPListener",
    effect="write",
    required="ListenerPort LoadBalancerId",
    optional="BackendServerPort Bandwidth Description VServerGroupId",
    resource="LoadBalancerId",
)
def create_load_balancer_tcp_listener(call: Call) -> Answer:
    """Listen on a port; the listener is stopped until it is started."""
    balancer = balancer_named(call)
    port = call.integer("ListenerPort", 0, low=1, high=65535)
    if any(each.port == port for each in balancer.listeners):
        raise LISTENER_TWICE.error()
    group_id = call.text("VServerGroupId")
    if group_id and call.need(VServerGroup, group_id, NO_GROUP).load_balancer_id != balancer.id:
        raise NO_GROUP.error()
    behind = call.integer("BackendServerPort", 0, low=1, high=65535)
    if not group_id and not behind:
        raise INVALID.error(name="BackendServerPort")
    call.integer("Bandwidth", -1, low=-1, high=5120)
    call.checked()
    made = Listener(port, "tcp", behind, group_id, description=call.text("Description"))
    balancer.listeners = (*balancer.listeners, made)
    return {}


@action(
    "Slb",
    "StartLoadBalancerListener",
    effect="write",
    required="ListenerPort LoadBalancerId",
    optional="ListenerProtocol",
    resource="LoadBalancerId",
)
def start_load_balancer_listener(call: Call) -> Answer:
    """Start a listener; one that runs goes on."""
    return _set_listener(call, "running")


@action(
    "Slb",
    "StopLoadBalancerListener",
    effect="write",
    required="ListenerPort LoadBalancerId",
    optional="ListenerProtocol",
    resource="LoadBalancerId",
)
def stop_load_balancer_listener(call: Call) -> Answer:
    """Stop a listener; a stopped one stays so."""
    return _set_listener(call, "stopped")


@action(
    "Slb",
    "DeleteLoadBalancerListener",
    effect="write",
    required="ListenerPort LoadBalancerId",
    optional="ListenerProtocol",
    resource="LoadBalancerId",
)
def delete_load_balancer_listener(call: Call) -> Answer:
    """Listen on a port no more."""
    balancer = balancer_named(call)
    gone = _listener(call, balancer)
    call.checked()
    balancer.listeners = tuple(each for each in balancer.listeners if each is not gone)
    return {}


@action(
    "Slb",
    "DescribeHealthStatus",
    effect="read",
    required="LoadBalancerId",
    optional="ListenerPort ListenerProtocol",
    resource="LoadBalancerId",
)
def describe_health_status(call: Call) -> Answer:
    """Say of each listener's servers whether they would answer: an instance that runs does."""
    balancer = balancer_named(call, writes=False)
    listeners = balancer.listeners
    if call.has("ListenerPort"):
        listeners = (_listener(call, balancer),)
    rows = [
        _health(call, listener, backend)
        for listener in listeners
        for backend in _behind(call, balancer, listener)
    ]
    return {"BackendServers": {"BackendServer": rows}}


def _health(call: Call, listener: Listener, backend: Backend) -> dict[str, Any]:
    server = server_of(call, backend)
    is_up = server is not None and server.state in {"Running", "InUse"}
    checked = "normal" if is_up else "abnormal"
    return {
        "ListenerPort": listener.port,
        "Port": backend.port or listener.backend_port,
        "Protocol": listener.protocol,
        "ServerHealthStatus": checked if listener.state == "running" else "unavailable",
        "ServerId": backend.server_id,
        "ServerIp": address_of(call, backend),
    }


def _behind(call: Call, balancer: LoadBalancer, listener: Listener) -> tuple[Backend, ...]:
    group = call.world.get(VServerGroup, listener.vserver_group_id)
    return balancer.backends if group is None else group.backends


def _set_listener(call: Call, state: str) -> Answer:
    balancer = balancer_named(call)
    old = _listener(call, balancer)
    call.checked()
    balancer.listeners = tuple(
        evolve(each, state=state) if each is old else each for each in balancer.listeners
    )
    return {}


def _listener(call: Call, balancer: LoadBalancer) -> Listener:
    port = call.integer("ListenerPort", 0, low=1, high=65535)
    protocol = call.choice("ListenerProtocol", _PROTOCOLS)
    for each in balancer.listeners:
        if each.port == port and protocol in ("", each.protocol):
            return each
    raise NO_LISTENER.error()


def _demanded(call: Call) -> list[Backend]:
    given = backends_given(call)
    if not given:
        raise INVALID.error(name="BackendServers")
    return given


def _hold(call: Call, balancer: LoadBalancer, backends: tuple[Backend, ...]) -> None:
    balancer.hold(backends)
    keep_busy(call, balancer)


def _answer(balancer: LoadBalancer, *, as_text: bool) -> Answer:
    shown = [
        {**shown_backend(each, as_text=as_text), "Description": each.description}
        for each in balancer.backends
    ]
    return {"LoadBalancerId": balancer.id, "BackendServers": {"BackendServer": shown}}
