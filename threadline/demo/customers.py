"""Customers who call by themselves, and a colleague who answers them: pyVoIP at both ends, speaking."""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Final

from omnichannel.errors import IllegalMove
from omnichannel.people import People
from omnichannel.routing.service import Router
from omnichannel.threads import Threads
from telephony.dialler import Exit, Plan, Server, carry_out
from telephony.errors import VoiceUnavailable
from threadline.demo.cast import BINH, GREETING_OF_BINH, HOTLINE, REGION, Habit
from threadline.demo.stage import Speaker
from threadline.kernel.events import AgentState

log = logging.getLogger(__name__)

LINES: Final = 2  # calls at a time, at most
PAUSE_S: Final = (8.0, 25.0)  # between two calls of one line
TALK_S: Final = 22.0  # how long Bình talks
CHECK_S: Final = 3.0  # how soon Bình is ready again after he missed one


class Customers:
    """The simulated customers of one server."""

    def __init__(
        self,
        server: Server,
        passwords: Mapping[str, str],
        voice: Speaker,
        threads: Threads,
        *,
        pause_s: tuple[float, float] = PAUSE_S,
    ) -> None:
        """`pause_s`: the least and the most time between two calls of one line."""
        self._pause_s = pause_s
        self._server = server
        self._passwords = passwords
        self._voice = voice
        self._threads = threads
        self._random = Random(0)  # noqa: S311  # who calls next is no secret

    async def run(self, habits: Sequence[Habit]) -> None:
        """Calls until it is cancelled; each line has customers of its own, so nobody calls twice at once."""
        lines = min(LINES, len(habits))
        async with asyncio.TaskGroup() as tasks:
            for n in range(lines):
                tasks.create_task(self._line(itertools.cycle(habits[n::lines])), name=f"demo customers {n}")

    async def _line(self, habits: Iterator[Habit]) -> None:
        while True:
            await asyncio.sleep(self._random.uniform(*self._pause_s))
            habit = next(habits)
            code, _ = await carry_out(await self.plan(habit))
            if code is not Exit.ANSWERED:
                log.info(
                    "demo customer not served", extra={"exit": code.name, "pii.customer": habit.customer.name}
                )

    async def plan(self, habit: Habit) -> Plan:
        """One call of this customer, a little different each time."""
        account = habit.customer.account
        return Plan(
            self._server,
            account,
            self._passwords[f"phone:{account}"],
            HOTLINE,
            keys=habit.keys[1:] if await self._language_is_known(habit) else habit.keys,
            press_after_s=habit.press_after_s + self._random.uniform(0, 2),
            press_gap_s=habit.press_gap_s,
            say=await speak(self._voice, habit.words, habit.customer.language),
            say_after_s=habit.say_after_s + habit.press_gap_s,
            say_every_s=habit.say_every_s,
            stay_s=habit.patience_s + self._random.uniform(0, 10),
        )

    async def _language_is_known(self, habit: Habit) -> bool:
        """Then the hotline does not ask for it, and the key that chooses it would choose something else."""
        found = await self._threads.contacts(habit.customer.phone, REGION)
        return any(contact["language"] for contact in found)


class Colleague:
    """Bình: a phone that answers, and somebody who sets himself ready again."""

    def __init__(
        self, server: Server, passwords: Mapping[str, str], voice: Speaker, people: People, router: Router
    ) -> None:
        self._server = server
        self._password = passwords[f"phone:{BINH.extension}"]
        self._voice = voice
        self._people = people
        self._router = router

    async def run(self) -> None:
        """Until cancelled; he logs out then."""
        me = await self._people.by_login(BINH.login)
        if me is None:
            return
        plan = await self.plan()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._phone(plan), name="demo colleague's phone")
                tasks.create_task(self._stay_ready(BINH.login), name="demo colleague")
        finally:
            with contextlib.suppress(IllegalMove):
                await self._router.set_state(me.id, AgentState.LOGGED_OUT)

    async def plan(self) -> Plan:
        return Plan(
            self._server,
            BINH.extension,
            self._password,
            None,
            say=await speak(self._voice, GREETING_OF_BINH, "vi-VN"),
            say_after_s=0.5,
            say_every_s=8.0,
            stay_s=TALK_S,
        )

    async def _phone(self, plan: Plan) -> None:
        while True:
            code, _ = await carry_out(plan)
            log.info("demo colleague's phone ended", extra={"exit": code.name})
            await asyncio.sleep(CHECK_S)

    async def _stay_ready(self, login: str) -> None:
        idle = {AgentState.LOGGED_OUT, AgentState.MISSED, AgentState.AWAY}
        me = await self._people.by_login(login)
        while me is not None:
            states = {str(one["login"]): str(one["state"]) for one in await self._router.states()}
            if states.get(login) in idle:
                with contextlib.suppress(IllegalMove):
                    await self._router.set_state(me.id, AgentState.READY)
            await asyncio.sleep(CHECK_S)


async def speak(voice: Speaker, words: str, language: str) -> str | None:
    """A file with these words, or None where no engine speaks the language."""
    if not words:
        return None
    try:
        path: Path = await voice.prompt(words, language)
    except VoiceUnavailable:
        log.info("demo has no voice", extra={"language": language})
        return None
    return str(path)
