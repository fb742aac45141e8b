"""Run random histories against a CPI, and shrink one that fails, in bounded time."""

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from cpikit_contracts.histories import History, Told
from cpikit_contracts.outcomes import Broken
from cpikit_contracts.scenario import Scenario


def explore(s: Scenario, *, examples: int, steps: int, parallel: bool) -> None:
    """Run random histories; raises Broken with the shortest one that fails."""
    told = Told()

    class Machine(History):
        scenario = s
        at_once = parallel
        histories = told

    quiet = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
    )
    try:
        with hypothesis.reporting.with_reporter(lambda _: None):
            run_state_machine_as_test(hypothesis.seed(s.session.seed)(Machine), settings=quiet)
    except (Broken, hypothesis.errors.HypothesisException) as error:
        if not told.shortest:
            raise Broken(f"a history failed without a request: {error}") from error
        requests = "\n".join(each.exchange.request_text for each in told.shortest)
        raise Broken(
            f"{told.said}; the shortest history found, {len(told.shortest)} requests:\n{requests}"
        ) from error
