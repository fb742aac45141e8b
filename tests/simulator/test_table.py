"""The page of what is served is generated, and says what is true."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from cpikit_alicloud_simulator.catalogue import catalogue

SCRIPT = Path(__file__).parents[2] / "providers/alicloud/simulator/tables/generate.py"


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("simulator_tables", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_names_every_action_knob_duration_and_quota(generate: ModuleType) -> None:
    served = catalogue()
    text = generate.page(served, generate.read(generate.DOCUMENTED), {})
    for _, action in served.actions:
        assert f"| {action} |" in text
    for name in (*served.knobs, *served.durations, *served.quotas):
        assert f"| `{name}` |" in text


def test_a_code_counts_only_when_it_was_produced_and_is_documented(generate: ModuleType) -> None:
    documented = {"Vpc": {"AllocateEipAddress": ["A", "B"]}}
    produced = {"Vpc": {"AllocateEipAddress": ["B", "C"]}}
    text = generate.page(catalogue(), documented, produced)
    assert "| Vpc | 1 | 1 | 2 | 1 (50%) |" in text
    assert re.search(r"\| AllocateEipAddress \| .* \| 1 of 2 \+ 1 \|", text)
    assert "Nobody has tried yet:\n\n- Vpc AllocateEipAddress: A\n" in text


def test_each_code_is_provoked_or_has_a_reason_why_it_cannot_be(generate: ModuleType) -> None:
    produced = generate.read(generate.PRODUCED)
    for product, actions in generate.read(generate.DOCUMENTED).items():
        for action, codes in actions.items():
            got = produced.get(product, {}).get(action, [])
            for code in codes:
                has_reason = bool(generate.reason_of(action, code))
                assert has_reason == (code not in got), (product, action, code)


def test_codes_are_written_as_they_are_read(generate: ModuleType, tmp_path: Path) -> None:
    codes = {"Vpc": {"X": ["A", "B"], "Y": []}}
    (tmp_path / "codes.json").write_text(generate.written(codes))
    assert generate.read(tmp_path / "codes.json") == codes


def test_what_was_produced_is_of_actions_that_are_served(generate: ModuleType) -> None:
    served = catalogue().actions
    for product, actions in generate.read(generate.PRODUCED).items():
        assert {(product, action) for action in actions} <= served.keys()


@pytest.mark.slow
def test_the_page_is_fresh(generate: ModuleType) -> None:
    codes = generate.read(generate.DOCUMENTED), generate.read(generate.PRODUCED)
    wanted = generate.page(catalogue(), *codes)
    assert generate.PAGE.read_text("utf-8") == wanted, "run tables/generate.py --collect"
