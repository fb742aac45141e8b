"""A CPI that is not Python: a few dozen lines for Node.js, judged without a world."""

import shutil
import sys
from pathlib import Path

import pytest
from attrs import evolve

from cpikit_contracts.liar.lies.table import all_lies
from cpikit_contracts.methods import METHODS
from cpikit_contracts.mutants import LIAR
from cpikit_contracts.profile import Gap, Limits, Profile
from cpikit_contracts.results import Outcome, Run
from cpikit_contracts.run import Choices, judge

# Node.js may be missing on a developer's machine; make test-slow installs what it needs.
pytestmark = pytest.mark.slow

PROGRAM = Path(__file__).parent / "minimal_cpi.js"
# Lies about answers that a minimal CPI never gives; the liar itself is asked for these.
NEEDS_MORE = {"error.type-is-known", "error.retry-only-where-it-means-something"}
CLAIMED = {"info", "has_vm", "delete_vm"}


def node() -> str:
    found = shutil.which("node")
    assert found, "node is needed to judge a CPI in JavaScript: install Node.js"
    return found


def profile() -> Profile:
    gaps = {name: Gap(name, "not-yet", "minimal") for name in METHODS if name not in CLAIMED}
    return Profile(
        path=PROGRAM,
        command=(node(), str(PROGRAM)),
        dead=(node(), str(PROGRAM), "--dead"),
        unknown={kind: f"no-{kind}" for kind in ("vm", "disk", "stemcell", "snapshot", "network")},
        gaps=gaps,
        limits=Limits(parallel=40),
    )


def complaints(done: Run) -> list[str]:
    return [f"{each.case.id}: {each.message}" for each in done.results if each.fails]


def test_a_minimal_cpi_in_javascript_passes_level_wire() -> None:
    done = judge(profile(), Choices(level="wire", seed=4))
    assert complaints(done) == []
    assert done.count(Outcome.PASSED) > 50
    assert len(done.gaps) == len(METHODS) - len(CLAIMED)


def test_a_gap_that_is_not_declared_is_a_complaint() -> None:
    claims_more = profile()
    gaps = {name: gap for name, gap in claims_more.gaps.items() if name != "reboot_vm"}
    done = judge(
        evolve(claims_more, gaps=gaps),
        Choices(level="wire", only=("error.every-method-fails-cleanly",), seed=4),
    )
    assert any("reboot_vm is claimed" in each for each in complaints(done))


@pytest.mark.parametrize("method", ["has_vm", "delete_vm"])
def test_a_declared_gap_that_works_is_a_complaint(method: str) -> None:
    claims_less = profile()
    gaps = {**claims_less.gaps, method: Gap(method, "cannot", "says who")}
    done = judge(evolve(claims_less, gaps=gaps), Choices(level="wire", only=("gap",), seed=4))
    assert any(f"{method} is declared a gap" in each for each in complaints(done))


ANSWER_LIES = [
    lie.name for lie in all_lies() if lie.change is not None and lie.breaks not in NEEDS_MORE
]


def caught_on_another_cpi(name: str) -> None:
    lie = next(each for each in all_lies() if each.name == name)
    honest = profile()
    corrupt = (sys.executable, "-I", "-S", str(LIAR / "__main__.py"), "corrupt", name)
    lying = evolve(honest, command=corrupt + honest.command, dead=corrupt + honest.dead)
    done = judge(lying, Choices(level="wire", only=(lie.breaks,), seed=4))
    broken = {each.case.rule.id for each in done.results if each.outcome is Outcome.BROKEN}
    assert broken == {lie.breaks}


@pytest.mark.parametrize("lie", ["text-after", "log-null", "no-ok-to-retry"])
def test_a_wrapper_tells_a_lie_about_the_answers_of_any_cpi(lie: str) -> None:
    caught_on_another_cpi(lie)


@pytest.mark.parametrize("lie", ANSWER_LIES)
def test_a_wrapper_tells_every_lie_about_answers(lie: str) -> None:
    caught_on_another_cpi(lie)
