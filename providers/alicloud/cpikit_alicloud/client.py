"""The one file that names the SDK: a call by product and action, its parameters, its answer.

The SDK (aliyun-python-sdk-core, -ecs for the classes of ECS) signs and keeps the connection. Its
own retries, tokens, proxies, logging and reading of errors are switched off: they repeat
creating calls without a token, print URLs with secrets, and fail on answers without a colon
(docs/alicloud.md).
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from hashlib import sha256

from cpikit.errors import CloudError
from cpikit.operations import Effect, Operation
from cpikit_alicloud import paging
from cpikit_alicloud.answers import readable
from cpikit_alicloud.client_tokens import with_tokens
from cpikit_alicloud.endpoints import VERSIONS, endpoint
from cpikit_alicloud.parameters import flat
from cpikit_alicloud.refusals import Garbled, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeVar

    from cpikit.api import CallContext
    from cpikit.cloud import Cloud
    from cpikit.faults import Settled
    from cpikit_alicloud.config import AlicloudConfig
    from cpikit_alicloud.credentials import Credentials, Keys
    from cpikit_alicloud.wire import Wire

    T = TypeVar("T")


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
        self._answered_s = 0.0
        self._account = ""

    @property
    def region(self) -> str:
        """The region that all calls go to."""
        return self._config.region

    def now_s(self) -> float:
        """The cloud's own time in seconds since 1970: ages of resources are compared with it.

        From the Date header of the last answer; this machine's clock before the first one.
        """
        clock = self._context.clock
        date = self._wire.date if self._wire is not None else ""
        if not date:
            return clock.time_s()
        from email.utils import mktime_tz, parsedate_tz  # the SDK has imported it by now

        parsed = parsedate_tz(date)
        if parsed is None:
            return clock.time_s()
        return mktime_tz(parsed) + clock.monotonic_s() - self._answered_s

    def token(self, *parts: object) -> str:
        """A client token: equal for equal parts within this process, never in another one.

        Alibaba Cloud answers a used token with the first answer, also when what that made is long
        gone: so what outlives the process must not make a token by itself.
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

        def send(given: Mapping[str, str]) -> dict[str, Any]:
            keys = credentials.current()
            answer = wire.send(keys, product, action, given, is_read=effect is Effect.READ)
            self._answered_s = self._context.clock.monotonic_s()
            return answer

        return self._cloud(
            Operation(action, effect, resource, kind),
            with_tokens(sent, send),
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
        page = paging.first(action)
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
            following = paging.following(page, answer, len(found), len(here))
            if following is None:
                return found
            page = following
        raise CloudError(f"{action} has more than {paging.MOST_PAGES} pages: it repeats itself")

    def keys(self) -> Keys:
        """The credentials of this call, for what speaks to the cloud beside this client (OSS)."""
        return self._ready()[1].current()

    def beside(self, operation: Operation, send: Callable[[], T]) -> T:
        """A call that another client sends with these keys, through the core's law like all."""
        _, credentials = self._ready()
        renew = credentials.renew if credentials.is_temporary else None
        return self._cloud(operation, send, refresh=renew)

    def account(self) -> str:
        """The id of the account that these credentials belong to; asked once."""
        if not self._account:
            answer = self.call("Sts", "GetCallerIdentity", {}, effect=Effect.READ)
            self._account = str(answer.get("AccountId") or "")
        return self._account

    def _turn_taking(self, wire: Wire) -> Wire:
        """The wire, in turns with other processes where the operator gives them a folder."""
        if not self._config.turns_dir:
            return wire
        from cpikit_alicloud.turns import Turns, TurnTaking

        account = f"{self._config.region} {self._config.access_key_id}"
        draw = lambda: os.urandom(1)[0] / 256  # noqa: E731  # the random module costs 4 ms
        return TurnTaking(wire, Turns(self._config.turns_dir, account, self._context.clock, draw))

    def _ready(self) -> tuple[Wire, Credentials]:
        """The wire, and credentials that last for the next call."""
        if self._wire is None:
            self._wire = self._turn_taking(SdkWire(self._config))
        if self._credentials is None:
            from cpikit_alicloud.credentials import Credentials

            self._credentials = Credentials(self._config, self._context, self._cloud, self._wire)
        self._credentials.renew_in_time()
        return self._wire, self._credentials


class SdkWire:
    """Signs one request with the SDK, imported by the first (100 ms); one pool of connections."""

    def __init__(self, config: AlicloudConfig) -> None:
        self.date = ""
        self._config = config
        self._acs: Any = None
        self._keys: Keys | None = None
        self._endpoints: dict[str, str] = {}

    def send(
        self, keys: Keys, product: str, action: str, parameters: Mapping[str, str], *, is_read: bool
    ) -> dict[str, Any]:
        """The answer. Raises what refusals.py has for each way to fail."""
        if self._acs is None or self._keys is not keys:
            self._acs, self._keys = _acs_client(keys, self._config, self._answered), keys
        waits = self._config.waits
        request = _request(product, action)
        request.set_endpoint(self._endpoint(product))
        request.set_connect_timeout(waits.connect_s)
        request.set_read_timeout(waits.read_s if is_read else waits.write_s)
        add = request.add_query_param if is_read else request.add_body_params
        for name, value in parameters.items():  # of writes in the body: user data is no URL
            add(name, value)
        if keys.token:
            request.add_query_param("SecurityToken", keys.token.reveal())
        try:
            return readable(self._acs.do_action_with_exception(request), action)
        except Refused as error:
            error.product = product
            raise
        except RecursionError:  # the SDK parses every answer on its own, too
            raise Garbled(f"{action}: the answer is nested without end") from None

    def _answered(self, date: str | None) -> None:
        self.date = date or self.date

    def _endpoint(self, product: str) -> str:
        found = self._endpoints.get(product)
        if found is None:
            override = getattr(self._config, f"{product.lower()}_endpoint")
            found = self._endpoints[product] = endpoint(product, self._config.region, override)
        return found


def _request(product: str, action: str) -> Any:
    """A request by POST over TLS: the SDK's own class for ECS, its common one for the others."""
    _spare()
    # Both constants are compared by identity in there: a text from JSON would go out in the clear.
    from aliyunsdkcore.http.method_type import POST
    from aliyunsdkcore.http.protocol_type import HTTPS

    request = None
    if product == "Ecs":
        name = f"{action}Request"
        with suppress(ImportError):  # newer than the SDK: the common request knows every action
            module = __import__(f"aliyunsdkecs.request.v20140526.{name}", fromlist=[name])
            request = getattr(module, name)()
    if request is None:
        from aliyunsdkcore.request import CommonRequest

        request = CommonRequest(product=product, version=VERSIONS[product], action_name=action)
    request.set_method(POST)
    request.set_protocol_type(HTTPS)
    return request


def _acs_client(keys: Keys, config: AlicloudConfig, answered: Callable[[str | None], None]) -> Any:
    """The SDK's client for these keys, without its retries and deaf to the environment."""
    _spare()
    from aliyunsdkcore.client import AcsClient
    from aliyunsdkcore.vendored.requests.adapters import HTTPAdapter
    from aliyunsdkcore.vendored.requests.certs import where

    from cpikit_alicloud.connection import carrier

    _hush()
    acs = AcsClient(
        keys.id,
        keys.secret.reveal(),
        region_id=config.region,
        auto_retry=False,  # it sends RunInstances again without a token
    )
    acs.session.trust_env = False  # else ~/.netrc adds a header
    adapter = carrier(HTTPAdapter, config, answered, spare_roots=where)
    acs.session.mount("https://", adapter)
    acs.session.mount("http://", adapter)
    return acs


def _spare() -> None:
    """Leave out what the SDK imports for key pairs and for texts of unknown encoding: 20 ms."""
    from cpikit_alicloud.later import later

    later("aliyunsdkcore.auth.algorithm.sha_hmac256")
    later("aliyunsdkcore.vendored.requests.packages.chardet", __version__="3.0.4")


def _hush() -> None:
    """Keep the SDK's log off stderr, and its dump of all traffic off: both show secrets."""
    import logging  # the SDK has imported it by now

    for name in ("aliyunsdkcore", "aliyunsdkcore.http.http_response"):
        logger = logging.getLogger(name)
        logger.handlers[:] = [logging.NullHandler()]
        logger.propagate = False
        logger.setLevel(logging.CRITICAL)
    os.environ.pop("DEBUG", None)  # DEBUG=sdk
