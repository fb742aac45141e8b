"""No false alarm: providers that are right are judged clean, whatever the seed draws."""

import os
import sys
from pathlib import Path

import pytest

from cpikit_contracts.profile import load
from cpikit_contracts.results import Run
from cpikit_contracts.rules import catalogue
from cpikit_contracts.run import Choices, judge

pytestmark = pytest.mark.slow

PROVIDERS = Path(__file__).parents[2] / "providers"
MANY = 15  # rules of the chosen groups
SEEDS = range(1, 11) if "CPIKIT_SOAK" in os.environ else (1, 2)


@pytest.fixture(autouse=True)
def commands_of_this_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The profiles' worlds are commands that stand beside the interpreter."""
    beside = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", f"{beside}{os.pathsep}{os.environ['PATH']}")


def alarms(done: Run) -> list[str]:
    return [f"{each.case.id}: {each.message}" for each in done.results if each.fails]


# Levels wire and lifecycle of the Alibaba provider are judged in tests/alicloud, and its sweeps in
# one process; the executable through all of it is for make soak.
ONLY = {"fake": (), "alicloud": ("repeat", "order", "model", "leak")}
IS_SOAK = "CPIKIT_SOAK" in os.environ


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("provider", ["fake", "alicloud"])
def test_a_provider_that_is_right_is_judged_clean(provider: str, seed: int) -> None:
    profile = load(PROVIDERS / provider / "contract.toml")
    only = () if IS_SOAK else ONLY[provider]
    done = judge(profile, Choices(level="model" if only else "sweep", only=only, seed=seed))
    assert alarms(done) == []
    assert done.left == ()
    assert done.stopped == ""
    ran, every = done.share()
    assert ran == every - len(about_a_release()) if not only else ran > MANY


def about_a_release() -> list[str]:
    """The rules that need a release, which none of these profiles names."""
    return [rule.id for rule in catalogue() if "release" in rule.needs]
