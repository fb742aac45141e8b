"""The commands for people: they teach, they mask, and their exit status means something."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys

import pytest
from toy_process import BARE, write_config

from cpikit import __main__ as entry
from cpikit import index
from cpikit.commands import main


@pytest.fixture
def config(tmp_path):
    return str(write_config(tmp_path, region="there", token="canary-token"))


def run(capfd, *arguments):
    try:
        status = main(arguments)
    except SystemExit as left:
        status = left.code
    out, err = capfd.readouterr()
    return status, out, err


def test_call_shows_a_result_a_person_can_read(capfd, config):
    assert run(capfd, "call", "--config", config, "has_vm", "vm-1")[:2] == (0, "false\n")
    status, out, _ = run(capfd, "call", "--config", config, "info")
    assert status == 0
    assert "api_version       3\n" in out
    status, out, _ = run(capfd, "call", "--config", config, "create_disk", "10", "{}", "null")
    assert (status, out) == (0, "disk-1\n")


def test_call_shows_a_list_and_an_error_as_tables(capfd, config):
    arguments = ["create_vm", "a", "s", "{}", "{}", "[]", "{}"]
    status, out, _ = run(capfd, "call", "--config", config, *arguments)
    assert (status, out) == (0, "result\n0       vm-1\n1       {}\n")
    status, out, _ = run(capfd, "call", "--config", config, "make_tea")
    assert status == 1
    assert "Bosh::Clouds::NotImplemented" in out


def test_call_prints_the_wire_s_json_when_asked(capfd, config):
    status, out, err = run(capfd, "call", "--config", config, "--json", "ping")
    assert (status, json.loads(out)) == (0, {"result": "pong", "error": None, "log": ""})
    assert "method_finished method=ping outcome=ok" in err


def test_a_provider_that_cannot_tell_what_it_owns_has_no_orphans(capfd, config):
    words = ["--config", config, "--director", "d", "--lists", "."]
    status, _, err = run(capfd, "orphans", *words)
    assert status == 1
    assert "provider 'toy' cannot say what a Director owns" in err


def test_an_interrupted_command_ends_without_a_traceback(capfd, config, monkeypatch):
    def interrupted(_path):
        raise KeyboardInterrupt

    monkeypatch.setattr("cpikit.cpi_json.read", interrupted)
    assert run(capfd, "check", "--config", config) == (130, "", "cpikit: stopped\n")


@pytest.mark.parametrize("context", ["{", "[]", "null"])
def test_a_context_is_a_json_object(capfd, config, context):
    status, _, err = run(capfd, "call", "--config", config, "--context", context, "ping")
    assert status == 1
    assert "--context: wanted a JSON object" in err


def test_a_cpi_json_that_cannot_be_read_is_told(capfd):
    status, _, err = run(capfd, "call", "--config", "/nowhere/cpi.json", "ping")
    assert (status, err) == (
        1,
        "cpikit: cpi.json: cannot read /nowhere/cpi.json: No such file or directory\n",
    )


def test_check_says_each_value_its_source_and_no_secret(capfd, tmp_path):
    path = write_config(
        tmp_path,
        {"extensions": ["first"], "shutdown_s": 7},
        token="canary-token",
        api_password="canary-plain",
        login={"user": "u", "password": "canary-inner"},
        region="there",
    )
    status, out, _ = run(
        capfd, "check", "--config", str(path), "--context", '{"limit": 7, "state_dir": "/x"}'
    )
    assert status == 0
    assert "provider toy, extensions first: the config is valid" in out
    assert "canary" not in out
    rows = [line.split(None, 2) for line in out.splitlines()]
    assert ["region", "cpi.json", "there"] in rows
    assert ["limit", "context", "7"] in rows
    assert ["ratio", "default", "0.5"] in rows
    assert ["token", "cpi.json", "<redacted>"] in rows
    assert ["shutdown_s", "7"] in rows
    assert "warning: context property 'state_dir' ignored" in out


def test_check_tells_all_problems(capfd, tmp_path):
    path = write_config(tmp_path, regoin="x", limit="y")
    status, _, err = run(capfd, "check", "--config", str(path))
    assert status == 1
    assert "did you mean 'region'?" in err
    assert "toy.limit: wanted an integer" in err


def test_providers_lists_what_is_installed_and_what_does_not_load(capfd, monkeypatch):
    status, out, _ = run(capfd, "providers")
    assert status == 0
    assert "cpikit_toy.provider:PROVIDER" in out
    assert "API 3, stemcells toy-raw" in out
    assert "does not load: " in out
    from cpikit.commands import providers

    monkeypatch.setattr(providers, "discover", lambda _group: {})
    assert run(capfd, "providers")[1].startswith("no provider is installed")


def test_index_writes_what_stevedore_says(capfd, monkeypatch, tmp_path):
    file = tmp_path / "entry_points.json"
    monkeypatch.setattr(index, "_FILE", str(file))
    status, out, _ = run(capfd, "index")
    assert status == 0
    assert " toy," in out
    assert json.loads(file.read_text())["groups"][index.PROVIDERS]["toy"]
    monkeypatch.setattr(index, "_FILE", "/nowhere/entry_points.json")
    status, _, err = run(capfd, "index")
    assert status == 1
    assert "the index cannot be written to /nowhere/" in err
    monkeypatch.setattr(index, "_FILE", str(file))
    from cpikit.commands import index as command

    monkeypatch.setattr(command, "discover", lambda _group: {})
    assert run(capfd, "index")[1].endswith(": nothing\n")


@pytest.mark.parametrize("name", ["", "A", "1x", "x-y", "x" * 32, "../x", "x"])
def test_a_provider_s_name_is_a_python_name(capfd, tmp_path, name):
    status, _, err = run(capfd, "new", "provider", name, "--directory", str(tmp_path / "n"))
    assert status == 1
    assert "wanted 2 to 31 of a-z" in err
    assert not (tmp_path / "n").exists()


def test_nothing_is_written_over(capfd, tmp_path):
    (tmp_path / "mine").write_text("x")
    status, _, err = run(capfd, "new", "provider", "moon", "--directory", str(tmp_path))
    assert status == 1
    assert "is there already" in err
    assert [file.name for file in tmp_path.iterdir()] == ["mine"]


def test_a_new_provider_answers_at_once(capfd, tmp_path):
    target = tmp_path / "moon"
    status, out, _ = run(capfd, "new", "provider", "moon", "--directory", str(target))
    assert status == 0
    assert "Next: " in out
    metadata = target / "cpikit_moon-0.1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: cpikit-moon\nVersion: 0.1.0\n")
    entry_points = (target / "setup.cfg").read_text().split("[options.entry_points]")[1]
    group, line = (text.strip() for text in entry_points.strip().splitlines()[:2])
    (metadata / "entry_points.txt").write_text(f"[{group.rstrip(' =')}]\n{line}\n")
    start = f"import sys; sys.path.insert(0, {str(target)!r}); "
    start += "from cpikit.__main__ import main; main()"

    def answer(method, *arguments):
        request = {"method": method, "arguments": arguments, "context": {}, "api_version": 3}
        done = subprocess.run(
            [sys.executable, "-I", "-c", start, "--config", str(target / "dead.json")],
            input=json.dumps(request).encode(),
            capture_output=True,
            env=BARE,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0
        assert b"unusable" not in done.stderr
        return json.loads(done.stdout)

    assert answer("info")["result"] == {"api_version": 3, "stemcell_formats": ["moon-raw"]}
    assert answer("make_tea")["error"]["type"] == "Bosh::Clouds::NotImplemented"
    assert answer("create_disk", 1, {}, None)["error"]["type"] == "Bosh::Clouds::NotImplemented"
    dead = answer("has_vm", "vm-1")["error"]
    assert dead["type"] == "Bosh::Clouds::CloudError"
    assert "GetServer of vm-1 failed" in dead["message"]
    assert "did you mean 'type'?" in answer("create_disk", 1, {"tpye": 1}, None)["error"]["message"]


@pytest.mark.parametrize("words", [[], ["--help"], ["call", "--help"], ["tea"], ["--config"]])
def test_misuse_is_2_and_help_is_0(capfd, words):
    status, out, err = run(capfd, *words)
    assert status == (0 if "--help" in words else 2)
    assert "usage: cpikit" in out + err


@pytest.mark.parametrize("debug", [True, False])
def test_the_executable_serves_as_a_cpi_only_with_a_config(monkeypatch, debug):
    served = []

    def serve(path, *, debug):
        served.append((path, debug))
        raise SystemExit(0)

    monkeypatch.setattr("cpikit.edge.run", serve)
    monkeypatch.setattr(sys, "argv", ["cpikit", "--config", "x"] + ["--debug"] * debug)
    with pytest.raises(SystemExit):
        entry.main()
    assert served == [("x", debug)]


def test_every_other_command_line_is_for_people(monkeypatch, capfd):
    monkeypatch.setattr(sys, "argv", ["cpikit", "providers"])
    with pytest.raises(SystemExit) as left:
        entry.main()
    assert left.value.code == 0
    assert "toy" in capfd.readouterr().out


def test_the_module_is_the_executable(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["cpikit", "--help"])
    with pytest.raises(SystemExit) as left:
        runpy.run_path(entry.__file__, run_name="__main__")
    assert left.value.code == 0
