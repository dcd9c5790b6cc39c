"""Under what a customer is known, how far that is believed, and whose it therefore is. Pure."""

from omnichannel.identity.decision import (
    Candidate,
    Decision,
    Holder,
    Reason,
    Sighting,
    Verdict,
    decide,
)
from omnichannel.identity.kinds import KINDS, VALUE_MAX, ContactKind, IdentityKind, Trust
from omnichannel.identity.known import Identity, guesses, of_caller, read
from omnichannel.identity.spelling import normal_email, normal_phone

__all__ = [
    "KINDS",
    "VALUE_MAX",
    "Candidate",
    "ContactKind",
    "Decision",
    "Holder",
    "Identity",
    "IdentityKind",
    "Reason",
    "Sighting",
    "Trust",
    "Verdict",
    "decide",
    "guesses",
    "normal_email",
    "normal_phone",
    "of_caller",
    "read",
]
