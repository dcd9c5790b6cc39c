"""Who calls, as the headers claim (RFC 3261 section 20.20, RFC 3323, RFC 3325), and how we say it ourselves."""

from telephony.sip.errors import BadHeader
from telephony.sip.grammar import quote
from telephony.sip.handlers import CallerId
from telephony.sip.headers import read_addresses, read_tokens
from telephony.sip.message import Request
from telephony.sip.uri import SipUri, plain_user, scheme_of
from threadline.kernel.phone import WITHHELD

USER_CHARS = "-_.!~*'()&=+$,;?/"  # unreserved and user-unreserved of section 25.1


def number_of(uri: str) -> str:
    """The user of a SIP address or the number of a `tel:` one; empty where there is none."""
    user = plain_user(uri)
    if user is not None:
        return user
    try:
        if scheme_of(uri) == "tel":
            return uri.partition(":")[2].partition(";")[0]
        return SipUri.parse(uri).number
    except BadHeader:
        return ""


def read_caller(request: Request, *, is_trusted: bool) -> CallerId:
    """From, or P-Asserted-Identity where the peer is trusted to assert one. A claim, not a proof."""
    shown = request.from_
    asserted = request.values("p-asserted-identity") if is_trusted else []
    try:
        shown = (read_addresses(asserted) or [shown])[0]
    except BadHeader:
        shown = request.from_
    number = number_of(shown.uri)
    privacy = {
        token.lower() for value in read_tokens(request.values("privacy")) for token in value.split(";")
    }
    anonymous_from = request.from_.uri.lower().endswith("@anonymous.invalid")
    withheld = (
        bool(privacy & {"id", "header", "user"}) or anonymous_from or number.strip().lower() in WITHHELD
    )
    return CallerId("" if withheld else number, None if withheld else shown.display or None, withheld)


def from_header(caller: CallerId, host: str) -> str:
    """Our From, without tag."""
    if caller.withheld or not caller.number:
        return '"Anonymous" <sip:anonymous@anonymous.invalid>'
    display = f"{quote(caller.display)} " if caller.display else ""
    return f"{display}<sip:{escape_user(caller.number)}@{host}>"


def escape_user(text: str) -> str:
    """Any text as the user part of an address."""
    return "".join(
        char if char.isascii() and (char.isalnum() or char in USER_CHARS)
        else "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "replace"))
        for char in text
    )  # fmt: skip
