"""The pytest plugin: every case of the suite is a test, judged by the same rules as the command.

`pytest --pyargs cpikit_contracts.suite --cpi-profile contract.toml [--cpi-level lifecycle]`, or one
line in a provider's own tests: `from cpikit_contracts.suite.test_contract import *`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cpikit_contracts.rules import Case

PROFILE_NAMES = ("contract.toml",)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options are those of the command, with a prefix."""
    group = parser.getgroup("cpikit-contracts", "judging a BOSH CPI")
    group.addoption("--cpi-profile", help="the profile; contract.toml beside the tests otherwise")
    group.addoption("--cpi", help="judge this command line instead of the profile's")
    group.addoption(
        "--cpi-level", default="lifecycle", help="wire, lifecycle, repeat, model, sweep"
    )
    group.addoption("--cpi-only", action="append", default=[], help="a rule, group or check number")
    group.addoption("--cpi-seed", type=int, default=1, help="the seed of the run")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test per case."""
    if "contract_case" not in metafunc.fixturenames:
        return
    # The plugin is loaded in every pytest run of its environment; the suite only in these.
    from cpikit_contracts.rules import catalogue, selected

    config = metafunc.config
    inside, _ = selected(
        catalogue(), config.getoption("--cpi-level"), tuple(config.getoption("--cpi-only"))
    )
    last = [case for case in inside if case.rule.group == "leak"]
    rest = [case for case in inside if case.rule.group != "leak"]
    watches = [case for case in rest if case.rule.watch is not None]
    asked = [case for case in rest if case.rule.watch is None]
    ordered = asked + watches + last
    metafunc.parametrize("contract_case", ordered, ids=[case.id for case in ordered])


@pytest.fixture(scope="session")
def contract_session(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The session against one world, taken down at the end."""
    from cpikit_contracts import probe
    from cpikit_contracts.profile import load
    from cpikit_contracts.rules import catalogue, selected
    from cpikit_contracts.run import Choices, OpenSession, refuse_unsafe

    config = request.config
    profile = load(_profile_path(request))
    if config.getoption("--cpi"):
        profile = profile.with_command(config.getoption("--cpi"))
    level = config.getoption("--cpi-level")
    inside, _ = selected(catalogue(), level, tuple(config.getoption("--cpi-only")))
    refuse_unsafe(profile, inside)
    opened = OpenSession(profile, Choices(seed=config.getoption("--cpi-seed")), 0)
    try:
        probe.ask(opened.session)
        if level != "wire":
            opened.start_watching_leaks()
        yield opened.session
    finally:
        left = opened.close()
    if left:
        pytest.fail("left behind:\n  " + "\n  ".join(left))


@pytest.fixture(scope="session")
def contract_target(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The command's own options for this CPI, for messages that say how to ask again."""
    from cpikit_contracts.results import target_words

    return target_words(_profile_path(request), request.config.getoption("--cpi"), None)


def judge_case(session: Any, case: "Case", target: tuple[str, ...] = ()) -> None:
    """Ask one case and fail as the report reads."""
    from cpikit_contracts.judge import ask
    from cpikit_contracts.results import Outcome
    from cpikit_contracts.run import watched

    result = watched(case, [session]) if case.rule.watch is not None else ask(session, case)
    if result.fails:
        pytest.fail(_worded(result, target), pytrace=False)
    if result.outcome is Outcome.NOT_RUN:
        pytest.skip(result.message)


def _worded(result: Any, target: tuple[str, ...]) -> str:
    rule = result.case.rule
    lines = [
        f"{rule.id} ({rule.strength}) is {result.outcome.value}",
        f"rule    {rule.sentence}",
        f"found   {result.message}",
        f"source  {rule.source}",
    ]
    if result.answers:
        exchange = result.answers[-1].exchange
        lines += [
            f"request {exchange.request_text[:700]}",
            f"answer  {exchange.stdout_text[:700]}",
        ]
    lines.append(f"again   {result.again(target)}")
    return "\n".join(lines)


def _profile_path(request: pytest.FixtureRequest) -> Path:
    given = request.config.getoption("--cpi-profile")
    if given:
        return Path(given)
    for folder in (Path.cwd(), request.config.rootpath):
        for name in PROFILE_NAMES:
            if (folder / name).exists():
                return folder / name
    raise pytest.UsageError("no profile: give --cpi-profile, or run where contract.toml is")
