"""Live captions: which calls have them, what is told to the pages, and the transcript that is left of them."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from recordings.captions.messages import Begin, Begun, Finish, Heard, Line, News, Talking
from recordings.captions.process import CaptionProcess
from recordings.captions.store import CaptionStore
from recordings.transcribe.dialogue import owned_spans
from recordings.transcribe.models import Engine, ModelShelf, Waiting
from recordings.transcribe.port import Segment
from threadline.db.pool import Pool
from threadline.ending import heed
from threadline.kernel.events import Bus, CallCaption, Json
from threadline.kernel.ids import CallId, RecordingId

log = logging.getLogger(__name__)

IDLE_S: Final = 300.0  # a model holds hundreds of megabytes; it is let go when nobody needed it for so long
PATIENCE_S: Final = 120.0  # for the rest of a recording that is over
REMEMBERED: Final = 200
LINES_SHOWN: Final = 200


class State(StrEnum):
    """What a page is told of a call's captions."""

    OFF = "off"  # nobody wants them, or nobody talks yet
    ON = "on"
    FULL = "full"  # all places are taken; the first that gets free is this call's
    NO_MODEL = "no_model"  # wanted, but nothing understands the language as it is spoken
    BROKEN = "broken"  # the recogniser died; the transcript comes after the call
    OVER = "over"


@dataclass(slots=True)
class _Recording:
    id: RecordingId
    call: CallId
    path: Path
    language: str
    spans: tuple[Json, ...] = ()
    state: State = State.OFF
    is_over: bool = False
    lines: "OrderedDict[tuple[str, int], Line]" = field(default_factory=OrderedDict)
    written: "asyncio.Future[tuple[Segment, ...] | None]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    @property
    def has_place(self) -> bool:
        """It keeps its place until the rest is read."""
        return self.state is State.ON and not self.written.done()

    @property
    def has_people(self) -> bool:
        return bool(owned_spans(self.spans, float("inf")))


class Captions:
    """A recordings.service.Follower: told of recordings as they are made, it captions those that are wanted.

    `at_once` calls have a place at a time; all of them share one process with one thread.
    """

    def __init__(
        self, pool: Pool, bus: Bus, shelf: ModelShelf, *, at_once: int, default_language: str
    ) -> None:
        self.at_once = at_once
        self._store = CaptionStore(pool)
        self._bus = bus
        self._shelf = shelf
        self._language = default_language
        self._known: OrderedDict[RecordingId, _Recording] = OrderedDict()
        self._changed: asyncio.Queue[RecordingId] = asyncio.Queue()
        self._process = CaptionProcess(self._on_news, self._on_lost)

    # --- told by the recordings ---------------------------------------------------------------

    def began(self, recording: RecordingId, call: CallId, path: Path, language: str | None) -> None:
        self._known[recording] = _Recording(recording, call, path, language or self._language)
        while len(self._known) > REMEMBERED and self._oldest_is_done():
            self._known.popitem(last=False)

    def turned(self, recording: RecordingId, language: str | None, spans: Sequence[Json]) -> None:
        """Somebody else owns the right channel from now on."""
        if (known := self._known.get(recording)) is not None:
            known.spans, known.language = tuple(spans), language or known.language
            self._changed.put_nowait(recording)

    def ended(self, recording: RecordingId, spans: Sequence[Json]) -> None:
        """The file is complete."""
        if (known := self._known.get(recording)) is not None and not known.is_over:
            known.spans, known.is_over = tuple(spans), True
            self._changed.put_nowait(recording)

    @property
    def process_id(self) -> int | None:
        """The recogniser's process, None while no call needs it."""
        return self._process.pid

    # --- asked by others ----------------------------------------------------------------------

    def of_call(self, call: CallId) -> Json:
        """`{state, lines: [as in the news]}` of a call that runs, or ran lately."""
        known = next((one for one in reversed(self._known.values()) if one.call == call), None)
        if known is None:
            return {"state": State.OFF.value, "lines": []}
        lines = list(known.lines.values())[-LINES_SHOWN:]
        return {"state": known.state.value, "lines": [_shown(known, line) for line in lines]}

    async def heard(self, recording: RecordingId) -> Sequence[Segment] | None:
        """The whole transcript of a recording that was captioned to its end; None: it is still to be recognised.

        It is forgotten here: what was said is kept with the transcript, and goes with it.
        """
        known = self._known.get(recording)
        try:
            if known is None or known.state not in (State.ON, State.OVER):
                return None
            async with asyncio.timeout(PATIENCE_S):
                return await asyncio.shield(known.written)
        except TimeoutError:
            return None
        finally:
            self._known.pop(recording, None)

    async def switches(self) -> Json:
        """`{at_once, taken, switches: [{kind, name, title, is_on}]}`."""
        rows: list[Json] = [
            {"kind": one.kind, "name": one.name, "title": one.title, "is_on": one.is_on}
            for one in await self._store.switches()
        ]
        return {"at_once": self.at_once, "taken": self._taken, "switches": [*rows]}

    async def set_switch(self, kind: str, name: str, is_on: bool | None) -> bool:
        """For the next call. False: there is no such queue or number."""
        if not any((one.kind, one.name) == (kind, name) for one in await self._store.switches()):
            return False
        if is_on is None:
            await self._store.drop_switch(kind, name)
        else:
            await self._store.set_switch(kind, name, is_on)
        return True

    # --- at work ------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until cancelled. The process goes with it."""
        try:
            while True:
                recording = await self._next_change()
                heed()
                if recording is None:
                    await self._process.stop()
                elif (known := self._known.get(recording)) is not None:
                    await self._attend(known)
        finally:
            await self._process.stop()
            self._on_lost()

    async def _next_change(self) -> RecordingId | None:
        """None: nobody has needed the process for IDLE_S."""
        if self._process.pid is None or self._taken:
            return await self._changed.get()
        try:
            async with asyncio.timeout(IDLE_S):
                return await self._changed.get()
        except TimeoutError:
            return None

    async def _attend(self, known: _Recording) -> None:
        if known.is_over:
            self._finish(known)
        elif known.state is State.ON:
            self._process.send(Talking(known.id, known.spans))
        elif known.state in (State.OFF, State.FULL) and known.has_people:
            await self._admit(known)

    async def _admit(self, known: _Recording) -> None:
        wish = await self._store.caption_wish(known.call)
        if wish is False or self.at_once == 0:
            return
        engine = self._shelf.engine_for(known.language)
        if isinstance(engine, Waiting) or engine.name != "vosk":
            if wish:
                self._tell_state(known, State.NO_MODEL)
            return
        if self._taken >= self.at_once:
            self._tell_state(known, State.FULL)
            return
        await self._begin(known, engine)

    async def _begin(self, known: _Recording, engine: Engine) -> None:
        known.state = State.ON  # told once it is heard
        await self._process.start()
        self._process.send(Begin(known.id, known.path, engine, known.language, known.spans))
        log.info("captions begun", extra={"recording": known.id, "call": known.call})

    def _finish(self, known: _Recording) -> None:
        if known.has_place:
            self._process.send(Finish(known.id, known.spans))
        else:
            self._written(known, None)

    @property
    def _taken(self) -> int:
        return sum(one.has_place for one in self._known.values())

    def _oldest_is_done(self) -> bool:
        return next(iter(self._known.values())).is_over

    def _on_news(self, news: News) -> None:
        known = self._known.get(news.recording)
        if known is None:
            return
        if isinstance(news, Begun):
            self._publish(known)
        elif isinstance(news, Heard):
            self._on_line(known, news.line)
        else:
            self._written(known, news.segments)

    def _on_line(self, known: _Recording, line: Line) -> None:
        known.lines[line.speaker, line.number] = line
        self._bus.publish(CallCaption(known.call, "call.caption", _shown(known, line)))

    def _written(self, known: _Recording, segments: tuple[Segment, ...] | None) -> None:
        """Its place is free: the next that waits for one may have it."""
        if not known.written.done():
            known.written.set_result(segments)
        if known.state is State.ON:
            self._tell_state(known, State.OVER if known.is_over else State.BROKEN)
        for one in self._known.values():
            if one.state is State.FULL and not one.is_over:
                self._changed.put_nowait(one.id)

    def _on_lost(self) -> None:
        for known in list(self._known.values()):
            if known.has_place:
                self._written(known, None)

    def _tell_state(self, known: _Recording, state: State) -> None:
        if known.state is not state:
            known.state = state
            self._publish(known)

    def _publish(self, known: _Recording) -> None:
        told: Json = {"call": str(known.call), "state": known.state.value}
        self._bus.publish(CallCaption(known.call, "call.captions", told))


def _shown(known: _Recording, line: Line) -> Json:
    return {
        "call": str(known.call),
        "recording": str(known.id),
        "speaker": line.speaker,
        "line": line.number,
        "t0": round(line.t0, 2),
        "t1": round(line.t1, 2),
        "text": line.text,
        "is_final": line.is_final,
    }
