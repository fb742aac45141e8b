"""Make malformed requests to the cloud's APIs, each with what documents say it has to answer."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from attrs import evolve, frozen

from cpikit_alicloud_simulator.catalogue import catalogue

Expected = frozenset[tuple[int, str]]
Make = Callable[["Maker"], "Malformed"]
STAMP = "%Y-%m-%dT%H:%M:%SZ"
MISMATCH = (400, "SignatureDoesNotMatch")
SIGNED = ("host", "x-acs-date", "x-acs-signature-nonce")
ENCODINGS = ("%", "%zz", "%ff%fe", "%00", "%C3%28", "\x7f", "%u0041", "%ed%a0%80")
COMMON: Expected = frozenset({(200, "ok"), (400, "MissingParameter"), (400, "InvalidParameter")})


@frozen
class Malformed:
    """One request and the answers that it may get; `kind` says what is wrong with it."""

    kind: str
    method: str
    path: str
    expected: Expected
    body: bytes = b""
    headers: Mapping[str, str] = {}


class Maker:
    """Makes requests of all kinds, from a seed."""

    def __init__(self, key_id: str, secret: str, seed: int = 0) -> None:
        self.key_id, self.secret = key_id, secret
        self.random = random.Random(seed)  # noqa: S311  # it has to be the same each time
        self.actions = sorted(catalogue().actions)
        self.used: dict[str, str] = {}
        self._count = 0

    def make(self) -> Malformed:
        """Give the next one; every kind comes equally often."""
        self._count += 1
        return KINDS[self._count % len(KINDS)](self)

    def values(self, product: str, action: str, **more: str) -> dict[str, str]:
        """Give what every RPC call says, and more."""
        self._count += 1
        return {
            "Action": action,
            "Version": catalogue().products[product].version,
            "Format": "JSON",
            "AccessKeyId": self.key_id,
            "Timestamp": datetime.now(UTC).strftime(STAMP),
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            "SignatureNonce": f"{self._count}-{self.random.random()}",
            **more,
        }

    def regions(self, **more: str) -> dict[str, str]:
        """Give the parameters of a call that would work."""
        return self.values("Ecs", "DescribeRegions", **more)

    def sent(self, kind: str, values: Mapping[str, str], *expected: tuple[int, str]) -> Malformed:
        """Sign and send in the query or, half of the time, in a form."""
        method = self.random.choice(("GET", "POST"))
        query = signed(method, values, self.secret)
        if method == "GET" or self.random.random() < 0.5:
            return Malformed(kind, method, f"/?{query}", frozenset(expected))
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return Malformed(kind, "POST", "/", frozenset(expected), query.encode(), form)

    def junk(self, most: int = 40) -> str:
        """Give text of any characters."""
        length = self.random.randrange(most)
        return "".join(
            chr(self.random.choice((32, 34, 91, 123, 0xE9, 0x6F22))) for _ in range(length)
        )


def signed(method: str, values: Mapping[str, str], secret: str) -> str:
    """Give the query with its signature: RPC, version 1.0."""
    pairs = sorted(
        (quote(name, safe="-_.~"), quote(text, safe="-_.~")) for name, text in values.items()
    )
    query = "&".join(f"{name}={text}" for name, text in pairs)
    text = f"{method}&%2F&{quote(query, safe='-_.~')}"
    digest = hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()
    return f"{query}&Signature={quote(base64.b64encode(digest), safe='')}"


def tampered(make: Maker) -> Malformed:
    made = make.sent("tampered", make.regions(RegionId="cn-hangzhou"), MISMATCH)
    old, new = "cn-hangzhou", "cn-shanghai"
    body = made.body.replace(old.encode(), new.encode())
    return evolve(made, path=made.path.replace(old, new), body=body)


def wrong_secret(make: Maker) -> Malformed:
    other = Maker(make.key_id, "wrong", make.random.randrange(10**9))
    return other.sent("wrong secret", make.regions(), MISMATCH)


def stale(make: Maker) -> Malformed:
    late = timedelta(minutes=make.random.choice((-600, -20, 20, 600)))
    stamp = (datetime.now(UTC) + late).strftime(STAMP)
    return make.sent("stale", make.regions(Timestamp=stamp), (400, "InvalidTimeStamp.Expired"))


def no_time(make: Maker) -> Malformed:
    stamp = make.random.choice(("yesterday", "1700000000", "2026-13-45T99:99:99Z", "2026-01-01"))
    return make.sent("no time", make.regions(Timestamp=stamp), (400, "InvalidTimeStamp.Format"))


def left_out(make: Maker) -> Malformed:
    missing = {
        "AccessKeyId": "MissingAccessKeyId",
        "Timestamp": "MissingTimestamp",
        "SignatureMethod": "MissingSignatureMethod",
        "SignatureVersion": "MissingSignatureVersion",
        "SignatureNonce": "MissingSignatureNonce",
        "Action": "MissingParameter",
        "Version": "MissingParameter",
    }
    name = make.random.choice(sorted(missing))
    given = {other: text for other, text in make.regions().items() if other != name}
    return make.sent(f"without {name}", given, (400, missing[name]))


def unsigned(make: Maker) -> Malformed:
    made = make.sent("unsigned", make.values("Ecs", "DescribeVpcs"), (400, "MissingSignature"))
    return evolve(
        made,
        path=made.path.partition("&Signature=")[0],
        body=made.body.partition(b"&Signature=")[0],
    )


def stranger(make: Maker) -> Malformed:
    key = f"LTAI{make.random.randrange(10**12)}"
    expected = (404, "InvalidAccessKeyId.NotFound")
    return make.sent("unknown key", make.regions(AccessKeyId=key), expected)


def again(make: Maker) -> Malformed:
    """Use a nonce a second time; the first time is part of the kind."""
    if "nonce" not in make.used:
        make.used["nonce"] = "used twice"
        return make.sent("nonce", make.regions(SignatureNonce="used twice"), (200, "ok"))
    values = make.regions(SignatureNonce="used twice")
    return make.sent("nonce again", values, (400, "SignatureNonceUsed"))


def other_scheme(make: Maker) -> Malformed:
    name, code, texts = make.random.choice(
        (
            ("SignatureMethod", "InvalidSignatureMethod", ("HMAC-MD5", "none", "é")),
            ("SignatureVersion", "InvalidSignatureVersion", ("2.0", "1", "x")),
            ("SignatureType", "InvalidSignatureType", ("MAGIC", "é")),
        )
    )
    return make.sent(name, make.regions(**{name: make.random.choice(texts)}), (400, code))


def odd_action(make: Maker) -> Malformed:
    name = make.random.choice(("describeRegions", "Describe Regions", "../etc", "é", "x" * 500))
    return make.sent("action", make.values("Ecs", name), (403, "InvalidAction"))


def odd_version(make: Maker) -> Malformed:
    version = make.random.choice(("2014-05-27", "1", "é", "9999-99-99"))
    return make.sent("version", make.regions(Version=version), (400, "InvalidVersion"))


def odd_verb(make: Maker) -> Malformed:
    verb = make.random.choice(("PUT", "DELETE", "PATCH", "OPTIONS", "BREW"))
    query = signed(verb, make.regions(), make.secret)
    expected = frozenset({(400, "UnsupportedHTTPMethod")})
    return Malformed("verb", verb, f"/?{query}", expected)


def odd_encoding(make: Maker) -> Malformed:
    """Add what is no percent-encoding of UTF-8: the signature cannot cover it."""
    made = make.sent("encoding", make.regions(), MISMATCH)
    more = f"&{make.random.choice(ENCODINGS[:5])}={make.random.choice(ENCODINGS)}"
    if made.body:
        return evolve(made, body=made.body + more.encode("latin-1"))
    return evolve(made, path=made.path + more.replace("\x7f", "%7f"))


def odd_token(make: Maker) -> Malformed:
    token = make.random.choice(("x", "é", "CAIS" + "A" * 2000))
    expected = (400, "InvalidSecurityToken.MismatchWithAccessKey")
    malformed = (400, "InvalidSecurityToken.Malformed")
    return make.sent("token", make.regions(SecurityToken=token), expected, malformed)


def large(make: Maker) -> Malformed:
    name, text = make.random.choice((("X", "a" * 100_000), ("X" * 5_000, "b"), ("Tag.99999", "c")))
    many = {f"Y.{number}": "1" for number in range(make.random.randrange(300))}
    values = make.regions(**{name: text}, **many)
    return make.sent("large", values, (200, "ok"))


def odd_value(make: Maker) -> Malformed:
    """Sign junk for every parameter of some action: any refusal will do, but a documented one."""
    product, name = make.random.choice(make.actions)
    action = catalogue().actions[product, name]
    given = {each.replace(".N", ".1"): make.junk() for each in action.parameters}
    made = make.sent("value", {**make.values(product, name), **given, "RegionId": "cn-hangzhou"})
    return evolve(made, kind=f"value {product} {name}")


def acs3(make: Maker) -> Malformed:
    known = f"ACS3-HMAC-SHA256 Credential={make.key_id}"
    wrong = make.random.choice(
        (
            ("ACS3-HMAC-SHA256", "IncompleteSignature"),
            ("ACS3-HMAC-SHA256 Credential=,SignedHeaders=,Signature=", "IncompleteSignature"),
            (
                f"ACS3-HMAC-SHA256 Credential={make.key_id},SignedHeaders=host",
                "IncompleteSignature",
            ),
            (f"{known},SignedHeaders={';'.join(SIGNED)},Signature={'0' * 64}", MISMATCH[1]),
        )
    )
    make.values("Ecs", "x")
    headers = {
        "Authorization": wrong[0],
        "x-acs-action": "DescribeRegions",
        "x-acs-version": "2014-05-26",
        "x-acs-date": datetime.now(UTC).strftime(STAMP),
        "x-acs-signature-nonce": str(make._count),
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
    }
    method = make.random.choice(("GET", "POST"))
    expected = frozenset({(400, wrong[1]), (400, "IncompleteSignature")})
    return Malformed("acs3", method, "/", expected, b"", headers)


def bucket(make: Maker) -> Malformed:
    """Ask object storage without a right signature: its errors are XML."""
    path = make.random.choice(("/bucket/key", "/b", "/bucket/..%2F..", "/bucket/%ff", "/-/x"))
    header = make.random.choice(("OSS", "OSS x", "OSS a:b", "OSS4-HMAC-SHA256 Credential=a/b", "é"))
    codes = "AccessDenied InvalidAccessKeyId SignatureDoesNotMatch".split()
    expected = {(403, code) for code in codes}
    expected |= {
        (400, code) for code in ("InvalidArgument", "InvalidBucketName", "InvalidObjectName")
    }
    expected |= {(404, "NoSuchBucket")}
    dated = {"Authorization": header, "Date": "Thu, 01 Jan 1970 00:00:00 GMT"}
    method = make.random.choice(("GET", "POST"))
    return Malformed("bucket", method, path, frozenset(expected), b"", dated)


KINDS: tuple[Make, ...] = (
    tampered,
    wrong_secret,
    stale,
    no_time,
    left_out,
    unsigned,
    stranger,
    again,
    other_scheme,
    odd_action,
    odd_version,
    odd_verb,
    odd_encoding,
    odd_token,
    large,
    odd_value,
    odd_value,
    odd_value,
    acs3,
    bucket,
)


def code_of(body: bytes) -> str:
    """Give the code of an answer in JSON or XML; `ok` when it has none."""
    if body.startswith(b"<"):
        return body.partition(b"<Code>")[2].partition(b"</Code>")[0].decode() or "ok"
    return str(json.loads(body).get("Code", "ok"))
