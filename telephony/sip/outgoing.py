"""A call we place, to every binding of an account or to a trunk (RFC 3261 sections 13.2 and 16.7 in spirit).

The first 2xx wins; the other branches are cancelled, and a 2xx that crosses its CANCEL is acknowledged and
hung up at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from telephony.sip.build import ALLOW, Draft, new_branch
from telephony.sip.calls import SDP_TYPE, CallEvent, CallHome, CallState, Login, SipCall, Unheeded
from telephony.sip.client_transaction import ClientTransaction
from telephony.sip.dialogs import Dialog, Guard
from telephony.sip.digest import pick_challenge
from telephony.sip.errors import SdpRefused
from telephony.sip.grammar import quote
from telephony.sip.message import Response
from telephony.sip.wire import Flow

ELSEWHERE: Final = 'Reason: SIP;cause=200;text="Call completed elsewhere"\r\n'
MAX_LOGINS: Final = 2  # one answer, and one more where the nonce had gone stale


@dataclass(frozen=True, slots=True)
class Destination:
    """One way to the called party: Request-URI and the flow to use."""

    uri: str
    flow: Flow


@dataclass(frozen=True, slots=True)
class Invitation:
    """What all branches of a call have in common. `from_` is the header value without tag."""

    from_: str
    to: str
    sdp: bytes | None
    extra: str
    guard: Guard | None = None
    login: Login | None = None


class OutgoingCall(SipCall):
    """Ends in exactly one of `on_answered` and `on_failed`, the latter after `cancel` too."""

    def __init__(
        self, home: CallHome, peer: str, invitation: Invitation, new_token: Callable[[], str]
    ) -> None:
        super().__init__(home, new_token(), peer)
        self._invitation = invitation
        self._tag = new_token()
        self._branches: list[Branch] = []
        self._failures: list[tuple[int, str]] = []
        self._cancel_reason: str | None = None
        self._owns_call_id = True
        self.login = invitation.login

    def start(self, destinations: list[Destination]) -> None:
        """Rings all destinations at once. None at all: 480 with the next tick."""
        if not destinations:
            self.home.timers.start(0.0, lambda: self._fail(480, "Not Registered"))
        self._branches = [Branch(self, destination) for destination in destinations]
        for branch in self._branches:
            branch.send(self._draft(branch.destination))

    def cancel(self, reason: str) -> None:
        """Takes an unanswered call back; `on_failed` follows when every phone has let go."""
        if self.state is not CallState.FRESH or self._cancel_reason is not None:
            return
        self._cancel_reason = reason
        self._cancel_branches(f"Reason: SIP;cause=487;text={quote(reason)}\r\n" if reason else "")

    # --- called by the branches ----------------------------------------------------------------------------

    def ringing(self, sdp: bytes | None) -> None:
        if self.state is CallState.FRESH and self._cancel_reason is None:
            self.handler.on_ringing(sdp)

    def accepted(self, branch: "Branch", invite: Draft, response: Response, flow: Flow) -> None:
        """A first 2xx of a dialog: ours, or one too many."""
        dialog = Dialog.as_caller(invite, self._tag, response, flow, self._invitation.guard)
        is_wanted = self.state is CallState.FRESH and self._cancel_reason is None
        body, is_usable = self._late_answer(response) if is_wanted else (b"", True)
        branch.acknowledge(dialog, invite, body)
        if not is_wanted:
            self.home.transactions.ask(dialog.draft("BYE"), dialog.next_hop(), Unheeded())
            self.branch_over(branch, 487, "Request Terminated")
            return
        self.dialog = dialog
        branch.is_over = True
        self.home.enroll(self, self._tag)
        self.move(CallEvent.CONFIRM)
        self._cancel_branches(ELSEWHERE)
        if not is_usable:
            self.bye("no common codec")
            return
        self.handler.on_answered(response.sdp)
        self.offer_next()

    def branch_over(self, branch: "Branch", code: int, reason: str) -> None:
        """A branch failed. The call has failed with the last of them, or at once with a 6xx."""
        if branch.is_over:
            return
        branch.is_over = True
        self._failures.append((code, reason))
        if self.state is not CallState.FRESH:
            return
        if code >= 600:
            self._cancel_branches("")
        if all(one.is_over for one in self._branches):
            self._fail(*min(self._failures, key=_preference))

    def resend(self, destination: Destination, credentials: str, branch: "Branch", cseq: int) -> None:
        branch.send(self._draft(destination, credentials, cseq))

    @property
    def is_cancelled(self) -> bool:
        return self._cancel_reason is not None or self.state is not CallState.FRESH

    # --- steps -------------------------------------------------------------------------------------------------

    def _draft(self, destination: Destination, credentials: str = "", cseq: int = 1) -> Draft:
        invitation = self._invitation
        contact = self.home.contact(destination.flow)
        sdp_type = SDP_TYPE if invitation.sdp else ""
        extra = f"{contact}Allow: {ALLOW}\r\n{invitation.extra}{credentials}{sdp_type}"
        from_ = f"{invitation.from_};tag={self._tag}"
        return Draft(
            "INVITE",
            destination.uri,
            from_,
            invitation.to,
            self.call_id,
            cseq,
            (),
            extra,
            invitation.sdp or b"",
        )

    def _late_answer(self, response: Response) -> tuple[bytes, bool]:
        """Our answer for the ACK when the INVITE carried no offer, and whether one was found."""
        if self._invitation.sdp is not None:
            return b"", True
        try:
            return self.handler.on_offer(response.sdp), response.sdp is not None
        except SdpRefused:
            return b"", False

    def _cancel_branches(self, extra: str) -> None:
        for branch in self._branches:
            branch.cancel(extra)

    def _fail(self, code: int, reason: str) -> None:
        if self.state is CallState.FRESH:
            self.end("failed")
            self.handler.on_failed(code, reason)


def _preference(failure: tuple[int, str]) -> tuple[int, int]:
    """RFC 3261 section 16.7: a 6xx first, then the lowest class; 408 and 487 say least."""
    code = failure[0]
    return (0 if code >= 600 else code // 100, 1 if code in (408, 480, 487) else 0)


class Branch:
    """One INVITE of a forked call, its login and its dialogs."""

    def __init__(self, call: OutgoingCall, destination: Destination) -> None:
        self._call = call
        self.destination = destination
        self.is_over = False
        self._transaction: ClientTransaction | None = None
        self._has_rung = False
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
        if status < 200:
            self._provisional(response)
        elif status < 300:
            known = self._acks.get(response.to.tag)
            if known is not None:
                self._call.home.transactions.send(*known)
            else:
                self._call.accepted(self, transaction.draft, response, flow)
        elif status not in (401, 407) or not self._log_in(transaction, response):
            self._call.branch_over(self, status, response.reason)

    def on_no_response(self, transaction: ClientTransaction, reason: str) -> None:
        if reason == "timeout":
            self._call.branch_over(self, 408, "Request Timeout")
        else:
            self._call.branch_over(self, 503, "Not Reachable")

    def _provisional(self, response: Response) -> None:
        self._has_rung = True
        if self._cancel_extra is not None:
            self._send_cancel()
        elif response.status > 100 and not self.is_over:
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
        self._call.resend(self.destination, line, self, transaction.draft.cseq + 1)
        return True
