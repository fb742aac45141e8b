"""`cpikit validate` over a corpus: seeded mistakes on their lines, and valid files in silence.

A line of `mistakes/*.yml` that is wrong ends in `#! class: words`, several divided by ` | `.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from attrs import frozen

from cpikit.commands.judging import judged
from cpikit_alicloud.provider import PROVIDER

HERE = Path(__file__).parent
MISTAKES = sorted((HERE / "mistakes").glob("*.yml"))
VALID = [
    *sorted((HERE / "valid").glob("*.yml")),
    HERE.parents[1] / "ci/director/cloud-config.yml",  # the one that our own pipeline deploys with
]


@frozen
class Seeded:
    """A mistake: where it is, of which class, and words that have to be told."""

    file: str
    line: int
    kind: str
    words: str


def seeded(path: Path) -> list[Seeded]:
    found = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        _, _, marks = line.partition("#! ")
        for mark in marks.split(" | ") if marks and not line.startswith("#") else []:
            kind, _, words = mark.partition(": ")
            found.append(Seeded(path.name, number, kind, words))
    return found


def told(path: Path) -> list[tuple[int, str]]:
    """(line, sentence) of each finding."""
    findings = judged([str(path)], PROVIDER).findings
    return [(one.place.line, str(one)) for one in findings if one.place is not None]


def measured() -> tuple[list[Seeded], list[Seeded], list[tuple[str, int, str]]]:
    """All mistakes, those that were caught, and findings that nobody seeded."""
    every, caught, surplus = [], [], []
    for path in MISTAKES:
        open_ = seeded(path)
        every += open_
        for line, sentence in told(path):
            match = next((s for s in open_ if s.line == line and s.words in sentence), None)
            if match is None:
                surplus.append((path.name, line, sentence))
            else:
                open_ = [one for one in open_ if one is not match]
                caught.append(match)
    for path in VALID:
        surplus += [(path.name, line, sentence) for line, sentence in told(path)]
    return every, caught, surplus


@pytest.mark.parametrize("path", MISTAKES, ids=lambda path: path.stem)
def test_every_seeded_mistake_is_caught_on_its_line(path: Path) -> None:
    found = told(path)
    missed = [
        one
        for one in seeded(path)
        if not [1 for line, sentence in found if line == one.line and one.words in sentence]
    ]
    assert missed == [], found


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_a_valid_file_raises_nothing(path: Path) -> None:
    assert told(path) == []


def test_recall_and_precision_over_the_whole_corpus(record_property: object) -> None:
    every, caught, surplus = measured()
    recall = len(caught) / len(every)
    precision = len(caught) / (len(caught) + len(surplus))
    kinds = Counter(one.kind for one in every)
    figures = (
        f"{len(every)} mistakes of {len(kinds)} classes in {len(MISTAKES)} files, {len(VALID)} "
        f"valid files: recall {recall:.3f}, precision {precision:.3f}"
    )
    record_property("corpus", figures)  # type: ignore[operator]  # pytest's fixture
    assert len(every) >= 60
    assert len(kinds) >= 12
    assert len(VALID) >= 20
    assert (recall, precision) == (1.0, 1.0), (figures, surplus)


def test_no_secret_of_a_file_is_told() -> None:
    sentences = [sentence for path in MISTAKES for _, sentence in told(path)]
    assert sentences
    assert [one for one in sentences if re.search("canary", one)] == []
