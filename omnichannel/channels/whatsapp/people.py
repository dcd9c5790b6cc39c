"""Under which identities WhatsApp names a customer. Pure.

A business-scoped id (BSUID) means something within one business portfolio; the phone number is left out once a
customer has taken a user name. WhatsApp vouches for both.
"""

from collections.abc import Sequence

from omnichannel.channels.port import Endpoint, Known
from omnichannel.channels.reading import items, text
from omnichannel.identity import Trust
from threadline.kernel.events import Json


def portfolio(endpoint: Endpoint, stored: Json) -> str:
    """The scope of business-scoped ids: as configured, else the WhatsApp account's id."""
    return endpoint.config.get("portfolio_id") or text(stored, "account")


def phone(digits: str) -> Known:
    """`digits` of a WhatsApp id, which carries no plus."""
    return Known("phone", "+" + digits.lstrip("+"), trust=Trust.ATTESTED)


def known(scope: str, user: str, parent: str, digits: str) -> Sequence[Known]:
    """Every identity given, the best first."""
    found = []
    if user:
        found.append(Known("wa_bsuid", user, scope))
    if parent:
        found.append(Known("wa_parent_bsuid", parent, scope))
    if digits:
        found.append(phone(digits))
    return found


def name_of(stored: Json, *ids: str) -> str | None:
    """The profile name of whoever has one of `ids`, from the delivery's contacts."""
    contacts = list(items(stored, "contacts"))
    for contact in contacts:
        if len(contacts) == 1 or {text(contact, "user_id"), text(contact, "wa_id")} & (set(ids) - {""}):
            return text(contact, "profile", "name") or text(contact, "profile", "username") or None
    return None
