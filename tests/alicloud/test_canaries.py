"""Secrets appear on no channel: not in answers, not in the log at debug level, not in files.

In process against a cloud that quotes all it was sent, in every way to fail; and as real processes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from cpikit.testing import InProcess
from cpikit_alicloud import client as client_module
from cpikit_alicloud_simulator.simulator import Simulator
from tests.alicloud.loopback import Loopback, Request, serving

SECTION = {
    "region": "eu-central-1",
    "access_key_id": "LTAIkeyid",
    "access_key_secret": "canary-secret+key/1=",
    "security_token": "canary-token/2+=",
    "waits": {"visibility_s": 0.01},
}
AGENT = {
    "mbus": "nats://agent:canary-mbus-3@10.0.0.1:4222",
    "blobstore": {"provider": "dav", "options": {"password": "canary-blob-4", "user": "agent"}},
}
SECTIONS = {"cpikit": {"debug": True}, "agent": AGENT, "registry": {"password": "canary-reg-5"}}
ENV = {
    "bosh": {
        "password": "canary-env-6",
        "mbus": {"cert": {"private_key": "-----BEGIN KEY-----\ncanary-pem-7\n-----END KEY-----\n"}},
    },
    "own": "canary-own-8",
}
VM = {
    "instance_type": "ecs.g7.large",
    "availability_zone": "eu-central-1a",
    "password": "Canary-root-9!",
    "ephemeral_disk": "none",
}
NETWORKS = {
    "a": {
        "type": "manual",
        "ip": "10.0.0.50",
        "netmask": "255.255.255.0",
        "gateway": "10.0.0.253",
        "default": ["dns", "gateway"],
        "cloud_properties": {
            "vswitch_id": "vsw-fakefakefakefakefa01",
            "security_group_ids": ["sg-fakefakefakefakefa01"],
        },
    }
}
IMAGE = "m-gw8fakefakefakefake02"
CREATE = ("create_vm", "agent-1", IMAGE, VM, NETWORKS, [], ENV)


def hidden() -> list[str]:
    """Each secret's tell-tale, as it is and inside of base64 at each of the three offsets."""
    return ["anary-", *(b64encode(b"\0" * pad + b"canary-").decode()[4:8] for pad in range(3))]


def assert_tells_nothing(text: str) -> None:
    for word in hidden():
        place = text.find(word)
        assert place < 0, text[max(place - 200, 0) : place + 100]


@pytest.mark.parametrize("before", ["", "1", "22"])
def test_the_test_itself_sees_through_base64(before: str) -> None:
    with pytest.raises(AssertionError):
        assert_tells_nothing(b64encode(f'{{"{before}": "canary-1"}}'.encode()).decode())


def echoed(request: Request) -> str:
    """All that was sent, in the ways in which a cloud or a gateway quotes it."""
    sent = {**request.query, **request.form}
    string_to_sign = "&".join(("POST", "%2F", quote(urlencode(sent), safe="")))
    return "\n".join(
        (json.dumps(sent), urlencode(sent), str(sent), f"server string to sign is:{string_to_sign}")
    )


def refusing(code: str) -> Callable[[Request], Any]:
    return lambda request: (400, {"Code": code, "Message": f"wrong: {echoed(request)}"}, {})


FAILURES: dict[str, Callable[[Request], Any]] = {
    "a wrong signature": lambda request: (
        400,
        {
            "Code": "SignatureDoesNotMatch",
            "Message": "Specified signature is not matched with our calculation. "
            + echoed(request)[-20_000:],
        },
        {},
    ),
    "an invalid parameter": refusing("InvalidParameter"),
    "a code that nobody knows": refusing("Never.Heard.Of"),
    "a page of a gateway": lambda request: (502, f"<html>{echoed(request)}</html>".encode(), {}),
    "garbage": lambda request: (200, f"<{echoed(request)}".encode(), {}),
    "a redirect": lambda request: (302, b"", {"Location": f"http://h/?{urlencode(request.form)}"}),
}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    made = []
    original = client_module._acs_client

    def remember(*arguments: Any) -> Any:
        made.append(original(*arguments))
        return made[-1]

    monkeypatch.setattr(client_module, "_acs_client", remember)
    with serving() as script:
        yield script
    for acs in made:
        acs.session.close()


def told(cloud: Loopback, method: str, *arguments: Any) -> str:
    """Everything that the call lets be seen."""
    section = {**SECTION, "ecs_endpoint": cloud.url, "vpc_endpoint": cloud.url}
    cpi = InProcess("alicloud", section, sections=SECTIONS)
    answer = cpi.respond(method, *arguments)
    assert answer["error"] is not None
    return json.dumps(answer, ensure_ascii=False) + "".join(cpi.log)


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("method", ["has_disk", "create_vm"])
def test_a_cloud_that_quotes_all_it_was_sent_gives_nothing_away(
    cloud: Loopback, method: str, failure: str
) -> None:
    nothing = {"Instances": {"Instance": []}}
    types = {"InstanceTypes": {"InstanceType": [{"InstanceTypeId": "ecs.g7.large"}]}}
    if method == "create_vm":
        cloud.answer(nothing)
        cloud.answer(types)
    cloud.answers += [FAILURES[failure]] * 40
    arguments = CREATE[1:] if method == "create_vm" else ("d-1",)
    assert_tells_nothing(told(cloud, method, *arguments))
    if method == "create_vm":
        assert any("UserData" in request.form for request in cloud.heard)


@pytest.mark.parametrize("method", ["has_disk", "create_vm"])
def test_a_connection_that_breaks_gives_nothing_away(cloud: Loopback, method: str) -> None:
    cloud.answers += [None] * 40
    arguments = CREATE[1:] if method == "create_vm" else ("d-1",)
    assert_tells_nothing(told(cloud, method, *arguments))


# As real processes, at debug level.


class Process:
    """Starts the executable on a cpi.json, and keeps all that it let be seen."""

    def __init__(self, simulator: Simulator, home: Path) -> None:
        self.home = home
        self.seen: list[str] = []
        self.config = home / "cpi.json"
        self.section = {
            **{k: v for k, v in SECTION.items() if k != "security_token"},
            "access_key_id": simulator.account.id,
            "access_key_secret": simulator.account.secret,
            **{f"{name}_endpoint": simulator.endpoint for name in ("ecs", "vpc", "slb")},
        }

    def call(self, method: str, *arguments: Any, **section: Any) -> dict[str, Any]:
        properties = {"alicloud": {**self.section, **section}, **SECTIONS}
        self.config.write_text(
            json.dumps({"cloud": {"plugin": "alicloud", "properties": properties}})
        )
        request = {"method": method, "arguments": arguments, "api_version": 3}
        request["context"] = {"director_uuid": "d", "request_id": "r", "secret": "canary-ctx-10"}
        done = subprocess.run(
            [sys.executable, "-I", "-m", "cpikit", "--config", str(self.config), "--debug"],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            check=True,
            cwd=self.home,
            env={
                "PATH": os.defpath,
                "HOME": str(self.home),
                "TMPDIR": str(self.home),
                "DEBUG": "sdk",
                "ALIYUN_ACCESS_KEY_SECRET": "canary-variable-11",
            },
        )
        self.seen += [done.stdout, done.stderr]
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def left(self) -> str:
        """What lies in its directories, without the configuration itself."""
        files = [each for each in self.home.rglob("*") if each.is_file() and each != self.config]
        return "".join(each.read_text("utf-8", "replace") for each in files)


def test_a_life_of_real_processes_at_debug_level_gives_nothing_away(tmp_path: Path) -> None:
    with Simulator(time="real", profile="instant", world="contracts") as simulator:
        cpi = Process(simulator, tmp_path)
        made = cpi.call(*CREATE)
        assert made["error"] is None, made
        vm, _ = made["result"]
        disk = cpi.call("create_disk", 20480, {"category": "cloud_essd"}, vm)["result"]
        assert cpi.call("attach_disk", vm, disk)["error"] is None
        assert cpi.call("set_vm_metadata", vm, {"name": "a/0"})["error"] is None
        for code in ("SignatureDoesNotMatch", "InvalidParameter", "Forbidden.RAM"):
            simulator.control.ask("POST", "/rules", {"do": "fail", "code": code, "times": 1})
            assert cpi.call("delete_vm", vm)["error"] is not None
        wrong = {"access_key_secret": "canary-wrong-key-12"}
        assert "SignatureDoesNotMatch" in str(cpi.call(*CREATE, **wrong))
        assert cpi.call("create_vm", "a", IMAGE, {"password": 7}, NETWORKS, [], ENV)["error"]
        assert cpi.call("delete_vm", vm)["error"] is None
    text = "".join(cpi.seen) + cpi.left()
    assert_tells_nothing(text)
    assert simulator.account.secret not in text
    assert "cloud_call" in text
