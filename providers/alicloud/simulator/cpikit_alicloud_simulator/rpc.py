"""Serve RPC requests: what stands between the wire and the function that does an action."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import Any

from attrs import evolve, frozen

from cpikit_alicloud_simulator import refusal, rendering
from cpikit_alicloud_simulator.accounts import AccessKey
from cpikit_alicloud_simulator.actions import UNSIGNED, Action, Product
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.catalogue import Catalogue
from cpikit_alicloud_simulator.common_knobs import (
    DENIED_READS,
    THROTTLING,
    UNKNOWN_ACTION,
    UNKNOWN_KEY,
)
from cpikit_alicloud_simulator.exchange import Done, Recognised
from cpikit_alicloud_simulator.gate import Gate
from cpikit_alicloud_simulator.journal import Journal
from cpikit_alicloud_simulator.oss.answer import Answer as HttpAnswer
from cpikit_alicloud_simulator.question import NO_PRODUCT, Question, in_process, over_the_wire
from cpikit_alicloud_simulator.tokens import LIST_ORDER, TokenBook, fingerprint
from cpikit_alicloud_simulator.wire import ApiError, WireRequest
from cpikit_alicloud_simulator.wordings import Wording
from cpikit_alicloud_simulator.world import World

# A poll is the same question whatever page it asks for; a write is compared with its token.
_MALFORMED, _MISSING = 400, 404
_NOT_COMPARED = UNSIGNED - {"ClientToken", "DryRun"} | {"NextToken"}


@frozen
class RpcDesk:
    """Serves the RPC products of one world."""

    world: World
    catalogue: Catalogue
    gate: Gate
    journal: Journal

    def recognise(self, request: WireRequest) -> Recognised:
        """Say what is asked; never raises."""
        return self._recognised(over_the_wire(request, self.catalogue), None)

    def ask(self, key: AccessKey, product: str, name: str, values: Mapping[str, str]) -> Recognised:
        """Recognise a call of somebody in this process, who needs no signature."""
        everything = {"RegionId": self.world.region_id, **values}
        return self._recognised(in_process(self.catalogue, key.id, product, name, everything), key)

    def _recognised(self, asked: Question, key: AccessKey | None) -> Recognised:
        return Recognised(
            product=asked.product.name,
            name=asked.name,
            effect=_effect(asked),
            client=asked.client,
            perform=lambda stale_s: self._perform(asked, stale_s, key),
            refuse=lambda error: self._refused(asked, error, self.world.ids.request()),
            throttled=self._throttled(asked.product.throttled_user),
            resources=asked.named(self.world),
            parameters=asked.values,
            unknown=asked.unknown,
            fingerprint=fingerprint(asked.values, _NOT_COMPARED),
            unserved=asked.is_unserved,
        )

    def _perform(self, asked: Question, stale_s: float, key: AccessKey | None) -> Done:
        request_id = self.world.ids.request()
        scheme = "none"
        self.world.made.clear()
        try:
            action = self._checked(asked)
            if key is None and action.unsigned and not asked.client:
                key = AccessKey("", "", self.world.accounts.default.id, "anonymous")
            elif key is None:
                key, scheme = self._admitted(asked.request)
            call = self._call(asked, action, key, request_id, stale_s)
            answered = self._answered(call, action, asked)
        except ApiError as error:
            written = {"Code": error.code, "Message": error.message}
            answer = self._refused(asked, error, request_id)
            return Done(answer, error.code, written, request_id, scheme)
        except Exception:  # noqa: BLE001  # a defect of ours: 500 and a note; the server lives
            self.journal.defect(f"{asked.product.name}.{asked.name}: {traceback.format_exc()}")
            unasked = refusal.INTERNAL.error()
            return Done(self._refused(asked, unasked, request_id), unasked.code, None, request_id)
        body = {"RequestId": request_id, **answered}
        made = tuple(resource.id for resource in self.world.made)
        answer = rendering.succeeded(body, asked.name, asked.form, request_id)
        return Done(answer, "ok", body, request_id, scheme, made)

    def _checked(self, asked: Question) -> Action:
        """Give the action, or raise what the gateway says before it looks at the signature."""
        if asked.request.method not in {"GET", "POST"}:
            raise refusal.WRONG_METHOD.error()
        if not asked.name:
            raise asked.product.missing.error(name="Action")
        if not asked.product.version:
            raise asked.product.missing.error(name="Version")
        if asked.product.name == NO_PRODUCT.name:
            raise refusal.UNKNOWN_VERSION.error()
        if asked.action is None:
            raise refusal.UNKNOWN_ACTIONS[self.world.knob(UNKNOWN_ACTION)].error()
        return asked.action

    def _call(
        self, asked: Question, action: Action, key: AccessKey, request_id: str, stale_s: float
    ) -> Call:
        """Make the call, once region, rate and policies let it pass."""
        product = asked.product
        region_id = asked.values.get("RegionId") or self._region_of(asked.request.host)
        if region_id not in self.world.regions:
            unknown = action.unknown_region or product.unknown_region
            if isinstance(unknown, Wording):
                unknown = unknown.refusals[self.world.knob(unknown.knob)]
            raise unknown.error(name="RegionId", id=region_id)
        self._check_rate(product, action, key, region_id)
        is_denied = not self._permits(asked, key, region_id)
        lists = action.denied == "empty" and self.world.knob(DENIED_READS) == "empty"
        if is_denied and (not lists or _is_dry(asked)):
            raise _denial(product, asked.name, key)
        call = Call(
            asked.values,
            invalid=product.invalid,
            world=self.world,
            key=key,
            region_id=region_id,
            request_id=request_id,
            product=product.name,
            real_now=self.gate.now(),
            host=asked.request.host,
            stale_s=stale_s,
            blind=is_denied,
        )
        return evolve(call, is_dry=action.dry_run and call.boolean("DryRun", default=False))

    def _answered(self, call: Call, action: Action, asked: Question) -> Mapping[str, Any]:
        for name in action.required:
            if not call.has_numbered(name):
                raise action.missing.get(name, asked.product.missing).error(name=name)
        if action.token and call.text("ClientToken") and not call.is_dry:
            return self._tokened(call, action, asked)
        answer = action.run(call)
        if call.is_dry:
            if action.effect == "write":
                raise RuntimeError(f"{action.name} did not say `call.checked()` before it changed")
            raise refusal.DRY_RUN.error()
        return answer

    def _tokened(self, call: Call, action: Action, asked: Question) -> Mapping[str, Any]:
        book = self.world.part(TokenBook)
        key = (call.account_id, asked.product.name, action.name, call.text("ClientToken"))
        sorts = self.world.knob(LIST_ORDER) == "ignored"
        printed = fingerprint(asked.values, UNSIGNED, sorts_lists=sorts)
        replayed = book.replayed(key, printed, asked.product, action)
        if replayed is not None:
            return replayed
        try:
            answer = action.run(call)
        except ApiError as error:
            book.remember(key, printed, error)
            raise
        book.remember(key, printed, answer)
        return answer

    def _region_of(self, host: str) -> str:
        """Read the region out of a cloud's host name, or give the world's own."""
        name = host.partition(":")[0]
        matches = [each for each in self.world.regions if each in name]
        return max(matches, key=len) if matches else self.world.region_id

    def _check_rate(self, product: Product, action: Action, key: AccessKey, region: str) -> None:
        broken = self.world.rates.exceeded(
            product.name, action.name, key.account_id, region, self.world.now_s
        )
        if broken is not None:
            by_user = broken.scope == "user"
            raise self._throttled(product.throttled_user if by_user else product.throttled_api)

    def _throttled(self, words: refusal.Refusal) -> ApiError:
        """Give the error of a full window, with the status that the world's knob says."""
        error = words.error()
        error.status = self.world.knob(THROTTLING) if error.status == _MALFORMED else error.status
        return error

    def _admitted(self, request: WireRequest) -> tuple[AccessKey, str]:
        """Give who signed; the status of an unknown key is the world's to say."""
        try:
            return self.gate.admit(request)
        except ApiError as error:
            if error.status == _MISSING:
                error.status = self.world.knob(UNKNOWN_KEY)
            raise

    def _permits(self, asked: Question, key: AccessKey, region: str) -> bool:
        if key.policies is None and key.narrowed_to is None:
            return True
        code = asked.product.code
        place = f"acs:{code}:{region}:{key.account_id}:"
        named = self.world.named(asked.named(self.world))
        resources = [f"{place}{each.kind.replace('_', '')}/{each.id}" for each in named]
        return all(key.permits(f"{code}:{asked.name}", each) for each in resources or [place])

    def _refused(self, asked: Question, error: ApiError, request_id: str) -> HttpAnswer:
        host = asked.request.host.partition(":")[0]
        if not host.endswith(".aliyuncs.com"):
            host = f"{asked.product.code}.{self.world.region_id}.aliyuncs.com"
        return rendering.refused(error, host, asked.form, request_id)


def _effect(asked: Question) -> str:
    """Say read or write; a dry run is a read, since it changes nothing."""
    if asked.action is None or _is_dry(asked):
        return "read"
    return asked.action.effect


def _is_dry(asked: Question) -> bool:
    has_it = asked.action is not None and asked.action.dry_run
    return has_it and asked.values.get("DryRun", "").lower() == "true"


def _denial(product: Product, name: str, key: AccessKey) -> ApiError:
    error = product.denied.error()
    error.extra["AccessDeniedDetail"] = {  # RAM, "AccessDeniedDetail"
        "PolicyType": "AccountLevelIdentityBasedPolicy",
        "AuthPrincipalOwnerId": key.account_id,
        "AuthPrincipalType": "SubUser" if key.expires_at is None else "AssumedRoleUser",
        "AuthPrincipalDisplayName": key.principal,
        "NoPermissionType": "ImplicitDeny",
        "AuthAction": f"{product.code}:{name}",
    }
    return error
