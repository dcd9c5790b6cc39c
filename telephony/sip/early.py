"""Dialogs of a call we place before it is answered, and the PRACKs they owe (RFC 3262 section 4)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from telephony.sip.build import Draft
from telephony.sip.dialogs import Dialog, Guard
from telephony.sip.errors import SdpRefused
from telephony.sip.message import Response
from telephony.sip.reliable import read_rseq
from telephony.sip.reoffers import SDP_TYPE, Unheeded
from telephony.sip.wire import Flow

if TYPE_CHECKING:
    from telephony.sip.outgoing import OutgoingCall


@dataclass(slots=True)
class _Early:
    dialog: Dialog
    rseq: int  # of the last provisional we acknowledged


class EarlyDialogs:
    """One for each phone that rang reliably; a fork makes several. `settled`: the first of them in which
    offer and answer are complete."""

    def __init__(self, call: "OutgoingCall", tag: str, guard: Guard | None) -> None:
        self._call = call
        self._tag = tag
        self._guard = guard
        self._by_tag: dict[str, _Early] = {}
        self.settled: Dialog | None = None

    def dialog_with(self, remote_tag: str) -> Dialog | None:
        found = self._by_tag.get(remote_tag)
        return found.dialog if found is not None else None

    def confirmed(self, invite: Draft, response: Response, flow: Flow) -> Dialog:
        """The dialog of a 2xx; an early one goes on in it, with its numbers."""
        dialog = Dialog.as_caller(invite, self._tag, response, flow, self._guard)
        early = self._by_tag.get(response.to.tag)
        if early is not None:
            dialog.local_cseq = max(dialog.local_cseq, early.dialog.local_cseq)
            dialog.remote_cseq = early.dialog.remote_cseq
        return dialog

    def heard(self, invite: Draft, response: Response, flow: Flow) -> bool:
        """A provisional above 100: acknowledged where it asks for that. False: seen before, or out of turn."""
        rseq = read_rseq(response)
        tag = response.to.tag
        if rseq is None or not tag:
            return True
        early = self._by_tag.get(tag)
        if early is None:
            dialog = Dialog.as_caller(invite, self._tag, response, flow, self._guard)
            early = self._by_tag[tag] = _Early(dialog, rseq - 1)
            self._call.home.enroll(self._call, self._tag)
        if rseq != early.rseq + 1:
            return False
        early.rseq = rseq
        self._call.learn(response)
        self._acknowledge(early.dialog, invite, response, rseq)
        return True

    def _acknowledge(self, dialog: Dialog, invite: Draft, response: Response, rseq: int) -> None:
        body = b""
        if response.sdp is not None:
            if not invite.body and self.settled is None:
                body = self._answer(response.sdp)
            if invite.body or body:
                self.settled = self.settled or dialog
        extra = f"RAck: {rseq} {invite.cseq} INVITE\r\n" + (SDP_TYPE if body else "")
        self._call.home.transactions.ask(dialog.draft("PRACK", extra, body), dialog.next_hop(), Unheeded())

    def _answer(self, offer: bytes) -> bytes:
        """Our answer to an offer that came while it rings; nothing where it can't be taken: the 2xx ends it."""
        try:
            return self._call.answer_to(offer)
        except SdpRefused:
            return b""
