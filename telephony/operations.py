"""What an operator may see and do: who is shut out, what was refused, who is registered, one call's messages."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from telephony.controller import Controller
from telephony.media.pace import PaceBook
from telephony.metrics import Figure, Metrics, Slow
from telephony.sip.accounts import Binding
from telephony.sip.defence import Refused, address_of
from telephony.sip.ladder import draw_ladder, write_pcap
from telephony.sip.ring import Traced
from telephony.sip.server import SipServer
from telephony.sip.trunks import TrunkConfig
from threadline.kernel.clock import Clock
from threadline.kernel.errors import NotFound, ThreadlineError
from threadline.kernel.events import Json, JsonValue
from threadline.kernel.ids import CallId

log = logging.getLogger(__name__)

ASK_TIMEOUT_S: Final = 2.0  # what a scrape waits for the database
SHOWN: Final = 100
PHONES_SHOWN: Final = 500


@dataclass(frozen=True, slots=True)
class Backstage:
    """Where an operator's facts come from. `queues` and `jobs` ask the database."""

    sip: SipServer
    controller: Controller
    metrics: Metrics
    loads: Callable[[], tuple[int | None, ...]]
    paces: Callable[[], tuple[PaceBook, ...]]
    queues: Callable[[], Awaitable[list[Json]]]
    jobs: Callable[[], Awaitable[dict[tuple[str, str], int]]]
    trunks: tuple[TrunkConfig, ...]
    clock: Clock
    address: str  # what peers are told to send to
    figures: Callable[[], Awaitable[Sequence[Figure]]] | None = None  # of other rooms


class Operations:
    """Reads are of this moment; nothing here is kept in the database."""

    def __init__(self, backstage: Backstage) -> None:
        self._of = backstage

    def overview(self) -> Json:
        """The shape of `GET /api/operations`. Addresses and refused numbers are personal data."""
        watch, now = self._of.sip.watch, self._now()
        return {
            "at": self._of.clock.now().isoformat(),
            "calls": len(self._of.controller.active),
            "loop_lag_ms": round(watch.lag.lag_s * 1000, 1),
            "is_overloaded": any(watch.overload(now).values()),
            "refused": {str(reason): count for reason, count in sorted(watch.defence.refused.items())},
            "bans": [
                {
                    "address": ban.address, "since": self._at(ban.since), "until": self._at(ban.until),
                    "count": ban.count, "reason": ban.reason,
                }
                for ban in watch.defence.bans(now)[:SHOWN]
            ],
            "floods": [
                {"address": one.address, "refused": one.refused, "last": self._at(one.last)}
                for one in watch.defence.floods(now)
            ],
            "recent": [self._refusal(one) for one in reversed(watch.defence.recent)][:SHOWN],
            "dialling": self._dialling(),
            "phones": self._phones(),
            "trunks": [self._trunk(trunk) for trunk in self._of.trunks],
            "media": [
                _worker(number, legs, pace)
                for number, (legs, pace) in enumerate(zip(self._of.loads(), self._of.paces(), strict=True))
            ],
            "media_losses": self._of.metrics.worker_losses,
            "rtp_strangers": self._of.metrics.strangers,
        }  # fmt: skip

    def lift_ban(self, address: str, by: str) -> None:
        """Lets an address back in. Raises NotFound."""
        if not self._of.sip.watch.defence.lift(address):
            raise NotFound("This address is not banned.")
        log.warning("ban lifted", extra={"pii.address": address_of(address), "by": by})

    async def metrics(self) -> bytes:
        """The text Prometheus reads."""
        self._of.metrics.slow = await self._ask_database()
        return self._of.metrics.text()

    def ladder(self, call: CallId, *, bodies: bool) -> str:
        """Raises NotFound when no message of the call is kept any more."""
        return draw_ladder(self._messages(call), bodies=bodies)

    def pcap(self, call: CallId, *, bodies: bool) -> bytes:
        """As `ladder`."""
        epoch = self._of.clock.now().timestamp() - self._now()
        ours = (self._of.address, self._of.sip.port)
        return write_pcap(self._messages(call), ours, epoch, bodies=bodies)

    # --- parts --------------------------------------------------------------------------------------------

    def _messages(self, call: CallId) -> dict[str, list[Traced]]:
        found = self._of.sip.watch.ring.of(str(call))
        if not found:
            raise NotFound("No SIP messages of this call are kept any more.")
        return found

    async def _ask_database(self) -> Slow:
        try:
            async with asyncio.timeout(ASK_TIMEOUT_S):
                figures = await self._of.figures() if self._of.figures is not None else ()
                return Slow(await self._of.queues(), await self._of.jobs(), figures)
        except (TimeoutError, ThreadlineError, OSError) as exc:
            log.warning("metrics without the database", extra={"error": type(exc).__name__})
            return Slow()

    def _refusal(self, one: Refused) -> JsonValue:
        return {
            "at": self._at(one.at), "address": one.address, "reason": one.reason.value, "method": one.method or None,
        }  # fmt: skip

    def _dialling(self) -> Json:
        policy, now = self._of.sip.watch.policy, self._of.clock.now()
        if policy is None:
            return {"countries": [], "refused": {}, "recent": [], "payers": []}
        return {
            "countries": [*sorted(policy.rules.countries)],
            "refused": {str(reason): count for reason, count in sorted(policy.refused.items())},
            "recent": [
                {"at": one.at.isoformat(), "payer": one.payer, "number": one.number, "reason": one.reason.value}
                for one in reversed(policy.recent)
            ],
            "payers": [
                {"payer": name, "calls": calls, "minutes": minutes} for name, calls, minutes in policy.usage(now)[:SHOWN]
            ],
        }  # fmt: skip

    def _phones(self) -> list[JsonValue]:
        bindings = self._of.sip.agent.registrar.everybody(self._of.clock.now())
        reach = {(peer.name, str(peer.flow)): peer.reach.value for peer in self._of.sip.peers()}
        return [
            _phone(binding, reach.get((binding.username, binding.source)))
            for binding in bindings[:PHONES_SHOWN]
        ]

    def _trunk(self, trunk: TrunkConfig) -> JsonValue:
        ways = [peer for peer in self._of.sip.peers() if peer.kind == "trunk" and peer.name == trunk.name]
        return {
            "name": trunk.name,
            "host": trunk.host,
            "transport": trunk.transport,
            "addresses": [*trunk.addresses],
            "registered": self._of.sip.is_trunk_registered(trunk.name) if trunk.register else None,
            "ways": [
                {"address": str(one.flow), "reach": one.reach.value, "rtt_ms": one.rtt_ms} for one in ways
            ],
        }

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _at(self, moment: float) -> str:
        """A moment of the loop's clock as wall time."""
        ago: datetime = self._of.clock.now() + timedelta(seconds=moment - self._now())
        return ago.isoformat()


def _worker(number: int, legs: int | None, pace: PaceBook) -> JsonValue:
    p50, p99, worst = pace.lately_ms() or (None, None, None)
    return {
        "worker": number, "up": legs is not None, "legs": legs or 0,
        "late_p50_ms": p50, "late_p99_ms": p99, "late_max_ms": worst, "late_ticks": pace.late,
    }  # fmt: skip


def _phone(binding: Binding, reach: str | None) -> JsonValue:
    return {
        "account": binding.username,
        "transport": binding.transport,
        "source": binding.source,
        "agent": binding.user_agent,
        "expires_at": binding.expires_at.isoformat(),
        "reach": reach,
    }
