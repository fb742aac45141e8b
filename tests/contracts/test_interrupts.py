"""A run that is interrupted says so wherever it was, and is not called clean."""

from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from cpikit_contracts import probe, run
from cpikit_contracts.mutants import profile_for
from cpikit_contracts.outcomes import Unusable
from cpikit_contracts.reports import terminal
from cpikit_contracts.results import Outcome, Run
from cpikit_contracts.run import Choices, judge
from cpikit_contracts.session import Session


def is_unclean(done: Run, capsys: pytest.CaptureFixture[str]) -> bool:
    terminal.summarise(done, {})
    told = capsys.readouterr().out
    passed = [each for each in done.results if each.outcome is Outcome.PASSED]
    return done.failed and "clean" not in told and not any(each.case.rule.watch for each in passed)


def test_during_the_probe(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_session: Session) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(probe, "ask", interrupted)
    done = judge(profile_for(), Choices(level="wire", seed=1))
    assert done.stopped == "interrupted"
    assert is_unclean(done, capsys)


@pytest.mark.parametrize("rule", ["bulk.many-infos-at-once", "info.reports-api-version"])
def test_during_a_case(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], rule: str
) -> None:
    ask = run.ask

    def interrupted(session: Session, case: Any) -> Any:
        if case.rule.id == rule:
            raise KeyboardInterrupt
        return ask(session, case)

    monkeypatch.setattr(run, "ask", interrupted)
    told: list[str] = []
    choices = Choices(
        level="wire",
        only=("info", "bulk", "process"),
        seed=1,
        tell=lambda *event: told.append(event[0]),
    )
    done = judge(profile_for(), choices)
    assert "interrupted" in told
    assert is_unclean(done, capsys)


def test_several_jobs_are_not_let_loose_on_one_account(tmp_path: Path) -> None:
    profile = profile_for()
    live = evolve(profile, world=evolve(profile.world, up=(), down=(), live=True))
    with pytest.raises(Unusable, match="--jobs 1"):
        judge(live, Choices(level="lifecycle", jobs=2, state=tmp_path))


def test_a_seed_names_other_agents_in_an_account_that_stays() -> None:
    from cpikit_contracts.ledger import Ledger
    from cpikit_contracts.scenario import Scenario
    from cpikit_contracts.world import StandingWorld

    def names(*, live: bool) -> tuple[str, str]:
        profile = profile_for()
        profile = evolve(profile, world=evolve(profile.world, live=live))
        session = Session(profile, StandingWorld(), Ledger(None), Path("/nowhere"), 7)
        return session.director_uuid, Scenario(session, "director", "x").agent_id()

    assert names(live=False) == names(live=False)
    first, second = names(live=True), names(live=True)
    assert first[0] != second[0]
    assert first[1] != second[1]
