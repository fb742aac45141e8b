"""The foundation's values: parameters, pages, policies, ids, knobs, clock, world files."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpikit_alicloud_simulator import world_file
from cpikit_alicloud_simulator.catalogue import catalogue
from cpikit_alicloud_simulator.clock import Clock
from cpikit_alicloud_simulator.durations import Duration
from cpikit_alicloud_simulator.ids import Ids
from cpikit_alicloud_simulator.journal import masked
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.paging import Paging, PagingChoices, cut
from cpikit_alicloud_simulator.parameters import Parameters
from cpikit_alicloud_simulator.policies import Policy, permits
from cpikit_alicloud_simulator.simulator import Simulator, flat
from cpikit_alicloud_simulator.wire import ApiError

fast = settings(derandomize=True, database=None, max_examples=80, deadline=None)
NAMES = st.text("ABab", min_size=1, max_size=4)


def test_empty_means_unset() -> None:
    given_ = Parameters({"A": "", "B": "x"})
    assert (given_.text("A"), given_.text("A", None), given_.has("A")) == ("", None, False)
    assert given_.integer("A", 7) == 7
    assert given_.boolean("A") is None


@pytest.mark.parametrize("text", ["true", "True", "TRUE", "tRuE"])
def test_booleans_come_in_any_case(text: str) -> None:
    assert Parameters({"A": text}).boolean("A") is True


@pytest.mark.parametrize("text", ["yes", "1", "t", " true"])
def test_other_booleans_are_refused_by_name(text: str) -> None:
    with pytest.raises(ApiError, match='"A"'):
        Parameters({"A": text}).boolean("A")


@pytest.mark.parametrize("text", ["1.0", "0x1", "one", "9" * 30, "\uff11", "--1"])
def test_what_is_no_integer_is_refused(text: str) -> None:
    with pytest.raises(ApiError, match="InvalidParameter"):
        Parameters({"A": text}).integer("A")


def test_lists_and_structures_follow_their_numbers_not_their_order() -> None:
    given_ = Parameters(
        {"T.10": "c", "T.2": "b", "T.1": "", "T.x": "?", "S.2.K": "q", "S.1.K": "p"}
    )
    assert given_.texts("T") == ["b", "c"]
    assert [each.text("K") for each in given_.structures("S")] == ["p", "q"]
    assert given_.has_numbered("S.N.K")
    assert not given_.has_numbered("S.N.V")


@given(st.dictionaries(NAMES, st.lists(st.dictionaries(NAMES, NAMES, min_size=1), max_size=4)))
@fast
def test_nested_parameters_survive_being_flattened(tree: dict[str, list[dict[str, str]]]) -> None:
    given_ = Parameters(flat(tree))
    for name, rows in tree.items():
        read = [
            {key: each.text(key) for key in row}
            for each, row in zip(given_.structures(name), rows, strict=True)
        ]
        assert read == rows


@given(st.text(max_size=30))
@fast
def test_reading_any_text_as_anything_answers_or_refuses(text: str) -> None:
    given_ = Parameters({"A": text, f"A.{text}": text})
    for read in (given_.integer, given_.number, given_.boolean, given_.json, given_.json_list):
        with suppress(ApiError):  # any other exception is what this is about
            read("A")
    given_.texts("A")
    given_.structures("A")


@given(st.integers(0, 60), st.integers(1, 30), st.integers(1, 9))
@fast
def test_pages_by_number_hold_every_row_once(count: int, size: int, least: int) -> None:
    rows = list(range(count))
    paging = Paging(default=10, maximum=20, least=least)
    seen: list[int] = []
    for number in range(1, count + 2):
        asked = Parameters({"PageNumber": str(number), "PageSize": str(size)})
        page = cut(asked, paging, rows, [], PagingChoices())
        assert page.fields["TotalCount"] == count
        seen += page.rows
    assert seen == rows


@given(st.integers(0, 60), st.integers(0, 40), st.data())
@fast
def test_pages_by_token_hold_every_row_that_stays_once(
    count: int, size: int, data: st.DataObject
) -> None:
    paging = Paging(default=10, maximum=20, least=3, tokens=True)
    names = [f"r{number}" for number in range(count)]
    staying = set(names)
    seen: list[str] = []
    token = ""
    while True:
        asked = Parameters({"MaxResults": str(size), "NextToken": token})
        page = cut(asked, paging, names, names, PagingChoices())
        assert len(page.rows) <= 20
        seen += page.rows
        token = str(page.fields["NextToken"])
        if not token:
            break
        if names and data.draw(st.booleans()):
            gone = data.draw(st.sampled_from(names))
            names = [name for name in names if name != gone]
            staying.discard(gone)
    assert len(seen) == len(set(seen))
    assert staying <= set(seen)


@pytest.mark.parametrize("token", ["x", "====", "W10=", "WzEsMl0=", "bnVsbA==", "é"])
def test_a_made_up_token_is_refused(token: str) -> None:
    paging = Paging(default=10, maximum=20, tokens=True)
    with pytest.raises(ApiError, match="NextToken"):
        cut(Parameters({"NextToken": token}), paging, [1], ["a"], PagingChoices())


def test_a_deny_wins_and_silence_denies() -> None:
    policy = Policy.parsed(
        {
            "Statement": [
                {"Effect": "Allow", "Action": "ecs:*", "Resource": "*"},
                {"Effect": "Deny", "Action": ["ecs:Delete*"], "Resource": "acs:*instance/i-1"},
            ]
        }
    )
    assert permits([policy], "ECS:runInstances", "acs:ecs:r:1:instance/*")
    assert permits([policy], "ecs:DeleteInstance", "acs:ecs:r:1:instance/i-2")
    assert not permits([policy], "ecs:DeleteInstance", "acs:ecs:r:1:instance/i-1")
    assert not permits([policy], "vpc:CreateVpc")
    assert not permits([], "ecs:RunInstances")
    assert permits(None, "ecs:RunInstances")


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"Statement": []},
        {"Statement": [{"Effect": "allow", "Action": "*"}]},
        {"Statement": [{"Effect": "Allow"}]},
        {"Statement": [{"Effect": "Deny", "Action": 7}]},
    ],
)
def test_a_malformed_policy_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="policy"):
        Policy.parsed(document)


def test_ids_look_real_and_follow_the_seed_each_sort_for_itself() -> None:
    one, two = Ids(7), Ids(7)
    two.request()
    assert one.resource("i", "cn-hangzhou") == two.resource("i", "cn-hangzhou")
    made = one.resource("eni", "cn-beijing")
    assert made.startswith("eni-2ze")
    assert len(made) == len("eni-") + 20
    assert Ids(8).resource("i", "cn-hangzhou") != Ids(7).resource("i", "cn-hangzhou")
    assert one.request() == one.request().upper() or len(one.request()) == 36


def test_a_knob_takes_its_values_and_no_others() -> None:
    with pytest.raises(ValueError, match="default"):
        Knob("k", "a", ("b", "c"), "", "")
    with pytest.raises(ValueError, match="wanted one of"):
        Knob("k", "a", ("a", "b"), "", "").checked("z")
    with pytest.raises(ValueError, match="wanted a int"):
        Knob("k", 1, (1,), "", "", is_open=True).checked(True)  # noqa: FBT003  # the point
    assert Knob("k", 1.0, (1.0,), "", "", is_open=True).checked(3) == 3.0


def test_every_knob_quota_and_duration_says_what_and_whence() -> None:
    found = catalogue()
    assert all(knob.about and knob.source for knob in found.knobs.values())
    assert all(quota.about and quota.source for quota in found.quotas.values())
    assert all(each.source for each in found.durations.values())


def test_a_wrong_knob_sets_none() -> None:
    simulator = Simulator()
    before = simulator.control.knobs()
    with pytest.raises(Exception, match=r"did you mean 'client_token\.failed'"):
        simulator.control.ask(
            "PATCH", "/knobs", {"client_token.busy_s": 5, "client_token.faild": "replay"}
        )
    assert simulator.control.knobs() == before


def test_virtual_time_stands_still_until_somebody_sleeps() -> None:
    clock = Clock("virtual")
    first = clock.now_s()
    assert clock.now_s() == first
    clock.sleep(90)
    assert clock.now_s() == first + 90
    with pytest.raises(ValueError, match="advance"):
        clock.advance(-1)


def test_scaled_time_runs_faster_and_its_sleep_is_shorter() -> None:
    times, paused = iter([100.0, 103.0]), []
    clock = Clock("scaled", 10.0, lambda: next(times), paused.append)
    clock.sleep(20)
    assert paused == [2.0]
    assert clock.monotonic() - clock._start_s == 30.0


@pytest.mark.parametrize("text", ["scaled:0", "scaled:-1", "scaled:inf", "fast", "real:2", ""])
def test_a_time_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="wanted real, virtual or scaled"):
        Clock.parsed(text)


def test_a_duration_is_ordered_and_instant_is_none() -> None:
    with pytest.raises(ValueError, match="low <= high"):
        Duration("d", (5, 1), 1, "assumed", "x")
    assert Duration("d", (1, 5), 9, "assumed", "x").bounds("instant") == (0, 0)
    assert Duration("d", (1, 5), 9, "assumed", "x").bounds("slow") == (9, 9)


def test_secrets_are_masked_at_any_depth() -> None:
    shown = masked(
        {"Password": "abc", "Credentials": {"AccessKeySecret": "k"}, "L": [{"UserData": "u"}]}
    )
    assert shown == {
        "Password": "(3 characters)",
        "Credentials": {"AccessKeySecret": "(1 characters)"},
        "L": [{"UserData": "(1 characters)"}],
    }


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"resorces": []}, "did you mean 'resources'"),
        ({"region": "cn-hangzou"}, "did you mean 'cn-hangzhou'"),
        ({"profile": "typicl"}, "did you mean 'typical'"),
        ({"resources": [{"kind": "vcp"}]}, "did you mean 'vpc'"),
        ({"resources": [{"kind": "vpc", "cidr": "x"}]}, "did you mean 'id'"),
        ({"quotas": {"vpc.vpcs": -1}}, "wanted a whole number"),
        ({"accounts": [{"id": "1", "kys": []}]}, "did you mean 'keys'"),
        ({"knobs": {"nope": 1}}, "unknown knob"),
        ({"rates": [7]}, "a table is wanted"),
    ],
)
def test_a_wrong_world_file_says_what_is_wrong(declared: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Simulator(world=declared)


def test_a_world_file_declares_fixed_ids_accounts_and_buckets(tmp_path: Path) -> None:
    text = """
    region = "eu-central-1"
    [[accounts]]
    id = "42"
    [[accounts.keys]]
    id = "LTAI-a"
    secret = "s"
    [[resources]]
    kind = "vpc"
    id = "vpc-fixed"
    tags = {a = "b"}
    [[buckets]]
    name = "stemcells"
    """
    file = tmp_path / "world.toml"
    file.write_text(text)
    simulator = Simulator(world=str(file))
    rows = {row["id"]: row for row in simulator.control.inventory()}
    assert rows["vpc-fixed"]["region"] == "eu-central-1"
    assert rows["vpc-fixed"]["account"] == rows["stemcells"]["account"] == "42"
    simulator.ask("Vpc", "DeleteVpc", VpcId="vpc-fixed")
    simulator.reset()
    assert "vpc-fixed" in {row["id"] for row in simulator.control.inventory()}
    other = tmp_path / "world.json"
    other.write_text(json.dumps({"resources": [{"kind": "vpc", "id": "vpc-2"}]}))
    assert world_file.read(str(other))["resources"][0]["id"] == "vpc-2"
    other.write_text("[")
    with pytest.raises(ValueError, match=r"world\.json"):
        world_file.read(str(other))
