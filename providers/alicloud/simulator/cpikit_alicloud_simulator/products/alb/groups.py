"""Server groups of the application load balancer, and the jobs that change them.

No source gives ALB's error tables: every code here is graded `assumed`, after NLB's.
"""

from __future__ import annotations

import re
from typing import Any

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.limits import Quota
from cpikit_alicloud_simulator.products.alb import ALB
from cpikit_alicloud_simulator.products.alb.flavour import FLAVOUR, AlbJob, AlbServerGroup
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
from cpikit_alicloud_simulator.times import to_second

ALB_GROUPS = Quota("alb.server_groups", 400, "ALB server groups.", 'assumed; ALB, "Quotas"')
NO_VPC = Refusal(404, "ResourceNotFound.VpcId", "The VPC does not exist.", "assumed")
TOO_MANY = Refusal(400, "QuotaExceeded.ServerGroup", "Only {quota} are allowed.", "assumed")
_NAME = re.compile(r"[A-Za-z\u4e00-\u9fff][\w.\-\u4e00-\u9fff]{1,127}")
_PROTOCOLS = ("HTTP", "HTTPS", "gRPC")
_SCHEDULERS = ("Wrr", "Wlc", "Sch", "Uch")


@action(
    "Alb",
    "CreateServerGroup",
    effect="write",
    required="ServerGroupName",
    optional="VpcId ServerGroupType Protocol Scheduler ResourceGroupId "
    "HealthCheckConfig.HealthCheckEnabled HealthCheckConfig.HealthCheckConnectPort "
    "HealthCheckConfig.HealthCheckPath HealthCheckConfig.HealthCheckProtocol "
    "HealthCheckConfig.HealthCheckHost HealthCheckConfig.HealthCheckMethod "
    "HealthCheckConfig.HealthCheckInterval HealthCheckConfig.HealthCheckTimeout "
    "HealthCheckConfig.HealthyThreshold HealthCheckConfig.UnhealthyThreshold "
    "HealthCheckConfig.HealthCheckCodes.N Tag.N.Key Tag.N.Value",
    token=True,
    dry_run=True,
)
def create_server_group(call: Call) -> Answer:
    """Make a server group; it is Provisioning until its job is done."""
    made = AlbServerGroup(
        id=call.new_id(AlbServerGroup),
        region_id=call.region_id,
        account_id=call.account_id,
        name=call.matching("ServerGroupName", _NAME),
        resource_group_id=call.text("ResourceGroupId"),
        tags=checked_tags(call),
        vpc_id=call.demand("VpcId", ALB.missing),
        type=call.choice("ServerGroupType", ("Instance", "Ip"), "Instance"),
        protocol=call.choice("Protocol", _PROTOCOLS, "HTTP"),
        scheduler=call.choice("Scheduler", _SCHEDULERS, "Wrr"),
        health_check=_health_check(call),
    )
    call.need(Vpc, made.vpc_id, NO_VPC)
    call.within(ALB_GROUPS, call.count(AlbServerGroup) + 1, TOO_MANY)
    call.checked()
    call.world.add(made)
    job_id = begin(call, FLAVOUR, made, "CreateServerGroup", lambda: None)
    return {"ServerGroupId": made.id, "JobId": job_id}


@action(
    "Alb",
    "DeleteServerGroup",
    effect="write",
    required="ServerGroupId",
    resource="ServerGroupId",
    token=True,
    dry_run=True,
)
def delete_server_group(call: Call) -> Answer:
    """Delete a server group that no rule forwards to."""
    return {"JobId": delete_group(call, FLAVOUR)}


@action(
    "Alb",
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
    return {"ServerGroups": [_shown(each) for each in page.rows], **page.fields}


@action(
    "Alb",
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
    return {"JobId": add_servers(call, FLAVOUR)[1]}


@action(
    "Alb",
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
    return {"JobId": remove_servers(call, FLAVOUR)[1]}


@action(
    "Alb",
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
    return {"JobId": update_servers(call, FLAVOUR)[1]}


@action(
    "Alb",
    "ListServerGroupServers",
    effect="read",
    optional="ServerGroupId ServerIds.N",
    resource="ServerGroupId",
    paging=LIST_PAGES,
    denied="empty",
)
def list_server_group_servers(call: Call) -> Answer:
    """List servers of one group or, by their ids, of all groups."""
    page = call.page(LIST_PAGES, servers_found(call, FLAVOUR), lambda row: str(row[1].place))
    return {"Servers": [_shown_server(group, one) for group, one in page.rows], **page.fields}


@action(
    "Alb",
    "ListAsynJobs",
    effect="read",
    optional="ApiName JobIds.N ResourceIds.N ResourceType",
    paging=LIST_PAGES,
    denied="empty",
)
def list_asyn_jobs(call: Call) -> Answer:
    """List jobs; ids that do not exist are left out."""
    seen, ids = call.look(AlbJob), call.texts("JobIds")
    on, api, type_ = call.texts("ResourceIds"), call.text("ApiName"), call.text("ResourceType")
    kept = [
        job
        for job in (seen.ids(ids) if ids else seen.all())
        if (not on or job.group_id in on)
        and api in ("", job.api)
        and type_.lower() in ("", "servergroup")
    ]
    page = call.page(LIST_PAGES, kept)
    return {"Jobs": [_shown_job(job) for job in page.rows], **page.fields}


def _health_check(call: Call) -> dict[str, Any]:
    given = call.below("HealthCheckConfig")
    return {
        "HealthCheckEnabled": given.boolean("HealthCheckEnabled", default=True),
        "HealthCheckConnectPort": given.integer("HealthCheckConnectPort", 0, low=0, high=65535),
        "HealthCheckPath": given.text("HealthCheckPath", "/"),
        "HealthCheckProtocol": given.choice(
            "HealthCheckProtocol", ("HTTP", "HTTPS", "TCP", "gRPC"), "HTTP"
        ),
        "HealthCheckHost": given.text("HealthCheckHost"),
        "HealthCheckMethod": given.text("HealthCheckMethod", "HEAD"),
        "HealthCheckInterval": given.integer("HealthCheckInterval", 2, low=1, high=50),
        "HealthCheckTimeout": given.integer("HealthCheckTimeout", 5, low=1, high=300),
        "HealthyThreshold": given.integer("HealthyThreshold", 3, low=2, high=10),
        "UnhealthyThreshold": given.integer("UnhealthyThreshold", 3, low=2, high=10),
        "HealthCheckCodes": given.texts("HealthCheckCodes"),
    }


def _shown(group: ServerGroup) -> dict[str, Any]:
    return {
        "ServerGroupId": group.id,
        "ServerGroupName": group.name,
        "ServerGroupStatus": group.state,
        "ServerGroupType": group.type,
        "ServerCount": len(group.servers),
        "CreateTime": to_second(group.created_s),
        "HealthCheckConfig": dict(group.health_check),
        "Protocol": group.protocol,
        "RelatedLoadBalancerIds": list(group.used_by),
        "ResourceGroupId": group.resource_group_id,
        "Scheduler": group.scheduler,
        "StickySessionConfig": {"StickySessionEnabled": False},
        "Tags": flat_tags(group),
        "UpstreamKeepaliveEnabled": False,
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
        "RemoteIpEnabled": False,
        "Status": server.state,
    }


def _shown_job(job: AlbJob) -> dict[str, Any]:
    changed_s = job.created_s if job.done_s is None else job.done_s
    return {
        "Id": job.id,
        "ApiName": job.api,
        "OperateType": job.api.partition("Server")[0],
        "ResourceId": job.group_id,
        "ResourceType": "servergroup",
        "Status": job.state,
        "CreateTime": int(job.created_s * 1000),
        "ModifyTime": int(changed_s * 1000),
        "ErrorCode": "",
        "ErrorMessage": "",
    }
