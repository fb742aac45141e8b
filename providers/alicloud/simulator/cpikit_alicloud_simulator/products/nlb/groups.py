"""Server groups of the network load balancer, and the jobs that change them."""

from __future__ import annotations

import re
from typing import Any

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.limits import Quota
from cpikit_alicloud_simulator.products.nlb import NLB
from cpikit_alicloud_simulator.products.nlb.flavour import FLAVOUR, NlbJob, NlbServerGroup
from cpikit_alicloud_simulator.products.server_group_lists import (
    LIST_PAGES,
    flat_tags,
    groups_found,
    servers_found,
)
from cpikit_alicloud_simulator.products.server_groups import (
    Server,
    ServerGroup,
    add_servers,
    begin,
    delete_group,
    remove_servers,
    update_servers,
)
from cpikit_alicloud_simulator.products.vpc.vpcs import Vpc
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.tagging import checked_tags

NLB_GROUPS = Quota("nlb.server_groups", 400, "NLB server groups.", 'assumed; NLB, "Quotas"')
NO_VPC = Refusal(404, "ResourceNotFound.VpcId", "The VPC does not exist.", "assumed")
TOO_MANY = Refusal(400, "QuotaExceeded.ServerGroup", "Only {quota} are allowed.", "assumed")
NO_JOB = Refusal(404, "ResourceNotFound.Job", "The job {id} does not exist.", "assumed")
_NAME = re.compile(r"[A-Za-z\u4e00-\u9fff][\w.\-\u4e00-\u9fff]{1,127}")
_PROTOCOLS = ("TCP", "UDP", "TCPSSL", "TCP_UDP")
_SCHEDULERS = ("Wrr", "Wlc", "rr", "sch", "tch", "qch")
_CHECKED_BY = ("TCP", "HTTP", "UDP")


@action(
    "Nlb",
    "CreateServerGroup",
    effect="write",
    required="ServerGroupName",
    optional="AddressIPVersion AnyPortEnabled ConnectionDrainEnabled ConnectionDrainTimeout "
    "HealthCheckConfig.HealthCheckEnabled HealthCheckConfig.HealthCheckType "
    "HealthCheckConfig.HealthCheckConnectPort HealthCheckConfig.HealthCheckConnectTimeout "
    "HealthCheckConfig.HealthCheckDomain HealthCheckConfig.HealthCheckUrl "
    "HealthCheckConfig.HealthCheckInterval HealthCheckConfig.HealthyThreshold "
    "HealthCheckConfig.UnhealthyThreshold HealthCheckConfig.HttpCheckMethod "
    "HealthCheckConfig.HealthCheckHttpCode.N PreserveClientIpEnabled Protocol ResourceGroupId "
    "Scheduler ServerGroupType VpcId Tag.N.Key Tag.N.Value",
    token=True,
    dry_run=True,
)
def create_server_group(call: Call) -> Answer:
    """Make a server group; it is Creating until its job is done."""
    made = NlbServerGroup(
        id=call.new_id(NlbServerGroup),
        region_id=call.region_id,
        account_id=call.account_id,
        name=call.matching("ServerGroupName", _NAME),
        resource_group_id=call.text("ResourceGroupId"),
        tags=checked_tags(call),
        vpc_id=call.demand("VpcId", NLB.missing),
        type=call.choice("ServerGroupType", ("Instance", "Ip"), "Instance"),
        protocol=call.choice("Protocol", _PROTOCOLS, "TCP"),
        scheduler=call.choice("Scheduler", _SCHEDULERS, "Wrr"),
        any_port=call.boolean("AnyPortEnabled", default=False),
        health_check=_health_check(call),
        drains=call.boolean("ConnectionDrainEnabled", default=False),
        drain_s=call.integer("ConnectionDrainTimeout", 10, low=0, high=900),
        preserves_client_ip=call.boolean("PreserveClientIpEnabled", default=True),
    )
    call.choice("AddressIPVersion", ("ipv4", "DualStack"), "ipv4")
    call.need(Vpc, made.vpc_id, NO_VPC)
    call.within(NLB_GROUPS, call.count(NlbServerGroup) + 1, TOO_MANY)
    call.checked()
    call.world.add(made)
    job_id = begin(call, FLAVOUR, made, "CreateServerGroup", lambda: None)
    return {"ServerGroupId": made.id, "JobId": job_id}


@action(
    "Nlb",
    "DeleteServerGroup",
    effect="write",
    required="ServerGroupId",
    resource="ServerGroupId",
    token=True,
    dry_run=True,
)
def delete_server_group(call: Call) -> Answer:
    """Delete a server group that no listener forwards to."""
    return {"JobId": delete_group(call, FLAVOUR)}


@action(
    "Nlb",
    "ListServerGroups",
    effect="read",
    optional="ServerGroupIds.N ServerGroupNames.N ServerGroupType VpcId ResourceGroupId "
    "Tag.N.Key Tag.N.Value",
    paging=LIST_PAGES,
    denied="empty",
)
def list_server_groups(call: Call) -> Answer:
    """List server groups."""
    page = call.page(LIST_PAGES, groups_found(call, FLAVOUR))
    shown = [_shown(each) for each in page.rows if isinstance(each, NlbServerGroup)]
    return {"ServerGroups": shown, **page.fields}


@action(
    "Nlb",
    "AddServersToServerGroup",
    effect="write",
    required="ServerGroupId Servers.N.ServerId",
    optional="Servers.N.ServerType Servers.N.ServerIp Servers.N.Port "
    "Servers.N.Weight Servers.N.Description",
    resource="ServerGroupId Servers",
    token=True,
    dry_run=True,
)
def add_servers_to_server_group(call: Call) -> Answer:
    """Begin to add servers."""
    group, job_id = add_servers(call, FLAVOUR)
    return {"ServerGroupId": group.id, "JobId": job_id}


@action(
    "Nlb",
    "RemoveServersFromServerGroup",
    effect="write",
    required="ServerGroupId Servers.N.ServerId",
    optional="Servers.N.ServerType Servers.N.ServerIp Servers.N.Port",
    resource="ServerGroupId Servers",
    token=True,
    dry_run=True,
)
def remove_servers_from_server_group(call: Call) -> Answer:
    """Begin to remove servers, by id and port."""
    group, job_id = remove_servers(call, FLAVOUR)
    return {"ServerGroupId": group.id, "JobId": job_id}


@action(
    "Nlb",
    "UpdateServerGroupServersAttribute",
    effect="write",
    required="ServerGroupId Servers.N.ServerId",
    optional="Servers.N.ServerType Servers.N.ServerIp Servers.N.Port "
    "Servers.N.Weight Servers.N.Description",
    resource="ServerGroupId Servers",
    token=True,
    dry_run=True,
)
def update_server_group_servers_attribute(call: Call) -> Answer:
    """Begin to change weights and descriptions of servers."""
    group, job_id = update_servers(call, FLAVOUR)
    return {"ServerGroupId": group.id, "JobId": job_id}


@action(
    "Nlb",
    "ListServerGroupServers",
    effect="read",
    optional="ServerGroupId ServerIds.N ServerIps.N",
    resource="ServerGroupId",
    paging=LIST_PAGES,
    denied="empty",
)
def list_server_group_servers(call: Call) -> Answer:
    """List servers of one group or, by their ids, of all groups."""
    page = call.page(LIST_PAGES, servers_found(call, FLAVOUR), lambda row: str(row[1].place))
    shown = [_shown_server(group, server) for group, server in page.rows]
    return {"Servers": shown, **page.fields}


@action(
    "Nlb",
    "GetJobStatus",
    effect="read",
    required="JobId",
    optional="ClientToken",
    resource="JobId",
)
def get_job_status(call: Call) -> Answer:
    """Say whether a job is done."""
    job = call.look(NlbJob).get(call.text("JobId"))
    if job is None:
        raise NO_JOB.error(id=call.text("JobId"))
    return {"Status": job.state}


def _health_check(call: Call) -> dict[str, Any]:
    given = call.below("HealthCheckConfig")
    return {
        "HealthCheckEnabled": given.boolean("HealthCheckEnabled", default=True),
        "HealthCheckType": given.choice("HealthCheckType", _CHECKED_BY, "TCP"),
        "HealthCheckConnectPort": given.integer("HealthCheckConnectPort", 0, low=0, high=65535),
        "HealthCheckConnectTimeout": given.integer("HealthCheckConnectTimeout", 5, low=1, high=300),
        "HealthCheckInterval": given.integer("HealthCheckInterval", 10, low=1, high=300),
        "HealthyThreshold": given.integer("HealthyThreshold", 2, low=2, high=10),
        "UnhealthyThreshold": given.integer("UnhealthyThreshold", 2, low=2, high=10),
        "HealthCheckDomain": given.text("HealthCheckDomain"),
        "HealthCheckUrl": given.text("HealthCheckUrl"),
        "HttpCheckMethod": given.text("HttpCheckMethod"),
        "HealthCheckHttpCode": given.texts("HealthCheckHttpCode"),
    }


def _shown(group: NlbServerGroup) -> dict[str, Any]:
    return {
        "ServerGroupId": group.id,
        "ServerGroupName": group.name,
        "ServerGroupStatus": group.state,
        "ServerGroupType": group.type,
        "ServerCount": len(group.servers),
        "AddressIPVersion": "ipv4",
        "AliUid": int(group.account_id),
        "AnyPortEnabled": group.any_port,
        "ConnectionDrainEnabled": group.drains,
        "ConnectionDrainTimeout": group.drain_s,
        "HealthCheck": dict(group.health_check),
        "PreserveClientIpEnabled": group.preserves_client_ip,
        "Protocol": group.protocol,
        "RegionId": group.region_id,
        "RelatedLoadBalancerIds": list(group.used_by),
        "ResourceGroupId": group.resource_group_id,
        "Scheduler": group.scheduler,
        "Tags": flat_tags(group),
        "VpcId": group.vpc_id,
    }


def _shown_server(group: ServerGroup, server: Server) -> dict[str, Any]:
    return {
        "ServerGroupId": group.id,
        "ServerId": server.server_id,
        "ServerType": server.type,
        "ServerIp": server.server_ip,
        "Port": server.port,
        "Weight": server.weight,
        "Description": server.description,
        "Status": server.state,
        "ZoneId": server.zone_id,
    }
