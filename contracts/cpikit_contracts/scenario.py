"""What a rule works with: calls through one caller, ready resources, and the words to judge."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from cpikit_contracts.calling import Calling
from cpikit_contracts.control import Control
from cpikit_contracts.outcomes import Blocked, Broken
from cpikit_contracts.reading import Answer
from cpikit_contracts.session import made_cid

SHARED: Final = "shared"
MARK: Final = "cpikit-contracts"  # what is made carries it, as a tag or at the head of its name


class Scenario(Calling):
    """One case being asked of one CPI: its calls, ready resources, and the words to judge."""

    def broken(self, message: str) -> Broken:
        """The rule is broken: note it and give what is to be raised."""
        self.said = message
        return Broken(message)

    def want(self, holds: object, message: str) -> None:
        """Break the rule unless it holds."""
        if not holds:
            raise self.broken(message)

    def succeeded(self, answer: Answer, doing: str = "") -> Any:
        """The result; breaks the rule when the call failed."""
        if not answer.succeeded:
            what = doing or answer.exchange.method
            raise self.broken(f"{what} should have succeeded, found {answer}")
        return answer.result

    def failed(self, answer: Answer, doing: str, *short_types: str) -> None:
        """The call must be answered by an error, and by one of these types where some are named."""
        wanted = " or ".join(short_types) or "an error"
        refused = answer.document is not None and answer.error is not None
        fits = not short_types or answer.is_error(*short_types)
        self.want(refused and fits, f"{doing} should have answered {wanted}, found {answer}")

    def needed(self, answer: Answer) -> Any:
        """The result of a step that is another rule's subject; blocks the rule when it failed."""
        if not answer.succeeded:
            raise Blocked(f"{answer.exchange.method} is needed here and did not work: {answer}")
        return answer.result

    def needed_cid(self, answer: Answer) -> str:
        """The id that a create method answered, read kindly."""
        cid = made_cid(answer.exchange.method, self.needed(answer))
        if not cid:
            raise Blocked(f"{answer.exchange.method} answered no id: {answer}")
        return cid

    def image(self) -> str:
        """A small file to upload as the stemcell's image."""
        path = self.session.folder / "image"
        if not path.exists():
            given = self.profile.inputs["image"]
            if given:
                path.write_bytes((self.profile.path.parent / given).read_bytes())
            else:
                path.write_bytes(b"")
        return str(path)

    def create_stemcell(self, **options: Any) -> Answer:
        """Upload the profile's stemcell."""
        arguments: list[Any] = [self.image(), self.profile.inputs["stemcell"]]
        if self.session.version(self.caller, "world") >= 3:  # noqa: PLR2004  # v3 adds env
            arguments.append({"tags": self.mark})
        return self.call("create_stemcell", *arguments, **options)

    def stemcell(self) -> str:
        """A stemcell that all scenarios share."""
        return self._shared("stemcell", lambda: self.create_stemcell(scope=SHARED))

    def shared_vm(self) -> str:
        """A VM that scenarios share which only look at it or label it."""
        stemcell = self.stemcell()
        return self._shared("vm", lambda: self.create_vm(stemcell=stemcell, scope=SHARED))

    def shared_disk(self) -> str:
        """A detached disk that scenarios share which only look at it or label it."""
        return self._shared("disk", lambda: self.create_disk(scope=SHARED))

    def used_disk(self) -> str:
        """A loose disk that was attached once: some clouds take no snapshot of an untouched one."""
        return self.needed_cid(self._used(self.vm(), self.scope))

    def shared_used_disk(self) -> str:
        """The same, for scenarios that only take snapshots of it."""
        vm = self.shared_vm()
        return self._shared("used disk", lambda: self._used(vm, SHARED))

    def _used(self, vm: str, scope: str) -> Answer:
        made = self.create_disk(scope=scope)
        for method in ("attach_disk", "detach_disk"):
            self.needed(self.call(method, vm, self.needed_cid(made)))
        return made

    def agent_id(self) -> str:
        """A new agent id."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def create_vm(
        self,
        *,
        agent_id: str = "",
        stemcell: str = "",
        cloud_properties: Mapping[str, Any] | None = None,
        networks: Mapping[str, Any] | None = None,
        disks: Iterable[str] = (),
        env: Mapping[str, Any] | None = None,
        process_env: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Answer:
        """Create a VM; what is not given comes from the profile."""
        return self.call(
            "create_vm",
            agent_id or self.agent_id(),
            stemcell or self.stemcell(),
            self.profile.inputs["vm"] if cloud_properties is None else cloud_properties,
            self.networks() if networks is None else networks,
            list(disks),
            self.marked_env() if env is None else env,
            env=process_env,
            **options,
        )

    @property
    def mark(self) -> dict[str, str]:
        """The tag of this run."""
        return {MARK: self.session.director_uuid}

    def marked_env(self) -> dict[str, Any]:
        """The profile's env with this run's tag beside its own, where it has room for one."""
        env = dict(self.profile.inputs["env"])
        bosh = env.get("bosh", {})
        tags = bosh.get("tags", {}) if isinstance(bosh, dict) else None
        if isinstance(tags, dict):
            env["bosh"] = {**bosh, "tags": {**tags, **self.mark}}
        return env

    def vm(self, **given: Any) -> str:
        """A VM of this scenario's own."""
        return self.needed_cid(self.create_vm(**given))

    def create_disk(
        self,
        size_mib: int = 0,
        cloud_properties: Mapping[str, Any] | None = None,
        vm: str | None = None,
        **options: Any,
    ) -> Answer:
        """Create a disk; what is not given comes from the profile."""
        return self.call(
            "create_disk",
            size_mib or self.profile.inputs["disk_size_mib"],
            self.profile.inputs["disk"] if cloud_properties is None else cloud_properties,
            vm,
            **options,
        )

    def disk(self, vm: str | None = None) -> str:
        """A disk of this scenario's own."""
        return self.needed_cid(self.create_disk(vm=vm))

    def unknown(self, kind: str) -> str:
        """A well-formed id that certainly does not exist."""
        found = self.profile.unknown.get(kind)
        if not found:
            raise Blocked(f"the profile's [unknown] names no {kind}")
        return found

    def networks(self, *kinds: str, **changes: Any) -> dict[str, Any]:
        """The networks of one VM, as this caller words them; manual takes a free address."""
        names = kinds or (self.usual_network,)
        networks = {}
        for at, kind in enumerate(names):
            networks[f"net-{kind}"] = self._network(kind, first=at == 0, changes=changes)
        return networks

    @property
    def usual_network(self) -> str:
        """Manual where the profile has one, dynamic otherwise."""
        return "manual" if "manual" in self.profile.inputs["networks"] else "dynamic"

    def _network(self, kind: str, *, first: bool, changes: Mapping[str, Any]) -> dict[str, Any]:
        given = dict(self.profile.inputs["networks"].get(kind, {}))
        ips = given.pop("ips", [])
        network: dict[str, Any] = {"type": kind, "cloud_properties": {}, **given}
        if kind in {"manual", "vip"}:
            network["ip"] = self.free_ip(ips, kind)
        if self.caller == "director":
            network.setdefault("prefix", "32")
        if first and kind != "vip":
            network.setdefault("default", ["dns", "gateway"])
        return {**network, **changes}

    def free_ip(self, ips: Iterable[str], kind: str) -> str:
        """An address of the profile that no VM of this run holds."""
        for ip in ips:
            if ip not in self.session.taken_ips:
                self.session.taken_ips[ip] = self.scope
                return ip
        raise Blocked(f"[inputs.networks] {kind} has no free address left; name more ips")

    def _shared(self, kind: str, make: Callable[[], Answer]) -> str:
        shared = self.session.shared
        if kind not in shared:
            sees_all = self.session.baseline is not None
            before = self.inventory_ids() if sees_all else set()
            held = set(self.session.taken_ips)
            shared[kind] = self.needed_cid(make())
            for ip in self.session.taken_ips.keys() - held:
                self.session.taken_ips[ip] = SHARED
            if self.session.baseline is not None:
                self.session.baseline |= self.inventory_ids() - before
        return shared[kind]

    @property
    def control(self) -> Control:
        """The world's control interface."""
        if self.session.world.control is None:
            raise Blocked("the world has no control interface")
        return self.session.world.control

    def inventory_ids(self) -> set[tuple[str, str]]:
        """Everything in the world by kind and id; nothing where it has no control interface.

        Raises NotServed where the control interface has no inventory.
        """
        if self.session.world.control is None:
            return set()
        return {(each["kind"], each["id"]) for each in self.control.inventory()}
