"""Make the policy of the Director's role out of what the provider calls, feature by feature.

`record` leads each feature's life on the simulator and writes down what it was asked for; `write`
makes Terraform's policy of that; `show` prints one for chosen features; `probe` takes each action
away and tells what breaks.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ci.tooling.failure import Failure, run

CI = Path(__file__).resolve().parent.parent
FEATURES = CI / "policy.toml"
POLICY = CI / "terraform/policies/director.json.tftpl"
KINDS = ("reads", "writes", "roles", "bucket", "objects")
NOT_IN_CI = ("buckets of its own", "roles of other accounts")
"""The environment has a bucket, and no other account."""
_OWN_BUCKETS = "bosh-stemcell-*"
_HEAD = """\
# What the Director's CPI calls, by feature. Recorded on the simulator by `ci/policy record`: do not
# change it, change the lives in tooling/. A feature may do what those may that it needs, and this.
# `bucket` and `objects` are OSS's; `roles` are asked of a role, not of a region.
"""


def main(words: Sequence[str]) -> None:
    """One of the four."""
    match list(words):
        case ["record", *more] if more in ([], ["--print"]):
            from ci.tooling.recording import recorded  # the simulator and the SDKs

            text = as_toml(recorded())
            if more:
                sys.stdout.write(text)
                return
            FEATURES.write_text(text, "utf-8")
            POLICY.write_text(policy(ci_features()), "utf-8")
        case ["write"]:
            POLICY.write_text(policy(ci_features()), "utf-8")
        case ["show", *names]:
            sys.stdout.write(policy(chosen(names) if names else ci_features()))
        case ["probe"]:
            from ci.tooling.recording import probed  # as above

            for row in probed():
                sys.stdout.write(json.dumps(row) + "\n")
                sys.stdout.flush()
        case _:
            raise Failure("usage: ci/policy record [--print] | write | show [FEATURE…] | probe")


def features() -> list[dict[str, Any]]:
    """The features of policy.toml."""
    found: list[dict[str, Any]] = tomllib.loads(FEATURES.read_text("utf-8"))["feature"]
    return found


def ci_features() -> list[dict[str, Any]]:
    """Those that the pipeline's Director has."""
    return [feature for feature in features() if feature["name"] not in NOT_IN_CI]


def chosen(names: Iterable[str]) -> list[dict[str, Any]]:
    """These features and what they need. Raises Failure for a name that is none."""
    known = {feature["name"]: feature for feature in features()}
    todo, wanted = list(names), set()
    while todo:
        name = todo.pop()
        if name not in known:
            raise Failure(f"no feature {name!r}, wanted some of: {', '.join(known)}")
        wanted.add(name)
        todo += known[name].get("needs", [])
    return [feature for name, feature in known.items() if name in wanted]


def policy(found: Sequence[Mapping[str, Any]], bucket: str = "${stemcells_bucket}") -> str:
    """The document, as a template of Terraform's.

    Reads are allowed everywhere, since most of them know no resource; writes in the environment's
    region alone; roles are handed to VMs only if they are the environment's own.
    """
    by_kind = {kind: [a for feature in found for a in feature.get(kind, [])] for kind in KINDS}
    buckets = [bucket]
    if any(feature["name"] == "buckets of its own" for feature in found):
        buckets.append(_OWN_BUCKETS)
    statements = [
        allowed(by_kind["reads"], ["*"]),
        allowed(by_kind["writes"], ["acs:*:${region}:*:*"]),
        allowed(by_kind["roles"], ["acs:ram:*:*:role/${vm_role}"]),
        allowed(by_kind["bucket"], [f"acs:oss:*:*:{each}" for each in buckets]),
        allowed(by_kind["objects"], [f"acs:oss:*:*:{each}/*" for each in buckets]),
    ]
    kept = [statement for statement in statements if statement["Action"]]
    return json.dumps({"Version": "1", "Statement": kept}, indent=2) + "\n"


def filled(text: str, names: Mapping[str, str]) -> dict[str, Any]:
    """The document with Terraform's names replaced by these."""
    for name, value in names.items():
        text = text.replace(f"${{{name}}}", value)
    found: dict[str, Any] = json.loads(text)
    return found


def allowed(actions: Iterable[str], resources: Sequence[str]) -> dict[str, Any]:
    """One statement."""
    return {"Effect": "Allow", "Action": sorted(set(actions)), "Resource": list(resources)}


def kind_of(action: str, resources: Iterable[str]) -> str:
    """Where an action belongs; of OSS, by whether it is asked of buckets or of objects."""
    product, _, name = action.partition(":")
    if product == "oss":
        return "objects" if any("/" in resource for resource in resources) else "bucket"
    if action in ("ram:PassRole", "sts:AssumeRole"):
        return "roles"
    return "reads" if name.startswith(("Describe", "List", "Get")) else "writes"


def as_toml(found: Iterable[Mapping[str, Any]]) -> str:
    """The text of policy.toml."""
    lines = [_HEAD]
    for feature in found:
        lines += ["[[feature]]", f"name = {json.dumps(feature['name'])}"]
        for key in ("needs", *KINDS):
            if feature.get(key):
                items = "".join(f"  {json.dumps(item)},\n" for item in feature[key])
                lines.append(f"{key} = [\n{items}]")
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


if __name__ == "__main__":
    run(main)
