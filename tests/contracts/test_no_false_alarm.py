"""No false alarm: providers that are right are judged clean, whatever the seed draws."""

import os
import sys
from pathlib import Path

import pytest

from cpikit_contracts.profile import load
from cpikit_contracts.results import Outcome, Run
from cpikit_contracts.rules import INFORM, LEVELS
from cpikit_contracts.run import Choices, judge

pytestmark = pytest.mark.slow

PROVIDERS = Path(__file__).parents[2] / "providers"
SEEDS = range(1, 11) if "CPIKIT_SOAK" in os.environ else (1, 2)


@pytest.fixture(autouse=True)
def commands_of_this_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The profiles' worlds are commands that stand beside the interpreter."""
    beside = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", f"{beside}{os.pathsep}{os.environ['PATH']}")


def alarms(done: Run) -> list[str]:
    return [f"{each.case.id}: {each.message}" for each in done.results if each.fails]


def unasked(done: Run) -> set[str]:
    """The rules that were not asked, but for those about a release, which none of these has."""
    return {
        each.case.rule.id
        for each in done.results
        if each.outcome is Outcome.NOT_RUN and "release" not in each.case.rule.needs
    }


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("provider", ["fake"])
def test_a_provider_that_is_right_is_clean_at_every_level(provider: str, seed: int) -> None:
    profile = load(PROVIDERS / provider / "contract.toml")
    done = judge(profile, Choices(level=LEVELS[-1], seed=seed))
    assert alarms(done) == []
    assert done.left == ()
    assert unasked(done) == set()
    noted = [each for each in done.results if each.outcome is Outcome.NOTED]
    assert all(each.case.rule.strength == INFORM for each in noted)
