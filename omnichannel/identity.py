"""Under what a customer is known, and how far that is believed. Pure.

Two identities are the same when kind, scope and normalised value are equal; such an exact match attaches
to the contact that has it. Trust says what else it may decide: caller ID is only observed, so it chooses
what the agent sees and never what the customer is told.
"""

import unicodedata
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import idna

from omnichannel.errors import IdentityUnreadable
from threadline.kernel.ids import CallId
from threadline.kernel.phone import WITHHELD, to_e164


class Trust(IntEnum):
    """How an identity was learnt; stored as `contact_identity.trust`."""

    CLAIMED = 0  # typed by the visitor himself
    OBSERVED = 1  # seen on the wire: caller ID, a From header
    ATTESTED = 2  # the provider vouches: a page-scoped id
    PROVEN = 3  # one-time code or signed token
    AGENT = 4  # an agent said so


class ContactKind(IntEnum):
    """`contact.kind`."""

    EPHEMERAL = 0
    IDENTIFIED = 1
    CURATED = 2


@dataclass(frozen=True, slots=True)
class IdentityKind:
    """`is_scoped`: the value means something only within a page, site or account, which `scope` names."""

    trust: Trust
    is_scoped: bool = False
    makes: ContactKind = ContactKind.IDENTIFIED


KINDS: Final[dict[str, IdentityKind]] = {
    "phone": IdentityKind(Trust.OBSERVED),
    "email": IdentityKind(Trust.OBSERVED),
    "sip_user": IdentityKind(Trust.CLAIMED),  # a caller whose number is no phone number
    "withheld": IdentityKind(Trust.OBSERVED, makes=ContactKind.EPHEMERAL),  # the value is the call's id
    "web_visitor": IdentityKind(Trust.CLAIMED, is_scoped=True, makes=ContactKind.EPHEMERAL),
    "fb_psid": IdentityKind(Trust.ATTESTED, is_scoped=True),
    "ig_sid": IdentityKind(Trust.ATTESTED, is_scoped=True),
    "wa_bsuid": IdentityKind(Trust.ATTESTED, is_scoped=True),
    "wa_parent_bsuid": IdentityKind(Trust.ATTESTED, is_scoped=True),
    "zalo_uid": IdentityKind(Trust.ATTESTED, is_scoped=True),
    "zalo_app_uid": IdentityKind(Trust.ATTESTED, is_scoped=True),
    "zalo_anon": IdentityKind(Trust.ATTESTED, is_scoped=True, makes=ContactKind.EPHEMERAL),
    "line": IdentityKind(Trust.ATTESTED, is_scoped=True),
    "telegram": IdentityKind(Trust.ATTESTED, is_scoped=True),
    "external": IdentityKind(Trust.PROVEN, is_scoped=True),
}
VALUE_MAX = 320  # the longest e-mail address, RFC 3696 erratum 1690


@dataclass(frozen=True, slots=True)
class Identity:
    """One normalised identity; `raw` is what was seen."""

    kind: str
    scope: str
    value: str
    raw: str

    @property
    def trust(self) -> Trust:
        return KINDS[self.kind].trust

    @property
    def contact_kind(self) -> ContactKind:
        """What a contact known by nothing else is."""
        return KINDS[self.kind].makes

    @property
    def lock_key(self) -> str:
        """What parallel deliveries for this customer take turns on."""
        return "\x1f".join((self.kind, self.scope, self.value))


def read(kind: str, value: str, *, scope: str = "", region: str) -> Identity:
    """The identity `value` names. `region` (ISO 3166) reads national phone numbers.

    Raises IdentityUnreadable for an unknown kind or a value that can't be one of its kind.
    """
    if kind not in KINDS:
        raise IdentityUnreadable(f"unknown kind of identity: {kind}; one of {', '.join(sorted(KINDS))}")
    normal = _normal(kind, value, region)
    if normal is None or len(normal) > VALUE_MAX:
        raise IdentityUnreadable(f"no {kind} can be read from that value")
    return Identity(kind, scope if KINDS[kind].is_scoped else "", normal, value)


def of_caller(number: str | None, raw: str, call: CallId) -> Identity:
    """Who a call is from: its E.164 number, else its SIP user, else (withheld) nobody but this very call."""
    if number is not None:
        return Identity("phone", "", number, raw)
    user = raw.strip().lower().removeprefix("sip:").partition("@")[0]
    if user in WITHHELD or len(user) > VALUE_MAX:
        return Identity("withheld", "", str(call), raw)
    return Identity("sip_user", "", user, raw)


def guesses(text: str, region: str) -> list[Identity]:
    """Every identity a search box's `text` may mean, most likely first."""
    found = [_normal_or_none(kind, text, region) for kind in ("email", "phone", "sip_user")]
    return [identity for identity in found if identity is not None]


def normal_email(address: str) -> str | None:
    """Lower case throughout (no mailbox of today tells cases apart), the domain as A-labels; None if none."""
    local, at, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    if not at or not local or any(char.isspace() for char in local):
        return None
    try:
        ascii_domain = idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return None
    return f"{local.lower()}@{ascii_domain.lower()}" if "." in ascii_domain else None


def _normal_or_none(kind: str, text: str, region: str) -> Identity | None:
    try:
        return read(kind, text, region=region)
    except IdentityUnreadable:
        return None


def _normal(kind: str, value: str, region: str) -> str | None:
    if kind == "phone":
        return to_e164(value, region)
    if kind == "email":
        return normal_email(value)
    stripped = value.strip()
    return (stripped.lower() if kind == "sip_user" else stripped) or None
