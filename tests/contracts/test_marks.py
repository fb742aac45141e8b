"""What the suite makes carries its name, so that an operator sees whose it is."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cpikit_contracts import samples
from cpikit_contracts.forked import Nursery
from cpikit_contracts.mutants import profile_for
from cpikit_contracts.results import Run
from cpikit_contracts.run import Choices, judge
from cpikit_contracts.scenario import MARK

RULES = (
    "stemcell.create-answers-an-id",
    "vm.create-answers-an-array",
    "vm.taken-address-is-refused",
    "vm.address-is-free-after-delete",
    "disk.name-in-properties-is-tolerated",
)


@pytest.fixture(scope="module")
def done(nursery: Nursery) -> Run:
    choices = Choices(level="lifecycle", only=RULES, seed=5, start=nursery.start)
    return judge(profile_for(), choices)


def sent(done: Run, method: str) -> Iterator[dict[str, Any]]:
    """The requests of one method."""
    assert not done.failed
    found = [each.exchange for each in done.answers if each.exchange.method == method]
    assert found
    yield from (json.loads(each.invocation.request) for each in found)


def test_a_vm_carries_the_tag_of_the_run_beside_those_of_the_profile(done: Run) -> None:
    for request in sent(done, "create_vm"):
        owner = request["context"]["director_uuid"]
        assert request["arguments"][5] == {"bosh": {"tags": {"team": "contracts", MARK: owner}}}


def test_a_stemcell_carries_the_tag_of_the_run_where_there_is_room_for_it(done: Run) -> None:
    with_tags = [each for each in sent(done, "create_stemcell") if each["api_version"] == 3]
    assert with_tags
    for request in with_tags:
        assert request["arguments"][2] == {"tags": {MARK: request["context"]["director_uuid"]}}


def test_names_begin_with_the_name_of_the_suite(done: Run) -> None:
    names = [
        request["arguments"][1][key]
        for request in sent(done, "set_vm_metadata")
        for key in ("name", "job", "instance_group", "deployment", "director")
    ]
    disks = [each["arguments"][1].get("name", MARK) for each in sent(done, "create_disk")]
    labels = (samples.DIRECTOR_DISK_METADATA, samples.DIRECTOR_SNAPSHOT_METADATA)
    names += [metadata["deployment"] for metadata in labels]
    assert all(name.startswith(MARK) for name in [*names, *disks])
