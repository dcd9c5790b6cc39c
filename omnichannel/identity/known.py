"""One identity, read from what was seen. Pure.

Two identities are the same when kind, scope and normalised value are equal. Caller ID is only observed, so
it chooses what the agent sees and never what the customer is told.
"""

from dataclasses import dataclass

from omnichannel.errors import IdentityUnreadable
from omnichannel.identity.kinds import KINDS, VALUE_MAX, ContactKind, Trust
from omnichannel.identity.spelling import normal_email, normal_phone
from threadline.kernel.ids import CallId
from threadline.kernel.phone import WITHHELD


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


def _normal_or_none(kind: str, text: str, region: str) -> Identity | None:
    try:
        return read(kind, text, region=region)
    except IdentityUnreadable:
        return None


def _normal(kind: str, value: str, region: str) -> str | None:
    if kind == "phone":
        return normal_phone(value, region)
    if kind == "email":
        return normal_email(value)
    stripped = value.strip()
    return (stripped.lower() if kind == "sip_user" else stripped) or None
