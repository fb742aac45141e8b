"""The toy on the import path, and in process."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "toyshop"))


@pytest.fixture
def toy(tmp_path):
    from cpikit_toy.provider import PROVIDER

    from cpikit.testing import InProcess

    return InProcess(PROVIDER, {"state_dir": str(tmp_path)})


@pytest.fixture(autouse=True)
def _fresh_extensions():
    """Extensions are objects of their own process in real life."""
    from cpikit_toy import extensions

    for one in (extensions.first, extensions.second, extensions.Shelf.extension):
        one.seen.clear()
        one.answers.clear()
