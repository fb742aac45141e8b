"""The metadata of an environment, and work folders for tasks."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]  # the tools are no distribution

from ci_work import CI, Work  # noqa: E402  # found by the line above


@pytest.fixture(scope="session")
def metadata():
    return json.loads((CI / "simulator.json").read_text("utf-8"))


@pytest.fixture
def work(tmp_path, metadata):
    return Work(tmp_path / "w\u00f6rk folder", metadata)


@pytest.fixture
def with_metadata(work, metadata):
    path = work.folder / "environment/metadata.json"
    path.parent.mkdir()
    path.write_text(json.dumps(metadata))
    return work
