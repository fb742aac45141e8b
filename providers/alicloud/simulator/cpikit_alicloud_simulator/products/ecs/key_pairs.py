"""SSH key pairs: made, imported, listed, deleted."""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
import re
from fnmatch import fnmatchcase
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call, has_tags, shown_tags
from cpikit_alicloud_simulator.limits import Quota
from cpikit_alicloud_simulator.paging import Paging
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.resource import Resource, resource
from cpikit_alicloud_simulator.tagging import checked_tags
from cpikit_alicloud_simulator.times import to_minute

if TYPE_CHECKING:  # a circle otherwise: a world is made of resources
    from cpikit_alicloud_simulator.world import World

KEY_PAIRS = Quota("ecs.key_pairs", 500, "Key pairs of one account in one region.", 'ECS, "Limits"')
_PAGES = Paging(default=10, maximum=50)  # ECS 2014-05-26, DescribeKeyPairs: PageSize

EXISTS = Refusal(400, "KeyPair.AlreadyExist", "The key pair already exists.", "assumed")
BAD_NAME = Refusal(
    400, "InvalidKeyPairName.Malformed", "The specified KeyPairName is not valid.", "assumed"
)
BAD_KEY = Refusal(
    400, "InvalidPublicKeyBody.Malformed", "The specified PublicKeyBody is not valid.", "assumed"
)
TOO_MANY = Refusal(403, "QuotaExceed.KeyPair", "Only {quota} key pairs are allowed.", "assumed")
NOT_FOUND = Refusal(404, "InvalidKeyPairName.NotFound", "The specified KeyPairName does not exist.")
IN_USE = Refusal(403, "DependencyViolation", "The key pair {name} is still in use.", "assumed")

_EXPONENT = 65537
_PRIME_BITS = 1024
_SIEVE = 10_000
_NAME = re.compile(r"[^\W\d_][\w.:-]{1,127}")


@resource
class KeyPair(Resource):
    """One key pair; it is known by its name, which is unique in account and region."""

    kind: ClassVar[str] = "keypair"
    prefix: ClassVar[str] = "ssh"
    indexed: ClassVar[tuple[str, ...]] = ("name",)

    public_key: str = ""
    fingerprint: str = ""


def key_pair_named(world: World, account_id: str, region_id: str, name: str) -> KeyPair | None:
    """Give an account's key pair by name."""
    found = world.by(KeyPair, "name", name)
    return next((k for k in found if (k.account_id, k.region_id) == (account_id, region_id)), None)


@action(
    "Ecs",
    "CreateKeyPair",
    effect="write",
    required="KeyPairName",
    optional="ResourceGroupId Tag.N.Key Tag.N.Value",
)
def create_key_pair(call: Call) -> Answer:
    """Make a key pair and give its private half, this once."""
    name, tags = _checked_name(call), checked_tags(call)
    call.checked()
    private = _generated(call.world)
    body = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()
    public = private.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    made = _added(call, name, public.decode(), tags)
    return {
        "KeyPairId": made.id,
        "KeyPairName": name,
        "KeyPairFingerPrint": made.fingerprint,
        "PrivateKeyBody": body,
    }


@action(
    "Ecs",
    "ImportKeyPair",
    effect="write",
    required="KeyPairName PublicKeyBody",
    optional="ResourceGroupId Tag.N.Key Tag.N.Value",
)
def import_key_pair(call: Call) -> Answer:
    """Take the public half of a key pair in."""
    name, tags = _checked_name(call), checked_tags(call)
    body = call.text("PublicKeyBody").strip()
    _raw(body)
    call.checked()
    made = _added(call, name, body, tags)
    return {"KeyPairName": name, "KeyPairFingerPrint": made.fingerprint}


@action(
    "Ecs",
    "DescribeKeyPairs",
    effect="read",
    required="RegionId",
    optional="KeyPairName KeyPairFingerPrint IncludePublicKey ResourceGroupId "
    "Tag.N.Key Tag.N.Value",
    paging=_PAGES,
    denied="empty",
)
def describe_key_pairs(call: Call) -> Answer:
    """List key pairs; the name may have the wildcard `*`."""
    name, print_ = call.text("KeyPairName", "*"), call.text("KeyPairFingerPrint")
    kept = [
        pair
        for pair in call.look(KeyPair).all()
        if fnmatchcase(pair.name, name.replace("[", "[[]"))
        and print_ in ("", pair.fingerprint)
        and call.text("ResourceGroupId") in ("", pair.resource_group_id)
        and has_tags(pair, call.tag_filters())
    ]
    page = call.page(_PAGES, kept)
    whole = call.boolean("IncludePublicKey", default=False)
    return {"KeyPairs": {"KeyPair": [_shown(p, whole=whole) for p in page.rows]}, **page.fields}


@action("Ecs", "DeleteKeyPairs", effect="write", required="KeyPairNames")
def delete_key_pairs(call: Call) -> Answer:
    """Delete key pairs that no instance has; names that do not exist are passed over."""
    names = call.json_list("KeyPairNames") or []
    pairs = [key_pair_named(call.world, call.account_id, call.region_id, name) for name in names]
    found = [pair for pair in pairs if pair is not None]
    for pair in found:
        users = call.world.leaning_on("key_pair_name", pair.name)
        if any((u.account_id, u.region_id) == (pair.account_id, pair.region_id) for u in users):
            raise IN_USE.error(name=pair.name)
    call.checked()
    for pair in found:
        pair.vanish(call.world)
    return {}


def _generated(world: World) -> rsa.RSAPrivateKey:
    """Give an RSA key of 2048 bits that follows the world's seed; it guards nothing."""
    stream = world.ids.stream("key pairs")
    p, q = _prime(stream), _prime(stream)
    d = pow(_EXPONENT, -1, (p - 1) * (q - 1))
    return rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=d % (p - 1),
        dmq1=d % (q - 1),
        iqmp=pow(q, -1, p),
        public_numbers=rsa.RSAPublicNumbers(_EXPONENT, p * q),
    ).private_key()


def _prime(stream: Random) -> int:
    """Give a prime of 1024 bits, almost certainly (a Fermat test), that fits the exponent."""
    small = _small_primes_multiplied()
    while True:
        number = stream.getrandbits(_PRIME_BITS) | (3 << _PRIME_BITS - 2) | 1
        fits = math.gcd(number, small) == 1 and number % _EXPONENT != 1
        if fits and pow(2, number - 1, number) == 1:
            return number


@lru_cache(maxsize=1)
def _small_primes_multiplied() -> int:
    """Give a number that shares a factor with most numbers that are not prime."""
    sieve = bytearray([1]) * _SIEVE
    for step in range(2, math.isqrt(_SIEVE) + 1):
        if sieve[step]:
            sieve[step * step :: step] = bytes(len(range(step * step, _SIEVE, step)))
    return math.prod(number for number in range(3, _SIEVE) if sieve[number])


def _checked_name(call: Call) -> str:
    name = call.matching("KeyPairName", _NAME, otherwise=BAD_NAME)
    if key_pair_named(call.world, call.account_id, call.region_id, name):
        raise EXISTS.error()
    call.within(KEY_PAIRS, call.count(KeyPair) + 1, TOO_MANY)
    return name


def _added(call: Call, name: str, public_key: str, tags: dict[str, str]) -> KeyPair:
    return call.world.add(
        KeyPair(
            id=call.new_id(KeyPair),
            region_id=call.region_id,
            account_id=call.account_id,
            name=name,
            resource_group_id=call.text("ResourceGroupId"),
            tags=tags,
            public_key=public_key,
            fingerprint=hashlib.md5(_raw(public_key), usedforsecurity=False).hexdigest(),
        )
    )


def _raw(public_key: str) -> bytes:
    """Give the bytes of `ssh-rsa AAAA… comment`, or raise that it is none."""
    kind, _, rest = public_key.partition(" ")
    try:
        raw = base64.b64decode(rest.partition(" ")[0], validate=True)
    except (binascii.Error, ValueError) as error:
        raise BAD_KEY.error() from error
    if not kind.startswith(("ssh-", "ecdsa-")) or kind.encode() not in raw[: len(kind) + 4]:
        raise BAD_KEY.error()
    return raw


def _shown(pair: KeyPair, *, whole: bool) -> dict[str, Any]:
    shown = {
        "KeyPairName": pair.name,
        "KeyPairFingerPrint": pair.fingerprint,
        "CreationTime": to_minute(pair.created_s),
        "ResourceGroupId": pair.resource_group_id,
        "Tags": shown_tags(pair),
    }
    return {**shown, "PublicKey": pair.public_key} if whole else shown
