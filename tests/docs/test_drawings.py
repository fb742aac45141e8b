"""The drawn house is the one that the house tests hold up."""

from __future__ import annotations

import importlib.util
import re
from itertools import pairwise

from pages import ROOT


def floors():
    path = ROOT / "tests/house/test_floors.py"
    spec = importlib.util.spec_from_file_location("floors", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.FLOOR_OF


def drawn():
    """The modules of each floor of the drawing, from the roof down."""
    text = (ROOT / "docs/assets/house.svg").read_text("utf-8")
    return [row.split() for row in re.findall(r'class="mono">([^<]*)<', text)]


def is_command(module):
    """Commands for people are drawn as one room."""
    return module.startswith("commands.")


def test_every_module_that_is_drawn_exists_and_few_are_not_drawn():
    shown = {module for floor in drawn() for module in floor} - {"commands.*"}
    there = {module for module in floors() if not is_command(module)}
    assert shown <= there
    assert len(there - shown) < 4, "draw the new ones: docs/assets/house.svg"


def test_no_floor_of_the_drawing_stands_on_one_that_imports_it():
    heights = floors()
    rows = [row for row in drawn() if row != ["commands.*"]]
    for upper, lower in pairwise(rows):
        assert min(heights[m] for m in upper) >= max(heights[m] for m in lower), (upper, lower)


def test_a_drawing_has_both_of_its_colours():
    for path in sorted((ROOT / "docs/assets").glob("*.svg")):
        text = path.read_text("utf-8")
        assert "prefers-color-scheme: dark" in text
        assert "aria-label=" in text
