"""The ways calls leave: SIP trunks, and accounts that ring by means of their own. Either gives a leg that dials.

A number that belongs to an account can be shown by it only, so the number to be shown chooses the way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from telephony.legs.base import Emit, Media
from telephony.legs.sip import MediaAddress, SipLeg
from telephony.legs.twilio_out import TwilioOutLeg, TwimlOutLeg
from telephony.sip.trunks import TrunkConfig
from threadline.kernel.ids import LegId

OutLeg: TypeAlias = SipLeg | TwilioOutLeg | TwimlOutLeg
"""Rings somebody by `dial`."""


class Account(Protocol):
    """A way out beside the trunks (telephony.twilio.placing)."""

    @property
    def numbers(self) -> tuple[str, ...]:
        """What it may show, the preferred one first; never empty."""
        ...

    def leg(self, leg: LegId, peer: str, engine: Media, emit: Emit) -> TwilioOutLeg | TwimlOutLeg:
        """`engine` is the one of the call the leg is for."""
        ...


@dataclass(frozen=True, slots=True)
class Way:
    """`name` is a trunk's or an account's, as in `trunk:NAME/NUMBER`."""

    name: str
    shown: str


class WaysOut:
    """All of one server. `trunks` may change under it; those without a host take no calls of ours."""

    def __init__(self, trunks: Sequence[TrunkConfig] = ()) -> None:
        self._trunks = trunks
        self._accounts: dict[str, Account] = {}

    def open(self, name: str, account: Account) -> None:
        """From now on calls may go by it."""
        self._accounts[name] = account

    def names(self) -> tuple[str, ...]:
        """Trunks first, by name."""
        return (*sorted(one.name for one in self._trunks if one.host), *self._accounts)

    def showing(self, number: str) -> Way | None:
        """The way for a call that shows this number of ours; None: no call can leave.

        Without a trunk an account takes it, and shows the first of its own.
        """
        for name, account in self._accounts.items():
            if number in account.numbers:
                return Way(name, number)
        for name in self.names():
            by = self._accounts.get(name)
            return Way(name, number if by is None else by.numbers[0])
        return None

    def leg(
        self, way: str | None, leg: LegId, peer: str, engine: Media, address: MediaAddress, emit: Emit
    ) -> OutLeg:
        """To `peer` by this way; None: a phone of ours."""
        account = None if way is None else self._accounts.get(way)
        return (
            SipLeg(leg, peer, engine, address, emit)
            if account is None
            else account.leg(leg, peer, engine, emit)
        )
