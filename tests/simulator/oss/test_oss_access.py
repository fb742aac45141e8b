"""Who may do what: owners, ACLs, policies, endpoints."""

from __future__ import annotations

import pytest
from attrs import evolve

from cpikit_alicloud_simulator.oss import OPERATIONS, OssSettings
from cpikit_alicloud_simulator.wire import ApiError, WireRequest
from tests.simulator.oss.harness import Somebody, World, texts

DENIED = (403, "AccessDenied")


@pytest.fixture
def world() -> World:
    made = World()
    made.ask("PUT", "/bkt/")
    made.ask("PUT", "/bkt/k", b"data")
    return made


@pytest.mark.parametrize("account", ["bob", None])
@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("GET", "/bkt/k", {}),
        ("HEAD", "/bkt/k", {}),
        ("PUT", "/bkt/k", {}),
        ("DELETE", "/bkt/k", {}),
        ("GET", "/bkt/", {}),
        ("GET", "/bkt/", {"bucketInfo": ""}),
        ("GET", "/bkt/", {"acl": ""}),
        ("POST", "/bkt/k", {"uploads": ""}),
        ("DELETE", "/bkt/", {}),
        ("PUT", "/bkt/", {"acl": ""}),
    ],
)
def test_a_private_bucket_is_its_owners_alone(
    world: World, account: str | None, method: str, path: str, query: dict[str, str]
) -> None:
    answer = world.ask(method, path, account=account, **query)
    assert answer.status == 403
    assert world.ask("GET", "/bkt/k").body == b"data"


@pytest.mark.parametrize("account", ["bob", None])
def test_a_public_acl_opens_what_it_names(world: World, account: str | None) -> None:
    world.ask("PUT", "/bkt/", headers={"x-oss-acl": "public-read"}, acl="")
    assert world.ask("GET", "/bkt/k", account=account).status == 200
    assert world.ask("GET", "/bkt/", account=account).status == 200
    assert world.code("PUT", "/bkt/k", b"", account=account) == DENIED
    world.ask("PUT", "/bkt/", headers={"x-oss-acl": "public-read-write"}, acl="")
    assert world.ask("PUT", "/bkt/k", b"", account=account).status == 200
    assert world.code("GET", "/bkt/", account=account, acl="") == DENIED
    assert world.code("DELETE", "/bkt/", account=account) == DENIED


def test_an_objects_own_acl_outranks_its_buckets(world: World) -> None:
    world.ask("PUT", "/bkt/", headers={"x-oss-acl": "public-read"}, acl="")
    world.ask("PUT", "/bkt/k", headers={"x-oss-object-acl": "private"}, acl="")
    assert world.code("GET", "/bkt/k", account="bob") == DENIED
    assert texts(world.ask("GET", "/bkt/k", acl=""), "AccessControlList/Grant") == ["private"]
    world.ask("PUT", "/bkt/o", b"", headers={"x-oss-object-acl": "public-read"})
    assert world.ask("GET", "/bkt/o", account=None).status == 200


def test_an_unsigned_reader_cannot_choose_headers(world: World) -> None:
    world.ask("PUT", "/bkt/", headers={"x-oss-acl": "public-read"}, acl="")
    query = {"response-content-type": "text/x"}
    assert world.code("GET", "/bkt/k", account=None, **query) == (400, "InvalidRequest")


def test_a_foreign_source_cannot_be_copied(world: World) -> None:
    world.ask("PUT", "/bobs/", account="bob")
    copy = {"x-oss-copy-source": "/bkt/k"}
    assert world.code("PUT", "/bobs/k", headers=copy, account="bob") == DENIED


def test_deleting_many_is_checked_object_by_object(world: World) -> None:
    world.ask("PUT", "/bkt/", headers={"x-oss-acl": "public-read-write"}, acl="")
    world.ask("PUT", "/bkt/own", b"", headers={"x-oss-object-acl": "private"})
    body = b"<Delete><Object><Key>k</Key></Object><Object><Key>own</Key></Object></Delete>"
    assert world.code("POST", "/bkt/", body, account="bob", delete="") == DENIED
    assert world.ask("GET", "/bkt/k").status == 200, "all or nothing"


def test_policies_are_asked_with_action_and_resource() -> None:
    asked: list[tuple[str, str]] = []

    def permits(_caller: object, action: str, resource: str) -> bool:
        asked.append((action, resource))
        return action != "oss:DeleteObject"

    world = World(permits=permits)
    world.ask("PUT", "/bkt/")
    world.ask("PUT", "/bkt/k", b"")
    world.ask("GET", "/bkt/", bucketInfo="")
    assert world.code("DELETE", "/bkt/k") == DENIED
    assert asked == [
        ("oss:PutBucket", "acs:oss:*:alice:bkt"),
        ("oss:PutObject", "acs:oss:*:alice:bkt/k"),
        ("oss:GetBucketInfo", "acs:oss:*:alice:bkt"),
        ("oss:DeleteObject", "acs:oss:*:alice:bkt/k"),
    ]


def test_a_bucket_answers_at_its_own_endpoint_only(world: World) -> None:
    wrong = world.ask("GET", "/k", host="bkt.oss-cn-beijing.aliyuncs.com")
    assert (wrong.status, texts(wrong, "Code")) == (403, ["AccessDenied"])
    assert texts(wrong, "Endpoint") == ["oss-cn-hangzhou.aliyuncs.com"]
    assert world.ask("GET", "/k", host="bkt.oss-cn-hangzhou.aliyuncs.com").body == b"data"
    assert world.ask("GET", "/k", host="bkt.oss-cn-hangzhou-internal.aliyuncs.com").status == 200


def test_path_style_is_for_loopback_unless_allowed(world: World) -> None:
    host = "oss-cn-hangzhou.aliyuncs.com"
    assert world.code("GET", "/bkt/k", host=host) == (403, "SecondLevelDomainForbidden")
    assert world.ask("GET", "/", host=host).status == 200
    lax = World(OssSettings(path_style_on_cloud_hosts="allow"))
    lax.ask("PUT", "/bkt/", host=host)
    assert lax.store.bucket_region("bkt") == "cn-hangzhou"


def test_a_refused_signature_is_the_answer() -> None:
    def refuse(_request: WireRequest, bucket: str, key: str) -> Somebody:
        raise ApiError(403, "SignatureDoesNotMatch", f"{bucket} {key}", {"StringToSign": "PUT"})

    answer = World(authenticate=refuse).ask("PUT", "/bkt/a%20b")
    assert texts(answer, "Code") == ["SignatureDoesNotMatch"]
    assert texts(answer, "Message") == ["bkt a%20b"]
    assert texts(answer, "StringToSign") == ["PUT"]


def test_every_operation_has_an_action_an_effect_and_a_function() -> None:
    names = [operation.name for operation in OPERATIONS]
    assert len(set(names)) == len(names)
    for operation in OPERATIONS:
        assert operation.served
        assert operation.action.startswith("oss:")
        assert (operation.effect == "read") == (operation.method in {"GET", "HEAD"})


def test_the_settings_compare_and_evolve() -> None:
    assert evolve(OssSettings(), bucket_quota=1) != OssSettings()
