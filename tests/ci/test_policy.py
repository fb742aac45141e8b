"""The Director's policy: recorded, nothing more than the provider calls, and nothing less."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys

import pytest
from ci_work import CI, ROOT

from ci.tooling import policy
from ci.tooling.failure import Failure
from cpikit_alicloud_simulator.catalogue import catalogue

PROVIDER = ROOT / "providers/alicloud/cpikit_alicloud"
# Actions that the provider's code names and no life calls, each with its reason.
NOT_CALLED = {
    "AssumeRoleWithOIDC": "asked for without a key: no policy applies",
    "DescribeInstanceStatus": "in the table of paged actions alone",
    "DescribeTasks": "the same",
    "ListTagResources": "the same",
    "ModifyImageSharePermission": "cpikit-alicloud stemcell, by an operator's own credentials",
}
# Asked for by the cloud and not by the simulator: taking it away shows nothing here.
NOT_SHOWN = {"ram:PassRole"}


def actions_of(feature):
    return [action for kind in policy.KINDS for action in feature.get(kind, [])]


@pytest.fixture(scope="module")
def features():
    return {feature["name"]: feature for feature in policy.features()}


@pytest.fixture(scope="module")
def recorded():
    return {action for feature in policy.features() for action in actions_of(feature)}


def by_tool(*words):
    """What `ci/policy` prints: in a process of its own, since it serves a simulator."""
    done = subprocess.run(
        [CI / "policy", *words],
        env={**os.environ, "PYTHON": sys.executable, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_features_are_what_their_lives_were_asked_for():
    assert by_tool("record", "--print") == policy.FEATURES.read_text("utf-8"), (
        "run `ci/policy record` and look at the difference"
    )


@pytest.mark.slow
def test_each_action_that_is_taken_away_breaks_the_feature_that_names_it(features):
    """What neither names it nor needs what does was never asked for it: see the test above."""
    rows = [json.loads(line) for line in by_tool("probe").splitlines()]
    whole = {row["feature"]: row["outcome"] for row in rows if row["without"] is None}
    assert whole == dict.fromkeys(features, "led"), rows
    taken = {(row["feature"], row["without"]): row for row in rows if row["without"]}
    assert set(taken) == {(name, a) for name, one in features.items() for a in actions_of(one)}
    spared = {action for (_, action), row in taken.items() if row["outcome"] != "broken"}
    assert spared == NOT_SHOWN


def actions_of_the_provider():
    """Texts in the provider's code that are names of actions; docstrings are one text each."""
    known = {name for _, name in catalogue().actions}
    return {
        node.value
        for path in PROVIDER.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and node.value in known
    }


def test_every_action_that_the_provider_names_is_in_some_life(recorded):
    names = {action.partition(":")[2] for action in recorded}
    assert actions_of_the_provider() - names == set(NOT_CALLED), "lead a life that calls it"


def test_the_policy_is_the_one_that_is_generated():
    wanted = policy.policy(policy.ci_features())
    assert policy.POLICY.read_text("utf-8") == wanted, "run `ci/policy write`"


def test_every_action_is_in_the_policy_of_everything(features, recorded):
    document = json.loads(policy.policy(list(features.values())))
    assert {action for one in document["Statement"] for action in one["Action"]} == recorded


def test_the_pipelines_director_has_no_feature_that_it_does_not_use(features):
    document = policy.POLICY.read_text("utf-8")
    for name in policy.NOT_IN_CI:
        assert not [action for action in actions_of(features[name]) if f'"{action}"' in document]
    assert "bosh-stemcell-*" not in document


def test_a_chosen_feature_comes_with_what_it_needs_and_nothing_else(features):
    document = json.loads(by_tool("show", "snapshots"))
    wanted = {a for name in ("VMs", "disks", "snapshots") for a in actions_of(features[name])}
    assert {action for one in document["Statement"] for action in one["Action"]} == wanted


def test_buckets_of_its_own_are_known_by_their_name():
    document = json.loads(policy.policy(policy.chosen(["buckets of its own"])))
    (statement,) = [one for one in document["Statement"] if "oss:PutBucket" in one["Action"]]
    assert "acs:oss:*:*:bosh-stemcell-*" in statement["Resource"]


def test_a_feature_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(Failure, match="no feature 'odd', wanted some of: VMs"):
        policy.chosen(["odd"])


def test_no_statement_allows_whole_services_and_no_write_goes_everywhere():
    document = json.loads(policy.POLICY.read_text("utf-8"))
    writes = {a for feature in policy.features() for a in feature.get("writes", [])}
    for statement in document["Statement"]:
        assert not [action for action in statement["Action"] if "*" in action]
        if "*" in statement["Resource"]:
            assert not writes & set(statement["Action"])


@pytest.mark.parametrize(
    "path", sorted((CI / "terraform/policies").iterdir()), ids=lambda p: p.name
)
def test_a_policy_is_json_with_what_ram_wants(path):
    document = json.loads(path.read_text("utf-8"))
    assert document["Version"] == "1"
    for statement in document["Statement"]:
        assert set(statement) == {"Effect", "Action", "Resource"}
        assert all(re.fullmatch(r"[a-z]+:[A-Za-z0-9]+", action) for action in statement["Action"])
