"""`cpikit check --online` for the fake: the model to copy. It asks, and makes nothing.

One line for each thing that a deploy needs: whether the cloud answers, whether what the files name
is there, and whether there is room for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from cpikit.operations import FaultError
from cpikit.preflight import Block, Finding, Wanted
from cpikit_fake.client import Client
from cpikit_fake.cloud.world import ZONES  # another cloud has to be asked for its own
from cpikit_fake.hooks import endpoint_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cpikit.api import CallContext
    from cpikit.cloud import Cloud
    from cpikit.config import Config
    from cpikit_fake.config import FakeConfig


def preflight(
    config: Config[FakeConfig], context: CallContext, cloud: Cloud, wanted: Wanted
) -> Iterator[Finding]:
    """What is there and what is missing; the first question decides whether there are others."""
    client = Client(cloud, endpoint_of(config.provider, context))
    try:
        servers, _ = client.servers()
    except FaultError as error:
        remedy = "correct state_dir or unreachable in cpi.json"
        yield Finding("cloud", str(error), "an answer", remedy, "failure")
        return
    yield Finding("cloud", f"it answers, and has {len(servers)} servers")
    quota = config.provider.knobs.get("server_quota")
    if quota is not None and len(servers) >= quota:
        remedy = "delete some, or raise the knob server_quota"
        found = f"{len(servers)} of {quota} are in use"
        yield Finding("servers", found, "room for one", remedy, "failure")
    for vm in wanted.vms:
        yield from _zone(vm, vm.properties.zone)
    yield from _networks(client, wanted)
    yield from _stemcells(client, wanted)


def _zone(block: Block, zone: str | None) -> Iterator[Finding]:
    if zone is not None and zone not in ZONES:
        place = block.places.at("zone")
        wanted = f"one of {', '.join(ZONES)}"
        yield Finding(block.title, f"zone {zone} does not exist", wanted, "", "failure", place)


def _networks(client: Client, wanted: Wanted) -> Iterator[Finding]:
    for subnet in wanted.subnets:
        if subnet.type == "managed":
            yield from _zone(subnet, subnet.properties.zone)
            continue
        id_, place = subnet.properties.subnet, subnet.places.at("subnet")
        if id_ is not None and not client.subnets(ids=[id_]):
            remedy = "correct subnet, or make it a managed network"
            found = f"subnet {id_} does not exist"
            yield Finding(subnet.title, found, "", remedy, "failure", place)
        else:
            yield Finding(subnet.title, f"subnet {id_ or '(the flat one)'} is there", place=place)


def _stemcells(client: Client, wanted: Wanted) -> Iterator[Finding]:
    for cid in wanted.stemcells:
        if client.images(ids=[cid]):
            yield Finding(f"stemcell {cid}", "it is there")
        else:
            remedy = "upload it: bosh upload-stemcell --fix"
            yield Finding(f"stemcell {cid}", "it does not exist", "", remedy, "failure")
