"""No false alarm: providers that are right are judged clean, whatever the seed draws."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cpikit_contracts.callers import spawn
from cpikit_contracts.forked import Nursery
from cpikit_contracts.profile import load
from cpikit_contracts.results import Run
from cpikit_contracts.rules import catalogue
from cpikit_contracts.run import Choices, judge

pytestmark = pytest.mark.slow

PROVIDERS = Path(__file__).parents[2] / "providers"
PROGRAM = (sys.executable, "-I", "-m", "cpikit")
MANY = 15  # rules of the chosen groups
IS_SOAK = "CPIKIT_SOAK" in os.environ
# Levels wire and lifecycle of the Alibaba provider are judged in tests/alicloud, and its sweeps in
# one process; every rule over every call of it is for make soak.
ONLY = {"fake": (), "alicloud": ("repeat", "order", "model", "leak")}


@pytest.fixture(autouse=True)
def commands_of_this_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The profiles' worlds are commands that stand beside the interpreter."""
    beside = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", f"{beside}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture(scope="module")
def warm() -> Iterator[Nursery]:
    """Calls of cpikit are forked from a process that has imported it: ten seeds in the time of
    two.
    """
    with Nursery(PROGRAM, (*PROGRAM[:2], str(Path(__file__).with_name("warm_cpikit.py")))) as warm:
        yield warm


def clean(done: Run) -> None:
    assert [f"{each.case.id}: {each.message}" for each in done.results if each.fails] == []
    assert done.left == ()
    assert done.stopped == ""


def about_a_release() -> list[str]:
    """The rules that need a release, which none of these profiles names."""
    return [rule.id for rule in catalogue() if "release" in rule.needs]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("provider", ["fake", "alicloud"])
def test_a_provider_that_is_right_is_judged_clean(provider: str, seed: int, warm: Nursery) -> None:
    profile = load(PROVIDERS / provider / "contract.toml")
    only, level = ONLY[provider], "model" if ONLY[provider] else "sweep"
    start = spawn if seed == 1 else warm.start  # the executable itself, and forks of it
    done = judge(profile, Choices(level=level, only=only, seed=seed, start=start))
    clean(done)
    ran, every = done.share()
    assert ran > MANY if only else ran == every - len(about_a_release())


@pytest.mark.skipif(not IS_SOAK, reason="ten times everything takes an hour: make soak")
@pytest.mark.parametrize("seed", range(1, 11))
@pytest.mark.parametrize("provider", ["fake", "alicloud"])
def test_ten_seeds_of_everything_are_judged_clean(provider: str, seed: int, warm: Nursery) -> None:
    profile = load(PROVIDERS / provider / "contract.toml")
    done = judge(profile, Choices(level="sweep", seed=seed, jobs=2, start=warm.start))
    clean(done)
    ran, every = done.share()
    assert ran == every - len(about_a_release())
