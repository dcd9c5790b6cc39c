"""Asks trunks and registered phones from time to time whether they are there (OPTIONS), and remembers."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from telephony.sip.accounts import Binding
from telephony.sip.build import Draft
from telephony.sip.client_transaction import ClientTransaction
from telephony.sip.message import Response
from telephony.sip.transactions import Transactions
from telephony.sip.trunks import Trunk
from telephony.sip.wire import Flow

log = logging.getLogger(__name__)

PHONE_EVERY_S: Final = 60
FIRST_AFTER_S: Final = 10
LAGGED_MS: Final = 2000.0
SILENT_AFTER_S: Final = 4.0


class Reach(StrEnum):
    UNKNOWN = "unknown"  # not asked yet
    REACHABLE = "reachable"
    LAGGED = "lagged"  # answers, but slowly
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Peer:
    """One address of a trunk, or one phone of an account. `rtt_ms`: of the last answer."""

    kind: str  # trunk, phone
    name: str
    flow: Flow
    reach: Reach
    rtt_ms: float | None


class Qualifier:
    """One clock of a second; each peer is asked in a second of its own, so that they don't come all at once."""

    def __init__(
        self,
        transactions: Transactions,
        trunks: Sequence[Trunk],
        phones: Callable[[], Iterable[Binding]],
        contact: Callable[[Flow], str],
    ) -> None:
        self._transactions = transactions
        self._trunks = trunks
        self._phones = phones
        self._contact = contact
        self._seen: dict[tuple[str, Flow], tuple[Reach, float | None]] = {}
        self._second = 0

    def start(self) -> None:
        self._transactions.timers.start(1.0, self._beat)

    def peers(self) -> list[Peer]:
        """Everybody who is asked, trunks first."""
        found: list[Peer] = []
        for kind, name, _, flow in self._all():
            reach, rtt_ms = self._seen.get((name, flow), (Reach.UNKNOWN, None))
            found.append(Peer(kind, name, flow, reach, rtt_ms))
        return found

    def _all(self) -> list[tuple[str, str, str, Flow]]:
        """(kind, name, Request-URI, flow)"""
        found = [
            ("trunk", one.name, f"sip:{one.config.host}", flow) for one in self._trunks for flow in one.ways()
        ]
        for phone in self._phones():
            host, _, port = phone.source.rpartition(":")
            found.append(("phone", phone.username, phone.contact, Flow(phone.transport, host, int(port))))
        return found

    def _beat(self) -> None:
        self._transactions.timers.start(1.0, self._beat)
        self._second += 1
        periods = {trunk.name: trunk.config.qualify_s for trunk in self._trunks}
        known = self._all()
        for kind, name, uri, flow in known:
            every_s = periods[name] if kind == "trunk" else PHONE_EVERY_S
            if every_s and self._is_due(kind, flow, every_s):
                self._ask(name, uri, flow)
        if self._second % PHONE_EVERY_S == 0:
            here = {(name, flow) for _, name, _, flow in known}
            self._seen = {key: value for key, value in self._seen.items() if key in here}

    def _is_due(self, kind: str, flow: Flow, every_s: int) -> bool:
        turn = min(every_s, FIRST_AFTER_S) if kind == "trunk" else hash(flow)
        return self._second % every_s == turn % every_s

    def _ask(self, name: str, uri: str, flow: Flow) -> None:
        transactions = self._transactions
        host, _ = transactions.sent_by(flow)
        from_ = f"<sip:threadline@{host}>;tag={transactions.new_token()}"
        draft = Draft(
            "OPTIONS", uri, from_, f"<{uri}>", transactions.new_token(), 1,
            extra=f"{self._contact(flow)}Accept: application/sdp\r\n",
        )  # fmt: skip
        question = _Question(lambda reach, rtt_ms: self._settle(name, flow, reach, rtt_ms), transactions)
        transactions.ask(draft, flow, question)

    def _settle(self, name: str, flow: Flow, reach: Reach, rtt_ms: float | None) -> None:
        before = self._seen.get((name, flow), (Reach.UNKNOWN, None))[0]
        self._seen[name, flow] = (reach, rtt_ms)
        is_trunk = False
        for trunk in self._trunks:
            if trunk.name == name:
                is_trunk = True
                (trunk.silent.add if reach is Reach.UNREACHABLE else trunk.silent.discard)(flow)
        if reach is not before:
            lost_a_trunk = is_trunk and reach is Reach.UNREACHABLE  # phones come and go
            level = logging.WARNING if lost_a_trunk else logging.INFO
            log.log(level, "peer qualified", extra={"peer": name, "reach": reach.value, "rtt_ms": rtt_ms})


class _Question:
    """One OPTIONS. Any final answer, a refusal too, says that somebody is there."""

    def __init__(self, settle: Callable[[Reach, float | None], None], transactions: Transactions) -> None:
        self._settle = settle
        self._timers = transactions.timers
        self._asked_at = self._timers.now
        self._silence = self._timers.start(SILENT_AFTER_S, lambda: settle(Reach.UNREACHABLE, None))

    def on_response(self, transaction: ClientTransaction, response: Response, flow: Flow) -> None:
        if response.status < 200:
            return
        self._silence.cancel()
        rtt_ms = round(1000 * (self._timers.now - self._asked_at), 1)
        self._settle(Reach.LAGGED if rtt_ms > LAGGED_MS else Reach.REACHABLE, rtt_ms)

    def on_no_response(self, transaction: ClientTransaction, reason: str) -> None:
        self._silence.cancel()
        self._settle(Reach.UNREACHABLE, None)
