"""What a cold start imports: the Director starts one process for `info` before each other call.

Every process here is a bare `python -I -S` that is given its folders by hand, so that nothing of
the test environment (an editable installation, a .pth file) imports anything first.
"""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig

import pytest
from house_shop import BARE, SHOP

START = """
import sys
sys.path[:0] = {path!r}
import cpikit.index
cpikit.index._FILE = {index!r}
import os
real = os._exit
def leave(status):
    with open({seen!r}, "w") as file:
        file.write(repr(sorted(sys.modules)))
    real(status)
os._exit = leave
from cpikit.__main__ import main
main()
"""

INFO = set(
    "cpikit cpikit.__main__ cpikit.caller cpikit.cpi_json cpikit.edge cpikit.errors cpikit.index"
    " cpikit.log cpikit.plugins cpikit.provider cpikit.redaction cpikit.serve cpikit.wire".split()
)
CALL = INFO | set(
    "cpikit.api cpikit.call cpikit.cloud cpikit.config cpikit.converter cpikit.defaults"
    " cpikit.hookspecs cpikit.methods cpikit.operations cpikit.problems cpikit.results"
    " cpikit.types cpikit.undo cpikit.waiting".split()
)
NEVER = set(
    "asyncio logging stevedore pkg_resources aliyunsdkcore aliyunsdkecs oss2 cryptography requests"
    " urllib3 ssl socket http.client subprocess tempfile pathlib argparse random difflib"
    " importlib.metadata email hypothesis pytest multiprocessing zoneinfo yaml xml".split()
)
# What json itself imports (re, enum, functools, collections) costs nothing more.
NEVER_FOR_INFO = NEVER | set(
    "attrs attr cattrs pluggy typing inspect dataclasses traceback ast threading platform".split()
)
# attrs asks platform which Python it runs on, and that imports subprocess; cattrs knows paths.
NEVER_FOR_A_CALL = NEVER - {"subprocess", "pathlib"}


@pytest.fixture
def world(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(SHOP))
    return World(tmp_path)


class World:
    def __init__(self, folder):
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        self.index = folder / "entry_points.json"
        self.seen = folder / "seen"
        from house_shop import REPOSITORY

        self.path = [str(REPOSITORY), str(SHOP), sysconfig.get_path("purelib")]
        self.config = folder / "cpi.json"
        self.write_config("toy")

    def write_config(self, plugin, **section):
        properties = {plugin: {"state_dir": str(self.folder), **section}}
        body = {"cloud": {"plugin": plugin, "properties": properties}}
        self.config.write_text(json.dumps(body))

    def write_index(self):
        write = (
            f"import sys; sys.path[:0] = {self.path!r}; import cpikit.index as i; "
            f"i._FILE = {str(self.index)!r}; from cpikit.plugins import discover; "
            "i.write({g: discover(g) for g in i.GROUPS})"
        )
        subprocess.run([sys.executable, "-I", "-S", "-c", write], check=True, env=BARE, timeout=60)

    def call(self, method, *arguments):
        start = START.format(path=self.path, index=str(self.index), seen=str(self.seen))
        request = {"method": method, "arguments": arguments, "context": {}, "api_version": 3}
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", start, "--config", str(self.config)],
            input=json.dumps(request).encode(),
            capture_output=True,
            env={**BARE, "HOME": str(self.home)},
            timeout=60,
            check=True,
        )
        return json.loads(done.stdout)

    def modules(self):
        import ast

        return set(ast.literal_eval(self.seen.read_text()))

    def of_the_core(self):
        return {name for name in self.modules() if name.split(".")[0] == "cpikit"}


def test_info_imports_exactly_these_modules_and_no_library(world):
    world.write_index()
    assert world.call("info")["result"]["api_version"] == 3
    assert world.of_the_core() == INFO
    assert world.modules() & NEVER_FOR_INFO == set()


def test_info_loads_the_provider_s_face_and_nothing_behind_it(world):
    world.write_index()
    world.call("info")
    own = {name for name in world.modules() if name.startswith("cpikit_toy")}
    assert own == {"cpikit_toy", "cpikit_toy.provider"}


@pytest.mark.parametrize(("method", "arguments"), [("has_vm", ["v"]), ("create_disk", [1, {}])])
def test_a_call_that_succeeds_imports_exactly_these_modules(world, method, arguments):
    world.write_index()
    assert world.call(method, *arguments, *[None] * (method == "create_disk"))["error"] is None
    assert world.of_the_core() == CALL
    assert world.modules() & NEVER_FOR_A_CALL == set()


def test_no_call_of_a_provider_without_an_sdk_imports_one(world):
    world.write_index()
    world.call("has_vm", "v")
    sdk = {"aliyunsdkcore", "aliyunsdkecs", "oss2", "requests", "urllib3", "cryptography"}
    assert world.modules() & sdk == set()


@pytest.mark.parametrize("plugin", ["fake", "alicloud"])
def test_info_of_our_own_providers_imports_their_faces_alone(world, plugin):
    from house_shop import REPOSITORY

    folder = REPOSITORY / "providers" / plugin
    world.path.insert(0, str(folder))
    world.write_config(plugin)
    world.index.write_text("{}")
    write = (
        f"import sys; sys.path[:0] = {world.path!r}; import cpikit.index as i; "
        f"i._FILE = {str(world.index)!r}; "
        f"i.write({{i.PROVIDERS: {{{plugin!r}: 'cpikit_{plugin}.provider:PROVIDER'}}}})"
    )
    subprocess.run([sys.executable, "-I", "-S", "-c", write], check=True, env=BARE, timeout=60)
    assert world.call("info")["result"]["api_version"] == 3
    own = {name for name in world.modules() if name.startswith(f"cpikit_{plugin}")}
    assert own == {f"cpikit_{plugin}", f"cpikit_{plugin}.provider"}
    assert world.of_the_core() == INFO


def test_without_an_index_stevedore_finds_the_provider_and_touches_no_home(world):
    assert world.call("info")["result"]["api_version"] == 3
    assert "stevedore" in world.modules()
    assert list(world.home.iterdir()) == []


def test_a_stale_index_is_not_believed(world):
    world.write_index()
    index = json.loads(world.index.read_text())
    index["groups"]["cpikit.providers"]["toy"] = "cpikit_toy.odd:NO_PROVIDER"
    index["installed"].append("more-1.dist-info:1")
    world.index.write_text(json.dumps(index))
    assert world.call("info")["error"] is None
    assert "stevedore" in world.modules()


def test_a_fresh_index_is_believed(world):
    world.write_index()
    index = json.loads(world.index.read_text())
    index["groups"]["cpikit.providers"]["toy"] = "cpikit_toy.odd:NO_PROVIDER"
    world.index.write_text(json.dumps(index))
    assert "is str, wanted a cpikit.Provider" in world.call("info")["error"]["message"]
    assert "stevedore" not in world.modules()


def test_a_poisoned_cache_of_stevedore_has_no_effect(world):
    fill = (
        # Below /tmp stevedore keeps no cache: it is told that Python lies elsewhere.
        f"import sys; sys.path[:0] = {world.path!r}; sys.executable = '/python'; "
        "from stevedore import ExtensionManager; "
        "print(ExtensionManager('cpikit.providers', invoke_on_load=False).names())"
    )
    environment = {**BARE, "HOME": str(world.home)}
    subprocess.run(
        [sys.executable, "-I", "-S", "-c", fill],
        check=True,
        env=environment,
        timeout=60,
        capture_output=True,
    )
    caches = [file for file in world.home.rglob("*") if file.is_file()]
    assert caches, "stevedore keeps its cache elsewhere now: this test has to follow it"
    for file in caches:
        text = file.read_text()
        assert "cpikit_toy.provider:PROVIDER" in text
        file.write_text(text.replace("cpikit_toy.provider:PROVIDER", "cpikit_toy.poison:PROVIDER"))
    before = {file: file.read_bytes() for file in caches}
    assert world.call("info")["error"] is None
    assert {file: file.read_bytes() for file in world.home.rglob("*") if file.is_file()} == before
