"""A call that came to us: ring, answer, reject, and the caller's second thoughts (RFC 3261 section 13.3)."""

from typing import Final

from telephony.sip import session_timer
from telephony.sip.build import ALLOW, SUPPORTED_LINE
from telephony.sip.calls import SDP_TYPE, CallerId, CallEvent, CallHome, CallState, SipCall, Source
from telephony.sip.dialogs import Dialog, Guard
from telephony.sip.errors import SdpRefused
from telephony.sip.grammar import quote
from telephony.sip.message import Request
from telephony.sip.reliable import Provisional, ReliableRinging, requires_reliable
from telephony.sip.server_transaction import ServerTransaction
from telephony.sip.timers import Timer
from telephony.sip.wire import Flow

RING_AGAIN_S: Final = 60.0  # section 13.3.1.1: proxies forget a call that is silent for three minutes


class IncomingCall(SipCall):
    """`sdp` is the caller's offer, None when the offer is left to us (the answer comes by `on_acked`)."""

    def __init__(
        self,
        home: CallHome,
        request: Request,
        flow: Flow,
        transaction: ServerTransaction,
        source: Source,
        guard: Guard | None,
    ) -> None:
        """Raises TooBrief or BadHeader when the session interval it asks for is no good."""
        self._terms = session_timer.as_server(request)
        self._timer_lines = session_timer.answer_lines(self._terms, request)
        account = source.name if source.kind == "account" else None
        super().__init__(home, request.call_id, source.name, account)
        self.learn(request)
        self.source = source
        self.caller = CallerId("")
        self.dialled = ""
        self.sdp = request.sdp
        self._transaction = transaction
        self._record_route = "".join(f"Record-Route: {route}\r\n" for route in request.values("record-route"))
        self._cseq = request.cseq
        self._to = request.to.uri
        self._identity = ""
        self._ringing: tuple[int, bytes] | None = None
        self._ring_timer: Timer | None = None
        self._reliable = self._reliably() if requires_reliable(request) else None
        self._offered_early = False  # the caller left the offer to us and it went out while ringing
        self._is_early = False  # offer and answer are complete
        self._waiting_answer: bytes | None = None
        self.dialog = Dialog.as_callee(request, flow, transaction.tag, guard)
        self._contact = home.contact(flow, self.dialog.target)
        transaction.on_cancel = self._cancelled
        home.enroll(self, self.dialog.local_tag)

    def tell_who(self, name: str) -> None:
        """Who is called, for phones that show it: P-Asserted-Identity in our answers (RFC 3325)."""
        self._identity = f"P-Asserted-Identity: {quote(name)} <{self._to}>\r\n"

    def ring(self, sdp: bytes | None = None) -> None:
        """180, or 183 with early media. Said again every minute until a final answer."""
        if self._transaction.is_answered:
            return
        self._ringing = (183 if sdp else 180, sdp or b"")
        self._say_ringing()

    def answer(self, sdp: bytes) -> None:
        """200. Without effect when the caller is gone already."""
        transaction, dialog = self._transaction, self.dialog
        if transaction.is_answered or dialog is None:
            return
        reliable = self._reliable
        if reliable is not None and reliable.open_sdp:  # RFC 3262 section 3: not before its PRACK
            self._waiting_answer = sdp
            return
        self._stop_ringing()
        is_said = self._offered_early and self._is_early
        body = b"" if is_said else sdp
        if not is_said:
            self.local_sdp = sdp
        extra = (
            f"{self._record_route}{self._contact}{self._identity}Allow: {ALLOW}\r\n{SUPPORTED_LINE}{self._timer_lines}"
            f"{SDP_TYPE if body else ''}"
        )
        data = transaction.respond(200, extra=extra, body=body)
        self.move(CallEvent.ANSWER)
        self.session.agree(self._terms)
        self.await_ack(transaction, self._cseq, data, self.confirmed)

    def reject(self, code: int, reason: str) -> None:
        """A final refusal, 300 to 699. Without effect when the caller is gone already."""
        if not self._transaction.is_answered:
            phrase = "".join(char for char in reason if " " <= char != "\x7f")
            self._transaction.respond(code, phrase)
            self._over()

    def early_dialog(self) -> Dialog | None:
        return self.dialog if self._is_early and self.state is CallState.FRESH else None

    def on_prack(self, request: Request, transaction: ServerTransaction) -> None:
        """The caller has our ringing. It may bring the answer to an offer of ours, or a new offer."""
        reliable = self._reliable
        had_sdp = reliable is not None and reliable.open_sdp
        if reliable is None or not reliable.acknowledge(request, self._cseq):
            transaction.respond(481)
            return
        answer = b""
        if self._offered_early and not self._is_early:
            if request.sdp is not None:
                self._is_early = True
                self.handler.on_reanswered(request.sdp)
        else:
            self._is_early = self._is_early or had_sdp
            try:
                answer = self.answer_to(request.sdp) if request.sdp is not None else b""
            except SdpRefused:
                transaction.respond(488)
                return
        transaction.respond(200, extra=SDP_TYPE if answer else "", body=answer)
        self._ring_on(reliable)

    def _ring_on(self, reliable: ReliableRinging) -> None:
        waiting, self._waiting_answer = self._waiting_answer, None
        if waiting is not None:
            self.answer(waiting)
        elif not self._transaction.is_answered:
            reliable.go_on()
            self.offer_next()

    def _reliably(self) -> ReliableRinging:
        transaction, send = self._transaction, self.home.transactions.send
        return ReliableRinging(
            self.home.timers,
            lambda one: transaction.respond(one.status, extra=one.extra, body=one.sdp),
            lambda data: send(transaction.flow, data),
            self._never_acknowledged,
        )

    def _never_acknowledged(self) -> None:
        """RFC 3262 section 3: without a PRACK the call comes to nothing."""
        if not self._transaction.is_answered:
            self._transaction.respond(504)
            self._over()
            self.dismissed().on_cancelled()

    def _say_ringing(self) -> None:
        if self._ringing is None or self._transaction.is_answered:
            return
        code, sdp = self._ringing
        if self._reliable is not None and self.sdp is None and not self._offered_early:
            sdp = sdp or self._early_offer()
        extra = self._record_route + self._contact + self._identity + (SDP_TYPE if sdp else "")
        if self._reliable is None:
            self._transaction.respond(code, extra=extra, body=sdp)
        else:
            self._reliable.say(Provisional(code, f"Allow: {ALLOW}\r\n{extra}", sdp))
        if sdp:
            self.local_sdp = sdp
        if self._ring_timer is not None:
            self._ring_timer.cancel()
        self._ring_timer = self.home.timers.start(RING_AGAIN_S, self._say_ringing)

    def _early_offer(self) -> bytes:
        """The first reliable response to an INVITE without offer has to carry ours (section 5)."""
        self._offered_early = True
        return self.answer_to(None)

    def _stop_ringing(self) -> None:
        if self._ring_timer is not None:
            self._ring_timer.cancel()
            self._ring_timer = None
        if self._reliable is not None:
            self._reliable.stop()

    def _cancelled(self) -> None:
        """CANCEL, or BYE before our answer."""
        if self._transaction.is_answered:
            return
        self._transaction.respond(487)
        self._over()
        self.dismissed().on_cancelled()

    _gone_before_answer = _cancelled

    def _over(self) -> None:
        self._stop_ringing()
        if self.state is CallState.FRESH:
            self.end("not_answered")
