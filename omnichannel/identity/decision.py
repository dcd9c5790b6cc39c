"""Whose is what just arrived? Decided from what is known, with the reason in words. Pure.

Rules (reference: trust levels of `contact_identity`):
- What something came by decides by exact match, whatever its trust: it is a name the channel gave.
- A further identity decides, and is attached, from ATTESTED on; below that it is a suggestion for an agent.
- A shared identity decides nothing beyond its own call or message: the last-seen owner gets it, an agent chooses.
- Two contacts become one by themselves only when the further identity is ATTESTED or better and nothing
  contradicts it: no two customer numbers, no two ids in one outside system.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from omnichannel.identity.kinds import Trust
from omnichannel.identity.known import Identity


class Verdict(StrEnum):
    """What to do with what arrived."""

    KNOWN = "known"  # the contact has the identity it came by
    ATTACH = "attach"  # another identity proves whose it is
    CHOOSE = "choose"  # several owners: an agent is asked, the last seen has it meanwhile
    NEW = "new"


class Reason(StrEnum):
    """Why an identity stays a suggestion, or two contacts are not made one; the key of its text for pages."""

    CLAIMED = "claimed"
    OBSERVED = "observed"
    SHARED = "shared"
    CUSTOMER_NO = "customer_no"
    EXTERNAL_ID = "external_id"
    CLAIMED_THERE = "claimed_there"


WORDS: Final[dict[Reason, str]] = {
    Reason.CLAIMED: "said it is theirs; nothing proves it",
    Reason.OBSERVED: "seen beside a message; it could be forged",
    Reason.SHARED: "several people use it",
    Reason.CUSTOMER_NO: "the two contacts have different customer numbers",
    Reason.EXTERNAL_ID: "the two contacts have different ids in the same outside system",
    Reason.CLAIMED_THERE: "the other contact never proved it",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A contact as far as the rules look at it. `externals` are its (scope, value)s of kind external."""

    contact: int
    customer_no: str | None = None
    externals: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Holder:
    """A contact that has an identity, the last seen first where several do."""

    who: Candidate
    trust: Trust


@dataclass(frozen=True, slots=True)
class Sighting:
    """An identity as it was seen now, and who has it."""

    identity: Identity
    trust: Trust
    holders: Sequence[Holder] = ()
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """`contact` None: a new one. `attach`, `suggest`, `merge` speak of the further sightings by position.

    `merge` are contacts to become part of `contact`, each with the position of the sighting that proves it.
    """

    verdict: Verdict
    contact: int | None
    why: str
    attach: tuple[int, ...] = ()
    suggest: tuple[tuple[int, Reason], ...] = ()
    merge: tuple[tuple[int, int], ...] = ()
    choices: tuple[int, ...] = ()


def decide(sightings: Sequence[Sighting]) -> Decision:
    """`sightings[0]` is what it came by; the others were given with it."""
    first = sightings[0]
    if first.holders:
        return _of_known(first, sightings)
    for place, seen in enumerate(sightings[1:], 1):
        if _proves(seen):
            owner = seen.holders[0].who
            why = f"{seen.identity.kind} is known and {seen.trust.name.lower()}"
            return _further(Verdict.ATTACH, owner, why, sightings, (0,), skip=place)
    return _further(Verdict.NEW, None, "nobody is known by it", sightings, ())


def _of_known(first: Sighting, sightings: Sequence[Sighting]) -> Decision:
    owner = first.holders[0].who
    if first.is_shared and len(first.holders) > 1:
        choices = tuple(holder.who.contact for holder in first.holders)
        why = f"{first.identity.kind} is shared; the last seen has it until an agent chooses"
        # what a shared phone's caller proves besides is not put to an owner nobody chose
        suggest = tuple((place, Reason.SHARED) for place in range(1, len(sightings)))
        return Decision(Verdict.CHOOSE, owner.contact, why, suggest=suggest, choices=choices)
    why = f"{first.identity.kind} is known"
    return _further(Verdict.KNOWN, owner, why, sightings, ())


def _further(
    verdict: Verdict,
    owner: Candidate | None,
    why: str,
    sightings: Sequence[Sighting],
    attach: tuple[int, ...],
    skip: int = 0,
) -> Decision:
    attached, suggested, merged = list(attach), [], []
    for place, seen in enumerate(sightings[1:], 1):
        if place == skip or (owner and any(held.who.contact == owner.contact for held in seen.holders)):
            continue
        reason = _doubt(owner, seen)
        if reason is not None:
            suggested.append((place, reason))
        elif seen.holders and owner is not None:
            merged.append((place, seen.holders[0].who.contact))
        else:
            attached.append(place)
    contact = None if owner is None else owner.contact
    return Decision(verdict, contact, why, tuple(attached), tuple(suggested), tuple(merged))


def _proves(seen: Sighting) -> bool:
    return bool(seen.holders) and _doubt(None, seen) is None


def _doubt(owner: Candidate | None, seen: Sighting) -> Reason | None:
    """Why this further sighting proves nothing; None: it does."""
    if seen.trust < Trust.ATTESTED:
        return Reason.CLAIMED if seen.trust is Trust.CLAIMED else Reason.OBSERVED
    if seen.is_shared:
        return Reason.SHARED
    if seen.holders and seen.holders[0].trust < Trust.OBSERVED:
        return Reason.CLAIMED_THERE
    if owner is not None and seen.holders:
        return conflict(owner, seen.holders[0].who)
    return None


def conflict(one: Candidate, other: Candidate) -> Reason | None:
    """Why two contacts can't be the same person by themselves; None: nothing speaks against it."""
    if one.customer_no and other.customer_no and one.customer_no != other.customer_no:
        return Reason.CUSTOMER_NO
    theirs = dict(other.externals)
    clash = any(theirs.get(scope, value) != value for scope, value in one.externals)
    return Reason.EXTERNAL_ID if clash else None
