"""Drive every request through the same steps: recognise, journal, trouble, work, answer."""

from __future__ import annotations

from functools import partial
from typing import Literal

from attrs import define, evolve, field, frozen

from cpikit_alicloud_simulator.catalogue import Catalogue
from cpikit_alicloud_simulator.exchange import Done, Exchange, Recognised
from cpikit_alicloud_simulator.gate import Gate, RealNow, real_now
from cpikit_alicloud_simulator.journal import Journal
from cpikit_alicloud_simulator.metadata_desk import MetadataDesk
from cpikit_alicloud_simulator.oss import is_oss
from cpikit_alicloud_simulator.oss.answer import Answer as HttpAnswer
from cpikit_alicloud_simulator.oss_desk import OssDesk
from cpikit_alicloud_simulator.question import is_rpc
from cpikit_alicloud_simulator.rpc import RpcDesk
from cpikit_alicloud_simulator.times import http_date
from cpikit_alicloud_simulator.trouble import STALE_S, Rule, Rules
from cpikit_alicloud_simulator.wire import WireRequest
from cpikit_alicloud_simulator.world import World

Cut = Literal["", "close", "reset"]


@frozen
class Sent:
    """What goes onto the wire. `cut`: close without an answer, or reset in the middle of it."""

    answer: HttpAnswer | None
    cut: Cut = ""


@define
class Desk:
    """Serves one world: its clouds' APIs, its journal, its rules."""

    world: World
    catalogue: Catalogue
    now: RealNow = real_now
    journal: Journal = field(init=False)
    rules: Rules = field(init=False)
    rpc: RpcDesk = field(init=False)
    oss: OssDesk = field(init=False)
    metadata: MetadataDesk = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.journal = Journal(lambda: self.world.now_s)
        self.rules = Rules(self.journal, self.world.seed)
        gate = Gate(self.world.accounts, self.now)
        self.rpc = RpcDesk(self.world, self.catalogue, gate, self.journal)
        self.oss = OssDesk(self.world, gate)
        self.metadata = MetadataDesk(self.world, self.now)

    def receive(self, request: WireRequest) -> Exchange:
        """Recognise a request and note it; a rule may strike it here."""
        self.world.settle()
        return self.begin(self._recognised(request))

    def _recognised(self, request: WireRequest) -> Recognised:
        recognised = self.metadata.recognise(request)
        if recognised is not None:
            return recognised
        bare = request.path in {"", "/"} and not is_oss(request)
        if is_rpc(request) or bare:
            return self.rpc.recognise(request)
        return self.oss.recognise(request)

    def begin(self, recognised: Recognised) -> Exchange:
        """Open the journal's entry for a recognised request and ask the rules."""
        entry = self.journal.begin(
            recognised.client,
            recognised.product,
            recognised.name,
            recognised.effect,
            recognised.fingerprint,
        )
        given = recognised.resources, recognised.parameters, recognised.unknown
        self.journal.asked(entry, *given)
        if recognised.unserved:
            self.journal.missed(recognised.product, recognised.name)
        rule = self.rules.struck(entry)
        entry.rule = rule.id if rule else ""
        return Exchange(recognised, entry, rule)

    def work(self, exchange: Exchange) -> Done:
        """Do what is asked, as far as the rule lets it be done, and note the answer."""
        self.world.settle()
        rule, recognised = exchange.rule, exchange.recognised
        if rule and rule.do in {"fail", "throttle"}:
            error = rule.error(recognised.throttled)
            body = {"Code": error.code, "Message": error.message}
            done = Done(recognised.refuse(error), error.code, body)
        else:
            done = self._performed(exchange)
        entry = exchange.entry
        entry.signature, entry.request_id = done.signature, done.request_id
        entry.resources = tuple(dict.fromkeys((*entry.resources, *done.made)))
        status, size = done.answer.status, len(done.answer.body)
        self.journal.answered(entry, done.code, status, done.body, size)
        exchange.done = done
        return done

    def _performed(self, exchange: Exchange) -> Done:
        rule, recognised = exchange.rule, exchange.recognised
        if rule and rule.do == "vanish":
            named = self.world.named(_of_rule(rule, recognised.resources))
            if recognised.effect == "write" or rule.resource:
                for resource in named[:1]:
                    resource.vanish(self.world)
        stale_s = 0.0
        if rule and rule.do == "stale":
            stale_s = STALE_S if rule.seconds is None else rule.seconds
        done = recognised.perform(stale_s)
        if rule and rule.do in {"stuck", "vanish"}:
            self._afterwards(rule, recognised, done)
        self.world.settle()
        return done

    def _afterwards(self, rule: Rule, recognised: Recognised, done: Done) -> None:
        """Let what a call made (or, to be stuck, named) hang in its state or disappear."""
        named = self.world.named(_of_rule(rule, done.made or recognised.resources))
        if rule.do == "vanish":
            named = self.world.named(done.made)
        for resource in named:
            if rule.do == "vanish":
                gone = partial(resource.vanish, self.world)
                self.world.after(rule.seconds or 0.0, resource, gone, whatever_state=True)
            else:
                self.world.freeze(resource, rule.seconds)

    def sent(self, exchange: Exchange) -> Sent:
        """Give what goes onto the wire, spoilt as the rule says, and close the entry."""
        done, rule = exchange.done, exchange.rule
        if done is None:
            raise LookupError("an answer was asked for before the work was done")
        answer = self.dated(done.answer)
        do = rule.do if rule else ""
        wire = {"lose": "lost", "reset": "reset", "truncate": "truncated", "garble": "garbled"}
        self.journal.finish(exchange.entry, wire.get(do, "html" if do == "html" else ""))
        if do == "lose":
            return Sent(None, "close")
        if do == "reset":
            return Sent(answer, "reset")
        if do == "truncate":
            return Sent(evolve(answer, body=answer.body[: len(answer.body) // 2]))
        if do == "garble":
            return Sent(evolve(answer, body=bytes(byte ^ 0xA5 for byte in answer.body)))
        if do == "html" and rule:
            return Sent(self.dated(_gateway_error(rule.status or 502)))
        return Sent(answer)

    def dropped(self, exchange: Exchange, outcome: str = "dropped") -> Sent:
        """Close a request that is never worked on."""
        self.journal.finish(exchange.entry, outcome)
        return Sent(None, "close")

    def dated(self, answer: HttpAnswer) -> HttpAnswer:
        """Put the world's time into an answer's `Date` header."""
        date = http_date(self.world.clock.now())
        return evolve(answer, headers={**answer.headers, "Date": date})


def _of_rule(rule: Rule, ids: tuple[str, ...]) -> tuple[str, ...]:
    """Give the ids that a rule means: the one that it names, else those of the call."""
    return tuple(id_ for id_ in ids if rule.resource in (None, id_)) or ids


def _gateway_error(status: int) -> HttpAnswer:
    page = (
        f"<html>\r\n<head><title>{status} Bad Gateway</title></head>\r\n"
        f"<body><center><h1>{status} Bad Gateway</h1></center></body>\r\n</html>\r\n"
    )
    return HttpAnswer(status, {"Content-Type": "text/html"}, page.encode())
