"""A call we place, to every binding of an account or to a trunk (RFC 3261 sections 13.2 and 16.7 in spirit).

The first 2xx wins; the other branches are cancelled, and a 2xx that crosses its CANCEL is acknowledged and
hung up at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

from telephony.sip import session_timer
from telephony.sip.branches import ELSEWHERE, Branch, Destination, reason_line
from telephony.sip.build import ALLOW, SUPPORTED_LINE, Draft
from telephony.sip.calls import SDP_TYPE, CallEvent, CallHome, CallState, Login, SipCall, Unheeded
from telephony.sip.dialogs import Dialog, Guard
from telephony.sip.early import EarlyDialogs
from telephony.sip.errors import SdpRefused
from telephony.sip.message import Response
from telephony.sip.sdes import without_keys
from telephony.sip.wire import Flow

FAILOVER_S: Final = 4.0  # how long one way may stay silent while there is another
OUT_OF_SERVICE: Final = frozenset({408, 500, 503, 504})


@dataclass(frozen=True, slots=True)
class Invitation:
    """What all branches of a call have in common. `from_` is the header value without tag."""

    from_: str
    to: str
    sdp: bytes | None
    extra: str
    guard: Guard | None = None
    login: Login | None = None
    account: str | None = None


class OutgoingCall(SipCall):
    """Ends in exactly one of `on_answered` and `on_failed`, the latter after `cancel` too."""

    owns_call_id: ClassVar[bool] = True

    def __init__(
        self, home: CallHome, peer: str, invitation: Invitation, new_token: Callable[[], str]
    ) -> None:
        super().__init__(home, new_token(), peer, invitation.account)
        self._invitation = invitation
        self._tag = new_token()
        self._branches: list[Branch] = []
        self._failures: list[tuple[int, str]] = []
        self._cancel_reason: str | None = None
        self._ways: list[Destination] = []
        self.local_sdp = invitation.sdp or b""
        self.early = EarlyDialogs(self, self._tag, invitation.guard)
        self.login = invitation.login

    def start(self, destinations: list[Destination], *, in_turn: bool = False) -> None:
        """Rings all destinations at once, or one after the other as each fails to answer at all
        (RFC 3263 section 4.3). None at all: 480 with the next tick."""
        if not destinations:
            self.home.timers.start(0.0, lambda: self._fail(480, "Not Registered"))
        self._ways = destinations[1:] if in_turn else []
        first = destinations[:1] if in_turn else destinations
        self._branches = [Branch(self, destination) for destination in first]
        for branch in self._branches:
            self._send(branch)

    def _send(self, branch: Branch) -> None:
        branch.send(self._draft(branch.destination))
        if self._ways:
            self.home.timers.start(FAILOVER_S, lambda: self._too_slow(branch))

    def _too_slow(self, branch: Branch) -> None:
        """Not a sign of life, and there is another way."""
        if self._ways and not (branch.is_over or branch.has_heard):
            branch.cancel("")
            self.branch_over(branch, 408, "Request Timeout")

    def _next_way(self, code: int) -> bool:
        """Goes on with the next destination when the last one is out of service."""
        if code not in OUT_OF_SERVICE or not self._ways or self.is_cancelled:
            return False
        self._branches.append(Branch(self, self._ways.pop(0)))
        self._send(self._branches[-1])
        return True

    def cancel(self, reason: str) -> None:
        """Takes an unanswered call back; `on_failed` follows when every phone has let go."""
        if self.state is not CallState.FRESH or self._cancel_reason is not None:
            return
        self._cancel_reason = reason
        self._cancel_branches(reason_line(reason))

    # --- called by the branches ----------------------------------------------------------------------------

    def dialog_with(self, remote_tag: str) -> Dialog | None:
        return super().dialog_with(remote_tag) or self.early.dialog_with(remote_tag)

    def early_dialog(self) -> Dialog | None:
        return self.early.settled if self.state is CallState.FRESH else None

    def ringing(self, sdp: bytes | None) -> None:
        if self.state is CallState.FRESH and self._cancel_reason is None:
            self.handler.on_ringing(sdp)

    def accepted(self, branch: Branch, invite: Draft, response: Response, flow: Flow) -> None:
        """A first 2xx of a dialog: ours, or one too many."""
        dialog = self.early.confirmed(invite, response, flow)
        is_wanted = self.state is CallState.FRESH and self._cancel_reason is None
        body, is_usable = self._late_answer(response) if is_wanted else (b"", True)
        branch.acknowledge(dialog, invite, body)
        if not is_wanted:
            self.home.transactions.ask(dialog.draft("BYE"), dialog.next_hop(), Unheeded())
            self.branch_over(branch, 487, "Request Terminated")
            return
        self.dialog = dialog
        self.learn(response)
        branch.is_over = True
        self.home.enroll(self, self._tag)
        self.move(CallEvent.CONFIRM)
        self.session.agree(session_timer.as_client(response))
        self._cancel_branches(reason_line(ELSEWHERE))
        if not is_usable:
            self.bye("no common codec")
            return
        self.handler.on_answered(response.sdp)
        self.offer_next()

    def branch_over(self, branch: Branch, code: int, reason: str) -> None:
        """A branch failed. The call has failed with the last of them, or at once with a 6xx."""
        if branch.is_over:
            return
        branch.is_over = True
        self._failures.append((code, reason))
        if self.state is not CallState.FRESH or self._next_way(code):
            return
        if code >= 600:
            self._cancel_branches("")
        if all(one.is_over for one in self._branches):
            self._fail(*min(self._failures, key=_preference))

    def resend(self, branch: Branch, cseq: int, credentials: str = "") -> None:
        """The INVITE once more: with a login, or with the interval a 422 asked for."""
        branch.send(self._draft(branch.destination, credentials, cseq))

    @property
    def is_cancelled(self) -> bool:
        return self._cancel_reason is not None or self.state is not CallState.FRESH

    # --- steps -------------------------------------------------------------------------------------------------

    def _draft(self, destination: Destination, credentials: str = "", cseq: int = 1) -> Draft:
        invitation = self._invitation
        contact = self.home.contact(destination.flow, destination.uri)
        sdp = invitation.sdp or b""
        sdp_type = SDP_TYPE if invitation.sdp else ""
        timer = session_timer.asking_lines(self.session.interval_s)
        extra = f"{contact}Allow: {ALLOW}\r\n{SUPPORTED_LINE}{timer}{invitation.extra}{credentials}{sdp_type}"
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
            sdp if destination.flow.is_secure else without_keys(sdp),
        )

    def _late_answer(self, response: Response) -> tuple[bytes, bool]:
        """Our answer for the ACK when the INVITE carried no offer, and whether one was found."""
        if self._invitation.sdp is not None or self.early.settled is not None:
            return b"", True
        try:
            return self.answer_to(response.sdp), response.sdp is not None
        except SdpRefused:
            return b"", False

    def _cancel_branches(self, extra: str) -> None:
        for branch in self._branches:
            branch.cancel(extra)

    def _fail(self, code: int, reason: str) -> None:
        if self.state is CallState.FRESH:
            self.end("failed")
            self.home.retire(self, self._tag)
            self.dismissed().on_failed(code, reason)


def _preference(failure: tuple[int, str]) -> tuple[int, int]:
    """RFC 3261 section 16.7: a 6xx first, then the lowest class; 408 and 487 say least."""
    code = failure[0]
    return (0 if code >= 600 else code // 100, 1 if code in (408, 480, 487) else 0)
