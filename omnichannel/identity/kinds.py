"""The kinds of identities, and how far each is believed. Pure."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


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
    "fb_commenter": IdentityKind(Trust.ATTESTED, is_scoped=True),  # not the id he writes messages under
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
