"""A Ruby to render with, the jobs' specs, and one hypothesis profile."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]  # the tools are no distribution

settings.register_profile("cpikit", derandomize=True, database=None, deadline=None)
settings.load_profile("cpikit")


@pytest.fixture(scope="session")
def ruby():
    found = shutil.which("ruby")
    if found is None:
        pytest.fail("ruby is not there: BOSH renders jobs with it (Debian: apt-get install ruby)")
    return found


@pytest.fixture(scope="session")
def alicloud_job(ruby):
    from release_jobs import Job

    return Job("alicloud_cpi", ruby)


@pytest.fixture(scope="session")
def fake_job(ruby):
    from release_jobs import Job

    return Job("fake_cpi", ruby)
