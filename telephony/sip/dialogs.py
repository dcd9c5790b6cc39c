"""Dialogs (RFC 3261 section 12): tags, sequence numbers, route set, and where the next request goes."""

import ipaddress
from collections.abc import Callable
from typing import Protocol

from telephony.sip.build import DEFAULT_PORT, DEFAULT_TLS_PORT, Draft
from telephony.sip.errors import BadHeader
from telephony.sip.grammar import split_list, unfold
from telephony.sip.headers import NameAddr
from telephony.sip.message import Message, Request, Response
from telephony.sip.states import GIVE_UP_S, T1_S, T2_S
from telephony.sip.timers import Timer, Timers
from telephony.sip.uri import SipUri
from telephony.sip.wire import Flow


class Guard(Protocol):
    """Which other sources may speak for the peer: a trunk's further addresses."""

    def covers(self, flow: Flow) -> bool: ...


class Dialog:
    """One side of a dialog. `pinned`: requests go back the way the peer's came (a phone behind address
    translation), whatever its Contact says; else by route set and target as the RFC has it."""

    __slots__ = ("call_id", "flow", "guard", "local", "local_cseq", "local_tag", "pinned", "remote", "remote_cseq",
                 "remote_tag", "routes", "target")  # fmt: skip

    def __init__(
        self, call_id: str, local: tuple[str, str], remote: tuple[str, str], flow: Flow, guard: Guard | None
    ) -> None:
        """`local` and `remote` are (header value with tag, tag)."""
        self.call_id = call_id
        self.local, self.local_tag = local
        self.remote, self.remote_tag = remote
        self.flow = flow
        self.guard = guard
        self.pinned = guard is None
        self.local_cseq = 0
        self.remote_cseq: int | None = None
        self.routes: tuple[str, ...] = ()
        self.target = ""

    @classmethod
    def as_callee(cls, request: Request, flow: Flow, tag: str, guard: Guard | None) -> "Dialog":
        """From an INVITE we answer with To tag `tag`."""
        local = (f"{request.headers['to'][0]};tag={tag}", tag)
        dialog = cls(request.call_id, local, (request.headers["from"][0], request.from_.tag), flow, guard)
        dialog.remote_cseq = request.cseq
        dialog.routes = tuple(_routes(request))
        dialog.retarget(request)
        return dialog

    @classmethod
    def as_caller(
        cls, invite: Draft, tag: str, response: Response, flow: Flow, guard: Guard | None
    ) -> "Dialog":
        """From a 2xx to our INVITE whose From tag was `tag`."""
        remote = (response.headers["to"][0], response.to.tag)
        dialog = cls(response.call_id, (invite.from_, tag), remote, flow, guard)
        dialog.local_cseq = invite.cseq
        dialog.routes = tuple(reversed(_routes(response)))
        dialog.target = invite.uri
        dialog.retarget(response)
        return dialog

    def retarget(self, message: Message) -> None:
        """Target refresh: a new Contact is where requests go from now on."""
        contact = message.contact
        if contact is not None:
            self.target = contact.uri

    def admits(self, flow: Flow) -> bool:
        """May a request of this dialog come by `flow`? Over UDP anybody can write any tag he has seen.

        What began in secret is not carried on in the open.
        """
        return (flow.is_secure or not self.flow.is_secure) and (
            flow.is_reliable
            or flow.host == self.flow.host
            or (self.guard is not None and self.guard.covers(flow))
        )

    def advances(self, cseq: int) -> bool:
        """Takes the peer's next number; False when it went backwards (answer: 500)."""
        if self.remote_cseq is not None and cseq <= self.remote_cseq:
            return False
        self.remote_cseq = cseq
        return True

    def draft(self, method: str, extra: str = "", body: bytes = b"", cseq: int | None = None) -> Draft:
        """The next request within the dialog; `cseq` only for the ACK of that number."""
        if cseq is None:
            self.local_cseq += 1
            cseq = self.local_cseq
        uri, routes = self.target, self.routes
        first = _uri_of(routes[0]) if routes else None
        if first is not None and not first.is_loose_router:  # strict routing, section 12.2.1.1
            uri, routes = NameAddr.parse(routes[0]).uri, (*routes[1:], f"<{self.target}>")
        return Draft(method, uri, self.local, self.remote, self.call_id, cseq, routes, extra, body)

    def next_hop(self) -> Flow:
        if self.pinned or self.flow.is_reliable:
            return self.flow
        hop = _uri_of(self.routes[0] if self.routes else f"<{self.target}>")
        if hop is None or hop.host.endswith(".invalid") or _is_unreachable(hop.host, self.flow.host):
            return self.flow
        transport = (hop.params.get("transport") or "udp").lower()
        if hop.scheme == "sips" or transport == "tls":
            return Flow("tls", hop.host.strip("[]"), hop.port or DEFAULT_TLS_PORT)
        return Flow("tcp" if transport == "tcp" else "udp", hop.host.strip("[]"), hop.port or DEFAULT_PORT)


def _routes(message: Message) -> list[str]:
    return [
        part for value in message.values("record-route") for part in split_list(unfold(value), ",") if part
    ]


def _uri_of(route: str) -> SipUri | None:
    try:
        return SipUri.parse(NameAddr.parse(route).uri)
    except BadHeader:
        return None


def _is_unreachable(host: str, source: str) -> bool:
    """A private address named by a peer that reaches us from a public one."""
    try:
        named, seen = ipaddress.ip_address(host.strip("[]")), ipaddress.ip_address(source)
    except ValueError:
        return False
    return named.is_private and not seen.is_private


class AwaitedAck:
    """A 2xx to an INVITE, sent again at T1, 2*T1 ... T2 until its ACK (RFC 3261 section 13.3.1.4)."""

    __slots__ = ("_acked", "_data", "_interval", "_never", "_send", "_timer", "_timers", "_waited", "cseq")

    def __init__(
        self,
        timers: Timers,
        send: Callable[[bytes], None],
        response: tuple[int, bytes],
        acked: Callable[[bytes | None], None],
        never: Callable[[], None],
    ) -> None:
        """`response` is (CSeq number, bytes), sent already once. `acked` gets the SDP of the ACK."""
        self.cseq, self._data = response
        self._timers = timers
        self._send = send
        self._acked = acked
        self._never = never
        self._interval = T1_S
        self._waited = 0.0
        self._timer: Timer = timers.start(T1_S, self._again)

    def acknowledge(self, sdp: bytes | None) -> None:
        self.stop()
        self._acked(sdp)

    def stop(self) -> None:
        self._timer.cancel()

    def _again(self) -> None:
        self._waited += self._interval
        if self._waited >= GIVE_UP_S:
            self._never()
            return
        self._send(self._data)
        self._interval = min(2 * self._interval, T2_S, GIVE_UP_S - self._waited)
        self._timer = self._timers.start(self._interval, self._again)
