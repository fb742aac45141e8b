"""Lead the lives of all features: under no policy, to record one; under one, to see what breaks."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ci.tooling import policy
from ci.tooling.features import FEATURES, Feature
from ci.tooling.life import BUCKET, ROLE, Broken, Life, Notes
from cpikit.testing import CallFailed
from cpikit_alicloud_simulator.policies import Policy
from cpikit_alicloud_simulator.simulator import Simulator

_NEEDS = {feature.name: feature.needs for feature in FEATURES}


def recorded() -> list[dict[str, Any]]:
    """Each feature with what it was asked for, less what those have that it needs."""
    asked: dict[str, dict[str, set[str]]] = {}
    found = []
    with _stage() as lead:
        for feature in FEATURES:
            notes = Notes("Allow", ("*",))
            lead(feature, Policy((notes,)))
            asked[feature.name] = notes.asked | {action: {"*"} for action in feature.also}
            own = set(asked[feature.name]).difference(*(asked[one] for one in below(feature.name)))
            row: dict[str, Any] = {"name": feature.name, "needs": list(feature.needs)}
            for action in sorted(own):
                kind = policy.kind_of(action, asked[feature.name][action])
                row.setdefault(kind, []).append(action)
            found.append(row)
    return found


def probed() -> Iterator[dict[str, Any]]:
    """Take each action of each feature away from the policy of what it needs; how that went.

    A feature that neither has an action nor needs one that has it was never asked for it: it cannot
    break, and is not tried.
    """
    rows = {row["name"]: row for row in policy.features()}
    with _stage() as lead:
        for feature in FEATURES:
            yield {"feature": feature.name, "without": None, **_led(lead, feature, "")}
            for kind in policy.KINDS:
                for action in rows[feature.name].get(kind, []):
                    outcome = _led(lead, feature, action)
                    yield {"feature": feature.name, "without": action, **outcome}


def below(name: str) -> set[str]:
    """Everything that a feature needs, and what that needs."""
    found: set[str] = set()
    todo = list(_NEEDS[name])
    while todo:
        one = todo.pop()
        found.add(one)
        todo += _NEEDS[one]
    return found


def enforced(text: str, names: Mapping[str, str], without: str = "") -> Policy:
    """The policy as RAM would have it: its names filled in, one action taken away."""
    document = policy.filled(text, names)
    kept = []
    for statement in document["Statement"]:
        actions = [action for action in statement["Action"] if action != without]
        if "sts:AssumeRole" in actions:  # the simulator asks for it without naming the role
            kept.append({**statement, "Action": ["sts:AssumeRole"], "Resource": "*"})
        if actions:
            kept.append({**statement, "Action": actions})
    return Policy.parsed({**document, "Statement": kept}) if kept else Policy(())


def _led(lead: Callable[[Feature, Policy], None], feature: Feature, without: str) -> dict[str, str]:
    text = policy.policy(policy.chosen([feature.name]))
    names = {"region": "cn-hangzhou", "vm_role": ROLE, "stemcells_bucket": BUCKET}
    try:
        lead(feature, enforced(text, names, without))
    except (Broken, CallFailed) as error:
        return {"outcome": "broken", "said": str(error)}
    return {"outcome": "led", "said": ""}


@contextmanager
def _stage() -> Iterator[Callable[[Feature, Policy], None]]:
    """A simulator, and a function that leads one life in a fresh world of it."""
    with Simulator() as simulator, tempfile.TemporaryDirectory() as name:
        yield lambda feature, given: feature.play(Life(simulator, given, Path(name)))
