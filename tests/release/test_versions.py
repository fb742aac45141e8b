"""Versions: semantic ones pass, a candidate sorts where it should, everything else is refused."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from release.tooling import versions
from release.tooling.failure import Failure

NUMBERS = some.integers(0, 10**6)
WORDS = some.lists(some.from_regex(r"[0-9A-Za-z-]{1,6}", fullmatch=True), min_size=1, max_size=3)


@given(NUMBERS, NUMBERS, NUMBERS, some.none() | WORDS, some.none() | WORDS)
def test_every_semantic_version_is_taken_as_it_is(major, minor, patch, candidate, build):
    text = f"{major}.{minor}.{patch}"
    text += f"-{'.'.join(candidate)}" if candidate else ""
    text += f"+{'.'.join(build)}" if build else ""
    assert versions.checked(text) == text


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "1",
        "1.2",
        "v1.2.3",
        "01.2.3",
        "1.2.3-",
        "1.2.3+",
        "1.2.3 ",
        "1.2.3\n",
        "1.2.3-a..b",
        "latest",
    ],
)
def test_what_is_no_semantic_version_is_refused_with_what_was_wanted(odd):
    with pytest.raises(Failure, match=re.escape("wanted MAJOR.MINOR.PATCH")):
        versions.checked(odd)


def test_a_candidate_comes_before_its_release_and_says_its_commit():
    candidate = versions.candidate()
    head, _ = versions.commit()
    assert candidate.startswith(f"{versions.own_version()}-dev.")
    assert candidate.endswith(f"+{head}")
