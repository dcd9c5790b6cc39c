"""What is known of a leg beyond the call itself: who vouched for the number, who answered, how long it was, its price.

Prices are not in the callbacks: Twilio is asked some time after the call, ever more rarely until it knows.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeAlias

from telephony.legs.twilio_out import OVER, RANK
from telephony.twilio.errors import TwilioError
from telephony.twilio.figures import Figures
from telephony.twilio.rest import TwilioRest
from telephony.twilio.store import Carried, CarriedStore
from threadline.db.pool import DATABASE_TROUBLE
from threadline.kernel.clock import Clock
from threadline.kernel.ids import LegId

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 5.0
PAUSES_S: Final = (15, 60, 300, 1800, 7200, 86_400)  # from the end of the call on; then nobody asks any more
LONGEST_WORD: Final = 64
Charge: TypeAlias = Callable[[Mapping[str, Decimal], datetime], None]


class Bills:
    """`run` until cancelled; it writes in the order it was told."""

    def __init__(
        self, store: CarriedStore, rest: TwilioRest, clock: Clock, figures: Figures, charge: Charge
    ) -> None:
        """`charge` is told what today's calls cost so far."""
        self._store = store
        self._rest = rest
        self._clock = clock
        self._figures = figures
        self._charge = charge
        self._news: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue()

    def carries(self, sid: str, leg: LegId, stir: str | None = None, payer: str | None = None) -> None:
        """Twilio carries this leg under that name. `stir`: what it says of the caller's number; `payer` of one we placed."""
        word, now = _word(stir), self._clock.now()
        self._news.put_nowait(lambda: self._store.carries(sid, leg, word, payer, now))

    def told(self, sid: str, form: Mapping[str, str]) -> None:
        """A status callback, or the word of the machine detection; of a call that is not ours nothing is kept."""
        status = form.get("CallStatus", "")
        rank = RANK.get(status, -1)
        duration = form.get("CallDuration", "")
        ask_at = self._after(0) if rank == OVER else None
        news = Carried(
            sid, status if status in RANK else None, rank, _word(form.get("AnsweredBy")),
            int(duration) if duration.isdecimal() and len(duration) < 7 else None, ask_at,
        )  # fmt: skip
        self._news.put_nowait(lambda: self._store.told(news))

    def over(self, sid: str) -> None:
        """The leg is, whether or not a callback says so: its price will be known."""
        news = Carried(sid, ask_at=self._after(0))
        self._news.put_nowait(lambda: self._store.told(news))

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._write(), name="twilio bills written")
            tasks.create_task(self._look(), name="twilio prices asked")

    async def _write(self) -> None:
        while True:
            step = await self._news.get()
            try:
                await step()
            except DATABASE_TROUBLE as exc:
                log.error("news of a leg at twilio is lost", extra={"error": type(exc).__name__})

    async def _look(self) -> None:
        await self._tried(self._recount)
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self._tried(self._ask_all)

    async def _tried(self, step: Callable[[], Awaitable[None]]) -> None:
        try:
            await step()
        except DATABASE_TROUBLE as exc:
            log.warning("prices are not asked for", extra={"error": type(exc).__name__})

    async def _ask_all(self) -> None:
        due = await self._store.unpriced(self._clock.now())
        for sid, asked in due:
            await self._ask(sid, asked)
        if due:
            await self._recount()

    async def _recount(self) -> None:
        """Counted anew from what is kept: no price counts twice, and none is lost by a restart."""
        now = self._clock.now()
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        self._charge(await self._store.charged(today), now)

    async def _ask(self, sid: str, asked: int) -> None:
        try:
            told = await self._rest.call(sid)
        except TwilioError as exc:
            log.info("a price is not known", extra={"call": sid, "error": str(exc)})
            told = {}
        price = _price(told.get("price"))
        if price is None:
            later = asked + 1
            await self._store.ask_later(sid, self._after(later) if later < len(PAUSES_S) else None)
            return
        self._figures.spent += abs(float(price))
        duration = str(told.get("duration") or "")
        unit = str(told.get("price_unit") or "USD")[:LONGEST_WORD]
        await self._store.priced(sid, price, unit, int(duration) if duration.isdecimal() else None)

    def _after(self, asked: int) -> datetime:
        return self._clock.now() + timedelta(seconds=PAUSES_S[asked])


def _price(told: Any) -> Decimal | None:
    """Twilio tells a negative number as a string: what the call took from the account."""
    try:
        price = Decimal(str(told))
    except InvalidOperation:
        return None
    return abs(price) if price.is_finite() else None


def _word(told: str | None) -> str | None:
    return told[:LONGEST_WORD] if told and told.isprintable() else None
