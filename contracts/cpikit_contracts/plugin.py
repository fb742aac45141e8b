"""The pytest plugin: every case of the suite is a test, judged by the same rules as the command.

`pytest --pyargs cpikit_contracts.suite --cpi-profile contract.toml [--cpi-level lifecycle]`, or one
line in a provider's own tests: `from cpikit_contracts.suite.test_contract import *`.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cpikit_contracts.profile import Profile
    from cpikit_contracts.rules import Case

PROFILE_NAME = "contract.toml"
PROFILE = pytest.StashKey["Profile"]()
STATE = ".cpikit-contracts"
# As in rules.py, which is not loaded for a pytest run that has nothing to do with a CPI.
LEVELS = ("wire", "lifecycle", "repeat", "model", "sweep")
SHOWN_BYTES = 700


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options are those of the command, with a prefix."""
    group = parser.getgroup("cpikit-contracts", "judging a BOSH CPI")
    group.addoption(
        "--cpi-profile", help="the profile; contract.toml here, beside the tests or at the root"
    )
    group.addoption("--cpi", help="judge this command line instead of the profile's")
    group.addoption("--cpi-level", default="lifecycle", choices=LEVELS, help="how far to go")
    group.addoption("--cpi-only", action="append", default=[], help="a rule, group or check number")
    group.addoption("--cpi-seed", type=int, default=1, help="the seed of the run")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test per case."""
    if "contract_case" not in metafunc.fixturenames:
        return
    # The plugin is loaded in every pytest run of its environment; the suite only in these.
    from cpikit_contracts.choosing import refuse_unknown
    from cpikit_contracts.rules import catalogue, selected

    config = metafunc.config
    level, only = config.getoption("--cpi-level"), tuple(config.getoption("--cpi-only"))
    with _worded_as_usage():
        refuse_unknown(only, level, "--cpi-level")
        _keep(config, _profile(config, Path(str(metafunc.module.__file__)).parent))
    inside, _ = selected(catalogue(), level, only)
    last = [case for case in inside if case.rule.group == "leak"]
    rest = [case for case in inside if case.rule.group != "leak"]
    watches = [case for case in rest if case.rule.watch is not None]
    asked = [case for case in rest if case.rule.watch is None]
    ordered = asked + watches + last
    metafunc.parametrize("contract_case", ordered, ids=[case.id for case in ordered])


@contextlib.contextmanager
def _worded_as_usage() -> Iterator[None]:
    """What cannot be used is said once, without the way that led there."""
    from cpikit_contracts.outcomes import Unusable

    try:
        yield
    except Unusable as error:
        pytest.fail(f"cpikit-contracts: {error}", pytrace=False)


def _keep(config: pytest.Config, profile: "Profile") -> None:
    from cpikit_contracts.outcomes import Unusable

    earlier = config.stash.setdefault(PROFILE, profile)
    if earlier.path != profile.path:
        raise Unusable(
            f"one run of pytest judges one CPI, found the profiles {earlier.path} and "
            f"{profile.path}: run pytest once for each"
        )


def _profile(config: pytest.Config, beside: Path) -> "Profile":
    from cpikit_contracts.profile import load

    profile = load(_profile_path(config, beside))
    given = config.getoption("--cpi")
    return profile.with_command(given) if given else profile


@pytest.fixture(scope="session")
def contract_session(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The session against one world, taken down at the end."""
    from cpikit_contracts import probe
    from cpikit_contracts.rules import catalogue, selected
    from cpikit_contracts.run import Choices, OpenSession, refuse_unsafe

    config = request.config
    profile = config.stash[PROFILE]
    level = config.getoption("--cpi-level")
    inside, _ = selected(catalogue(), level, tuple(config.getoption("--cpi-only")))
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    with _worded_as_usage():
        refuse_unsafe(profile, inside, workers)
        state = Path.cwd() / STATE
        opened = OpenSession(profile, Choices(seed=config.getoption("--cpi-seed"), state=state), 0)
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

    profile = request.config.stash[PROFILE]
    return target_words(profile.path, request.config.getoption("--cpi"), None)


def judge_case(session: Any, case: "Case", target: tuple[str, ...] = ()) -> None:
    """Ask one case and fail as the report reads."""
    from cpikit_contracts.judge import ask, watched
    from cpikit_contracts.reports.hiding import hider, printable
    from cpikit_contracts.results import Outcome

    hide = hider(session.canaries)
    result = watched(case, [session]) if case.rule.watch is not None else ask(session, case)
    if result.fails:
        pytest.fail(printable(hide(_worded(result, target))), pytrace=False)
    if result.outcome is Outcome.NOT_RUN:
        pytest.skip(printable(hide(result.message)))


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
            f"request {exchange.request_text[:SHOWN_BYTES]}",
            f"answer  {exchange.stdout_text[:SHOWN_BYTES]}",
        ]
    lines.append(f"again   {result.again(target)}")
    return "\n".join(lines)


def _profile_path(config: pytest.Config, beside: Path) -> Path:
    given = config.getoption("--cpi-profile")
    if given:
        return Path(given)
    for folder in (Path.cwd(), beside, config.rootpath):
        if (folder / PROFILE_NAME).exists():
            return folder / PROFILE_NAME
    from cpikit_contracts.outcomes import Unusable

    raise Unusable(
        f"no {PROFILE_NAME} in {Path.cwd()}, in {beside} or in {config.rootpath}: "
        "give --cpi-profile"
    )
