"""What the endings of all calls share: the engine's last words, who comes too late, and parts that may fail."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from telephony.handover import let_go
from telephony.legs.base import AskedToYield
from telephony.line import Happening, Line, Wish, Yielded
from telephony.media import messages as media
from telephony.tape import Tape
from threadline.kernel.errors import NotFound
from threadline.kernel.ids import CallId

log = logging.getLogger(__name__)

Hear = Callable[[media.Closed | media.RecordingClosed], Awaitable[None]]


async def last_words(line: Line, tape: Tape, hear: Hear, dialled: str, *, engine_lost: bool = False) -> None:
    """What the engine has to say of the closed legs: recordings, statistics; nothing where it is lost.

    A voicemail may have ended with the caller's hanging up. Files of an engine that is gone are left as they are.
    """
    try:
        async with asyncio.timeout(0 if engine_lost else line.customer.last_words_s):
            while tape.is_running or line.has_open_media:
                event = await line.inbox.get()
                if isinstance(event, media.Closed | media.RecordingClosed):
                    await hear(event)
                else:
                    await too_late(line, event, dialled)
    except TimeoutError:
        await tape.give_up()


async def refuse_the_rest(line: Line, dialled: str) -> None:
    """Whoever asked for something as the call ended hears so."""
    while not line.inbox.empty():
        await too_late(line, line.inbox.get_nowait(), dialled)


async def too_late(line: Line, event: Happening, dialled: str) -> None:
    """`dialled` is what a phone that asks for this call's party called here."""
    if isinstance(event, Wish) and not event.done.done():
        event.done.set_exception(NotFound("the call is over"))
    elif isinstance(event, Yielded):
        await quietly(line.call, let_go(line, event))
    elif isinstance(event, AskedToYield):
        event.reply(Yielded(dialled))


async def quietly(call: CallId, step: Coroutine[Any, Any, None]) -> None:
    """A part of the ending that fails must not keep the rest from happening; recovery completes it."""
    try:
        await step
    except Exception:  # the supervisor's second half
        log.exception("ending a call failed in part", extra={"call": str(call)})
