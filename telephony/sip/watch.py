"""What stands around the SIP core: guard, counts, memory of messages, load and the rules of dialling out. Pure.

The shell asks `hears` of every packet and tells `sent`; the core asks `turns_away` of requests that would open
something new. One object a server, read by the operator's page and the metrics.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from telephony.dial_policy import DialPolicy
from telephony.sip.calls import CallState
from telephony.sip.defence import Defence, LagWatch, Refusal
from telephony.sip.message import Request
from telephony.sip.overload import Backlog, Setups
from telephony.sip.ring import MessageRing
from telephony.sip.traffic import Traffic
from telephony.sip.wire import Flow

MAX_TRANSACTIONS: Final = 200_000  # 32 s of 1,500 calls a second, twice
MAX_UNFAMILIAR: Final = 50_000  # beyond so many, only trunks and phones that proved a password open more
MAX_DIALOGS: Final = 20_000
OPENING: Final = frozenset({"INVITE", "REGISTER", "OPTIONS", "SUBSCRIBE", "MESSAGE", "PUBLISH", "REFER"})


class Watch:
    """`policy` None: trunks take any number; a server that is composed always has one."""

    def __init__(self, defence: Defence | None = None, policy: DialPolicy | None = None) -> None:
        self.defence = defence or Defence()
        self.policy = policy
        self.traffic = Traffic()
        self.ring = MessageRing()
        self.lag = LagWatch()
        self.setups = Setups()
        self.backlog = Backlog()
        self.streams = Backlog()  # of TCP, TLS and WebSocket

    # --- the shell ----------------------------------------------------------------------------------------

    def hears(self, data: bytes, flow: Flow, now: float) -> bool:
        """Counts a packet; False: it is not to be read."""
        self.traffic.received(data)
        if not self.defence.admits(flow, now):
            return False
        self.ring.add(data, flow, False, now)
        return True

    def sent(self, data: bytes, flow: Flow, now: float) -> None:
        self.traffic.sent(data)
        self.ring.add(data, flow, True, now)

    # --- the core -----------------------------------------------------------------------------------------

    def ignores(self, request: Request, flow: Flow, now: float) -> bool:
        """A scanner by its own word: counted, not answered."""
        if request.method not in OPENING or not self.defence.is_scanner(
            flow.host, request.header("user-agent")
        ):
            return False
        self.defence.refuse(flow.host, Refusal.SCANNER, now, request.method)
        return True

    def turns_away(self, request: Request, flow: Flow, load: tuple[int, int], now: float) -> bool:
        """Is there no room for this request (503)? `load`: transactions and dialogs there are.

        What belongs to a call under way is always served.
        """
        if request.to.tag or request.method not in OPENING:
            return False
        reason = self._lacks(request.method, flow, load, now)
        if reason is not None:
            self.defence.refuse(flow.host, reason, now, request.method)
        return reason is not None

    def _lacks(self, method: str, flow: Flow, load: tuple[int, int], now: float) -> Refusal | None:
        if self.lag.is_behind or self.backlog.is_old(now) or self.streams.is_old(now):
            return Refusal.OVERLOADED
        if method == "INVITE" and self.setups.are_behind(now):
            return Refusal.OVERLOADED
        transactions, dialogs = load
        if transactions >= MAX_TRANSACTIONS or dialogs >= MAX_DIALOGS:
            return Refusal.TABLE_FULL
        if transactions >= MAX_UNFAMILIAR and not self.defence.is_familiar(flow.host, now):
            return Refusal.TABLE_FULL
        return None

    def overload(self, now: float) -> dict[str, bool]:
        """Each reason to refuse new calls, and whether it holds at this moment."""
        return {
            "loop": self.lag.is_behind,
            "packets": self.backlog.is_old(now) or self.streams.is_old(now),
            "set_ups": self.setups.are_behind(now),
        }

    def nobody_there(self, source: str, now: float) -> None:
        """A trunk or an account dialled a number nobody answers."""
        self.defence.refuse(source, Refusal.NOBODY_THERE, now, "INVITE")

    # --- calls out ----------------------------------------------------------------------------------------

    def dials(self, call: str, trunk: str, number: str, payer: str, at: datetime) -> None:
        """Asks for a call out through a trunk. Raises DialRefused."""
        if self.policy is not None:
            self.policy.begin(call, trunk, number, payer, at)

    def rings_inside(self, call: str, account: str, number: str, at: datetime) -> None:
        """Asks for a call from an account to another phone of ours. Raises DialRefused."""
        if self.policy is not None:
            self.policy.begin_inside(call, f"account {account}", number, at)

    def rang_inside(self, call: str, at: datetime) -> None:
        """It is over, or was never asked for."""
        if self.policy is not None:
            self.policy.over(call, at)

    def moved(self, call: str, state: CallState, clock: Callable[[], datetime]) -> None:
        """A call reached a state; calls that are not paid for are nobody's business here."""
        if self.policy is None:
            return
        if state is CallState.UP:
            self.policy.answered(call, clock())
        elif state is CallState.ENDED:
            self.policy.over(call, clock())
