"""The SDK over a real socket: signed, by POST, deaf to the environment, and its traps closed."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cpikit.testing import CallFailed, InProcess
from cpikit_alicloud import client as client_module
from tests.alicloud.loopback import Loopback, serving

DISK = {"Disks": {"Disk": [{"DiskId": "d-1", "Status": "Available", "Size": 20}]}}
NO_DISK: dict[str, Any] = {"Disks": {"Disk": []}}


@pytest.fixture(autouse=True)
def closed_connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close what the SDK keeps open: a process of the CPI ends without doing so."""
    made = []
    original = client_module._acs_client

    def remember(*arguments: Any) -> Any:
        made.append(original(*arguments))
        return made[-1]

    monkeypatch.setattr(client_module, "_acs_client", remember)
    yield
    for acs in made:
        acs.session.close()


@pytest.fixture
def cloud() -> Iterator[Loopback]:
    with serving() as script:
        yield script


def cpi(cloud: Loopback, **section: Any) -> InProcess:
    return InProcess(
        "alicloud",
        {
            "region": "eu-central-1",
            "access_key_id": "test-key-id",
            "access_key_secret": "canary-secret",
            "ecs_endpoint": cloud.url,
            **section,
        },
    )


def test_reads_have_their_parameters_in_the_query_and_writes_in_the_body(cloud: Loopback) -> None:
    cloud.answer({})
    cloud.answer(NO_DISK)
    cloud.answer(NO_DISK)
    cpi(cloud).call("delete_disk", "d-1")
    write, read = cloud.heard[:2]
    assert write.method == read.method == "POST"
    assert write.form == {"RegionId": "eu-central-1", "DiskId": "d-1"}
    assert "DiskId" not in write.query
    assert read.query["DiskIds"] == '["d-1"]'
    assert read.form == {}
    assert write.query["Action"] == "DeleteDisk"
    assert write.query["Version"] == "2014-05-26"
    assert write.query["Signature"]


def test_a_security_token_is_sent_along(cloud: Loopback) -> None:
    cloud.answer(DISK)
    cpi(cloud, security_token="canary-token").call("has_disk", "d-1")
    assert cloud.heard[0].query["SecurityToken"] == "canary-token"


def test_the_environment_and_the_home_directory_change_nothing(
    cloud: Loopback,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("ALIYUN_ACCESS_KEY_ID", "key-of-the-environment")
    monkeypatch.setenv("ALIYUN_ACCESS_KEY_SECRET", "secret-of-the-environment")
    monkeypatch.setenv("ALIBABA_CLOUD_CA_BUNDLE", "/nowhere")
    monkeypatch.setenv("DEBUG", "sdk")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login l password p\n")
    cloud.answer(DISK)
    assert cpi(cloud).call("has_disk", "d-1") is True
    assert cloud.heard[0].query["AccessKeyId"] == "test-key-id"
    assert "Authorization" not in cloud.heard[0].headers
    assert "".join(capfd.readouterr()) == ""


def test_the_sdk_writes_nothing_anywhere(
    cloud: Loopback, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    cloud.answer({"Code": "Forbidden.RAM", "Message": "no"}, 403)
    with pytest.raises(CallFailed):
        cpi(cloud).call("has_disk", "d-1")
    cloud.answers += [None] * 5
    with pytest.raises(CallFailed):
        cpi(cloud).call("has_disk", "d-1")
    assert "".join(capfd.readouterr()) == ""
    assert "canary" not in caplog.text
    assert "Signature" not in caplog.text


def test_nothing_of_a_request_is_in_any_error(cloud: Loopback) -> None:
    cloud.answers += [None] * 5
    process = cpi(cloud)
    with pytest.raises(CallFailed) as failure:
        process.call("has_disk", "d-1")
    told = failure.value.message + "".join(process.log)
    for part in ("canary", "Signature", "test-key-id", "http://"):
        assert part not in told
    assert "no answer" in told


def test_a_connection_that_is_refused_was_never_sent(cloud: Loopback) -> None:
    process = cpi(cloud, ecs_endpoint="http://127.0.0.1:1")
    with pytest.raises(CallFailed, match="no connection"):
        process.call("has_disk", "d-1")
    assert "fault=unreachable" in "".join(process.log)


def test_a_creating_call_that_loses_its_answer_goes_again_with_the_same_token(
    cloud: Loopback,
) -> None:
    cloud.answers.append(None)
    cloud.answer({"DiskId": "d-1"})
    cloud.answer(DISK)
    cpi(cloud, availability_zone="eu-central-1a").call("create_disk", 20480, {}, None)
    first, second = cloud.heard[:2]
    assert first.form["ClientToken"] == second.form["ClientToken"]
    assert first.query["SignatureNonce"] != second.query["SignatureNonce"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>502</html>",
        b'{"Disks": {',
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"a":' * 100_000,
    ],
)
@pytest.mark.parametrize("status", [200, 500, 502])
def test_an_answer_that_nobody_can_read_is_asked_for_again(
    cloud: Loopback, body: bytes, status: int
) -> None:
    cloud.answer(body, status)
    cloud.answer(DISK)
    assert cpi(cloud).call("has_disk", "d-1") is True


@pytest.mark.parametrize(
    "error",
    [
        {"Code": "SignatureDoesNotMatch", "Message": "no colon here"},
        {"Code": "SignatureDoesNotMatch", "Message": None},
        {"Code": "SignatureDoesNotMatch"},
        {"Code": "InvalidOperation", "Message": None},
        ["a", "list"],
        {},
        7,
    ],
)
def test_odd_errors_of_the_cloud_are_errors_of_the_contract(cloud: Loopback, error: object) -> None:
    cloud.answer(error, 400)
    with pytest.raises(CallFailed) as failure:
        cpi(cloud).call("has_disk", "d-1")
    assert failure.value.type == "CloudError"
    assert "IndexError" not in failure.value.message


def test_a_redirect_is_not_followed(cloud: Loopback) -> None:
    cloud.answer({}, 302, Location="http://127.0.0.1:1/")
    with pytest.raises(CallFailed, match="HTTP 302"):
        cpi(cloud).call("has_disk", "d-1")


def test_the_server_says_how_long_to_wait(cloud: Loopback) -> None:
    cloud.answer({"Code": "Throttling.User", "Message": ""}, 429, **{"Retry-After": "42"})
    cloud.answer(DISK)
    process = cpi(cloud)
    process.call("has_disk", "d-1")
    assert process.clock.sleeps == [42.0]  # type: ignore[attr-defined]  # a VirtualClock


def test_one_connection_serves_a_whole_call(cloud: Loopback) -> None:
    ports = set()

    def answer(request: Any) -> tuple[int, Any, dict[str, str]]:
        ports.add(request.headers["Connection"])
        return 200, NO_DISK, {}

    cloud.answers += [answer, answer]
    assert cpi(cloud).call("has_disk", "d-1") is False
    assert ports == {"keep-alive"}


def test_an_action_that_the_sdk_has_no_class_for_is_sent_all_the_same(cloud: Loopback) -> None:
    request = client_module._request("Ecs", "BrandNewAction")
    assert request.get_action_name() == "BrandNewAction"
    assert request.get_version() == "2014-05-26"
    assert client_module._request("Nlb", "GetJobStatus").get_version() == "2022-04-30"


@pytest.mark.parametrize("product", ["Ecs", "Vpc", "Slb", "Nlb", "Alb", "Sts"])
def test_every_product_goes_by_post_and_tls(product: str) -> None:
    from aliyunsdkcore.http import protocol_type

    request = client_module._request(product, "DescribeDisks")
    assert request.get_method() == "POST"
    assert request.get_protocol_type() is protocol_type.HTTPS  # by identity, as the SDK asks


def test_what_the_sdk_imports_in_vain_is_left_out_and_works_when_it_is_used() -> None:
    code = (
        "import sys; from cpikit_alicloud import client; client._request('Ecs', 'DescribeDisks'); "
        "import aliyunsdkcore.client; "
        "assert 'cryptography' not in sys.modules, 'key pairs'; "
        "from aliyunsdkcore.vendored.requests.packages import chardet; "
        "assert chardet.detect(b'abc')['encoding'] == 'ascii'; "
        "from aliyunsdkcore.auth.algorithm import sha_hmac256; "
        "assert sha_hmac256.get_signer_name() == 'SHA256withRSA'; "
        "assert 'cryptography' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
