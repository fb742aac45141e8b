"""What the runbook quotes is what the code says, and what it names is there."""

from __future__ import annotations

import re

import pytest
from pages import ROOT, blocks

from cpikit_alicloud.codes import KINDS, PATTERNS
from cpikit_alicloud.config import AlicloudConfig, Waits
from docs.tooling.messages import ALICLOUD, CORE, events, says, templates

PAGES = ("docs/runbook.md", "docs/getting-started.md")
KNOWN = templates(CORE) | templates(ALICLOUD)


def quoted(page):
    """The lines of blocks of language `error`, and messages in the first column of tables."""
    text = (ROOT / page).read_text("utf-8")
    lines = [
        line
        for block in blocks(ROOT / page)
        if block.language == "error"
        for line in block.text.splitlines()
    ]
    return lines + re.findall(r"^\| `([^`]* [^`]*)` \|", text, re.MULTILINE)


QUOTATIONS = [(page, line) for page in PAGES for line in quoted(page)]


def test_there_is_enough_to_look_at():
    assert len(QUOTATIONS) > 40


@pytest.mark.parametrize(("page", "line"), QUOTATIONS)
def test_a_quoted_message_is_one_that_the_code_has(page, line):
    assert says(line, KNOWN), f"{page}: no text of the code reads {line!r}"


def words(pattern):
    return sorted(set(re.findall(pattern, (ROOT / "docs/runbook.md").read_text("utf-8"))))


@pytest.mark.parametrize("name", words(r"waits\.(\w+_s)") + words(r"`(\w+_s)`"))
def test_a_wait_that_is_named_exists(name):
    assert name in {field.name for field in Waits.__attrs_attrs__}


@pytest.mark.parametrize("name", words(r"`alicloud\.(\w+)`"))
def test_a_property_that_is_named_exists(name):
    fields = {field.name for field in AlicloudConfig.__attrs_attrs__}
    assert name in fields | {"ca_cert"}, "ca_cert is the job's, which writes ca_file"


@pytest.mark.parametrize(
    "code", words(r"code=([A-Z]\w+(?:\.\w+)*)") + words(r"`([A-Z]\w+\.[A-Z]\w+)`")
)
def test_a_code_of_the_cloud_that_is_named_is_one_that_we_know(code):
    assert code in KINDS or any(code.startswith(start) for start, _, _ in PATTERNS if start)


BOSHS = {"max_in_flight"}
"""Words of the manifest that a CPI never sees."""


@pytest.mark.parametrize("name", sorted({*words(r"`([a-z]+(?:_[a-z]+)+)`")} - BOSHS))
def test_an_event_or_property_in_small_letters_is_somewhere_in_the_code(name):
    known = {event.name for package in (CORE, ALICLOUD) for event in events(package)}
    text = "".join(
        path.read_text("utf-8") for package in (CORE, ALICLOUD) for path in package.rglob("*.py")
    )
    assert name in known or re.search(rf"\b{name}\b", text)
