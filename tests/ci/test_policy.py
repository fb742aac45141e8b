"""The Director's policy: generated, nothing more than the provider calls, and nothing less."""

from __future__ import annotations

import ast
import json
import re

import pytest
from ci_work import CI, ROOT

from ci.tooling import policy

PROVIDER = ROOT / "providers/alicloud/cpikit_alicloud"
VERBS = re.compile(
    "(Add|Allocate|Associate|Attach|Cancel|Copy|Create|Delete|Describe|Detach|Get|Import|Join|Leave"
    "|List|Modify|Reboot|Release|Remove|Replace|Reset|Resize|Run|Start|Stop|Tag|Unassociate|Untag)"
    "[A-Z][A-Za-z]+"
)
# Texts that look like actions and are none of the Director's policy, each with its reason.
NOT_ASKED = {
    "DeleteOnRelease": "a parameter",
    "DeleteWithInstance": "a parameter",
    "TagKey": "a parameter",
    "TagValue": "a parameter",
    "CreateFailed": "a state of an image",
    "GetRoleCredentials": "the metadata service's",
    "ListTagResources": "paged, where it is called",
    "DeleteBucket": "of buckets that the CPI made itself: the environment has one",
    "DeleteObject": "OSS, under its own names in policy.py",
    "ListParts": "the same",
    "ListMultipartUploads": "the same",
    "GetBucketInfo": "the same",
    "GetObject": "the same",
}


def actions_of_the_provider():
    """Texts in the provider's code that are names of actions; docstrings are one text each."""
    found = set()
    for path in PROVIDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and VERBS.fullmatch(node.value)
            ):
                found.add(node.value)
    return found


@pytest.fixture(scope="module")
def allowed():
    return {
        action
        for feature in policy.features()
        for kind in ("reads", "writes")
        for action in feature.get(kind, [])
    }


def test_the_policy_is_the_one_that_is_generated():
    assert policy.POLICY.read_text("utf-8") == policy.policy(policy.features()), "run ci/policy"


def test_every_action_that_the_provider_calls_is_allowed(allowed):
    names = {action.partition(":")[2] for action in allowed}
    assert actions_of_the_provider() - names - set(NOT_ASKED) == set(), "add it to ci/policy.toml"


def test_no_action_is_allowed_that_the_provider_does_not_call(allowed):
    names = {action.partition(":")[2] for action in allowed}
    assert names - actions_of_the_provider() == set(), "take it out of ci/policy.toml"


def test_every_exception_is_still_needed():
    assert set(NOT_ASKED) - actions_of_the_provider() <= {"GetObject"}


def test_no_statement_allows_whole_services_and_no_write_goes_everywhere(allowed):
    document = json.loads(policy.POLICY.read_text("utf-8"))
    writes = {a for feature in policy.features() for a in feature.get("writes", [])}
    for statement in document["Statement"]:
        assert not [action for action in statement["Action"] if "*" in action]
        if statement["Resource"] == "*":
            assert not writes & set(statement["Action"])


@pytest.mark.parametrize(
    "path", sorted((CI / "terraform/policies").iterdir()), ids=lambda p: p.name
)
def test_a_policy_is_json_with_what_ram_wants(path):
    document = json.loads(path.read_text("utf-8"))
    assert document["Version"] == "1"
    for statement in document["Statement"]:
        assert set(statement) == {"Effect", "Action", "Resource"}
        assert all(re.fullmatch(r"[a-z]+:[A-Za-z]+", action) for action in statement["Action"])


def test_features_name_each_action_once():
    actions = [
        action
        for feature in policy.features()
        for kind in ("reads", "writes")
        for action in feature.get(kind, [])
    ]
    assert len(actions) == len(set(actions))
