"""Make ids that look real, the same for the same seed and the same order of creates."""

from __future__ import annotations

import random
import string
import uuid

from attrs import define, field

_LETTERS = string.ascii_lowercase + string.digits
_ID_LENGTH = 20

# The three characters that ids of a region begin with, as seen in published examples.
_REGION_MARKS = {
    "cn-hangzhou": "bp1",
    "cn-shanghai": "uf6",
    "cn-beijing": "2ze",
    "cn-shenzhen": "wz9",
    "cn-qingdao": "m5e",
    "cn-zhangjiakou": "8vb",
    "cn-huhehaote": "hp3",
    "cn-chengdu": "2vc",
    "cn-hongkong": "j6c",
    "ap-southeast-1": "t4n",
    "ap-southeast-2": "p0w",
    "ap-southeast-3": "8ps",
    "ap-southeast-5": "k1a",
    "ap-northeast-1": "6we",
    "ap-south-1": "a2d",
    "us-west-1": "rj9",
    "us-east-1": "0xi",
    "eu-central-1": "gw8",
    "eu-west-1": "d7o",
    "me-east-1": "eb3",
}


@define
class Ids:
    """The ids of one world. Each sort of id has a sequence of its own.

    So a poll more or less, which takes a request id, never changes the ids of resources.
    """

    seed: int = 0
    _streams: dict[str, random.Random] = field(factory=dict, init=False)

    def stream(self, name: str) -> random.Random:
        """Give the sequence of random numbers that belongs to a name."""
        if name not in self._streams:
            self._streams[name] = random.Random(f"{self.seed} {name}")  # noqa: S311  # not secrets
        return self._streams[name]

    def resource(self, prefix: str, region_id: str) -> str:
        """Give an id such as `i-bp1abcdefghijklmnopq`: prefix, region's mark, 20 characters."""
        mark = _REGION_MARKS.get(region_id) or self._made_up_mark(region_id)
        return f"{prefix}-{mark}{self.letters(prefix, _ID_LENGTH - len(mark))}"

    def request(self) -> str:
        """Give a request id: an upper-case UUID."""
        return self.uuid("request").upper()

    def uuid(self, stream: str) -> str:
        """Give a lower-case UUID."""
        bits = self.stream(stream).getrandbits(128)
        return str(uuid.UUID(int=bits, version=4))

    def letters(self, stream: str, length: int) -> str:
        """Give lower-case letters and digits."""
        return "".join(self.stream(stream).choices(_LETTERS, k=length))

    def digits(self, stream: str, length: int) -> str:
        """Give digits that do not begin with zero."""
        chosen = self.stream(stream)
        return chosen.choice("123456789") + "".join(chosen.choices(string.digits, k=length - 1))

    def mac(self) -> str:
        """Give a hardware address in the block that Alibaba Cloud's instances have."""
        tail = self.stream("mac").getrandbits(24).to_bytes(3)
        return ":".join(f"{byte:02x}" for byte in b"\x00\x16\x3e" + tail)

    def _made_up_mark(self, region_id: str) -> str:
        mark = random.Random(region_id)  # noqa: S311  # the same for every world
        return "".join(mark.choices(_LETTERS, k=3))
