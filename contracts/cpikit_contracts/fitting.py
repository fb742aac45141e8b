"""Recorded requests of the real callers, fitted to another cloud: their order, keys and contexts.

What belongs to a cloud (cloud properties, sizes, addresses) comes from the profile; what belongs to
the callers (order, metadata, env, which call carries which context) stays as it was recorded. The
same recorded id, agent or address becomes the same fitted one through the whole story.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from attrs import define, field

from cpikit_contracts.methods import METHODS
from cpikit_contracts.reading import Answer
from cpikit_contracts.replay import CREATING, RECORDED_ID, chain_of, lost_vm, requests_of
from cpikit_contracts.scenario import Scenario
from cpikit_contracts.session import made_cid

OWN_ADDRESS: Final = ("ip", "netmask", "gateway", "dns", "cloud_properties", "range")
NOT_MADE: Final = "not-made-"


@define
class Story:
    """One chain of recorded sets, told to one CPI in the words of its profile."""

    s: Scenario
    made: dict[int, str] = field(factory=dict)
    agents: dict[str, str] = field(factory=dict)
    addresses: dict[str, dict[str, Any]] = field(factory=dict)
    sizes: dict[int, int] = field(factory=dict)

    def told(self, last: str) -> Iterator[tuple[str, Answer]]:
        """Each step with its answer, by the name of its file; steps about gaps are left out."""
        for name in chain_of(last):
            caller = "director" if name.startswith("director") else "cli"
            texts = [(step, self._mapped(text)) for step, text in requests_of(name)]
            if lost_vm(name):
                lost = next(json.loads(text) for step, text in texts if "has_vm" in step)
                self.s.call("delete_vm", lost["arguments"][0])
            for step, recorded in requests_of(name):
                document = json.loads(self._mapped(recorded))
                if self._is_left_out(document):
                    self._number(document["method"], f"{NOT_MADE}{len(self.made) + 1}")
                    continue
                answer = self.s.send(self._fitted(document), caller=caller)
                if document["method"] in CREATING:
                    cid = made_cid(document["method"], answer.result)
                    self._number(document["method"], cid or f"{NOT_MADE}{len(self.made) + 1}")
                yield f"{name}/{step.removesuffix('.json')}", answer

    def _number(self, method: str, cid: str) -> None:
        if method in CREATING:
            self.made[max(self.made, default=0) + 1] = cid

    def _mapped(self, recorded: str) -> str:
        return RECORDED_ID.sub(
            lambda found: self.made.get(int(found.group()[-14:]), found.group()), recorded
        )

    def _is_left_out(self, document: dict[str, Any]) -> bool:
        """Is it a gap, a method that nobody has to have, or about what a gap did not make?

        What could not be deleted is not made either.
        """
        method = METHODS[document["method"]]
        names = json.dumps(document["arguments"])
        is_gap = bool({method.name, f"delete_{method.makes}"} & self.s.profile.gaps.keys())
        return method.optional or is_gap or NOT_MADE in names

    def _fitted(self, document: dict[str, Any]) -> dict[str, Any]:
        arguments = document["arguments"]
        inputs = self.s.profile.inputs
        match document["method"]:
            case "create_stemcell":
                arguments[:2] = [self.s.image(), inputs["stemcell"]]
            case "create_vm":
                arguments[0] = self.agents.setdefault(arguments[0], self.s.agent_id())
                arguments[2] = inputs["vm"]
                arguments[3] = self._networks(arguments[3])
            case "create_disk":
                named = {key: value for key, value in arguments[1].items() if key == "name"}
                arguments[:2] = [self._size(arguments[0]), {**inputs["disk"], **named}]
            case "resize_disk":
                arguments[1] = self._size(arguments[1])
            case "update_disk":
                arguments[1:] = [self._size(arguments[1]), inputs["disk"]]
            case "create_network":
                managed = inputs["networks"].get("managed", {})
                arguments[0] = {**arguments[0], "cloud_properties": {}, **managed}
        known = ("request_id", "vm")
        context = {key: value for key, value in document["context"].items() if key in known}
        owner = self.s.session.director_uuid
        return {**document, "context": {"director_uuid": owner, **context}}

    def _size(self, recorded: int) -> int:
        """The first size becomes the profile's, a larger one twice that, and so on."""
        self.sizes.setdefault(recorded, 0)
        ranks = sorted(self.sizes)
        return int(self.s.profile.inputs["disk_size_mib"]) * (1 + ranks.index(recorded))

    def _networks(self, recorded: dict[str, Any]) -> dict[str, Any]:
        """The first network of each kind that the profile has, under its recorded name and keys."""
        fitted: dict[str, Any] = {}
        has = self.s.profile.inputs["networks"]
        for name, network in recorded.items():
            kind = network["type"] if network["type"] in has else self.s.usual_network
            if kind in {each["type"] for each in fitted.values()}:
                continue
            key = f"{kind} {network.get('ip')}"
            if key not in self.addresses:
                own = next(iter(self.s.networks(kind).values()))
                self.addresses[key] = {part: own[part] for part in OWN_ADDRESS if part in own}
            kept = {part: value for part, value in network.items() if part not in OWN_ADDRESS}
            fitted[name] = {**kept, "type": kind, **self.addresses[key]}
        return fitted
