"""INVITE with Replaces (RFC 3891): another phone of the same account takes a running call over."""

import logging
from typing import TYPE_CHECKING

from telephony.sip.errors import BadHeader, SdpRefused
from telephony.sip.handlers import ReplaceableHandler, Unattended
from telephony.sip.message import Request
from telephony.sip.referrals import Replaces, find_replaced
from telephony.sip.sdes import without_keys

if TYPE_CHECKING:
    from telephony.sip.calls import CallHome, SipCall
    from telephony.sip.incoming import IncomingCall

log = logging.getLogger(__name__)


def is_wanted(request: Request) -> bool:
    return "replaces" in request.headers


def take_over(home: "CallHome", call: "IncomingCall", request: Request) -> None:
    """Answers `call` in the place of the one it names, and hangs up on that one; or refuses it.

    Only the account whose call it is may do so; to anybody else that call does not exist (481).
    """
    values = request.values("replaces")
    try:
        wanted = Replaces.parse(values[0])
    except BadHeader:
        wanted = None
    if wanted is None or len(values) > 1:
        call.reject(400, "Bad Replaces")
    elif call.account is None:
        call.reject(403, "Forbidden")
    elif (old := find_replaced(home, wanted, call.account)) is None:
        call.reject(481, "Call/Transaction Does Not Exist")
    elif wanted.early_only:
        call.reject(486, "Busy Here")  # section 3: it is confirmed already
    else:
        _step_in(call, old)


def _step_in(call: "IncomingCall", old: "SipCall") -> None:
    handler = old.handler
    if not isinstance(handler, ReplaceableHandler):
        call.reject(603, "Decline")
        return
    try:
        answer = handler.on_offer(_kept_secret(call, call.sdp) if call.sdp is not None else None)
    except SdpRefused:
        call.reject(488, "Not Acceptable Here")
        return
    call.handler, old.handler = handler, Unattended()
    handler.on_replaced(call)
    call.answer(_kept_secret(call, answer))
    old.bye("Replaced")
    log.info("call taken over", extra={"sip_call": old.call_id, "by": call.call_id})


def _kept_secret(call: "IncomingCall", sdp: bytes) -> bytes:
    """The leg may have SRTP keys from the call before; they are for nobody whose signalling others read."""
    return without_keys(sdp) if call.srtp == "off" else sdp
