"""No false alarm: providers that are right are judged clean, whatever the seed draws."""

import os
import sys
from pathlib import Path

import pytest

from cpikit_contracts.profile import load
from cpikit_contracts.results import Outcome, Run
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
    """The levels of what was not asked, but for rules about a release, which none of these has."""
    return {
        each.case.rule.level
        for each in done.results
        if each.outcome is Outcome.NOT_RUN and "release" not in each.case.rule.needs
    }


# The sweeps of the Alibaba provider have tests of their own, in one process; here they take long.
HIGHEST = {"fake": "sweep", "alicloud": "sweep" if "CPIKIT_SOAK" in os.environ else "model"}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("provider", ["fake", "alicloud"])
def test_a_provider_that_is_right_is_judged_clean(provider: str, seed: int) -> None:
    profile = load(PROVIDERS / provider / "contract.toml")
    done = judge(profile, Choices(level=HIGHEST[provider], seed=seed))
    assert alarms(done) == []
    assert done.left == ()
    assert unasked(done) <= ({"sweep"} if HIGHEST[provider] == "model" else set())
