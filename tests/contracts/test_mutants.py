"""Each lie is caught by the rule meant for it; the honest liar is caught at nothing."""

import fnmatch
import os
from pathlib import Path

import pytest
from attrs import evolve

from cpikit_contracts.callers import Start, spawn
from cpikit_contracts.forked import Nursery
from cpikit_contracts.liar.lies.table import all_lies
from cpikit_contracts.mutants import ALL, MEANT, NEIGHBOURS, profile_for, try_one, verdict
from cpikit_contracts.results import Outcome, Result, Run
from cpikit_contracts.rules import Case, catalogue
from cpikit_contracts.run import Choices, judge

RULES = {rule.id: rule for rule in catalogue()}
# One of each kind of lie: envelope, process, request, stemcell, VM, disk, label, settings, cloud.
QUICK = (
    "text-before no-log error-false status-1-on-error talks-before-it-reads empty-is-info "
    "version-as-text logs-requests keeps-stemcells vm-as-string leaks-on-failure takes-disks "
    "update-true text-tags-only known-env-only random-vm-token blind-delete"
).split()


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Some lies write where they stand."""
    monkeypatch.chdir(tmp_path)


def problems(done: Run) -> list[str]:
    bad = {Outcome.BROKEN, Outcome.BLOCKED, Outcome.NOTED}
    return [f"{each.case.id}: {each.message}" for each in done.results if each.outcome in bad]


def caught(name: str, breadth: str = MEANT, start: Start = spawn) -> None:
    lie = next(each for each in all_lies() if each.name == name)
    told = try_one(lie, RULES[lie.breaks], breadth=breadth, start=start)
    assert told.caught, f"{lie.breaks} did not catch it: {lie.says}"
    assert not told.others
    assert len(told.message) > 10


def test_a_rule_that_a_lie_blocks_has_to_be_listed() -> None:
    lie = next(each for each in all_lies() if each.name == "vm-as-string")
    listed, other = RULES["vm.networks-are-echoed"], RULES["disk.moves-to-another-vm"]
    results = (
        Result(Case(RULES[lie.breaks]), Outcome.BROKEN, "found a string"),
        Result(Case(listed), Outcome.BLOCKED, "no networks"),
        Result(Case(other), Outcome.BLOCKED, "no VM"),
    )
    done = Run(results, (), seconds=1.0, seed=1, level="lifecycle", profile="", command=())
    assert verdict(lie, done).others == (other.id,)
    assert not verdict(lie, done).right
    assert verdict(lie, evolve(done, results=results[:2])).right
    assert not verdict(lie, evolve(done, results=results[1:2])).caught


@pytest.mark.parametrize("name", QUICK)
def test_a_lie_is_caught(name: str) -> None:
    caught(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [lie.name for lie in all_lies()])
def test_every_lie_is_caught_by_its_rule_and_not_by_the_neighbours(
    name: str, nursery: Nursery
) -> None:
    caught(name, NEIGHBOURS, nursery.start)


@pytest.mark.slow
@pytest.mark.skipif("CPIKIT_SOAK" not in os.environ, reason="every rule times every lie: make soak")
@pytest.mark.parametrize("name", [lie.name for lie in all_lies()])
def test_no_rule_complains_of_a_lie_that_does_not_list_it(name: str, nursery: Nursery) -> None:
    caught(name, ALL, nursery.start)


def test_the_honest_liar_passes_level_wire() -> None:
    done = judge(profile_for(), Choices(level="wire", seed=11))
    assert problems(done) == []
    assert done.count(Outcome.PASSED) > 60


@pytest.mark.slow
@pytest.mark.skipif("CPIKIT_SOAK" not in os.environ, reason="level sweep takes minutes: make soak")
@pytest.mark.parametrize("seed", [1, 2])
def test_the_honest_liar_passes_everything(seed: int) -> None:
    done = judge(profile_for(), Choices(level="sweep", seed=seed, jobs=2))
    assert problems(done) == []
    assert done.left == ()


@pytest.mark.slow
def test_a_slow_cpi_is_judged_rightly() -> None:
    profile = profile_for(unreachable_for_s=25.0)
    done = judge(
        profile,
        Choices(
            level="wire", only=("info", "error.bad-credentials-are-an-error", "request"), seed=1
        ),
    )
    assert [each for each in problems(done) if not fnmatch.fnmatch(each, "bulk.*")] == []


@pytest.mark.slow
def test_small_integers_as_ids_are_judged_rightly() -> None:
    profile = profile_for(integer_ids=True)
    profile = evolve(profile, unknown=dict.fromkeys(profile.unknown, "999999"))
    done = judge(profile, Choices(level="lifecycle", only=("disk",), seed=2))
    assert problems(done) == []
