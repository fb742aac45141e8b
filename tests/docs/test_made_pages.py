"""Pages that are made of the code are up to date, and what they leave to prose is complete."""

from __future__ import annotations

import re

import pytest

from cpikit.faults import FaultKind
from docs.tooling import messages, reference
from docs.tooling.messages import ALICLOUD, CORE


def test_the_reference_is_what_the_code_says():
    assert reference.PAGE.read_text("utf-8") == reference.page(), (
        "write it anew: python -m docs.tooling.reference"
    )


def test_every_event_of_the_core_has_a_meaning_and_no_other_has():
    assert {event.name for event in messages.events(CORE)} == set(reference.EVENTS)


def test_every_kind_of_fault_has_a_meaning():
    assert set(reference.KINDS) == set(FaultKind)


def test_events_of_a_provider_are_found_with_their_keys():
    found = {event.name: event for event in messages.events(ALICLOUD)}
    assert found["image_left"].keys == ("image", "reason")
    assert found["image_left"].modules == ("stemcells",)


def test_a_template_has_a_dot_for_what_is_filled_in():
    assert "the request is {kind}" not in messages.templates(CORE)
    assert "the request is …, wanted one JSON object" in messages.templates(CORE)


@pytest.mark.parametrize(
    ("quoted", "is_said"),
    [
        ("disk … has … GiB", True),
        ("disk d-1 has … GiB", False),
        ("GiB … disk … has", False),
        ("…", False),
    ],
)
def test_a_quotation_is_said_by_one_template_in_its_order(quoted, is_said):
    known = {"disk … has … GiB, wanted …", "GiB"}
    assert messages.says(quoted, known) is is_said


def test_the_operators_page_names_the_same_events():
    text = (reference.PAGE.parent / "operating.md").read_text("utf-8")
    table = text[text.index("| event |") : text.index("A call writes")]
    named = set(re.findall(r"^\| (`.+?) \|", table, re.MULTILINE))
    assert {name for cell in named for name in re.findall(r"`(\w+)`", cell)} == set(
        reference.EVENTS
    )
