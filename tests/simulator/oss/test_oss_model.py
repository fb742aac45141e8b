"""Random lives of a bucket against the simplest model of one."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
)

from cpikit_alicloud_simulator.oss import OssSettings
from cpikit_alicloud_simulator.oss.crc64 import crc64
from tests.simulator.oss.harness import World, texts

KEYS = st.sampled_from(["a", "a/b", "a/c", "é", "z z"])
DATA = st.binary(max_size=40)
MINIMUM = 10


class BucketLife(RuleBasedStateMachine):
    """What the bucket holds must always be what was last written to it."""

    uploads = Bundle("uploads")

    @initialize()
    def make_bucket(self) -> None:
        # A low ceiling, so that content moves between memory and files all the time.
        self.world = World(OssSettings(part_minimum=MINIMUM, memory_ceiling=50))
        assert self.world.ask("PUT", "/bkt/").status == 200
        self.held: dict[str, bytes] = {}
        self.appendable: set[str] = set()
        self.parts: dict[str, tuple[str, dict[int, bytes]]] = {}

    def written(self, key: str, data: bytes, *, appendable: bool = False) -> None:
        self.held[key] = data
        (self.appendable.add if appendable else self.appendable.discard)(key)

    @rule(key=KEYS, data=DATA, forbid=st.booleans())
    def put(self, key: str, data: bytes, *, forbid: bool) -> None:
        headers = {"x-oss-forbid-overwrite": str(forbid).lower()}
        answer = self.world.ask("PUT", f"/bkt/{key}", data, headers=headers)
        assert answer.status == (409 if forbid and key in self.held else 200)
        if answer.status == 200:
            self.written(key, data)

    @rule(key=KEYS, data=DATA, behind=st.integers(0, 1))
    def append(self, key: str, data: bytes, behind: int) -> None:
        size = len(self.held.get(key, b""))
        answer = self.world.ask("POST", f"/bkt/{key}", data, append="", position=size + behind)
        possible = behind == 0 and (key not in self.held or key in self.appendable)
        assert answer.status == (200 if possible else 409)
        if possible:
            self.written(key, self.held.get(key, b"") + data, appendable=True)

    @rule(key=KEYS, source=KEYS)
    def copy(self, key: str, source: str) -> None:
        answer = self.world.ask(
            "PUT", f"/bkt/{key}", headers={"x-oss-copy-source": f"/bkt/{source}"}
        )
        assert answer.status == (200 if source in self.held else 404)
        if source in self.held:
            self.written(key, self.held[source])

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        assert self.world.ask("DELETE", f"/bkt/{key}").status == 204
        self.held.pop(key, None)
        self.appendable.discard(key)

    @rule(target=uploads, key=KEYS)
    def begin(self, key: str) -> str:
        upload = texts(self.world.ask("POST", f"/bkt/{key}", uploads=""), "UploadId")[0]
        self.parts[upload] = (key, {})
        return upload

    @rule(upload=uploads, number=st.integers(1, 4), data=DATA)
    def send(self, upload: str, number: int, data: bytes) -> None:
        if upload in self.parts:
            key, parts = self.parts[upload]
            answer = self.world.ask("PUT", f"/bkt/{key}", data, partNumber=number, uploadId=upload)
            assert answer.headers["x-oss-hash-crc64ecma"] == str(crc64(data))
            parts[number] = data

    @rule(upload=consumes(uploads))
    def complete(self, upload: str) -> None:
        key, parts = self.parts.pop(upload)
        everything = {"x-oss-complete-all": "yes"}
        answer = self.world.ask("POST", f"/bkt/{key}", headers=everything, uploadId=upload)
        joined = [parts[number] for number in sorted(parts)]
        good = bool(joined) and all(len(data) >= MINIMUM for data in joined[:-1])
        assert answer.status == (200 if good else 400)
        if good:
            self.written(key, b"".join(joined))
        else:
            assert self.world.ask("DELETE", f"/bkt/{key}", uploadId=upload).status == 204

    @rule(upload=consumes(uploads))
    def abort(self, upload: str) -> None:
        key, _parts = self.parts.pop(upload)
        assert self.world.ask("DELETE", f"/bkt/{key}", uploadId=upload).status == 204

    @rule()
    def delete_bucket(self) -> None:
        answer = self.world.ask("DELETE", "/bkt/")
        empty = not self.held and not self.parts
        assert answer.status == (204 if empty else 409)
        if empty:
            assert self.world.ask("PUT", "/bkt/").status == 200

    @invariant()
    def the_listing_is_the_model(self) -> None:
        answer = self.world.ask("GET", "/bkt/")
        assert texts(answer, "Contents/Key") == sorted(self.held)
        assert [int(size) for size in texts(answer, "Contents/Size")] == [
            len(self.held[key]) for key in sorted(self.held)
        ]

    @invariant()
    def every_object_reads_back_with_its_checksum(self) -> None:
        for key, data in self.held.items():
            answer = self.world.ask("GET", f"/bkt/{key}")
            assert answer.body == data
            assert answer.headers["x-oss-hash-crc64ecma"] == str(crc64(data))

    @invariant()
    def the_uploads_are_the_open_ones(self) -> None:
        answer = self.world.ask("GET", "/bkt/", uploads="")
        assert sorted(texts(answer, "Upload/UploadId")) == sorted(self.parts)


TestBucketLife = BucketLife.TestCase
TestBucketLife.settings = settings(
    derandomize=True, database=None, max_examples=60, stateful_step_count=30, deadline=None
)
