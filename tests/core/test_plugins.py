"""Exactly the named provider is found, by the index or by stevedore, and refused if it is odd."""

from __future__ import annotations

import json
import os
from importlib.metadata import EntryPoint

import pytest

from cpikit import CpiError, index, plugins
from cpikit.provider import Info, Provider


@pytest.fixture(params=["stevedore", "index"])
def way(request, monkeypatch, tmp_path):
    """Both ways to find an entry point have to say the same."""
    monkeypatch.setattr(index, "_FILE", str(tmp_path / "entry_points.json"))
    if request.param == "index":
        index.write({group: plugins.discover(group) for group in index.GROUPS})
        monkeypatch.setattr(plugins, "_load_by_stevedore", pytest.fail)
    return request.param


def test_a_provider_is_found_by_its_name(way):
    assert plugins.load_provider("toy").name == "toy"


def test_an_attribute_of_an_attribute_is_found_too(way):
    ((name, extension),) = plugins.load_extensions(["nested"])
    assert (name, extension.name) == ("nested", "nested")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("toy-no-provider", "is str, wanted a cpikit.Provider"),
        ("toy-of-tomorrow", "speaks version 2 of the provider interface, this cpikit speaks 1"),
        ("toy-broken", "does not load: No module named 'cpikit_toy.not_there'"),
    ],
)
def test_an_odd_provider_is_refused(way, name, said):
    with pytest.raises(CpiError) as error:
        plugins.load_provider(name)
    assert said in error.value.message


def test_a_missing_provider_is_told_with_those_that_are_there(monkeypatch, tmp_path):
    monkeypatch.setattr(index, "_FILE", str(tmp_path / "none"))
    with pytest.raises(CpiError, match=r"no 'absent' is installed .*toy"):
        plugins.load_provider("absent")
    monkeypatch.setattr(plugins, "_uncached", lambda _group: [])
    with pytest.raises(CpiError, match="installed: none"):
        plugins.load_provider("absent")


def test_two_providers_of_one_name_are_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(index, "_FILE", str(tmp_path / "none"))
    twins = [
        EntryPoint("toy", f"cpikit_toy.{found}", index.PROVIDERS)
        for found in ("provider:PROVIDER", "odd:WARNS")
    ]
    monkeypatch.setattr(plugins, "_uncached", lambda _group: twins)
    with pytest.raises(CpiError, match="'toy'"):
        plugins.load_provider("toy")


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("cpikit_toy.absent", "No module named"),
        ("cpikit_toy.config:Absent", "Absent"),
        ("", "does not load"),
        (":x", "does not load"),
    ],
)
def test_a_reference_that_does_not_load_is_named(reference, said):
    with pytest.raises(CpiError, match=said) as error:
        plugins.resolve(reference)
    assert error.value.message.startswith(reference)


def test_a_module_is_resolved_without_a_name():
    assert plugins.resolve("cpikit_toy.hooks").__name__ == "cpikit_toy.hooks"


class TestIndex:
    @pytest.fixture(autouse=True)
    def _own_file(self, monkeypatch, tmp_path):
        self.folder = tmp_path / "site"
        self.folder.mkdir()
        self.file = tmp_path / "entry_points.json"
        monkeypatch.setattr(index, "_FILE", str(self.file))
        monkeypatch.setattr(index.sys, "path", [str(self.folder), "/nowhere"])

    def test_what_is_written_is_found_while_it_is_fresh(self):
        index.write({index.PROVIDERS: {"x": "m:o"}, index.EXTENSIONS: {}})
        assert index.look_up(index.PROVIDERS, "x") == "m:o"
        assert index.look_up(index.PROVIDERS, "y") is None
        assert index.look_up("other.group", "x") is None

    def test_an_installation_makes_it_stale(self):
        index.write({index.PROVIDERS: {"x": "m:o"}})
        (self.folder / "new-1.dist-info").mkdir()
        assert index.look_up(index.PROVIDERS, "x") is None

    def test_an_installation_of_the_same_version_makes_it_stale(self):
        metadata = self.folder / "old-1.dist-info"
        metadata.mkdir()
        os.utime(metadata, (1, 1))
        index.write({index.PROVIDERS: {"x": "m:o"}})
        assert index.look_up(index.PROVIDERS, "x") == "m:o"
        os.utime(metadata, (2, 2))
        assert index.look_up(index.PROVIDERS, "x") is None

    @pytest.mark.parametrize(
        "content", ["", "{", "[]", "null", "{}", '{"installed": []}', b"\xff\xfe", "[" * 100_000]
    )
    def test_a_broken_index_is_no_index(self, content):
        self.file.write_bytes(content if isinstance(content, bytes) else content.encode())
        assert index.look_up(index.PROVIDERS, "x") is None

    @pytest.mark.parametrize(
        "groups", [[], {"cpikit.providers": []}, {"cpikit.providers": {"x": 1}}]
    )
    def test_an_odd_index_is_no_index(self, groups):
        content = {"installed": index.installed(index.sys.path), "groups": groups}
        self.file.write_text(json.dumps(content))
        assert index.look_up(index.PROVIDERS, "x") is None

    def test_it_is_written_whole_or_not_at_all(self, monkeypatch):
        index.write({index.PROVIDERS: {"x": "m:o"}})

        def fail(*_arguments):
            raise OSError("disk full")

        monkeypatch.setattr(index.os, "replace", fail)
        with pytest.raises(OSError, match="disk full"):
            index.write({index.PROVIDERS: {}})
        monkeypatch.undo()
        assert json.loads(self.file.read_text())["groups"] == {index.PROVIDERS: {"x": "m:o"}}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"property_types": {"vms": "m:o"}}, "property_types has"),
        ({"unknown_properties": "ignore"}, "unknown_properties is 'ignore'"),
    ],
)
def test_a_provider_that_declares_nonsense_is_refused(wrong, said):
    with pytest.raises(ValueError, match=said):
        Provider(
            api=1,
            name="x",
            info=Info(stemcell_formats=["x"]),
            hooks="m",
            config_type="m:o",
            **wrong,
        )


@pytest.mark.parametrize(
    "wrong",
    [
        {"stemcell_formats": []},
        {"stemcell_formats": "raw"},
        {"stemcell_formats": ["x"], "api_version": 1},
        {"stemcell_formats": ["x"], "api_version": "3"},
    ],
)
def test_an_info_that_no_caller_takes_is_refused(wrong):
    with pytest.raises(ValueError, match="Info"):
        Info(**wrong)
