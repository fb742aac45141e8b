"""cpi.json on disk: refused with all its problems, and never quoted."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpikit import CpiError, cpi_json


def refused(tmp_path, text):
    path = tmp_path / "cpi.json"
    path.write_text(text)
    with pytest.raises(CpiError) as error:
        cpi_json.read(str(path))
    assert "canary" not in error.value.message
    return error.value.message


def with_core(core, plugin="toy"):
    return json.dumps({"cloud": {"plugin": plugin, "properties": {"cpikit": core}}})


def read(tmp_path, text):
    path = tmp_path / "cpi.json"
    path.write_text(text)
    return cpi_json.read(str(path))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not JSON: Expecting value at line 1 column 1"),
        ('{"canary": canary}', "is not JSON"),
        ("[" * 100_000, "is not JSON: RecursionError"),
        ("[]", "$: wanted an object, found an array"),
        ("{}", "$.cloud: wanted an object, found null"),
        ('{"cloud": {}}', "$.cloud.plugin: wanted a provider's name, found null"),
        ('{"cloud": {"plugin": 1, "properties": []}}', "found a number"),
        ('{"cloud": {"plugin": "", "properties": {}}}', "found a string"),
        ('{"cloud": {"plugin": "x", "properties": []}}', "$.cloud.properties: wanted an object"),
        (with_core([]), "$.cloud.properties.cpikit: wanted an object, found an array"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path, text, said):
    assert said in refused(tmp_path, text)


def test_all_problems_of_the_core_s_section_are_told_at_once(tmp_path):
    told = refused(
        tmp_path,
        with_core({"debug": "yes", "extensions": ["a", ""], "shutdown_s": "5", "shutdwn": 1}),
    )
    for line in (
        ".debug: wanted true or false, found a string",
        ".extensions: wanted an array of names, found an array",
        ".shutdown_s: wanted seconds above 0 and up to 86400, found a string",
        "unknown key 'shutdwn', wanted some of debug, extensions, shutdown_s",
    ):
        assert line in told


@pytest.mark.parametrize("text", ["0", "-1", "true", "NaN", "Infinity", "1e999", "86401", "[]"])
def test_seconds_that_no_timer_takes_are_refused(tmp_path, text):
    raw = '{"cloud": {"plugin": "x", "properties": {"cpikit": {"shutdown_s": %s}}}}'
    assert "shutdown_s: wanted seconds" in refused(tmp_path, raw % text)


def test_null_is_absent_and_defaults_stand(tmp_path):
    for core in (None, {}, {"debug": None, "extensions": None, "shutdown_s": None}):
        found = read(tmp_path, with_core(core))
        assert (found.debug, found.extensions, found.shutdown_s) == (False, [], 20.0)


def test_what_is_said_is_used(tmp_path):
    found = read(tmp_path, with_core({"debug": True, "extensions": ["a"], "shutdown_s": 0.5}))
    assert (found.debug, found.extensions, found.shutdown_s) == (True, ["a"], 0.5)
    assert found.plugin == "toy"


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory, raw):
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_bytes(raw)
    with pytest.raises(CpiError, match=r"cpi\.json"):
        cpi_json.read(str(path))
