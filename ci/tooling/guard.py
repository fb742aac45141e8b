"""Refuse a region in which an integration run could touch what is not the environment's.

The vSwitches and the public address that the suite uses have to bear the environment's name, as
Terraform has tagged them, and nothing may be in them yet: whatever is there is somebody's.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from ci.tooling.failure import Failure, run
from ci.tooling.metadata import read, value
from cpikit.commands.opened import Opened, stderr_log
from cpikit.errors import CpiError
from cpikit_alicloud import tags
from cpikit_alicloud.cpi import AlicloudCpi
from cpikit_alicloud.session import Session

MARK = "cpikit-env"  # ci/terraform/network.tf


def main(words: Sequence[str]) -> None:
    """Say what is in the way."""
    parser = argparse.ArgumentParser(prog="guard", description=__doc__)
    parser.add_argument("--metadata", type=Path, required=True)
    parser.add_argument("--config", required=True, help="the CPI's cpi.json")
    given = parser.parse_args(words)
    metadata = read(given.metadata)
    try:
        opened = Opened(
            given.config, command="guard", director_uuid="guard", log=stderr_log(debug=False)
        )
        session = cast("AlicloudCpi", opened.cpi)._session  # noqa: SLF001  # no method of a CPI lists
        with opened.step():
            problems = list(problems_of(session, metadata))
    except CpiError as error:
        raise Failure(f"the region could not be looked at: {error}") from error
    if problems:
        raise Failure("\n".join(["nothing was started:", *problems]))


def problems_of(session: Session, metadata: Mapping[str, str]) -> Iterator[str]:
    """One line for everything that is not the environment's, or is in use."""
    name = value(metadata, "env_name")
    for key in ("vswitch_id", "dynamic_vswitch_id"):
        id_ = value(metadata, key)
        rows = _listed(session, "Vpc", "DescribeVSwitches", {"VSwitchId": id_}, "VSwitches")
        yield from _foreign(f"vSwitch {id_}", rows, name)
        for row in _listed(session, "Ecs", "DescribeInstances", {"VSwitchId": id_}, "Instances"):
            yield (
                f"VM {row.get('InstanceId')} is in vSwitch {id_}, wanted an empty one: if an "
                "earlier run has left it, ci/run clean removes it"
            )
    ip = value(metadata, "deployment_eip")
    rows = _listed(session, "Vpc", "DescribeEipAddresses", {"EipAddress": ip}, "EipAddresses")
    yield from _foreign(f"EIP {ip}", rows, name)
    for row in rows:
        if row.get("InstanceId"):
            yield f"EIP {ip} is bound to {row['InstanceId']}, wanted a free one"


def _foreign(what: str, rows: Sequence[Mapping[str, Any]], name: str) -> Iterator[str]:
    if not rows:
        yield f"{what} does not exist in the region, or may not be seen"
    for row in rows:
        found = tags.of(row).get(MARK)
        if found != name:
            yield f"{what} has the tag {MARK}={found}, wanted {name}: it is not the environment's"


def _listed(
    session: Session, product: str, action: str, parameters: Mapping[str, Any], plural: str
) -> list[dict[str, Any]]:
    singular = {"VSwitches": "VSwitch", "Instances": "Instance", "EipAddresses": "EipAddress"}
    return session.client.listed(product, action, parameters, plural, singular[plural])


if __name__ == "__main__":
    run(main)
