"""Generate the policy of the Director's role from the actions that the provider calls."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ci.tooling.failure import Failure, run

CI = Path(__file__).resolve().parent.parent
FEATURES = CI / "policy.toml"
POLICY = CI / "terraform/policies/director.json.tftpl"

_STEMCELLS = [
    "oss:GetBucketInfo",
    "oss:ListMultipartUploads",
]
_STEMCELL_OBJECTS = [
    "oss:PutObject",
    "oss:GetObject",
    "oss:DeleteObject",
    "oss:ListParts",
    "oss:AbortMultipartUpload",
]


def main(words: Sequence[str]) -> None:
    """Write the policy."""
    if words:
        raise Failure("usage: ci/policy")
    POLICY.write_text(policy(features()), "utf-8")


def features() -> list[dict[str, Any]]:
    """The features of policy.toml."""
    found: list[dict[str, Any]] = tomllib.loads(FEATURES.read_text("utf-8"))["feature"]
    return found


def policy(found: Sequence[dict[str, Any]]) -> str:
    """The document, as a template of Terraform's.

    Reads are allowed everywhere, since most of them know no resource; writes in the environment's
    region alone; roles are handed to VMs only if they are the environment's own.
    """
    reads = [action for feature in found for action in feature.get("reads", [])]
    writes = [action for feature in found for action in feature.get("writes", [])]
    statements = [
        allowed(reads, "*"),
        allowed(writes, "acs:*:${region}:*:*"),
        allowed(["ram:PassRole"], "acs:ram:*:*:role/${vm_role}"),
        allowed(_STEMCELLS, "acs:oss:*:*:${stemcells_bucket}"),
        allowed(_STEMCELL_OBJECTS, "acs:oss:*:*:${stemcells_bucket}/*"),
    ]
    return json.dumps({"Version": "1", "Statement": statements}, indent=2) + "\n"


def allowed(actions: Sequence[str], resource: str) -> dict[str, Any]:
    """One statement."""
    return {"Effect": "Allow", "Action": sorted(set(actions)), "Resource": resource}


if __name__ == "__main__":
    run(main)
