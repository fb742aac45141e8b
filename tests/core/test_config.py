"""cpi.json overlaid with the context: typed, with sources, and nothing local from outside."""

from __future__ import annotations

import pytest
from attrs import frozen
from cpikit_toy.config import ToyConfig

from cpikit import CpiError, Secret
from cpikit.config import (
    bind,
    choices_of,
    local,
    secrets_by_name,
    secrets_in,
    secrets_of,
    secrets_of_context,
)
from cpikit.converter import Unknowns, strict_converter
from cpikit.cpi_json import CpiJson


def bound(section, context=None, mode="fail", **sections):
    unknowns = Unknowns(mode)
    found = CpiJson("/etc/cpi.json", "toy", {"toy": section, **sections})
    return bind(
        found,
        context or {},
        ToyConfig,
        converter=strict_converter(unknowns),
        unknowns=unknowns,
    )


def refused(*arguments, **sections):
    with pytest.raises(CpiError) as error:
        bound(*arguments, **sections)
    return error.value.message


def test_each_value_has_its_source():
    config = bound({"region": "r", "limit": None}, {"limit": 7, "zones": None, "more": 1})
    assert (config.provider.region, config.provider.limit) == ("r", 7)
    assert config.sources["region"] == "cpi.json"
    assert config.sources["limit"] == "context"
    assert config.sources["zones"] == "default"
    assert config.sources["renamed"] == "default"


def test_the_context_wins_but_its_own_keys_are_not_settings():
    assert bound({"region": "r"}, {"region": "s"}).provider.region == "s"


def test_a_local_field_comes_from_cpi_json_alone(tmp_path):
    config = bound({"state_dir": str(tmp_path)}, {"state_dir": "/etc"})
    assert config.provider.state_dir == str(tmp_path)
    assert config.warnings == (
        "context property 'state_dir' ignored: it comes from cpi.json alone",
    )
    assert bound({}, {"state_dir": "/etc"}).provider.state_dir == ""


def test_all_problems_are_told_with_where_each_stands():
    told = refused(
        {"regoin": "x", "ratio": "much", "login": {"user": 1, "password": 2}},
        {"limit": "few"},
        agent={"ntp": "x", "mbsu": 1},
    )
    for line in (
        "cpi.json $.cloud.properties.toy: unknown key 'regoin', did you mean 'region'?",
        'cpi.json $.cloud.properties.toy.ratio: wanted a number, found "much"',
        "cpi.json $.cloud.properties.toy.login.user: wanted a string, found 1",
        "cpi.json $.cloud.properties.toy.login.password: wanted a string, found a number",
        'context $.limit: wanted an integer, found "few"',
        'cpi.json $.cloud.properties.agent.ntp: wanted an array, found "x"',
        "cpi.json $.cloud.properties.agent: unknown key 'mbsu', did you mean 'mbus'?",
    ):
        assert line in told


def test_unknown_properties_may_be_warned_of_by_operator_or_context():
    for section, context in (
        ({"unknown_properties": "warn", "regoin": 1}, {}),
        ({"regoin": 1}, {"unknown_properties": "warn"}),
    ):
        config = bound(section, context)
        assert config.unknown_properties == "warn"
        assert config.warnings == ("unknown key 'regoin', did you mean 'region'?",)
    assert bound({}, mode="warn").unknown_properties == "warn"
    assert bound({"unknown_properties": None}).unknown_properties == "fail"


@pytest.mark.parametrize("odd", ["accept", "", 7, False, ["warn"], {}])
def test_another_word_for_unknown_properties_is_refused_where_it_stands(odd):
    told = refused({"unknown_properties": odd})
    assert "cpi.json $.cloud.properties.toy.unknown_properties: wanted fail or warn" in told
    assert "context $.unknown_properties: wanted fail or warn" in refused(
        {}, {"unknown_properties": odd}
    )


def test_a_section_is_an_object_or_absent():
    assert bound(None).provider == ToyConfig()
    assert "$.cloud.properties.toy: wanted an object, found an array" in refused([])
    assert "$.cloud.properties.agent: wanted an object" in refused({}, agent=[1])


def test_other_sections_are_handed_on_and_the_core_s_are_not():
    config = bound({}, registry={"host": "h"}, agent={"ntp": ["n"]}, cpikit={})
    assert config.sections == {"registry": {"host": "h"}}
    assert config.agent.ntp == ["n"]


def test_every_secret_of_a_configuration_is_known():
    config = bound(
        {
            "token": "s-token",
            "api_password": "s-plain",
            "login": {"user": "u", "password": "s-inner"},
            "region": "public",
        },
        agent={"mbus": "s-mbus", "blobstore": {"options": {"x": ["s-blob"]}}},
        other={"k": "s-other"},
    )
    found = set(secrets_of(config, {"region": "public", "unknown": ["s-context"], "vm": "v"}))
    wanted = {"s-token", "s-plain", "s-inner", "s-mbus", "s-blob", "s-other", "s-context"}
    assert wanted <= found
    assert not {"public", "u", "v"} & found


def test_a_known_name_that_sounds_secret_is_a_secret_of_the_context():
    context = {"api_password": "s1", "region": "r", "director_uuid": "d", "token_source": "env"}
    assert list(secrets_of_context(context, ToyConfig)) == ["s1"]


def test_names_that_sound_secret_hold_secrets_at_any_depth():
    value = [{"a": {"admin_password": {"x": ["s1"]}}, "size": "10"}, [{"access_token": "s2"}]]
    assert set(secrets_by_name(value)) == {"s1", "s2"}
    assert list(secrets_by_name("text")) == []


def test_a_choice_between_words_is_a_secret_only_where_no_field_declares_it():
    assert choices_of(ToyConfig) == {"token_source"}
    assert choices_of(dict[str, str]) == set()
    words = {"token_source": "env", "password_source": "s1", "inner": [{"token_source": "s2"}]}
    assert set(secrets_by_name([words], choices_of(ToyConfig))) == {"s1", "s2"}
    assert set(secrets_by_name(words)) == {"env", "s1", "s2"}
    assert list(secrets_in(ToyConfig(token_source="env", api_password="s3"))) == ["s3"]


def test_bound_secrets_are_found_in_tables_and_lists():
    assert list(secrets_in({"a": [Secret("s1"), (Secret("s2"), 1)]})) == ["s1", "s2"]


def test_no_canary_survives_a_refused_configuration():
    told = refused({"token": ["canary"], "api_password": 7, "login": {"password": "canary-in"}})
    assert "canary" not in told


def test_a_local_path_stands_beside_cpi_json(monkeypatch):
    @frozen
    class WithPath:
        key_file: str = local(default="", path=True)
        command: str = local(default="")

    def key_file(section):
        found = CpiJson("/etc/cpi/cpi.json", "toy", {"toy": section})
        unknowns = Unknowns("fail")
        converter = strict_converter(unknowns)
        return bind(found, {}, WithPath, converter=converter, unknowns=unknowns).provider

    assert key_file({"key_file": "keys/id"}).key_file == "/etc/cpi/keys/id"
    assert key_file({"key_file": "/root/id"}).key_file == "/root/id"
    assert key_file({"key_file": ""}).key_file == ""
    assert key_file({"command": "x"}).command == "x"
