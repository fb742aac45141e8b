"""`cpikit validate` for a provider whose types are few, and the YAML beneath it."""

from __future__ import annotations

import json
import sys

import pytest
from cpikit_toy.provider import PROVIDER as TOY
from hypothesis import given
from hypothesis import strategies as st
from toy_process import write_config

from cpikit.commands import judging, main, yaml_text
from cpikit.commands import validate as command
from cpikit.errors import CpiError
from cpikit.preflight import Finding, Place, Places
from cpikit.provider import Provider


def run(capfd, *arguments):
    try:
        status = main(["validate", *arguments])
    except SystemExit as left:
        status = left.code
    out, err = capfd.readouterr()
    return status, out, err


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "config.yml"
        path.write_text(text, "utf-8")
        return str(path)

    return write


def lines(path, provider=TOY, config=None):
    found = judging.judged([path], provider, config).findings
    return [f"{one.place.line}:{one.place.column} {one}" for one in found]


def test_each_problem_is_a_line_with_its_place(capfd, file):
    path = file("vm_types:\n- name: a\n  cloud_properties: {cpuu: 1, cpu: two}\n")
    status, out, _ = run(capfd, "--provider", "toy", path)
    assert status == 1
    assert out == (
        f"{path}:3:22: error: vm_type a: unknown key 'cpuu', did you mean 'cpu'?\n"
        f'{path}:3:31: error: vm_type a: cpu: found "two", wanted an integer\n'
        f"{path}: 2 errors, 0 warnings\n"
    )


def test_unknown_keys_are_warnings_where_the_provider_or_the_operator_says_so(
    capfd, file, tmp_path
):
    path = file("disk_types:\n- {name: a, disk_size: 1, cloud_properties: {colour: red}}\n")
    assert run(capfd, "--provider", "toy-that-warns", path)[:2] == (
        0,
        f"{path}:2:46: warning: disk_type a: unknown key 'colour'\n{path}: 0 errors, 1 warnings\n",
    )
    assert run(capfd, "--provider", "toy-that-warns", "--strict", path)[0] == 1
    config = str(write_config(tmp_path, unknown_properties="warn"))
    assert run(capfd, "--config", config, path)[0] == 0
    config = str(write_config(tmp_path))
    assert run(capfd, "--config", config, path)[0] == 1


def test_without_a_provider_the_only_one_is_meant(capfd, file, monkeypatch):
    path = file("azs: []\n")
    status, _, err = run(capfd, path)
    assert status == 1
    assert "which provider? installed: " in err
    monkeypatch.setattr(command, "discover", lambda _group: {"toy": "x"})
    assert run(capfd, path)[:2] == (0, f"{path}: 0 errors, 0 warnings\n")
    monkeypatch.setattr(command, "discover", lambda _group: {})
    assert "installed: none" in run(capfd, path)[2]


def test_a_file_that_cannot_be_read_is_told(capfd, tmp_path):
    status, _, err = run(capfd, "--provider", "toy", "/nowhere/a.yml")
    assert (status, err) == (1, "cpikit: cannot read /nowhere/a.yml: No such file or directory\n")
    odd = tmp_path / "odd.yml"
    odd.write_bytes(b"a: \xff\n")
    assert "is no UTF-8 text: byte 3" in run(capfd, "--provider", "toy", str(odd))[2]


def test_a_missing_yaml_library_is_one_sentence(capfd, file, monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml", None)
    status, out, err = run(capfd, "--provider", "toy", file("azs: []\n"))
    assert (status, out) == (1, "")
    assert err == "cpikit: reading YAML needs PyYAML: pip install 'cpikit[tools]'\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: \x01\n", "1:1 YAML: not YAML: special characters are not allowed"),
        ("[" * 5000, "1:1 YAML: not YAML: nested without end"),
        ("a: 'b\n", "2:1 YAML: not YAML: found unexpected end of stream"),
        ("azs: 7\n", "1:6 azs: no list, wanted a list: begin each with `- name:`"),
    ],
)
def test_what_is_no_yaml_is_told_at_its_place(file, text, told):
    assert lines(file(text))[0] == told


def test_scalars_are_as_json_has_them():
    text = (
        "{a: 1, b: 1.5, c: yes, d: ~, e: 2024-01-01, f: [x], ? [k] : 2, g: 0o7, h: !!binary aGk=}"
    )
    plain = yaml_text.parsed(text, "f").root.plain()
    assert plain == {
        "a": 1,
        "b": 1.5,
        "c": True,
        "d": None,
        "e": "2024-01-01",
        "f": ["x"],
        "?": 2,
        "g": "0o7",
        "h": "aGk=",
    }


# YAML 1.1 reads no number such as 1e16, and escapes of JSON beyond 16 bits are two of its own.
TEXTS = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]))
EIGHTHS = st.integers(-(10**6), 10**6).map(lambda number: number / 8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | EIGHTHS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_any_json_comes_back_as_it_is(value):
    document = yaml_text.parsed(json.dumps({"value": value}), "f")
    assert document.problems == []
    assert document.root.plain() == {"value": value}


@given(st.text(alphabet="ab:-[]{}&*!<?|>'\"#% \n\t((,)0~\0é"))
def test_no_text_at_all_is_more_than_a_problem(text):
    document = yaml_text.parsed(text, "f")
    lines = text.count("\n") + 2
    assert all(1 <= place.line <= lines for place, _ in document.problems)


def test_a_node_answers_for_what_it_is_not():
    root = yaml_text.parsed("{a: [1], b: ~}", "f").root
    assert root.get("b") is None
    assert root.get("c") is None
    assert root.items() == []
    assert root.text("a") == ""
    assert root.value["a"].get("x") is None


def test_a_merge_brings_what_is_not_there_and_the_first_of_a_list_wins():
    text = "a: &a {x: 1, y: 1}\nb: &b {x: 2, z: 2}\nc: {<<: [*a, *b], y: 3}\nd: {<<: *a, <<: *b}\n"
    plain = yaml_text.parsed(text, "f").root.plain()
    assert plain["c"] == {"x": 1, "y": 3, "z": 2}
    assert plain["d"] == {"x": 1, "y": 1, "z": 2}


def test_required_properties_of_a_merged_vm_are_told_once_and_not_of_its_parts(file):
    provider = Provider(
        api=1,
        name="toy",
        info=TOY.info,
        hooks=TOY.hooks,
        config_type=TOY.config_type,
        property_types={"vm": "cpikit_toy.config:Login"},
    )
    text = (
        "azs:\n- {name: z1, cloud_properties: {user: u}}\n- {name: z2}\n"
        "vm_types:\n- {name: a, cloud_properties: {password: p}}\n- {name: b}\n"
        "- {name: c, cloud_properties: {user: ((u)), password: p}}\n"
        "- {name: d, cloud_properties: ((d))}\n"
        "- {name: e, cloud_properties: {user: 7}}\n"
    )
    assert lines(file(text), provider) == [
        "5:10 vm_type a in az z2: user is required, not set",
        "6:10 vm_type b in az z1: password is required, not set",
        "6:10 vm_type b in az z2: user is required, not set",
        "9:32 vm_type e: user: found 7, wanted a string",
    ]


def test_a_variable_may_stand_anywhere_and_what_it_leaves_incomplete_is_let_be(file):
    text = (
        "vm_types:\n- name: a\n  cloud_properties:\n    cpu: ((cpu))\n    ((key)): 1\n"
        "    system_disk: {encrypted: ((yes)), tpye: x}\n"
    )
    assert lines(file(text)) == [
        "6:39 vm_type a: system_disk: unknown key 'tpye', did you mean 'type'?"
    ]


def test_a_review_gets_what_the_files_ask_for(file, monkeypatch):
    seen = []

    def review(wanted, config):
        seen.append((wanted, config))
        yield Finding("all", "looked at", weight="warning")
        yield Finding("all", "looked at", weight="warning")

    monkeypatch.setattr("cpikit_toy.config.review", review, raising=False)
    provider = Provider(
        api=1,
        name="toy",
        info=TOY.info,
        hooks=TOY.hooks,
        config_type=TOY.config_type,
        property_types=TOY.property_types,
        review="cpikit_toy.config:review",
    )
    text = (
        "azs: [{name: z1, cpi: other, cloud_properties: {cpu: 2}},\n"
        "      {name: z2, cloud_properties: ((z))}]\n"
        "vm_types: [{name: a, cloud_properties: {trick: x}}]\n"
        "disk_types: [{name: d, disk_size: 5}, {name: v, disk_size: ((v))}, {name: n}]\n"
        "networks: [{name: n, type: dynamic, azs: [z1, z2], cloud_properties: {any: 1}}]\n"
        "compilation: {workers: 1, network: n, az: z1, cloud_properties: {cpu: 8}}\n"
    )
    judgement = judging.judged([file(text)], provider)
    (wanted, config) = seen[0]
    assert config is None
    assert [str(one) for one in judgement.findings if one.place is None] == ["all: looked at"]
    titles = [(vm.title, vm.az, vm.cpi, vm.is_partial, vm.properties.cpu) for vm in wanted.vms]
    assert titles == [
        ("az z1", "z1", "other", True, 2),
        ("vm_type a in az z1", "z1", "other", False, 2),
        ("compilation in az z1", "z1", "other", False, 8),
    ]
    assert wanted.vms[1].properties.trick == "x"
    assert [disk.size_mib for disk in wanted.disks] == [5, None, None]
    assert [(one.network, one.azs, one.properties) for one in wanted.subnets] == [
        ("n", ("z1", "z2"), {"any": 1})
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("networks: [{name: n, subnets: [{range: 7, gateway: 10.0.0.1}]}]", "range 7"),
        (
            "networks: [{name: n, subnets: [{range: 10.0.0.0/24, gateway: [], static: 7}]}]",
            "gateway an array",
        ),
        (
            "networks: [{name: n, subnets: [{range: 10.0.0.0/24, gateway: 10.0.0.1, static: 7}]}]",
            "static 7, wanted an address",
        ),
        (
            "networks: [{name: n, managed: false, subnets: [{gateway: 10.0.0.1}]}]",
            "no range",
        ),
        ("disk_types: [{name: d, disk_size: 1, cloud_properties: {encrypted: 7}}]", "encrypted"),
        ("networks: [{name: v, type: vip, subnets: [{static: [203.0.113.1]}]}]", None),
        ("instance_groups: [7, {name: g, networks: [{static_ips: []}]}]\nazs: []", None),
    ],
)
def test_odd_values_in_odd_places_are_told_or_let_be(file, text, told):
    found = lines(file(text))
    assert bool(found) == (told is not None)
    assert told is None or told in found[0]


def test_what_another_file_defines_counts_and_is_named_by_its_place(tmp_path):
    first, second = tmp_path / "a.yml", tmp_path / "b.yml"
    first.write_text("vm_types: [{name: a}]\nazs: [{name: z}]\n")
    second.write_text("vm_types: [{name: a}]\ninstance_groups: [{name: g, azs: [z], vm_type: b}]\n")
    found = judging.judged([str(first), str(second)], TOY).findings
    assert [f"{one.place}: {one}" for one in found] == [
        f"{second}:1:19: vm_type a: the name is taken, first in {first}:1:19: give each its own",
        f"{second}:2:48: instance_group g: unknown vm_type 'b', wanted one of a",
    ]


def test_a_list_or_a_mapping_in_the_place_of_a_word_is_told_as_what_it_is(file):
    text = (
        "networks: [{name: n, type: [canary]}]\ncompilation: {workers: {canary: 1}, network: n}\n"
    )
    found = lines(file(text))
    assert found == [
        "1:28 network n: type an array, wanted manual, dynamic or vip",
        "2:24 compilation: workers an object, wanted an integer above 0",
    ]


def test_findings_without_a_place_are_printed_too(capfd):
    judging.write([Finding("it", "is so", "thus", "do that", "failure")])
    assert capfd.readouterr().out == "error: it: is so, wanted thus: do that\n"


def test_a_place_is_that_of_the_nearest_key_above():
    whole, inner = Place("f", 1, 1), Place("f", 2, 3)
    places = Places(whole, {("a", "b"): inner})
    assert places.at("a", "b", "c") == inner
    assert places.at("a") == whole
    assert str(inner) == "f:2:3"


def test_a_hook_that_raises_what_it_likes_is_told_in_its_words(file, monkeypatch):
    def configure(converter):
        def refuse(value, _type):
            raise RuntimeError(f"no {value}")

        converter.register_structure_hook(int, refuse)

    from cpikit.hookspecs import hookimpl

    monkeypatch.setattr(
        "cpikit_toy.hooks.cpikit_configure_converter", hookimpl(configure), raising=False
    )
    assert lines(file("vm_types: [{name: a, cloud_properties: {cpu: 4}}]\n")) == [
        "1:41 vm_type a: cpu: no 4"
    ]


def test_a_cpi_json_is_read_before_the_files(capfd, tmp_path):
    with pytest.raises(CpiError, match="no 'tea' is installed"):
        from cpikit.plugins import load_provider

        load_provider("tea")
    status, _, err = run(capfd, "--config", "/nowhere/cpi.json", str(tmp_path / "a.yml"))
    assert status == 1
    assert "cannot read /nowhere/cpi.json" in err
