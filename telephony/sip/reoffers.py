"""What we ask within a call: a new description, a sign of life, the farewell (RFC 3261 sections 14 and 15)."""

import logging
import secrets
from typing import TYPE_CHECKING, Final

from telephony.sip import session_timer
from telephony.sip.build import SUPPORTED_LINE
from telephony.sip.call_states import CallState
from telephony.sip.client_transaction import Asker, ClientTransaction
from telephony.sip.dialogs import Dialog
from telephony.sip.digest import pick_challenge
from telephony.sip.errors import BadHeader
from telephony.sip.grammar import read_number
from telephony.sip.message import Response
from telephony.sip.timers import Timer
from telephony.sip.wire import Flow

if TYPE_CHECKING:
    from telephony.sip.calls import SipCall

log = logging.getLogger(__name__)

SDP_TYPE: Final = "Content-Type: application/sdp\r\n"
LONGEST_RETRY_S: Final = 10  # of a Retry-After we wait for; RFC 3311 section 5.2 asks for no more


class Unheeded:
    """Sends a request whose outcome changes nothing."""

    def on_response(self, transaction: ClientTransaction, response: Response, flow: Flow) -> None: ...

    def on_no_response(self, transaction: ClientTransaction, reason: str) -> None: ...


class Farewell:
    """Our BYE: whatever becomes of it, the call is over."""

    def __init__(self, call: "SipCall", outcome: str) -> None:
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


def answer_for(call: "SipCall", response: Response, transaction: ClientTransaction) -> str | None:
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
    """Our re-INVITE or UPDATE, with the glare rule of RFC 3261 section 14.1.

    `is_refresh`: it says nothing new and only keeps the session alive (RFC 4028 section 10); an UPDATE
    of that kind carries no description.
    """

    def __init__(
        self, call: "SipCall", dialog: Dialog, method: str, sdp: bytes, *, is_refresh: bool = False
    ) -> None:
        self._call = call
        self._dialog = dialog
        self._method = method
        self.sdp = sdp
        self.is_refresh = is_refresh
        self._ack: bytes | None = None
        self._retry: Timer | None = None

    def send(self, credentials: str = "") -> None:
        call, dialog = self._call, self._dialog
        session = call.session
        timer = session_timer.asking_lines(session.interval_s, session.terms) if session.terms else ""
        extra = call.home.contact(dialog.flow, dialog.target) + SUPPORTED_LINE + timer + credentials
        extra += SDP_TYPE if self.sdp else ""
        call.home.transactions.ask(dialog.draft(self._method, extra, self.sdp), dialog.next_hop(), self)

    def stop(self) -> None:
        if self._retry is not None:
            self._retry.cancel()

    def on_response(self, transaction: ClientTransaction, response: Response, flow: Flow) -> None:
        call, status = self._call, response.status
        if status < 200:
            return
        if status < 300:
            self._accepted(transaction, response)
        elif call.state not in (CallState.UP, CallState.FRESH):
            return
        elif status in (401, 407) and (line := answer_for(call, response, transaction)):
            self.send(line)
        elif status in (408, 481) and call.state is CallState.UP:
            call.lost_dialog("dialog_gone", say_bye=status == 408)
        else:
            self._refused(response)

    def _refused(self, response: Response) -> None:
        call, status = self._call, response.status
        wait_s = self._glare_s() if status == 491 else _retry_after(response) if status == 500 else None
        longer = session_timer.interval_after(response, call.session.interval_s) if status == 422 else None
        if wait_s is not None:
            self._retry = call.home.timers.start(wait_s, lambda: call.offer_over(self))
        elif longer is not None:
            call.session.interval_s = longer
            self.send()
        elif self._method == "UPDATE" and status in (405, 501):
            call.peer_allows -= {"UPDATE"}
            call.offer_over(self)
        else:
            log.info("our offer was refused", extra={"sip_call": call.call_id, "status": status})
            call.session.refresh_later()
            call.offer_over()

    def on_no_response(self, transaction: ClientTransaction, reason: str) -> None:
        self._call.lost_dialog("no_response", say_bye=True)

    def _accepted(self, transaction: ClientTransaction, response: Response) -> None:
        is_first = self._ack is None
        if self._method == "INVITE":
            self._acknowledge(transaction, response)
        call = self._call
        if not is_first or call.state is CallState.ENDED:
            return
        if self._method == "UPDATE":
            self._dialog.retarget(response)
        call.session.agree(session_timer.as_client(response))
        if response.sdp is not None and self.sdp:
            call.handler.on_reanswered(response.sdp)
        call.offer_over()

    def _acknowledge(self, transaction: ClientTransaction, response: Response) -> None:
        """The ACK of a 2xx, the same for each repeat of it."""
        transactions, dialog = self._call.home.transactions, self._dialog
        if self._ack is None:
            dialog.retarget(response)
            ack = dialog.draft("ACK", cseq=transaction.draft.cseq)
            self._ack = ack.render(transactions.via(dialog.next_hop(), "z9hG4bK" + transactions.new_token()))
        transactions.send(dialog.next_hop(), self._ack)

    def _glare_s(self) -> float:
        """2.1 to 4 s for the owner of the Call-ID, 0 to 2 s for the other, in tenths."""
        return (21 + secrets.randbelow(20)) / 10 if self._call.owns_call_id else secrets.randbelow(21) / 10


def _retry_after(response: Response) -> float | None:
    """The seconds a 500 asks us to wait; None when it asks for nothing or for too much."""
    value = (response.header("retry-after") or "").partition(";")[0].partition("(")[0]
    try:
        return float(read_number(value, LONGEST_RETRY_S))
    except BadHeader:
        return None
