"""A call that came to us: ring, answer, reject, and the caller's second thoughts (RFC 3261 section 13.3)."""

from typing import Final

from telephony.sip.build import ALLOW
from telephony.sip.calls import SDP_TYPE, CallerId, CallEvent, CallHome, CallState, SipCall, Source
from telephony.sip.dialogs import Dialog, Guard
from telephony.sip.message import Request
from telephony.sip.server_transaction import ServerTransaction
from telephony.sip.timers import Timer
from telephony.sip.wire import Flow

RING_AGAIN_S: Final = 60.0  # section 13.3.1.1: proxies forget a call that is silent for three minutes
REASON_BY_CODE: Final = {486: "Busy Here", 603: "Decline"}


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
        super().__init__(home, request.call_id, source.name)
        self.source = source
        self.caller = CallerId("")
        self.dialled = ""
        self.sdp = request.sdp
        self._transaction = transaction
        self._record_route = "".join(f"Record-Route: {route}\r\n" for route in request.values("record-route"))
        self._cseq = request.cseq
        self._ringing: tuple[int, bytes] | None = None
        self._ring_timer: Timer | None = None
        self.dialog = Dialog.as_callee(request, flow, transaction.tag, guard)
        self._contact = home.contact(flow)
        transaction.on_cancel = self._cancelled
        home.enroll(self, self.dialog.local_tag)

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
        self._stop_ringing()
        extra = f"{self._record_route}{self._contact}Allow: {ALLOW}\r\n{SDP_TYPE}"
        data = transaction.respond(200, extra=extra, body=sdp)
        self.move(CallEvent.ANSWER)
        self.await_ack(transaction, self._cseq, data, self.confirmed)

    def reject(self, code: int, reason: str) -> None:
        """A final refusal, 300 to 699. Without effect when the caller is gone already."""
        if not self._transaction.is_answered:
            phrase = "".join(char for char in reason if " " <= char != "\x7f")
            self._transaction.respond(code, phrase)
            self._over()

    def _say_ringing(self) -> None:
        if self._ringing is None or self._transaction.is_answered:
            return
        code, sdp = self._ringing
        extra = self._record_route + self._contact + (SDP_TYPE if sdp else "")
        self._transaction.respond(code, extra=extra, body=sdp)
        if self._ring_timer is not None:
            self._ring_timer.cancel()
        self._ring_timer = self.home.timers.start(RING_AGAIN_S, self._say_ringing)

    def _stop_ringing(self) -> None:
        if self._ring_timer is not None:
            self._ring_timer.cancel()
            self._ring_timer = None

    def _cancelled(self) -> None:
        """CANCEL, or BYE before our answer."""
        if self._transaction.is_answered:
            return
        self._transaction.respond(487)
        self._over()
        self.handler.on_cancelled()

    _gone_before_answer = _cancelled

    def _over(self) -> None:
        self._stop_ringing()
        if self.state is CallState.FRESH:
            self.end("not_answered")
