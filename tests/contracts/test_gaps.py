"""What a CPI does not claim, and what its profile does not name, is never held against it."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve

from cpikit_contracts.forked import Nursery
from cpikit_contracts.mutants import LIAR, profile_for
from cpikit_contracts.profile import Gap, Profile
from cpikit_contracts.results import Outcome, Run
from cpikit_contracts.rules import SWEEP, WIRE, cases_of, catalogue, selected
from cpikit_contracts.run import Choices, judge

# One at a time, but for those that no rule needs together with another.
GAPS = (
    "create_stemcell", "delete_stemcell", "create_vm", "delete_vm", "has_vm", "set_vm_metadata",
    "create_disk", "delete_disk", "attach_disk", "detach_disk", "has_disk", "set_disk_metadata",
    "snapshot_disk", "delete_snapshot", "create_network reboot_vm get_disks",
    "delete_network calculate_vm_cloud_properties resize_disk", "update_disk ping",
)  # fmt: skip
TAKEN_AWAY = {
    "create_vm": {"create_stemcell", "delete_vm"},
    "create_stemcell": {"delete_stemcell"},
    "create_disk": {"delete_disk"},
    "attach_disk": {"detach_disk"},
    "snapshot_disk": {"delete_snapshot"},
    "create_network": {"delete_network"},
}


def problems(done: Run) -> list[str]:
    bad = {Outcome.BROKEN, Outcome.BLOCKED, Outcome.NOTED}
    return [f"{each.case.id}: {each.message}" for each in done.results if each.outcome in bad]


def outcome(done: Run, rule: str) -> tuple[Outcome, str]:
    return next((each.outcome, each.message) for each in done.results if each.case.rule.id == rule)


@pytest.mark.slow
@pytest.mark.parametrize("names", GAPS)
def test_a_declared_gap_is_held_against_nobody(names: str, nursery: Nursery) -> None:
    gaps = dict.fromkeys(names.split(), "not here")
    asked = selected(catalogue(), "repeat")[0]
    cases = frozenset(case.id for case in asked)
    choices = Choices(level="repeat", cases=cases, seed=5, start=nursery.start)
    done = judge(profile_for(gaps=gaps), choices)
    assert problems(done) == []
    assert done.left == ()
    assert done.count(Outcome.GAP)


def test_a_rule_does_without_a_gap_that_it_only_uses(nursery: Nursery) -> None:
    rule = "vm.address-is-free-after-delete"
    profile = profile_for(gaps={"set_vm_metadata": "not here"})
    done = judge(profile, Choices(level="lifecycle", only=(rule,), seed=5, start=nursery.start))
    assert outcome(done, rule) == (Outcome.PASSED, "")


def test_what_a_rule_makes_it_may_remove() -> None:
    """A method that is missing in a rule's list is met as a gap in the middle of the rule."""
    makers = [rule for rule in catalogue() if rule.level not in {WIRE, SWEEP}]
    cases = [case for rule in makers for case in cases_of(rule)]
    # One method alone is called about what is not there.
    for case in (case for case in cases if len(case.methods) > 1):
        for made, beside in TAKEN_AWAY.items():
            assert made not in case.methods or beside <= {*case.methods}, f"{case.id}: {beside}"


def alone(tmp_path: Path) -> Profile:
    """A profile of the liar with its command and no more."""
    config = tmp_path / "liar.json"
    config.write_text('{"gaps": ["create_vm", "get_disks"]}')
    program = str(LIAR / "__main__.py")
    command = (sys.executable, "-I", "-S", program, "--config", str(config))
    gaps = {name: Gap(name, "not-yet", "soon") for name in ("create_vm", "get_disks")}
    return Profile(path=tmp_path / "contract.toml", command=command, gaps=gaps)


def test_a_gap_is_asked_where_it_costs_nothing_or_not_at_all(tmp_path: Path) -> None:
    done = judge(alone(tmp_path), Choices(level="wire", seed=5))
    assert problems(done) == []
    found, message = outcome(done, "gap.is-answered-as-not-implemented")
    assert found is Outcome.NOT_RUN
    assert "no [dead] command and no world" in message


def test_what_needs_an_id_that_is_not_named_is_left_out(tmp_path: Path, nursery: Nursery) -> None:
    bare = evolve(profile_for(gaps={"get_disks": "not here"}), unknown={})
    done = judge(bare, Choices(level="wire", seed=5, start=nursery.start))
    assert problems(done) == []
    notes = [note for each in done.results for note in each.notes]
    assert "get_disks was not asked: [unknown] names no vm" in notes


@pytest.mark.slow
@pytest.mark.parametrize(
    "bare",
    [
        lambda profile: evolve(profile, unknown={}),
        lambda profile: evolve(profile, dead=()),
        lambda profile: evolve(profile, idempotent=frozenset()),
        lambda profile: evolve(
            profile, inputs={**profile.inputs, "bad_vm": {}, "env": {}, "context": {}}
        ),
        lambda profile: evolve(profile, inputs={**profile.inputs, "networks": {"dynamic": {}}}),
    ],
    ids=["unknown", "dead", "idempotent", "inputs", "networks"],
)
def test_what_a_profile_does_not_name_blocks_nothing(
    bare: Callable[[Profile], Profile], nursery: Nursery
) -> None:
    done = judge(bare(profile_for()), Choices(level="repeat", seed=5, start=nursery.start))
    assert problems(done) == []


@pytest.mark.parametrize("words", ["./cpi", "sh cpi", "sh -- cpi", "env --x=cpi ./cpi"])
def test_a_relative_command_cannot_be_started_elsewhere(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nursery: Nursery
) -> None:
    (tmp_path / "cpi").write_text("#!/bin/sh\n")
    (tmp_path / "cpi").chmod(0o700)
    monkeypatch.chdir(tmp_path)
    rule = "process.works-in-any-directory"
    relative = evolve(alone(tmp_path), command=tuple(words.split()))
    done = judge(relative, Choices(level="wire", only=(rule,), seed=5, start=nursery.start))
    found, message = outcome(done, rule)
    assert found is Outcome.NOT_RUN
    assert next(word for word in words.split() if "cpi" in word) in message
    assert "{profile_dir}" in message
    whole = judge(alone(tmp_path), Choices(level="wire", only=(rule,), seed=5, start=nursery.start))
    assert outcome(whole, rule)[0] is Outcome.PASSED
