"""What the tests of the judge share: the liar's profile, and a runner for small scripts as CPIs."""

import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attrs import evolve

from cpikit_contracts.callers import DIRECTOR_ENV, run
from cpikit_contracts.exchange import Exchange, Invocation
from cpikit_contracts.forked import Nursery
from cpikit_contracts.mutants import profile_for
from cpikit_contracts.profile import Profile


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """Liars are forked, not started: the same processes at a tenth of the price."""
    with Nursery() as warm:
        yield warm


@pytest.fixture
def liar() -> Callable[..., Profile]:
    """A profile of the liar that tells the given lies."""
    return profile_for


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], tuple[str, ...]]:
    """A command that runs this Python text as a CPI."""

    def made(text: str) -> tuple[str, ...]:
        path = tmp_path / "cpi.py"
        path.write_text(text, encoding="utf-8")
        return (sys.executable, "-I", "-S", str(path))

    return made


@pytest.fixture
def started(script: Callable[[str], tuple[str, ...]]) -> Callable[..., Exchange]:
    """What came of starting this Python text as a caller does."""

    def made(
        text: str, request: bytes = b"{}", caller: str = "director", limit_s: float = 20
    ) -> Exchange:
        env = dict(DIRECTOR_ENV) if caller == "director" else {**DIRECTOR_ENV, "EXTRA": "1"}
        return run(Invocation(script(text), request, caller, env, limit_s=limit_s))

    return made


@pytest.fixture
def executable(tmp_path: Path) -> Callable[[str, str], Path]:
    """A file with this text that can be executed."""

    def made(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return made


@pytest.fixture
def without_world() -> Callable[[Profile], Profile]:
    """The same profile without a world."""
    return lambda profile: evolve(profile, world=evolve(profile.world, up=(), down=()))
