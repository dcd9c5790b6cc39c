"""A call in progress: what an answered call can do, whoever placed it (RFC 3261 sections 12 to 15)."""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Protocol

from telephony.sip.client_transaction import Asker, ClientTransaction
from telephony.sip.dialogs import AwaitedAck, Dialog
from telephony.sip.digest import Challenge, pick_challenge
from telephony.sip.dtmf_info import read_digit
from telephony.sip.errors import SdpRefused
from telephony.sip.grammar import quote
from telephony.sip.message import Request, Response
from telephony.sip.server_transaction import ServerTransaction
from telephony.sip.timers import Timer, Timers
from telephony.sip.transactions import Transactions
from telephony.sip.wire import Flow

log = logging.getLogger(__name__)

SDP_TYPE: Final = "Content-Type: application/sdp\r\n"
DIGIT_TYPES: Final = frozenset({"application/dtmf-relay", "application/dtmf"})


@dataclass(frozen=True, slots=True)
class CallerId:
    """`number` is as it came (raw); `withheld`: the caller asked not to be shown."""

    number: str
    display: str | None = None
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Who brought the call: a trunk or an authenticated account, by name."""

    kind: str  # trunk, account
    name: str


class CallHandler(Protocol):
    """Who attends to a call. Every method is called in the loop and must not wait."""

    def on_ringing(self, sdp: bytes | None) -> None: ...

    def on_answered(self, sdp: bytes | None) -> None: ...

    def on_failed(self, code: int, reason: str) -> None: ...

    def on_cancelled(self) -> None: ...

    def on_acked(self, sdp: bytes | None) -> None: ...

    def on_offer(self, sdp: bytes | None) -> bytes:
        """The peer's new offer: returns our answer. None in: returns our offer. Raises SdpRefused (488)."""
        ...

    def on_reanswered(self, sdp: bytes) -> None: ...

    def on_digit(self, digit: str) -> None: ...

    def on_ended(self, reason: str) -> None:
        """Once for every call that was answered, whoever ended it."""
        ...


class Unattended:
    """Stands in until somebody takes the call."""

    def on_ringing(self, sdp: bytes | None) -> None: ...

    def on_answered(self, sdp: bytes | None) -> None: ...

    def on_failed(self, code: int, reason: str) -> None: ...

    def on_cancelled(self) -> None: ...

    def on_acked(self, sdp: bytes | None) -> None: ...

    def on_offer(self, sdp: bytes | None) -> bytes:
        raise SdpRefused("nobody attends to this call")

    def on_reanswered(self, sdp: bytes) -> None: ...

    def on_digit(self, digit: str) -> None: ...

    def on_ended(self, reason: str) -> None: ...


class Unheeded:
    """Sends a request whose outcome changes nothing."""

    def on_response(self, transaction: ClientTransaction, response: Response, flow: Flow) -> None: ...

    def on_no_response(self, transaction: ClientTransaction, reason: str) -> None: ...


class CallState(Enum):
    FRESH = auto()  # no final response yet
    ANSWERED = auto()  # 2xx sent, its ACK not here yet
    UP = auto()
    ENDING = auto()  # our BYE is out
    ENDED = auto()


class CallEvent(Enum):
    ANSWER = auto()
    CONFIRM = auto()
    HANG_UP = auto()
    END = auto()


C, V = CallState, CallEvent
TRANSITIONS: Final[dict[tuple[CallState, CallEvent], CallState]] = {
    (C.FRESH, V.ANSWER): C.ANSWERED,
    (C.FRESH, V.CONFIRM): C.UP,  # an outgoing call: the 2xx came and was acknowledged
    (C.FRESH, V.END): C.ENDED,
    (C.ANSWERED, V.CONFIRM): C.UP,
    (C.ANSWERED, V.HANG_UP): C.ENDING,  # no ACK came in time
    (C.ANSWERED, V.END): C.ENDED,
    (C.UP, V.HANG_UP): C.ENDING,
    (C.UP, V.END): C.ENDED,
    (C.ENDING, V.END): C.ENDED,
}


class Login(Protocol):
    """Answers an upstream server's challenge, or refuses to."""

    def answer(self, challenge: Challenge, method: str, uri: str) -> str | None: ...


class CallHome(Protocol):
    """What a call needs of the user agent it lives in."""

    transactions: Transactions
    timers: Timers

    def contact(self, flow: Flow) -> str:
        """The Contact line for messages that go by `flow`."""
        ...

    def enroll(self, call: "SipCall", local_tag: str) -> None: ...

    def retire(self, call: "SipCall", local_tag: str) -> None: ...

    def trace(self, call: "SipCall", old: CallState, new: CallState) -> None: ...


class SipCall:
    """One call. `peer` is a name for logs; `handler` may be replaced at any time."""

    def __init__(self, home: CallHome, call_id: str, peer: str) -> None:
        self.home = home
        self.call_id = call_id
        self.peer = peer
        self.handler: CallHandler = Unattended()
        self.state = CallState.FRESH
        self.dialog: Dialog | None = None
        self.login: Login | None = None
        self._awaited: AwaitedAck | None = None
        self._offer: Reoffer | None = None
        self._next_offer: bytes | None = None
        self._bye_after_ack: str | None = None
        self._owns_call_id = False

    # --- what the controller may ask ---------------------------------------------------------------

    def bye(self, reason: str = "") -> None:
        """Hangs up an answered call; nothing where it is over already. `on_ended` follows."""
        if self.state is C.ANSWERED:
            self._bye_after_ack = reason  # section 15: not before the ACK
        elif self.state is C.UP:
            self._hang_up("local_bye", reason)

    def reinvite(self, sdp: bytes) -> None:
        """Offers a new description; waits its turn while another exchange is open. The last one wins."""
        if self.state in (C.ANSWERED, C.UP):
            self._next_offer = sdp
            self.offer_next()

    # --- what the peer may ask within the dialog -----------------------------------------------------

    def on_request(self, request: Request, transaction: ServerTransaction) -> None:
        """A request of the dialog, its CSeq checked. Always answers."""
        if request.method == "BYE":
            self._peer_hangs_up(transaction)
        elif request.method == "INFO":
            self._on_info(request, transaction)
        elif request.method == "INVITE":
            self._on_reinvite(request, transaction)
        else:
            transaction.respond(200)

    def on_ack(self, request: Request) -> None:
        awaited = self._awaited
        if awaited is not None and request.cseq == awaited.cseq:
            self._awaited = None
            awaited.acknowledge(request.sdp)

    def on_flow_lost(self, flow: Flow) -> None:
        """The stream this call lived on is gone and no other took its place."""
        if self.dialog is not None and self.dialog.flow == flow:
            self.end("connection_lost")

    def _peer_hangs_up(self, transaction: ServerTransaction) -> None:
        transaction.respond(200)
        if self.state is C.FRESH:
            self._gone_before_answer()
        else:
            self.end("peer_bye" if self.state is not C.ENDING else "local_bye")

    def _gone_before_answer(self) -> None:
        """A BYE in an early dialog."""

    def _on_info(self, request: Request, transaction: ServerTransaction) -> None:
        if not request.body:
            transaction.respond(200)
            return
        if request.content_type not in DIGIT_TYPES:
            transaction.respond(415, extra=f"Accept: {', '.join(sorted(DIGIT_TYPES))}\r\n")
            return
        digit = read_digit(request.content_type, request.body)
        transaction.respond(200 if digit else 400)
        if digit:
            self.handler.on_digit(digit)

    def _on_reinvite(self, request: Request, transaction: ServerTransaction) -> None:
        dialog = self.dialog
        if dialog is None or self.state is not C.UP or self._awaited is not None or self._offer is not None:
            transaction.respond(491)
            return
        if request.body and request.sdp is None:
            transaction.respond(415, extra="Accept: application/sdp\r\n")
            return
        try:
            answer = self.handler.on_offer(request.sdp)
        except SdpRefused as refusal:
            log.info("offer refused", extra={"sip_call": self.call_id, "pii.why": str(refusal)})
            transaction.respond(488)
            return
        dialog.retarget(request)
        was_late = request.sdp is None
        data = transaction.respond(200, extra=self.home.contact(dialog.flow) + SDP_TYPE, body=answer)
        self.await_ack(transaction, request.cseq, data, lambda sdp: self._reacked(sdp if was_late else None))

    def _reacked(self, sdp: bytes | None) -> None:
        if sdp is not None:
            self.handler.on_reanswered(sdp)
        self.offer_next()

    # --- shared steps ----------------------------------------------------------------------------------

    def move(self, event: CallEvent) -> None:
        old, self.state = self.state, TRANSITIONS[(self.state, event)]
        self.home.trace(self, old, self.state)

    def await_ack(
        self, transaction: ServerTransaction, cseq: int, data: bytes, acked: Callable[[bytes | None], None]
    ) -> None:
        flow, send = transaction.flow, self.home.transactions.send
        self._awaited = AwaitedAck(
            self.home.timers, lambda again: send(flow, again), (cseq, data), acked, self._no_ack
        )

    def confirmed(self, sdp: bytes | None) -> None:
        """The ACK of our 2xx."""
        self.move(V.CONFIRM)
        self.handler.on_acked(sdp)
        if self._bye_after_ack is not None and self.state is C.UP:
            self._hang_up("local_bye", self._bye_after_ack)
        self.offer_next()

    def _no_ack(self) -> None:
        self._awaited = None
        self._hang_up("no_ack", "")

    def _hang_up(self, outcome: str, reason: str) -> None:
        dialog = self.dialog
        if dialog is None or self.state not in (C.ANSWERED, C.UP):
            return
        self.move(V.HANG_UP)
        extra = f"Reason: SIP;cause=200;text={quote(reason)}\r\n" if reason else ""
        self.home.transactions.ask(dialog.draft("BYE", extra), dialog.next_hop(), Farewell(self, outcome))

    def offer_next(self) -> None:
        """Sends the waiting offer when no exchange is open in either direction."""
        dialog, sdp = self.dialog, self._next_offer
        if dialog is None or sdp is None or self.state is not C.UP or self._awaited or self._offer:
            return
        self._next_offer = None
        self._offer = Reoffer(self, sdp, owns_call_id=self._owns_call_id)
        self._offer.send(dialog)

    def offer_over(self, again: bytes | None = None) -> None:
        """Our re-INVITE is through; `again` is offered once more unless a newer one waits."""
        self._offer = None
        if again is not None and self._next_offer is None:
            self._next_offer = again
        self.offer_next()

    def lost_dialog(self, outcome: str, *, say_bye: bool) -> None:
        """The peer does not know the call any more, or does not answer."""
        if say_bye:
            self._hang_up(outcome, "")
        else:
            self.end(outcome)

    def end(self, reason: str) -> None:
        """The call is over; tells the handler once where it had been answered."""
        if self.state is C.ENDED:
            return
        was_answered = self.state is not C.FRESH
        self.move(V.END)
        if self._awaited is not None:
            self._awaited.stop()
            self._awaited = None
        if self._offer is not None:
            self._offer.stop()
        if self.dialog is not None:
            self.home.retire(self, self.dialog.local_tag)
        if was_answered:
            self.handler.on_ended(reason)


class Farewell:
    """Our BYE: whatever becomes of it, the call is over."""

    def __init__(self, call: SipCall, outcome: str) -> None:
        self._call = call
        self._outcome = outcome

    def on_response(self, transaction: ClientTransaction, response: Response, flow: Flow) -> None:
        if response.status in (401, 407) and self._call.dialog is not None:
            line = answer_for(self._call, response, transaction)
            if line is not None:
                dialog = self._call.dialog
                self._call.home.transactions.ask(
                    dialog.draft("BYE", line), dialog.next_hop(), Farewell(self._call, self._outcome)
                )
                return
        if response.status >= 200:
            self._call.end(self._outcome)

    def on_no_response(self, transaction: ClientTransaction, reason: str) -> None:
        self._call.end(self._outcome)


def answer_for(call: SipCall, response: Response, transaction: ClientTransaction) -> str | None:
    """The credentials a trunk asks for within a call it took by login; None for everybody else."""
    is_proxy = response.status == 407
    values = response.values("proxy-authenticate" if is_proxy else "www-authenticate")
    challenge = pick_challenge(values, proxy=is_proxy)
    already = "\r\n" + transaction.draft.extra
    if (
        challenge is None
        or call.login is None
        or "\r\nAuthorization:" in already
        or "\r\nProxy-Authorization:" in already
    ):
        return None
    return call.login.answer(challenge, transaction.draft.method, transaction.draft.uri)


class Reoffer(Asker):
    """Our re-INVITE, with the glare rule of RFC 3261 section 14.1."""

    def __init__(self, call: SipCall, sdp: bytes, *, owns_call_id: bool) -> None:
        self._call = call
        self._sdp = sdp
        self._owns_call_id = owns_call_id
        self._ack: bytes | None = None
        self._retry: Timer | None = None

    def send(self, dialog: Dialog, credentials: str = "") -> None:
        home = self._call.home
        extra = home.contact(dialog.flow) + SDP_TYPE + credentials
        home.transactions.ask(dialog.draft("INVITE", extra, self._sdp), dialog.next_hop(), self)

    def stop(self) -> None:
        if self._retry is not None:
            self._retry.cancel()

    def on_response(self, transaction: ClientTransaction, response: Response, flow: Flow) -> None:
        call, dialog, status = self._call, self._call.dialog, response.status
        if status < 200 or dialog is None:
            return
        if status < 300:
            self._accepted(transaction, response, dialog)
        elif call.state is not C.UP:
            return
        elif status == 491:
            self._retry = call.home.timers.start(self._glare_s(), lambda: call.offer_over(self._sdp))
        elif status in (401, 407) and (line := answer_for(call, response, transaction)):
            self.send(dialog, line)
        elif status in (408, 481):
            call.lost_dialog("dialog_gone", say_bye=status == 408)
        else:
            log.info("our offer was refused", extra={"sip_call": call.call_id, "status": status})
            call.offer_over()

    def on_no_response(self, transaction: ClientTransaction, reason: str) -> None:
        self._call.lost_dialog("no_response", say_bye=True)

    def _accepted(self, transaction: ClientTransaction, response: Response, dialog: Dialog) -> None:
        transactions, hop = self._call.home.transactions, dialog.next_hop()
        is_first = self._ack is None
        if is_first:
            dialog.retarget(response)
            hop = dialog.next_hop()
            ack = dialog.draft("ACK", cseq=transaction.draft.cseq)
            self._ack = ack.render(transactions.via(hop, "z9hG4bK" + transactions.new_token()))
        assert self._ack is not None
        transactions.send(hop, self._ack)
        if is_first and self._call.state is not C.ENDED:
            if response.sdp is not None:
                self._call.handler.on_reanswered(response.sdp)
            self._call.offer_over()

    def _glare_s(self) -> float:
        """2.1 to 4 s for the owner of the Call-ID, 0 to 2 s for the other, in tenths."""
        return (21 + secrets.randbelow(20)) / 10 if self._owns_call_id else secrets.randbelow(21) / 10
