"""Run random histories against a CPI, and shrink one that fails, in bounded time."""

import contextlib
import json

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from cpikit_contracts.histories import History
from cpikit_contracts.methods import METHODS
from cpikit_contracts.model import Step, Told
from cpikit_contracts.outcomes import Broken
from cpikit_contracts.reading import Answer
from cpikit_contracts.replay import RECORDED_IMAGE
from cpikit_contracts.scenario import Scenario
from cpikit_contracts.session import made_cid


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
        phases=[Phase.generate],
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
        _shorten(Machine, told)
        s.answers[:] = [*_shared(s), *told.shortest]
        requests = "\n".join(replayable(s.answers))
        raise Broken(
            f"{told.said}; the shortest history found, {len(s.answers)} requests "
            f"(cpikit-contracts replay FILE sends them again):\n{requests}"
        ) from error


def _shorten(machine: type[History], told: Told) -> None:
    """Leave one step out after the other, as long as the rest still fails.

    Hypothesis would shrink the draws behind the steps; leaving whole steps out needs a tenth of the
    tries, and a CPI is slow.
    """
    at = len(told.steps)
    while at and not told.is_enough:
        at -= 1
        if at < len(told.steps) and _fails(machine, told.steps[:at] + told.steps[at + 1 :], told):
            at = len(told.steps)


def _fails(machine: type[History], steps: list[Step], told: Told) -> bool:
    before = len(told.shortest)
    history = machine()
    with contextlib.suppress(Broken):
        for step in steps:
            history.perform_again(step)
    with contextlib.suppress(Broken):
        history.teardown()
    return len(told.shortest) < before


def _shared(s: Scenario) -> list[Answer]:
    """The call that made the stemcell which every history uses."""
    cid = s.session.shared.get("stemcell")
    made = [each for each in s.session.exchanges if each.exchange.method == "create_stemcell"]
    return [each for each in made if made_cid("create_stemcell", each.result) == cid][:1]


def replayable(history: list[Answer]) -> list[str]:
    """The requests, with the n-th thing made named as the recorded sets name it."""
    lines = []
    names: dict[str, str] = {}
    for answer in history:
        text = answer.exchange.request_text
        if answer.exchange.method == "create_stemcell":
            path = json.loads(text)["arguments"][0]
            text = text.replace(json.dumps(path), json.dumps(RECORDED_IMAGE))
        for cid, name in names.items():
            text = text.replace(json.dumps(cid), json.dumps(name))
        lines.append(text)
        method = METHODS.get(answer.exchange.method)
        cid = made_cid(answer.exchange.method, answer.result) if answer.succeeded else ""
        if method is not None and method.makes:
            names[cid or f"not-made-{len(names) + 1}"] = (
                f"{method.makes}-record{len(names) + 1:014}"
            )
    return lines
