"""Calls per second: SIPp calls the menu and hangs up once it is answered, ever faster until something goes wrong.

Every call comes from some customer, and is in her thread with its whole ledger when it is counted as done.
"""

import asyncio
import re
import resource
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.processes import PARTS, spent
from benchmarks.shop import CUSTOMERS, MENU, Shop, customer
from tests.support.scenarios import Who, caller
from tests.support.sipp import Load, Outcome, Sipp

SETTLE_S: Final = 60.0
_UNEXPECTED: Final = re.compile(r"received 'SIP/2\.0 (\d{3} [^\r\n]*)")
SOCKET_BUFFER: Final = "4194304"


@dataclass(frozen=True, slots=True)
class Rung:
    """One rate. CPU in milliseconds a call; `behind_s`: how long the last call's story took to be complete."""

    per_second: int
    outcome: Outcome
    cpu_ms: dict[str, float]
    load_ms: float
    setup_ms: float
    behind_s: float

    @property
    def failure(self) -> str:
        """What went wrong most often, in SIPp's words; empty when nothing did."""
        seen = Counter(_UNEXPECTED.findall(self.outcome.errors))
        if seen:
            return str(seen.most_common(1)[0][0])
        return "" if self.outcome.is_clean else "no answer in time"


async def climb(shop: Shop, folder: Path, *, rates: list[int], seconds: float) -> list[Rung]:
    """Rung by rung until one is not clean; that one is the last of the list."""
    rungs: list[Rung] = []
    for rate in rates:
        rungs.append(await measure(shop, folder, rate, seconds))
        if not rungs[-1].outcome.is_clean:
            break
    return rungs


async def measure(shop: Shop, folder: Path, rate: int, seconds: float, *, builtin: bool = False) -> Rung:
    """`builtin`: SIPp's own `uac` scenario, one and the same caller for all calls."""
    calls = round(rate * seconds)
    host, port = shop.sip
    sipp = Sipp(
        folder, "uac" if builtin else caller(Who(user="[field0]"), ()), f"{host}:{port}",
        Load(calls, rate), MENU,
        rows=None if builtin else ["RANDOM", *(customer(n) for n in range(CUSTOMERS))],
        options=("-buff_size", SOCKET_BUFFER), timeout_s=round(seconds) + 60,
    )  # fmt: skip
    before, load_before = shop.processes.usage(), _children_s()
    async with sipp:
        outcome = await sipp.outcome()
    load_s = _children_s() - load_before
    behind_s = await _settled(shop)
    used = spent(before, shop.processes.usage())
    return Rung(
        rate, outcome, {part: used[part] * 1000 / calls for part in PARTS}, load_s * 1000 / calls,
        _setup_ms(outcome), behind_s,
    )  # fmt: skip


async def _settled(shop: Shop) -> float:
    loop = asyncio.get_running_loop()
    start = loop.time()
    async with asyncio.timeout(SETTLE_S):
        while await shop.calls_open():  # noqa: ASYNC110  # another process's doing: nothing of ours to wait on
            await asyncio.sleep(0.05)
    return loop.time() - start


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _setup_ms(outcome: Outcome) -> float:
    """The mean time from INVITE to 200, of SIPp's statistics (HH:MM:SS:microseconds)."""
    hours, minutes, seconds, micros = outcome.counters["ResponseTime1(C)"].split(":")
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(micros) / 1000
