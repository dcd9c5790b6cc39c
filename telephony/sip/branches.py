"""One INVITE of a forked call: its login, its provisionals, its CANCEL and its acknowledgements."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from telephony.sip import session_timer
from telephony.sip.build import Draft, new_branch
from telephony.sip.client_transaction import ClientTransaction
from telephony.sip.dialogs import Dialog
from telephony.sip.digest import pick_challenge
from telephony.sip.grammar import quote
from telephony.sip.message import Response
from telephony.sip.reoffers import SDP_TYPE, Unheeded
from telephony.sip.wire import Flow

if TYPE_CHECKING:
    from telephony.sip.outgoing import OutgoingCall

ELSEWHERE: Final = "Call completed elsewhere"  # tells a phone that rang that nobody missed the call
MAX_LOGINS: Final = 2  # one answer, and one more where the nonce had gone stale


@dataclass(frozen=True, slots=True)
class Destination:
    """One way to the called party: Request-URI and the flow to use."""

    uri: str
    flow: Flow


def reason_line(text: str) -> str:
    """Why an INVITE is cancelled (RFC 3326 section 2); nothing where there is nothing to say."""
    cause = 200 if text == ELSEWHERE else 487
    return f"Reason: SIP;cause={cause};text={quote(text)}\r\n" if text else ""


class Branch:
    """One INVITE of a forked call, its login and its dialogs."""

    def __init__(self, call: "OutgoingCall", destination: Destination) -> None:
        self._call = call
        self.destination = destination
        self.is_over = False
        self._transaction: ClientTransaction | None = None
        self._has_rung = False
        self.has_heard = False  # any answer at all
        self._cancel_extra: str | None = None
        self._logins = 0
        self._acks: dict[str, tuple[Flow, bytes]] = {}

    def send(self, draft: Draft) -> None:
        self._has_rung = False
        self._transaction = self._call.home.transactions.ask(draft, self.destination.flow, self)

    def cancel(self, extra: str) -> None:
        """CANCEL, once the peer has shown any sign of life (section 9.1)."""
        if self.is_over or self._cancel_extra is not None:
            return
        self._cancel_extra = extra
        if self._has_rung:
            self._send_cancel()

    def acknowledge(self, dialog: Dialog, invite: Draft, body: bytes) -> None:
        """The ACK of a 2xx, kept for its retransmissions. It repeats the INVITE's credentials."""
        transactions, hop = self._call.home.transactions, dialog.next_hop()
        login = "".join(f"{line}\r\n" for line in invite.extra.split("\r\n") if "uthorization:" in line[:22])
        extra = login + (SDP_TYPE if body else "")
        ack = dialog.draft("ACK", extra, body, cseq=invite.cseq)
        data = ack.render(transactions.via(hop, new_branch(transactions.new_token())))
        self._acks[dialog.remote_tag] = (hop, data)
        transactions.send(hop, data)

    def on_response(self, transaction: ClientTransaction, response: Response, flow: Flow) -> None:
        status = response.status
        self.has_heard = True
        if status < 200:
            self._provisional(transaction, response, flow)
        elif status < 300:
            known = self._acks.get(response.to.tag)
            if known is not None:
                self._call.home.transactions.send(*known)
            else:
                self._call.accepted(self, transaction.draft, response, flow)
        elif not (status in (401, 407) and self._log_in(transaction, response)) and not (
            status == 422 and self._ask_for_longer(transaction, response)
        ):
            self._call.branch_over(self, status, response.reason)

    def on_no_response(self, transaction: ClientTransaction, reason: str) -> None:
        if reason == "timeout":
            self._call.branch_over(self, 408, "Request Timeout")
        else:
            self._call.branch_over(self, 503, "Not Reachable")

    def _provisional(self, transaction: ClientTransaction, response: Response, flow: Flow) -> None:
        self._has_rung = True
        if self._cancel_extra is not None:
            self._send_cancel()
        elif (
            response.status > 100
            and not self.is_over
            and self._call.early.heard(transaction.draft, response, flow)
        ):
            self._call.ringing(response.sdp)

    def _send_cancel(self) -> None:
        transaction, extra = self._transaction, self._cancel_extra
        self._has_rung = False  # one CANCEL is enough
        if transaction is not None and transaction.is_open:
            self._call.home.transactions.cancel(transaction, Unheeded(), extra or "")

    def _log_in(self, transaction: ClientTransaction, response: Response) -> bool:
        """Answers a trunk's challenge. A phone that challenges us gets nothing (digest leak)."""
        login, is_proxy = self._call.login, response.status == 407
        values = response.values("proxy-authenticate" if is_proxy else "www-authenticate")
        challenge = pick_challenge(values, proxy=is_proxy)
        self._logins += 1
        if login is None or challenge is None or self._call.is_cancelled or self._logins > MAX_LOGINS:
            return False
        if self._logins == MAX_LOGINS and not challenge.stale:
            return False
        line = login.answer(challenge, "INVITE", self.destination.uri)
        if line is None:
            return False
        self._call.resend(self, transaction.draft.cseq + 1, line)
        return True

    def _ask_for_longer(self, transaction: ClientTransaction, response: Response) -> bool:
        """422: the same again with the interval that is allowed there (RFC 4028 section 7.3)."""
        session = self._call.session
        longer = session_timer.interval_after(response, session.interval_s)
        if longer is None or self._call.is_cancelled:
            return False
        session.interval_s = longer
        self._call.resend(self, transaction.draft.cseq + 1)
        return True
