"""A call in progress: what an answered call can do, whoever placed it (RFC 3261 sections 12 to 15)."""

from collections.abc import Callable
from typing import ClassVar, Final, Protocol

from telephony.sip import peer_offers, referrals
from telephony.sip.call_states import TRANSITIONS, CallEvent, CallState
from telephony.sip.dialogs import AwaitedAck, Dialog
from telephony.sip.digest import Challenge
from telephony.sip.dtmf_info import read_digit
from telephony.sip.grammar import quote
from telephony.sip.handlers import DISMISSED, CallerId, CallHandler, Source, Unattended
from telephony.sip.headers import read_tokens
from telephony.sip.message import Message, Request
from telephony.sip.reoffers import SDP_TYPE, Farewell, Reoffer, Unheeded
from telephony.sip.sdes import SrtpPolicy
from telephony.sip.server_transaction import ServerTransaction
from telephony.sip.session_timer import SessionTimer
from telephony.sip.timers import Timers
from telephony.sip.transactions import Transactions
from telephony.sip.wire import Flow

__all__ = [
    "SDP_TYPE",
    "CallEvent",
    "CallHandler",
    "CallHome",
    "CallState",
    "CallerId",
    "Login",
    "SipCall",
    "Source",
    "Unattended",
    "Unheeded",
]

DIGIT_TYPES: Final = frozenset({"application/dtmf-relay", "application/dtmf"})
C, V = CallState, CallEvent


class Login(Protocol):
    """Answers an upstream server's challenge, or refuses to."""

    def answer(self, challenge: Challenge, method: str, uri: str) -> str | None: ...


class CallHome(Protocol):
    """What a call needs of the user agent it lives in."""

    transactions: Transactions
    timers: Timers

    def contact(self, flow: Flow, peer: str = "") -> str:
        """The Contact line for messages that go by `flow`; a `sips:` address of the peer gets one of ours."""
        ...

    def enroll(self, call: "SipCall", local_tag: str) -> None: ...

    def retire(self, call: "SipCall", local_tag: str) -> None: ...

    def find(self, call_id: str, local_tag: str) -> "SipCall | None": ...

    def trace(self, call: "SipCall", old: CallState, new: CallState) -> None: ...


class SipCall:
    """One call. `peer` is a name for logs; `handler` may be replaced at any time.

    `account` is the authenticated account at the other end, None where that is a trunk.
    """

    owns_call_id: ClassVar[bool] = False
    srtp: SrtpPolicy = "off"  # what the peer may or must do, as far as nobody reads our signalling

    def __init__(self, home: CallHome, call_id: str, peer: str, account: str | None) -> None:
        self.home = home
        self.call_id = call_id
        self.peer = peer
        self.account = account
        self.handler: CallHandler = Unattended()
        self.state = CallState.FRESH
        self.dialog: Dialog | None = None
        self.login: Login | None = None
        self.peer_allows: frozenset[str] = frozenset()
        self.session = SessionTimer(home.timers, self._refresh, self._expired)
        self.referral: referrals.Referral | None = None
        self.awaited: AwaitedAck | None = None
        self.local_sdp = b""  # what we said last, for a refresh that says it again
        self._offer: Reoffer | None = None
        self._next_offer: bytes | None = None
        self._bye_after_ack: str | None = None

    # --- what the controller may ask ---------------------------------------------------------------

    def bye(self, reason: str = "") -> None:
        """Hangs up an answered call; nothing where it is over already. `on_ended` follows."""
        if self.state is C.ANSWERED:
            self._bye_after_ack = reason  # section 15: not before the ACK
        elif self.state is C.UP:
            self._hang_up("local_bye", reason)

    def reinvite(self, sdp: bytes) -> None:
        """Offers a new description; waits its turn while another exchange is open. The last one wins.

        Before the answer it goes as an UPDATE, where the peer takes one and a first exchange is complete.
        """
        if self.state in (C.ANSWERED, C.UP) or self.early_dialog() is not None:
            self._next_offer = sdp
            self.offer_next()

    # --- what the peer may ask within the dialog -----------------------------------------------------

    def dialog_with(self, remote_tag: str) -> Dialog | None:
        """Our dialog with that tag, an early one included."""
        dialog = self.dialog
        return dialog if dialog is not None and dialog.remote_tag == remote_tag else None

    def early_dialog(self) -> Dialog | None:
        """The dialog in which offer and answer are complete before the call is answered."""
        return None

    def on_request(self, request: Request, transaction: ServerTransaction) -> None:
        """A request of the dialog, its CSeq checked. Always answers."""
        self.learn(request)
        dialog = self.dialog_with(request.from_.tag)
        if request.method == "BYE":
            self._peer_hangs_up(transaction)
        elif request.method == "INFO":
            self._on_info(request, transaction)
        elif request.method == "INVITE":
            peer_offers.on_reinvite(self, request, transaction)
        elif request.method == "UPDATE" and dialog is not None:
            peer_offers.on_update(self, request, transaction, dialog)
        elif request.method == "PRACK":
            self.on_prack(request, transaction)
        elif request.method == "REFER":
            referrals.on_refer(self, request, transaction)
        else:
            transaction.respond(200)

    def on_prack(self, request: Request, transaction: ServerTransaction) -> None:
        """Only a call that rings has anything to acknowledge."""
        transaction.respond(481)

    def learn(self, message: Message) -> None:
        """What the peer says it can do."""
        if "allow" in message.headers:
            self.peer_allows = frozenset(read_tokens(message.values("allow")))

    def on_ack(self, request: Request) -> None:
        awaited = self.awaited
        if awaited is not None and request.cseq == awaited.cseq:
            self.awaited = None
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

    def answer_to(self, sdp: bytes | None) -> bytes:
        """Our answer to the peer's offer, or our offer where it wants one. Raises SdpRefused."""
        answer = self.handler.on_offer(sdp)
        self.local_sdp = answer
        return answer

    def reacked(self, sdp: bytes | None) -> None:
        """The ACK of our 2xx to a re-INVITE; `sdp` is the answer to a late offer of ours."""
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
        self.awaited = AwaitedAck(
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
        self.awaited = None
        self._hang_up("no_ack", "")

    def _hang_up(self, outcome: str, reason: str) -> None:
        dialog = self.dialog
        if dialog is None or self.state not in (C.ANSWERED, C.UP):
            return
        self.move(V.HANG_UP)
        self.session.stop()
        extra = f"Reason: SIP;cause=200;text={quote(reason)}\r\n" if reason else ""
        self.home.transactions.ask(dialog.draft("BYE", extra), dialog.next_hop(), Farewell(self, outcome))

    # --- our own offers and signs of life ---------------------------------------------------------------

    @property
    def has_offer_out(self) -> bool:
        """A description of ours waits for its answer."""
        return self._offer is not None and bool(self._offer.sdp)

    def offer_next(self) -> None:
        """Sends the waiting offer when no exchange is open in either direction."""
        sdp = self._next_offer
        if sdp is None or self.awaited or self._offer:
            return
        if self.state is C.UP:
            dialog, method = self.dialog, "INVITE"
        else:
            dialog, method = self.early_dialog() if "UPDATE" in self.peer_allows else None, "UPDATE"
        if dialog is not None:
            self._next_offer = None
            self.local_sdp = sdp
            self._ask(Reoffer(self, dialog, method, sdp))

    def _refresh(self) -> None:
        """The session wants a sign of life from us; an exchange that is open anyhow is one."""
        dialog = self.dialog
        if dialog is None or self.state is not C.UP or self.awaited or self._offer:
            return
        if "UPDATE" in self.peer_allows:
            self._ask(Reoffer(self, dialog, "UPDATE", b"", is_refresh=True))
        elif self.local_sdp:
            self._ask(Reoffer(self, dialog, "INVITE", self.local_sdp, is_refresh=True))

    def _ask(self, offer: Reoffer) -> None:
        self._offer = offer
        offer.send()

    def _expired(self) -> None:
        """Nobody gave a sign of life."""
        self._hang_up("session_expired", "Session expired")

    def offer_over(self, again: Reoffer | None = None) -> None:
        """Our re-INVITE or UPDATE is through; `again` is asked once more unless a newer offer waits."""
        self._offer = None
        if again is not None and self._next_offer is None:
            if again.is_refresh:
                self._refresh()
            else:
                self._next_offer = again.sdp
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
        self.session.close()
        if self.awaited is not None:
            self.awaited.stop()
            self.awaited = None
        if self._offer is not None:
            self._offer.stop()
        if self.dialog is not None:
            self.home.retire(self, self.dialog.local_tag)
        if was_answered:
            self.dismissed().on_ended(reason)

    def dismissed(self) -> CallHandler:
        """The handler, for the last it is told. Call and handler let go of one another here: thousands of ended calls
        would else lie about in circles until a garbage collection found them, which stops everything."""
        handler, self.handler = self.handler, DISMISSED
        return handler
