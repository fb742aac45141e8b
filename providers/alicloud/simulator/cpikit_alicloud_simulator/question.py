"""Take an RPC request apart: which product, which action, which parameters, about what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from attrs import evolve, field, frozen

from cpikit_alicloud_simulator.actions import Action, Product
from cpikit_alicloud_simulator.catalogue import Catalogue
from cpikit_alicloud_simulator.rendering import Format
from cpikit_alicloud_simulator.wire import WireRequest
from cpikit_alicloud_simulator.world import World

NO_PRODUCT = Product("Unknown", "", "unknown")
IN_PROCESS = WireRequest("POST", "/", "", (), {}, b"", "http", "in-process")
"""Stands for the wire when a test in this process calls."""

_REAL_NAME = re.compile(r"[A-Z][A-Za-z0-9]{2,63}")
_CLAIMED = re.compile(r"Credential=([^,]*)")
_IDS_IN_TEXT = re.compile(r"[A-Za-z0-9-]{4,64}")
_MANY = 200
_FORM = "application/x-www-form-urlencoded"


@frozen
class Question:
    """An RPC request, taken apart but not judged. `client` is the key id that it claims."""

    request: WireRequest
    values: Mapping[str, str] = field(repr=False)
    product: Product
    name: str
    action: Action | None
    form: Format
    client: str

    @property
    def is_unserved(self) -> bool:
        """Whether it asks for an action, by a name such as real ones have, that is not served."""
        is_plausible = self.product.version and _REAL_NAME.fullmatch(self.name)
        return self.action is None and bool(is_plausible)

    @property
    def unknown(self) -> tuple[str, ...]:
        """The parameters that the action does not honour."""
        if self.action is None:
            return ()
        return tuple(n for n, value in self.values.items() if value and not self.action.knows(n))

    def named(self, world: World) -> tuple[str, ...]:
        """Give the ids that the request names, the chief one first."""
        chief: list[str] = []
        for parameter in self.action.resource if self.action else ():
            start = f"{parameter}."
            for name, value in self.values.items():
                if value and (name == parameter or name.startswith(start)):
                    chief += _IDS_IN_TEXT.findall(value)[:_MANY]
        others = [
            word
            for name, value in self.values.items()
            if "Id" in name or "Servers" in name
            for word in _IDS_IN_TEXT.findall(value)[:_MANY]
            if world.find(word) is not None
        ]
        return tuple(dict.fromkeys(chief + others))


def over_the_wire(request: WireRequest, catalogue: Catalogue) -> Question:
    """Read a request: the query first, then the form, then the headers of the newer scheme."""
    values = {**dict(request.query), **form_of(request)}
    name = values.get("Action") or request.headers.get("x-acs-action", "")
    version = values.get("Version") or request.headers.get("x-acs-version", "")
    product = catalogue.product_of_version(version) or evolve(NO_PRODUCT, version=version)
    authorization = request.headers.get("authorization", "")
    claimed = _CLAIMED.search(authorization)
    is_json = values.get("Format", "").upper() == "JSON" or authorization.startswith("ACS3")
    return Question(
        request=request,
        values=values,
        product=product,
        name=name,
        action=catalogue.action(product.name, name),
        form="JSON" if is_json else "XML",
        client=claimed[1] if claimed else values.get("AccessKeyId", ""),
    )


def in_process(
    catalogue: Catalogue, client: str, product: str, name: str, values: Mapping[str, str]
) -> Question:
    """Make the question that a test asks without a wire."""
    action = catalogue.action(product, name)
    found = catalogue.products[product]
    return Question(IN_PROCESS, values, found, name, action, "JSON", client)


def form_of(request: WireRequest) -> dict[str, str]:
    """Give the parameters that came in a form body."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not request.body or kind not in {"", _FORM}:
        return {}
    return dict(parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True))


def is_rpc(request: WireRequest) -> bool:
    """Say whether a request speaks RPC: it names an action, or shows the protocol's other marks."""
    if "x-acs-action" in request.headers or "x-acs-version" in request.headers:
        return True
    names = {name for name, _ in request.query}
    marks = {"Action", "Version", "SignatureNonce", "SignatureVersion"}
    if names & marks:
        return True
    return (
        request.path in {"", "/"}
        and request.method == "POST"
        and bool(marks & form_of(request).keys())
    )
