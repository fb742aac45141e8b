"""Rules: each kind of trouble, what it does to the world and to the wire."""

from __future__ import annotations

import http.client
import json
import socket
import struct
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from cpikit_alicloud_simulator.client import ControlError
from cpikit_alicloud_simulator.simulator import Simulator
from cpikit_alicloud_simulator.wire import ApiError
from tests.simulator.signing import signed_query


def vpcs(simulator: Simulator) -> list[str]:
    return [row["id"] for row in simulator.control.inventory() if row["kind"] == "vpc"]


def create(simulator: Simulator, **more: object) -> str:
    return str(simulator.ask("Vpc", "CreateVpc", **more)["VpcId"])


def listed(simulator: Simulator, **more: object) -> list[str]:
    shown = simulator.ask("Vpc", "DescribeVpcs", **more)
    return [vpc["VpcId"] for vpc in shown["Vpcs"]["Vpc"]]


def over_http(simulator: Simulator, action: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(simulator.host, timeout=5)
    try:
        connection.request("POST", "/?" + signed_query(simulator, "Vpc", action))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_fail_answers_the_code_and_status_and_does_nothing(alicloud_direct: Simulator) -> None:
    alicloud_direct.control.arm("fail", name="CreateVpc", code="QuotaExceeded.Vpc", status=403)
    with pytest.raises(ApiError) as refused:
        create(alicloud_direct)
    assert (refused.value.status, refused.value.code) == (403, "QuotaExceeded.Vpc")
    assert vpcs(alicloud_direct) == []


def test_fail_without_a_code_is_an_internal_error(alicloud_direct: Simulator) -> None:
    alicloud_direct.control.arm("fail", name="CreateVpc", times=1)
    with pytest.raises(ApiError) as refused:
        create(alicloud_direct)
    assert (refused.value.status, refused.value.code) == (500, "InternalError")
    assert create(alicloud_direct) in vpcs(alicloud_direct)


def test_throttle_is_the_products_own_error(alicloud_direct: Simulator) -> None:
    rule = alicloud_direct.control.arm("throttle", product="Vpc", times=2)
    for _ in range(2):
        with pytest.raises(ApiError, match=r"Throttling\.User"):
            listed(alicloud_direct)
    assert listed(alicloud_direct) == []
    assert alicloud_direct.control.rule(rule)["hits"] == 2


def test_nth_counts_writes_and_first_reads_since_the_mark(alicloud_direct: Simulator) -> None:
    alicloud_direct.control.mark()
    listed(alicloud_direct)
    listed(alicloud_direct)  # a poll: not counted
    alicloud_direct.control.arm("fail", nth=3)
    create(alicloud_direct)  # the second
    with pytest.raises(ApiError):
        listed(alicloud_direct)  # the third: a write came between
    assert create(alicloud_direct)


def test_a_mark_begins_to_count_anew(alicloud_direct: Simulator) -> None:
    alicloud_direct.control.arm("fail", nth=2)
    create(alicloud_direct)
    alicloud_direct.control.mark()
    create(alicloud_direct)
    with pytest.raises(ApiError):
        create(alicloud_direct)


def test_every_and_probability_choose(alicloud_direct: Simulator) -> None:
    alicloud_direct.reset({"quotas": {"vpc.vpcs": 1000}})
    alicloud_direct.control.arm("fail", name="CreateVpc", every=3)

    def outcomes(count: int) -> str:
        found = ""
        for _ in range(count):
            try:
                create(alicloud_direct)
                found += "."
            except ApiError:
                found += "x"
        return found

    assert outcomes(7) == "..x..x."
    alicloud_direct.control.disarm()
    alicloud_direct.control.arm("fail", name="CreateVpc", probability=0.5)
    first = outcomes(40)
    assert 5 < first.count("x") < 35
    alicloud_direct.reset({"quotas": {"vpc.vpcs": 1000}})
    alicloud_direct.control.arm("fail", name="Nothing")
    alicloud_direct.control.arm("fail", name="CreateVpc", probability=0.5)
    assert outcomes(40) == first  # the same seed, the same rule, the same chances


def test_rules_are_narrowed_by_client_resource_and_patterns(alicloud_direct: Simulator) -> None:
    one, other = create(alicloud_direct), create(alicloud_direct)
    alicloud_direct.control.arm("fail", client="LTAI-somebody")
    alicloud_direct.control.arm("fail", name="Describe*", resource=one)
    assert listed(alicloud_direct, VpcId=other) == [other]
    with pytest.raises(ApiError):
        listed(alicloud_direct, VpcId=one)


def test_drop_is_never_done_and_lose_is_done_unheard(alicloud_direct: Simulator) -> None:
    alicloud_direct.control.arm("drop", name="CreateVpc", nth=1)
    with pytest.raises(ConnectionError):
        create(alicloud_direct)
    assert vpcs(alicloud_direct) == []
    alicloud_direct.control.arm("lose", name="CreateVpc", nth=2)
    with pytest.raises(ConnectionError):
        create(alicloud_direct)
    assert len(vpcs(alicloud_direct)) == 1
    assert [call["outcome"] for call in alicloud_direct.control.calls()] == ["dropped", "lost"]


def test_a_lost_create_is_found_again_by_its_token(alicloud_direct: Simulator) -> None:
    alicloud_direct.control.arm("lose", name="CreateVpc", times=1)
    with pytest.raises(ConnectionError):
        create(alicloud_direct, ClientToken="t")
    assert [create(alicloud_direct, ClientToken="t")] == vpcs(alicloud_direct)


def test_a_stale_read_sees_the_world_of_some_seconds_ago(alicloud_direct: Simulator) -> None:
    one = create(alicloud_direct, VpcName="before")
    alicloud_direct.clock.sleep(60)
    other = create(alicloud_direct)
    alicloud_direct.ask("Vpc", "DeleteVpc", VpcId=one)
    alicloud_direct.clock.sleep(1)
    alicloud_direct.control.arm("stale", name="DescribeVpcs", seconds=30, times=1)
    assert listed(alicloud_direct) == [one]
    assert listed(alicloud_direct) == [other]


def test_a_stuck_resource_stays_until_its_time_or_its_release(alicloud_direct: Simulator) -> None:
    alicloud_direct.reset(profile="typical")
    rule = alicloud_direct.control.arm("stuck", name="CreateVpc")
    vpc = create(alicloud_direct)
    alicloud_direct.clock.sleep(1000)
    assert alicloud_direct.control.inventory()[0]["state"] == "Pending"
    assert alicloud_direct.control.world()["stuck"] == [vpc]
    alicloud_direct.control.release(rule)
    assert alicloud_direct.control.inventory()[0]["state"] == "Available"
    alicloud_direct.control.disarm()
    alicloud_direct.control.arm("stuck", name="CreateVpc", seconds=100, times=1)
    create(alicloud_direct)
    alicloud_direct.clock.sleep(99)
    assert alicloud_direct.control.inventory()[1]["state"] == "Pending"
    alicloud_direct.clock.sleep(2)
    assert alicloud_direct.control.inventory()[1]["state"] == "Available"


def test_what_a_call_made_can_vanish_later(alicloud_direct: Simulator) -> None:
    alicloud_direct.control.arm("vanish", name="CreateVpc", seconds=5, times=1)
    vpc = create(alicloud_direct)
    assert vpcs(alicloud_direct) == [vpc]
    alicloud_direct.clock.sleep(5)
    assert vpcs(alicloud_direct) == []


def test_what_a_call_names_can_vanish_before_it(alicloud_direct: Simulator) -> None:
    vpc = create(alicloud_direct)
    alicloud_direct.control.arm("vanish", name="DeleteVpc")
    with pytest.raises(ApiError, match=r"InvalidVpcId\.NotFound"):
        alicloud_direct.ask("Vpc", "DeleteVpc", VpcId=vpc)


@pytest.mark.parametrize(
    "rule",
    [
        {"do": "explode"},
        {"do": "fail", "nth": 0},
        {"do": "fail", "nth": True},
        {"do": "fail", "nht": 1},
        {"do": "fail", "status": 42},
        {"do": "fail", "probability": 2},
        {"do": "late", "seconds": -1},
        {"do": "fail", "name": 7},
        {},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(
    alicloud_direct: Simulator, rule: dict[str, object]
) -> None:
    with pytest.raises(ControlError):
        alicloud_direct.control.ask("POST", "/rules", rule)


def test_truncated_and_garbled_answers_are_no_json_but_the_work_is_done(
    alicloud: Simulator,
) -> None:
    for number, do in enumerate(("truncate", "garble"), 1):
        alicloud.control.arm(do, name="CreateVpc", times=1)
        status, body = over_http(alicloud, "CreateVpc")
        assert status == 200
        with pytest.raises(ValueError):  # noqa: PT011  # JSON and UTF-8 errors are ValueErrors
            json.loads(body)
        assert len(vpcs(alicloud)) == number
        alicloud.control.disarm()


def test_html_comes_from_a_gateway_after_the_work(alicloud: Simulator) -> None:
    alicloud.control.arm("html", name="CreateVpc", status=503)
    status, body = over_http(alicloud, "CreateVpc")
    assert status == 503
    assert body.startswith(b"<html>")
    assert len(vpcs(alicloud)) == 1


def test_drop_and_lose_close_the_connection(alicloud: Simulator) -> None:
    for number, do in enumerate(("drop", "lose")):
        alicloud.control.arm(do, name="CreateVpc", times=1)
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            over_http(alicloud, "CreateVpc")
        assert len(vpcs(alicloud)) == number
        alicloud.control.disarm()


def test_reset_comes_in_the_middle_of_the_answer(alicloud: Simulator) -> None:
    alicloud.control.arm("reset", name="CreateVpc")
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        over_http(alicloud, "CreateVpc")
    assert len(vpcs(alicloud)) == 1


def test_late_answers_come_late_but_others_do_not_wait(alicloud: Simulator) -> None:
    alicloud.control.arm("late", name="CreateVpc", seconds=0.3)
    began = datetime.now(UTC)
    late = started(lambda: over_http(alicloud, "CreateVpc"))
    assert over_http(alicloud, "DescribeVpcs")[0] == 200
    late.join(5)
    assert (datetime.now(UTC) - began).total_seconds() >= 0.3


def started(do: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=do)
    thread.start()
    return thread


def until(condition: Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it did not happen within 5 s")


def test_hold_before_keeps_the_work_undone_until_released(alicloud: Simulator) -> None:
    rule = alicloud.control.arm("hold_before", name="CreateVpc")
    answers: list[tuple[int, bytes]] = []
    waiting = started(lambda: answers.append(over_http(alicloud, "CreateVpc")))
    until(lambda: alicloud.control.rule(rule)["state"] == "hit")
    assert vpcs(alicloud) == []
    alicloud.control.release(rule)
    waiting.join(5)
    assert answers[0][0] == 200
    assert len(vpcs(alicloud)) == 1


def test_hold_after_keeps_the_answer_until_released(alicloud: Simulator) -> None:
    rule = alicloud.control.arm("hold_after", name="CreateVpc")
    answers: list[tuple[int, bytes]] = []
    waiting = started(lambda: answers.append(over_http(alicloud, "CreateVpc")))
    until(lambda: len(vpcs(alicloud)) == 1)
    assert answers == []
    alicloud.control.release(rule)
    waiting.join(5)
    assert answers[0][0] == 200


def killed_while_held(alicloud: Simulator, do: str) -> list[str]:
    """Ask for a VPC, reset the connection while the rule holds the call, and release it."""
    rule = alicloud.control.arm(do, name="CreateVpc")
    host, port = alicloud.host.split(":")
    client = socket.create_connection((host, int(port)))
    target = "/?" + signed_query(alicloud, "Vpc", "CreateVpc")
    client.sendall(f"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
    until(lambda: alicloud.control.rule(rule)["state"] == "hit")
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    over_http(alicloud, "DescribeVpcs")  # by now the server knows that the client is gone
    alicloud.control.release(rule)
    until(lambda: all(call["outcome"] != "pending" for call in alicloud.control.calls()))
    return [str(call["outcome"]) for call in alicloud.control.calls()]


def test_a_client_killed_before_the_work_leaves_nothing(alicloud: Simulator) -> None:
    assert killed_while_held(alicloud, "hold_before") == ["abandoned", "ok"]
    assert vpcs(alicloud) == []


def test_a_client_killed_after_the_work_leaves_the_work(alicloud: Simulator) -> None:
    assert killed_while_held(alicloud, "hold_after") == ["ok", "ok"]
    assert len(vpcs(alicloud)) == 1


def test_a_reset_lets_held_calls_go(alicloud: Simulator) -> None:
    rule = alicloud.control.arm("hold_after", name="CreateVpc")
    waiting = started(lambda: over_http(alicloud, "CreateVpc"))
    until(lambda: alicloud.control.rule(rule)["state"] == "hit")
    alicloud.reset()
    waiting.join(5)
    assert not waiting.is_alive()
    assert vpcs(alicloud) == []


def test_rules_work_over_the_control_port_as_in_process(alicloud: Simulator) -> None:
    connection = http.client.HTTPConnection(alicloud.host, timeout=5)
    body = json.dumps({"do": "throttle", "name": "DescribeVpcs"})
    connection.request("POST", "/_simulator/rules", body)
    rule = json.loads(connection.getresponse().read())["id"]
    assert over_http(alicloud, "DescribeVpcs")[0] == 400
    connection.request("GET", f"/_simulator/rules/{rule}?{urlencode({'a': 'b'})}")
    shown = json.loads(connection.getresponse().read())
    assert (shown["state"], shown["hits"]) == ("hit", 1)
    connection.close()
