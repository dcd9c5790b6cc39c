"""REFER within a call: the phone of an account sends its call elsewhere (RFC 3515, 3891, 4488)."""

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from telephony.sip.build import REASONS
from telephony.sip.call_states import CallState
from telephony.sip.caller_id import number_of
from telephony.sip.errors import BadHeader, ReferRefused
from telephony.sip.grammar import read_params, unfold
from telephony.sip.handlers import TransferHandler
from telephony.sip.headers import read_addresses
from telephony.sip.message import Request
from telephony.sip.reoffers import Unheeded
from telephony.sip.server_transaction import ServerTransaction
from telephony.sip.uri import SIP_SCHEMES, SipUri, scheme_of

if TYPE_CHECKING:
    from telephony.sip.calls import CallHome, SipCall

log = logging.getLogger(__name__)

SUBSCRIBED_S: Final = 180
GONE: Final = (CallState.ENDING, CallState.ENDED)


class Referral:
    """Where a phone sends its call. `target` is the number or account it names.

    `replaces`: the other call of the same account whose far end is to take this one's place there.
    """

    def __init__(
        self, call: "SipCall", target: str, replaces: "SipCall | None", referred_by: str | None, event: str
    ) -> None:
        self.call = call
        self.target = target
        self.replaces = replaces
        self.referred_by = referred_by
        self._event: str | None = event  # None: the phone wants no news (RFC 4488)
        self._is_open = False
        self._waiting: list[tuple[int, str]] = []

    def progress(self, code: int, reason: str = "") -> None:
        """Tells the phone how it goes, as a status line. A final code is the last word."""
        self._waiting.append((code, reason))
        if self._is_open:
            self._tell()

    def begin(self, *, is_quiet: bool) -> None:
        """The REFER was answered: what was to be told goes out, 100 first."""
        self._is_open = True
        self._waiting.insert(0, (100, ""))
        if is_quiet:
            self._event = None
        self._tell()

    def _tell(self) -> None:
        waiting, self._waiting = self._waiting, []
        for code, reason in waiting:
            if self._event is not None:
                self._notify(self._event, code, reason)
            if code >= 200:
                self._event = None
                if self.call.referral is self:
                    self.call.referral = None

    def _notify(self, event: str, code: int, reason: str) -> None:
        dialog = self.call.dialog
        if dialog is None or self.call.state in GONE:
            return
        state = f"active;expires={SUBSCRIBED_S}" if code < 200 else "terminated;reason=noresource"
        extra = (
            f"{self.call.home.contact(dialog.flow, dialog.target)}Event: {event}\r\nSubscription-State: {state}\r\n"
            "Content-Type: message/sipfrag;version=2.0\r\n"
        )
        body = f"SIP/2.0 {code} {reason or REASONS.get(code, 'Unknown')}\r\n".encode(
            "utf-8", "surrogateescape"
        )
        self.call.home.transactions.ask(dialog.draft("NOTIFY", extra, body), dialog.next_hop(), Unheeded())


def on_refer(call: "SipCall", request: Request, transaction: ServerTransaction) -> None:
    """Takes it from an account's phone in a running call, and from nobody else."""
    if call.account is None:
        log.warning("trunk tried to send a call elsewhere", extra={"sip_call": call.call_id})
        transaction.respond(403)
        return
    if call.state is not CallState.UP or call.referral is not None:
        transaction.respond(491)
        return
    try:
        uri = _target(request)
        wanted = read_replaces_of(uri)
    except BadHeader:
        transaction.respond(400)
        return
    if scheme_of(uri) not in (*SIP_SCHEMES, "tel"):
        transaction.respond(416)
        return
    other = find_replaced(call.home, wanted, call.account) if wanted is not None else None
    event = f"refer;id={request.cseq}"
    referral = Referral(call, number_of(uri), other, request.header("referred-by"), event)
    if wanted is not None and (other is None or other is call):
        referral.progress(481)  # the other call is over; a 481 to the REFER would say this one is
    elif not _hand_over(call, referral):
        transaction.respond(603)
        return
    _accept(call, request, transaction, referral)


def _accept(call: "SipCall", request: Request, transaction: ServerTransaction, referral: Referral) -> None:
    is_quiet = (request.header("refer-sub") or "").strip().lower() == "false"
    sub = "Refer-Sub: false\r\n" if is_quiet else ""
    target = "" if call.dialog is None else call.dialog.target
    transaction.respond(202, extra=call.home.contact(transaction.source, target) + sub)
    call.referral = referral
    referral.begin(is_quiet=is_quiet)


def _hand_over(call: "SipCall", referral: Referral) -> bool:
    handler = call.handler
    if not isinstance(handler, TransferHandler):
        return False
    try:
        handler.on_refer(referral)
    except ReferRefused as refusal:
        log.info("referral refused", extra={"sip_call": call.call_id, "pii.why": str(refusal)})
        return False
    return True


def _target(request: Request) -> str:
    """The one address of Refer-To, headers in it included. Raises BadHeader."""
    found = read_addresses(request.values("refer-to"))
    if len(found) != 1:
        raise BadHeader("one Refer-To")
    return found[0].uri


# --- Replaces -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Replaces:
    """Which dialog of ours is meant (RFC 3891 section 6.1): `to_tag` is our tag in it."""

    call_id: str
    to_tag: str
    from_tag: str
    early_only: bool

    @classmethod
    def parse(cls, text: str) -> "Replaces":
        """Raises BadHeader."""
        call_id, _, rest = unfold(text).strip().partition(";")
        params = read_params(";" + rest)
        to_tag, from_tag = params.get("to-tag"), params.get("from-tag")
        if not (call_id.strip() and to_tag and from_tag):
            raise BadHeader("Replaces names no dialog")
        return cls(call_id.strip(), to_tag, from_tag, "early-only" in params)


def read_replaces_of(uri: str) -> Replaces | None:
    """The Replaces header written into an address. Raises BadHeader."""
    headers = SipUri.parse(uri).headers if scheme_of(uri) in SIP_SCHEMES else None
    for part in (headers or "").split("&"):
        name, _, value = part.partition("=")
        if name.lower() == "replaces":
            return Replaces.parse(unquote(value))
    return None


def find_replaced(home: "CallHome", wanted: Replaces, account: str) -> "SipCall | None":
    """The running call it means, if that is a call of this same account."""
    found = home.find(wanted.call_id, wanted.to_tag)
    if found is None or found.dialog is None or found.dialog.remote_tag != wanted.from_tag:
        return None
    return found if found.account == account and found.state is CallState.UP else None
