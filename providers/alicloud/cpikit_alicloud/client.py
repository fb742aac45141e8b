"""The one file that names the SDK: a call by product and action, its parameters, its answer.

The SDK (aliyun-python-sdk-core, and -ecs for the classes of ECS) signs and keeps the connection. Its
own retries, tokens, proxies, logging and reading of errors are switched off: they repeat creating
calls without a token, print URLs with secrets, and fail on answers without a colon
(docs/alicloud/sdk.md).
"""

from __future__ import annotations

import json
import os
from hashlib import sha256

from cpikit.errors import CloudError
from cpikit.operations import Effect, Operation
from cpikit_alicloud import paging
from cpikit_alicloud.parameters import flat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Protocol

    from cpikit.api import CallContext
    from cpikit.cloud import Cloud
    from cpikit.faults import Settled
    from cpikit_alicloud.config import AlicloudConfig
    from cpikit_alicloud.credentials import Credentials, Keys

    class Wire(Protocol):
        """What carries one signed request; tests put a scripted one in the SDK's place."""

        def send(
            self,
            keys: Keys,
            product: str,
            action: str,
            parameters: Mapping[str, str],
            *,
            is_read: bool,
        ) -> dict[str, Any]:
            """The answer. Raises what refusals.py has for each way to fail."""


class Client:
    """Calls of the cloud for one CPI call: signed, paged, with tokens, through the core's law."""

    def __init__(
        self,
        config: AlicloudConfig,
        context: CallContext,
        cloud: Cloud,
        *,
        wire: Wire | None = None,
    ) -> None:
        self._config = config
        self._context = context
        self._cloud = cloud
        self._wire = wire
        self._credentials: Credentials | None = None
        self._nonce = os.urandom(16).hex()

    @property
    def region(self) -> str:
        """The region that all calls go to."""
        return self._config.region

    def token(self, *parts: object) -> str:
        """A client token: equal for equal parts within this process, never in another one.

        Alibaba Cloud answers a used token with the first answer, also when that was a failure or
        what it made is long gone: so what outlives the process must not make a token by itself.
        At most 64 ASCII characters.  # ECS 2014-05-26, ClientToken
        """
        text = json.dumps([self._context.director_uuid, self._nonce, *map(repr, parts)])
        return f"cpikit-{sha256(text.encode()).hexdigest()[:48]}"

    def call(
        self,
        product: str,
        action: str,
        parameters: Mapping[str, Any],
        *,
        effect: Effect,
        resource: str = "",
        kind: str = "",
        settled: Callable[[], Settled[dict[str, Any]]] | None = None,
    ) -> dict[str, Any]:
        """The answer to one action. `parameters` are values by wire name (see parameters.flat).

        Raises FaultError, whose Fault has the cloud's own code and request id.
        """
        sent = flat({"RegionId": self._config.region, **parameters})
        wire, credentials = self._ready()

        def send() -> dict[str, Any]:
            keys = credentials.current()
            return wire.send(keys, product, action, sent, is_read=effect is Effect.READ)

        return self._cloud(
            Operation(action, effect, resource, kind),
            send,
            settled=settled,
            refresh=credentials.renew if credentials.is_temporary else None,
        )

    def listed(
        self,
        product: str,
        action: str,
        parameters: Mapping[str, Any],
        *path_to_list: str,
        effect: Effect = Effect.READ,
        resource: str = "",
        kind: str = "",
    ) -> list[dict[str, Any]]:
        """All rows of a list, whose place in the answer the path names, from all of its pages."""
        found: list[dict[str, Any]] = []
        page: dict[str, Any] | None = paging.first(action)
        for _ in range(paging.MOST_PAGES):
            answer = self.call(
                product,
                action,
                {**parameters, **page},
                effect=effect,
                resource=resource,
                kind=kind,
            )
            here = paging.rows(answer, path_to_list)
            found += here
            page = paging.following(page, answer, len(found), len(here))
            if page is None:
                return found
        raise CloudError(f"{action} has more than {paging.MOST_PAGES} pages: it repeats itself")

    def keys(self) -> Keys:
        """The credentials of this call, for what speaks to the cloud beside this client (OSS)."""
        return self._ready()[1].current()

    def _ready(self) -> tuple[Wire, Credentials]:
        """The wire, and credentials that last for the next call."""
        if self._wire is None:
            self._wire = SdkWire(self._config)
        if self._credentials is None:
            from cpikit_alicloud.credentials import Credentials

            self._credentials = Credentials(
                self._config, self._context.clock, self._cloud, self._wire
            )
        self._credentials.renew_in_time()
        return self._wire, self._credentials


class SdkWire:
    """Signs one request with the SDK and sends it; one pool of connections for the whole process.

    The SDK is imported by the first call (100 ms), never before.
    """

    def __init__(self, config: AlicloudConfig) -> None:
        self._config = config
        self._acs: Any = None
        self._keys: Keys | None = None

    def send(
        self, keys: Keys, product: str, action: str, parameters: Mapping[str, str], *, is_read: bool
    ) -> dict[str, Any]:
        """The answer. Raises what refusals.py has for each way to fail."""
        raise NotImplementedError
