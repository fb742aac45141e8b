"""A Ruby to render with, and the jobs' specs."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]  # the tools are no distribution


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
