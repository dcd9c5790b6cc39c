"""The core of the stack without I/O: bytes and time in, bytes and calls out.

One writer of state: everything happens inside `receive`, `tick`, `flow_lost` and the methods of calls, all
called from one thread. Requests outside a dialog that end at once (errors, challenges, OPTIONS) are answered
without state; a repeat of them is answered anew.
"""

import hashlib
import hmac
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from telephony.sip import placing, session_timer, takeover
from telephony.sip.accounts import SipAccount
from telephony.sip.build import (
    ALLOW,
    METHODS,
    SUPPORTED,
    SUPPORTED_LINE,
    Echo,
    echo_of,
    render_response,
    reply_flow,
)
from telephony.sip.caller_id import escape_user, number_of, read_caller
from telephony.sip.calls import CallerId, CallHandler, CallState, SipCall, Source, Unattended
from telephony.sip.defence import Refusal
from telephony.sip.digest import Claim, Doorkeeper, Verdict
from telephony.sip.errors import BadHeader, BadMessage, TooBrief
from telephony.sip.gate import Gate
from telephony.sip.headers import read_tokens
from telephony.sip.incoming import IncomingCall
from telephony.sip.message import Request, Response, parse_message
from telephony.sip.outgoing import OutgoingCall
from telephony.sip.placing import Target, ToAccount, ToTrunk
from telephony.sip.qualify import Qualifier
from telephony.sip.registrar import Registrar
from telephony.sip.sdes import SrtpPolicy
from telephony.sip.server_transaction import ServerTransaction
from telephony.sip.timers import Timers
from telephony.sip.transactions import Transactions
from telephony.sip.trunks import Trunk, TrunkConfig, trunk_of
from telephony.sip.upstream import UpstreamRegistration
from telephony.sip.uri import SIP_SCHEMES, scheme_of
from telephony.sip.watch import Watch
from telephony.sip.wire import Flow, Wire
from threadline.kernel.clock import Clock

__all__ = ["Identity", "Target", "ToAccount", "ToTrunk", "UserAgent"]

log = logging.getLogger(__name__)

RETRY_AFTER_S: Final = 5
SRTP_NEEDED: Final = 'Warning: 399 threadline "SRTP over TLS is required"\r\n'
FLOW_GRACE_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Identity:
    """What we call ourselves. `secret` seals nonces and tags; the same on every node of a cluster.

    `host6` is our IPv6 address for peers who reach us so, `ports` those of transports that have their own.
    """

    host: str
    port: int
    realm: str
    secret: bytes
    host6: str | None = None
    ports: Mapping[str, int] = field(default_factory=dict)

    def sent_by(self, flow: Flow) -> tuple[str, int]:
        """Where the other end of `flow` reaches us: host (a v6 address in brackets) and port."""
        host = self.host6 if self.host6 is not None and ":" in flow.host else self.host
        return (f"[{host}]" if ":" in host else host), self.ports.get(flow.transport, self.port)


class UserAgent:
    """All layers put together. `on_call` gets each new call and sets its handler before it returns."""

    def __init__(
        self,
        identity: Identity,
        wire: Wire,
        clock: Clock,
        on_call: Callable[[IncomingCall], None],
        trunks: Sequence[TrunkConfig] = (),
        now: float = 0.0,
        watch: Watch | None = None,
    ) -> None:
        self._identity = identity
        self._wire = wire
        self._clock = clock
        self._on_call = on_call
        self._uri_host = f"[{identity.host}]" if ":" in identity.host else identity.host
        self.timers = Timers(now)
        self.transactions = Transactions(self.timers, wire.send, identity.sent_by, _new_token)
        self.registrar = Registrar()
        self.is_draining = False
        self.watch = watch or Watch()
        self._gate = Gate(
            Doorkeeper(identity.secret, identity.realm), wire, clock, self._stateless_tag, self.watch.defence
        )
        self._trunks = [Trunk(config) for config in trunks]
        self.watch.defence.is_trusted = lambda host: any(trunk.knows(host) for trunk in self._trunks)
        self.watch.defence.is_bound = lambda flow: self.registrar.account_at(flow) is not None
        self._upstream: list[UpstreamRegistration] = []
        self.qualifier = Qualifier(
            self.transactions,
            self._trunks,
            lambda: self.registrar.everybody(clock.now()),
            self.contact,
        )
        self._dialogs: dict[tuple[str, str], SipCall] = {}

    # --- what the shell calls ------------------------------------------------------------------------------

    def start(self) -> None:
        """Registers at the trunks that want it, and begins to ask who is there."""
        self.qualifier.start()
        for trunk in self._trunks:
            if trunk.config.register and trunk.config.flow is not None:
                registration = UpstreamRegistration(trunk, self.transactions, self._contact_uri)
                self._upstream.append(registration)
                registration.start()

    def receive(self, data: bytes, flow: Flow, now: float) -> None:
        """One datagram, or one message of a stream. Never raises for what the bytes say."""
        self.timers.now = max(now, self.timers.now)
        try:
            message = parse_message(data)
        except BadMessage as bad:
            if data.strip(b"\r\n\x00"):  # what is nothing but that keeps an address translation open
                self.watch.defence.refuse(flow.host, Refusal.MALFORMED, now)
            self.refuse(bad, flow)
            return
        if isinstance(message, Response):
            if len(message.headers["via"]) == 1 and "," not in message.headers["via"][0]:
                self.transactions.response(message, flow)
        else:
            self._request(message, flow)

    def tick(self, now: float) -> None:
        self.timers.tick(now)

    def flow_lost(self, flow: Flow) -> None:
        """A stream broke or could not be opened. Calls on it get some time to come back by another."""
        for binding in self.registrar.flow_lost(flow):
            self._wire.drop_binding(binding.username, binding.contact)
        self.transactions.flow_lost(flow)
        stranded = [
            call for call in self._dialogs.values() if call.dialog is not None and call.dialog.flow == flow
        ]
        if stranded:
            self.timers.start(FLOW_GRACE_S, lambda: _end_stranded(stranded, flow))

    def refuse(self, bad: BadMessage, flow: Flow) -> None:
        """Tells the sender of a broken request what is wrong, as far as that can be read."""
        headers = bad.headers
        if not bad.method or bad.method == "ACK" or not headers.get("via"):
            return
        lines = [f"{label}: {value}" for label, name in _ECHOED for value in headers.get(name, ())]
        to = (headers.get("to") or [""])[0]
        echo = Echo("\r\n".join(lines) + "\r\n", f"To: {to}", has_tag=True)
        if not to:
            echo = Echo("\r\n".join(lines), "", has_tag=True)
        self._wire.send(flow, render_response(bad.status, bad.reason, echo, ""))

    @property
    def trunks(self) -> Sequence[Trunk]:
        return self._trunks

    def calls(self) -> list[SipCall]:
        return list(self._dialogs.values())

    def live_calls(self) -> int:
        return len(self._dialogs)

    def srtp_for(self, target: Target) -> SrtpPolicy:
        """What the keys in an offer to `target` have to be; branches that others can read lose them."""
        if isinstance(target, ToAccount):
            return self.registrar.srtp.get(target.username, "off")
        return next((one.config.srtp for one in self._trunks if one.name == target.name), "off")

    def is_ip6(self, target: Target) -> bool:
        """Can `target` be reached by IPv6 only?"""
        if isinstance(target, ToAccount):
            phones = self.registrar.phones(target.username, self._clock.now())
            return bool(phones) and all(":" in one.source.rpartition(":")[0] for one in phones)
        hosts = [one.config.host for one in self._trunks if one.name == target.name]
        return any(host is not None and ":" in host for host in hosts)

    def srtp_from(self, source: Source, flow: Flow) -> SrtpPolicy:
        """The same for whoever called us, by way of `flow`."""
        if not flow.is_secure:
            return "off"
        to_account = source.kind == "account"
        return self.srtp_for(ToAccount(source.name) if to_account else ToTrunk(source.name, ""))

    def is_trunk_registered(self, name: str) -> bool:
        return any(one.is_registered for one in self._upstream if one.trunk.name == name)

    # --- placing calls ------------------------------------------------------------------------------------------

    def place_call(
        self,
        target: Target,
        sdp: bytes | None,
        caller: CallerId,
        handler: CallHandler,
        headers: Mapping[str, str],
    ) -> OutgoingCall:
        """Sends the INVITEs. A target that can't be reached fails with the next tick, never within this call."""
        if isinstance(target, ToAccount):
            phones = self.registrar.phones(target.username, self._clock.now())
            plan = placing.to_account(target, phones, caller, self._uri_host)
        else:
            trunk = next((one for one in self._trunks if one.name == target.name), None)
            plan = placing.to_trunk(target, trunk, caller, self._uri_host)
        invitation = replace(
            plan.invitation, sdp=sdp, extra=placing.extra_lines(headers) + plan.invitation.extra
        )
        call = OutgoingCall(self, plan.peer, invitation, _new_token)
        call.handler = handler
        if isinstance(target, ToTrunk):
            self.watch.dials(call.call_id, target.name, target.number, target.payer, self._clock.now())
        call.start(plan.destinations, in_turn=isinstance(target, ToTrunk))
        return call

    # --- CallHome ---------------------------------------------------------------------------------------------------

    def contact(self, flow: Flow, peer: str = "") -> str:
        uri = self._contact_uri(flow, "threadline")
        if flow.is_secure and peer.startswith("sips:"):
            uri = uri.replace("sip:", "sips:", 1)
        return f"Contact: <{uri}>\r\n"

    def _contact_uri(self, flow: Flow, user: str) -> str:
        name = "ws" if flow.transport == "wss" else flow.transport  # RFC 7118 section 5.1
        transport = "" if name == "udp" else f";transport={name}"
        host, port = self._identity.sent_by(flow)
        return f"sip:{escape_user(user)}@{host}:{port}{transport}"

    def enroll(self, call: SipCall, local_tag: str) -> None:
        self._dialogs[(call.call_id, local_tag)] = call

    def retire(self, call: SipCall, local_tag: str) -> None:
        self._dialogs.pop((call.call_id, local_tag), None)

    def find(self, call_id: str, local_tag: str) -> SipCall | None:
        return self._dialogs.get((call_id, local_tag))

    def trace(self, call: SipCall, old: CallState, new: CallState) -> None:
        self.watch.moved(call.call_id, new, self._clock.now)
        log.debug("sip call moved", extra={"sip_call": call.call_id, "from": old.name, "to": new.name})

    # --- requests ------------------------------------------------------------------------------------------------------

    def _request(self, request: Request, flow: Flow) -> None:
        if self.transactions.absorb(request):
            return
        if request.method == "ACK":
            self._ack(request, flow)
        elif request.method == "CANCEL":
            self._cancel(request, flow)
        elif self.watch.ignores(request, flow, self.timers.now):
            pass
        elif self._is_acceptable(request, flow):
            if request.to.tag:
                self._within_dialog(request, flow)
            else:
                self._outside_dialog(request, flow)

    def _outside_dialog(self, request: Request, flow: Flow) -> None:
        if request.method == "INVITE":
            self._invite(request, flow)
        elif request.method == "REGISTER":
            self._register(request, flow)
        elif request.method == "OPTIONS":
            lines = f"Allow: {ALLOW}\r\n{SUPPORTED_LINE}Accept: application/sdp\r\n"
            self._reply(request, flow, 200, extra=lines)
        elif request.method == "REFER":
            self._reply(request, flow, 403)  # nobody sends us anywhere but from within his own call
        else:
            self._reply(request, flow, 481)  # BYE, INFO and their like live in dialogs only

    def _is_acceptable(self, request: Request, flow: Flow) -> bool:
        """Section 8.2: method, address, loops, extensions. Answers and says False where one is wrong."""
        if request.method not in METHODS:
            self._reply(request, flow, 405, extra=f"Allow: {ALLOW}\r\n")
        elif scheme_of(request.uri) not in SIP_SCHEMES and not request.uri.lower().startswith("tel:"):
            self._reply(request, flow, 416)
        elif request.max_forwards == 0 and request.method != "OPTIONS":
            self._reply(request, flow, 483)
        elif unknown := [tag for tag in read_tokens(request.values("require")) if tag not in SUPPORTED]:
            self._reply(request, flow, 420, extra=f"Unsupported: {', '.join(unknown)}\r\n")
        elif self.watch.turns_away(
            request, flow, (len(self.transactions), len(self._dialogs)), self.timers.now
        ):
            self._reply(request, flow, 503, extra=f"Retry-After: {RETRY_AFTER_S}\r\n")
        else:
            return True
        return False

    def _reply(self, request: Request, flow: Flow, status: int, extra: str = "") -> None:
        """A final answer that leaves nothing behind; its tag is the same for every repeat."""
        data = render_response(status, "", echo_of(request, flow), self._stateless_tag(request), extra)
        self._wire.send(reply_flow(request, flow), data)

    def _stateless_tag(self, request: Request) -> str:
        seed = f"{request.call_id}|{request.from_.tag}|{request.via.branch}".encode(
            "utf-8", "surrogateescape"
        )
        return hmac.digest(self._identity.secret, seed, hashlib.sha256)[:9].hex()

    def _ack(self, request: Request, flow: Flow) -> None:
        call = self._dialogs.get((request.call_id, request.to.tag))
        if call is not None and call.dialog is not None and call.dialog.admits(flow):
            call.on_ack(request)

    def _cancel(self, request: Request, flow: Flow) -> None:
        known = self.transactions.cancelled_by(request)
        if known is None or (not flow.is_reliable and known.source.host != flow.host):
            self._reply(request, flow, 481)
            return
        data = render_response(200, "", echo_of(request, flow), known.tag)
        self._wire.send(reply_flow(request, flow), data)
        if known.on_cancel is not None:
            known.on_cancel()

    def _within_dialog(self, request: Request, flow: Flow) -> None:
        call = self._dialogs.get((request.call_id, request.to.tag))
        dialog = call.dialog_with(request.from_.tag) if call is not None else None
        if call is None or dialog is None or not dialog.admits(flow):
            self.watch.defence.refuse(flow.host, Refusal.NO_SUCH_DIALOG, self.timers.now, request.method)
            self._reply(request, flow, 481)
            return
        transaction = self.transactions.serve(request, flow)
        if not dialog.advances(request.cseq):
            transaction.respond(500)
            return
        if flow.is_reliable or flow.host == dialog.flow.host:
            dialog.flow = flow  # the peer's port or connection may have changed
        call.on_request(request, transaction)

    # --- new calls -----------------------------------------------------------------------------------------------------

    def _invite(self, request: Request, flow: Flow) -> None:
        if self.transactions.is_merged(request):
            self._reply(request, flow, 482)
        elif request.body and request.sdp is None:
            self._reply(request, flow, 415, extra="Accept: application/sdp\r\n")
        elif self.is_draining:
            self.watch.defence.refuse(flow.host, Refusal.DRAINING, self.timers.now, "INVITE")
            self._reply(request, flow, 503, extra=f"Retry-After: {RETRY_AFTER_S}\r\n")
        elif self._has_fair_interval(request, flow):
            self._admit_caller(request, flow)

    def _has_fair_interval(self, request: Request, flow: Flow) -> bool:
        """RFC 4028 section 9. Answers and says False where the session timer it asks for is no good."""
        try:
            session_timer.as_server(request)
        except TooBrief:
            self._reply(request, flow, 422, extra=f"Min-SE: {session_timer.MIN_SE_S}\r\n")
        except BadHeader:
            self._reply(request, flow, 400)
        else:
            return True
        return False

    def _admit_caller(self, request: Request, flow: Flow) -> None:
        """A registered phone or whoever shows credentials is an account, an address of a trunk is the trunk,
        anybody else is asked who he is."""
        claim = self._claim(request, flow)
        if isinstance(claim, Verdict):
            return
        trunk = trunk_of(self._trunks, flow) if self.registrar.account_at(flow) is None else None
        if trunk is not None and claim is None and trunk.config.inbound_user is None:
            self._open_call(
                request, flow, self.transactions.serve(request, flow), Source("trunk", trunk.name), trunk
            )
        elif claim is None:
            self._gate.challenge(request, flow)
        else:
            self._prove(request, flow, claim, trunk)

    def _prove(self, request: Request, flow: Flow, claim: Claim, trunk: Trunk | None) -> None:
        transaction = self.transactions.serve(request, flow)
        transaction.on_cancel = lambda: _terminate(transaction)

        def as_trunk(_account: SipAccount) -> None:
            assert trunk is not None
            self._open_call(request, flow, transaction, Source("trunk", trunk.name), trunk)

        def as_account(account: SipAccount) -> None:
            if account.srtp == "required" and not flow.is_secure:
                transaction.respond(488, extra=SRTP_NEEDED)
            elif account.may_dial:
                self._open_call(request, flow, transaction, Source("account", account.username), None)
            else:
                self.watch.defence.refuse(flow.host, Refusal.NOT_ALLOWED, self.timers.now, "INVITE")
                transaction.respond(403)

        if trunk is not None and claim.username == trunk.config.inbound_user:
            self._gate.admit_trunk(claim, trunk, transaction, as_trunk)
        else:
            self._gate.admit_account(claim, transaction, as_account)

    def _open_call(
        self,
        request: Request,
        flow: Flow,
        transaction: ServerTransaction,
        source: Source,
        trunk: Trunk | None,
    ) -> None:
        call = IncomingCall(self, request, flow, transaction, source, trunk)
        call.caller = read_caller(request, is_trusted=trunk is not None and trunk.config.trusted)
        if trunk is None:
            call.caller = CallerId(source.name, call.caller.display)
        call.srtp = self.srtp_from(source, flow)
        call.dialled = number_of(request.uri)
        if trunk is not None and trunk.config.register and call.dialled == trunk.config.user:
            call.dialled = number_of(
                request.to.uri
            )  # registered trunks call our Contact; the number is in To
        if takeover.is_wanted(request):
            takeover.take_over(self, call, request)
            return
        is_taken = False
        try:
            self._on_call(call)
            is_taken = type(call.handler) is not Unattended
        finally:
            if not is_taken:  # whoever should have taken it has failed
                call.reject(500, "Nobody Attends")
                call.bye()

    # --- registration ------------------------------------------------------------------------------------------------

    def _claim(self, request: Request, flow: Flow) -> Claim | Verdict | None:
        """The credentials; where they are stale or unreadable that is answered and a Verdict comes back."""
        try:
            claim = self._gate.claim(request, flow)
        except BadHeader:
            self._reply(request, flow, 400)
            return Verdict.WRONG
        if claim is Verdict.STALE:
            self._gate.challenge(request, flow, stale=True)
        return claim

    def _register(self, request: Request, flow: Flow) -> None:
        claim = self._claim(request, flow)
        if isinstance(claim, Verdict):
            return
        if claim is None:
            self._gate.challenge(request, flow)
            return
        transaction = self.transactions.serve(request, flow)

        def bind(account: SipAccount) -> None:
            if number_of(request.to.uri) != account.username:
                transaction.respond(403)
                return
            self.registrar.srtp[account.username] = account.srtp
            outcome = self.registrar.register(account.username, request, flow, self._clock.now())
            for binding in outcome.drop:
                self._wire.drop_binding(binding.username, binding.contact)
            for binding in outcome.keep:
                self._wire.keep_binding(binding)
            transaction.respond(outcome.status, extra=outcome.extra)

        self._gate.admit_account(claim, transaction, bind)


_ECHOED: Final = (("Via", "via"), ("From", "from"), ("Call-ID", "call-id"), ("CSeq", "cseq"))


def _new_token() -> str:
    """128 random bits: nobody guesses a tag, a branch or a Call-ID of ours."""
    return os.urandom(16).hex()


def _terminate(transaction: ServerTransaction) -> None:
    if not transaction.is_answered:
        transaction.respond(487)


def _end_stranded(calls: list[SipCall], flow: Flow) -> None:
    for call in calls:
        call.on_flow_lost(flow)
