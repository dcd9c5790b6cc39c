"""New descriptions from the peer of a call: re-INVITE (RFC 3261 section 14.2) and UPDATE (RFC 3311)."""

import logging
import secrets
from typing import TYPE_CHECKING

from telephony.sip import session_timer
from telephony.sip.build import SUPPORTED_LINE
from telephony.sip.call_states import CallState
from telephony.sip.dialogs import Dialog
from telephony.sip.errors import BadHeader, SdpRefused, TooBrief
from telephony.sip.message import Request
from telephony.sip.reoffers import SDP_TYPE
from telephony.sip.server_transaction import ServerTransaction

if TYPE_CHECKING:
    from telephony.sip.calls import SipCall

log = logging.getLogger(__name__)


def on_reinvite(call: "SipCall", request: Request, transaction: ServerTransaction) -> None:
    dialog = call.dialog
    if dialog is None or call.state is CallState.FRESH:
        refuse_for_now(transaction)
        return
    if call.state is not CallState.UP or call.awaited is not None or call.has_offer_out:
        transaction.respond(491)
        return
    found = _read(call, request, transaction, may_be_late=True)
    if found is None:
        return
    lines, answer = found
    dialog.retarget(request)
    was_late = request.sdp is None
    extra = call.home.contact(dialog.flow, dialog.target) + SUPPORTED_LINE + lines + SDP_TYPE
    data = transaction.respond(200, extra=extra, body=answer)
    call.await_ack(transaction, request.cseq, data, lambda sdp: call.reacked(sdp if was_late else None))


def on_update(call: "SipCall", request: Request, transaction: ServerTransaction, dialog: Dialog) -> None:
    """A sign of life, a moved address or, with a description, an offer; before the answer too."""
    if call.state in (CallState.ENDING, CallState.ENDED):
        transaction.respond(481)
        return
    if request.body and not _may_offer(call, transaction):
        return
    found = _read(call, request, transaction, may_be_late=False)
    if found is None:
        return
    lines, answer = found
    dialog.retarget(request)
    extra = (
        call.home.contact(dialog.flow, dialog.target) + SUPPORTED_LINE + lines + (SDP_TYPE if answer else "")
    )
    transaction.respond(200, extra=extra, body=answer)


def _may_offer(call: "SipCall", transaction: ServerTransaction) -> bool:
    """Section 5.2: 491 while an offer of ours is open, 500 while theirs waits for our answer."""
    if call.state is CallState.FRESH and call.early_dialog() is None:
        if call.owns_call_id:
            transaction.respond(491)
        else:
            refuse_for_now(transaction)
    elif call.awaited is not None or call.has_offer_out:
        transaction.respond(491)
    else:
        return True
    return False


def refuse_for_now(transaction: ServerTransaction) -> None:
    """500 with a Retry-After of 0 to 10 s."""
    transaction.respond(500, extra=f"Retry-After: {secrets.randbelow(11)}\r\n")


def _read(
    call: "SipCall", request: Request, transaction: ServerTransaction, *, may_be_late: bool
) -> tuple[str, bytes] | None:
    """The session timer's lines for our 200 and our description; None: it was refused.

    `may_be_late`: a request without a description asks for our offer.
    """
    if request.body and request.sdp is None:
        transaction.respond(415, extra="Accept: application/sdp\r\n")
        return None
    try:
        terms = session_timer.as_server(request)
        wants = request.sdp is not None or may_be_late
        answer = call.answer_to(request.sdp) if wants else b""
    except TooBrief:
        transaction.respond(422, extra=f"Min-SE: {session_timer.MIN_SE_S}\r\n")
        return None
    except BadHeader:
        transaction.respond(400)
        return None
    except SdpRefused as refusal:
        log.info("offer refused", extra={"sip_call": call.call_id, "pii.why": str(refusal)})
        transaction.respond(488)
        return None
    if call.state is not CallState.FRESH:
        call.session.agree(terms)
    return session_timer.answer_lines(terms, request), answer
