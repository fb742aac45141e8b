"""Secrets in config, context, env and properties appear on no channel, at debug level."""

from __future__ import annotations

import json

import pytest
from cpikit_toy.cpi import ToyCpi
from toy_process import checked, request

from cpikit import CreatedVm, VMCreationFailed, testing

SECTION = {
    "token": "canary-01-token/+=",
    "api_password": "canary-02 plain",
    "login": {"user": "u", "password": 'canary-03 "inner"'},
}
SECTIONS = {
    "cpikit": {"debug": True},
    "agent": {
        "mbus": "nats://user:canary-04-mbus@10.0.0.1:4222",
        "blobstore": {"provider": "dav", "options": {"password": "canary-05-blob\nsecond line"}},
    },
    "registry": {"password": "canary-06-registry"},
}
CONTEXT = {"api_password": "canary-07-context", "unknown": {"deep": ["canary-08-deep"]}}
ENV = {"bosh": {"password": "canary-09-env", "mbus": {"cert": "canary-10-cert"}}, "x": "canary-11"}
VM = {"password": "canary-12-vm", "system_disk": {"secret_key": "canary-13-disk"}}


@pytest.fixture
def world(tmp_path):
    return testing.InProcess("toy", {"state_dir": str(tmp_path), **SECTION}, sections=SECTIONS)


def told(world, method, *arguments):
    answer = world.raw(request(method, *arguments, **CONTEXT))
    checked(answer)
    return answer.decode() + "".join(world.log)


def everything(cpi, arguments):
    """What a careless provider might format: each value, in each way."""
    known = [*arguments, cpi.config, SECTION, SECTIONS, CONTEXT, ENV, VM]
    return [str(known), repr(known), json.dumps(known, default=str)]


@pytest.mark.parametrize("ends", ["well", "badly", "in its undo", "unforeseen"])
def test_nothing_secret_is_told_however_careless_a_provider_is(world, monkeypatch, ends):
    def create_vm(cpi, *arguments):
        for text in everything(cpi, arguments):
            cpi.context.log.debug("careless", text=text)
            cpi.context.log.text("careless", text)
        for secret in (SECTION["token"], SECTIONS["agent"]["mbus"]):
            cpi.context.log.event("careless", url="http://h/?t=" + secret)
        if ends == "well":
            return CreatedVm("vm-1", {})
        if ends == "badly":
            raise testing.CallFailed("x", {"type": "y", "message": str(SECTION)})
        if ends == "in its undo":
            cpi.context.undo.push("VM", lambda: (_ for _ in ()).throw(ValueError(str(ENV))))
        secret_in_a_frame = str(CONTEXT)
        raise ValueError(secret_in_a_frame, ENV, VM)

    monkeypatch.setattr(ToyCpi, "create_vm", create_vm)
    text = told(world, "create_vm", "a", "s", VM, {}, [], ENV)
    assert "careless" in text
    assert "canary" not in text


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("info", []),
        ("make_tea", [ENV]),
        ("has_vm", [None]),
        ("has_vm", ["leak"]),
        ("create_disk", [1, {"secret_key": "canary-20-key", "trick": "exit"}, None]),
        ("create_disk", ["x", {"secret_key": ["canary-21-key"]}, None]),
        ("create_vm", ["a", "s", VM, {}, [], ENV]),
        ("create_vm", ["a", "s", {**VM, "password": 7}, {}, [], ENV]),
        ("create_vm", ["a", "s", {"passwrd": "canary-22-typo"}, {}, [], ENV]),
        ("create_vm", [ENV, VM, "s"]),
    ],
)
def test_nothing_secret_is_told_on_success_and_on_failure(world, method, arguments):
    assert "canary" not in told(world, method, *arguments)


@pytest.mark.parametrize("raw", [b"{canary", b'["canary"]', b'{"method": {"canary": 1}}'])
def test_a_malformed_request_is_never_quoted(world, raw):
    answer = world.raw(raw)
    assert b"canary" not in answer
    assert "canary" not in "".join(world.log)


def test_a_refused_configuration_is_never_quoted(tmp_path):
    section = {**SECTION, "token": ["canary-30"], "limit": "x", "regoin": "canary-31"}
    world = testing.InProcess("toy", section, sections=SECTIONS)
    text = told(world, "has_vm", "v")
    assert "did you mean 'region'?" in text
    assert "canary" not in text


def test_a_network_may_be_called_private(world, monkeypatch):
    def create_vm(_cpi, *_arguments):
        raise VMCreationFailed("10.0.0.5 is taken")

    monkeypatch.setattr(ToyCpi, "create_vm", create_vm)
    network = {
        "type": "manual",
        "ip": "10.0.0.5",
        "cloud_properties": {"password": "canary-14-net"},
    }
    told_of = told(world, "create_vm", "a", "s", {}, {"private": network}, [], {})
    assert "10.0.0.5 is taken" in told_of
    assert "canary-14" not in told_of
