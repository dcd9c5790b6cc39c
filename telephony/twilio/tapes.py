"""Recordings that Twilio makes for us: begun, masked and ended there, fetched, and deleted there."""

import asyncio
import logging
from pathlib import Path
from typing import Final

from telephony.media import messages as media
from telephony.twilio.errors import TwilioError, TwilioRefused
from telephony.twilio.rest import TwilioRest
from telephony.twilio.steps import ToTape, keep_moment
from telephony.twilio.takes import as_stereo

log = logging.getLogger(__name__)

FETCH_S: Final = 60.0  # for a recording to be finished at Twilio
FETCH_EVERY_S: Final = 1.0
NOT_FETCHED: Final = (TwilioError, TimeoutError, ValueError, OSError)


class CallTape:
    """The recording of one call. `run` makes it; what is told meanwhile is done in its order."""

    def __init__(self, rest: TwilioRest, call: str, record: media.Record) -> None:
        self._rest = rest
        self._call = call
        self._record = record
        self.sid = ""  # Twilio's name of it, once it is known
        self._commands: asyncio.Queue[ToTape] = asyncio.Queue()

    @property
    def recording(self) -> str:
        """Our name of it."""
        return self._record.recording

    def tell(self, command: ToTape) -> None:
        self._commands.put_nowait(command)

    async def run(self, patience_s: float) -> float:
        """Until its file is where it belongs: its seconds. 0.0: it is lost, and the file holds a moment of silence."""
        path = Path(self._record.path)
        try:
            self.sid = await self._rest.record(self._call)
            await self._follow()
            return await fetch(self._rest, self.sid, path, patience_s)
        except NOT_FETCHED as exc:
            log.error(
                "a recording at twilio is lost",
                extra={"call": self._call, "recording": self.sid, "error": type(exc).__name__},
            )
            await asyncio.to_thread(keep_moment, path)
            return 0.0

    async def _follow(self) -> None:
        """Until it is stopped; a call that is over has stopped it by itself."""
        while True:
            command = await self._commands.get()
            is_stop = isinstance(command, media.StopRecording)
            masked = isinstance(command, media.MaskRecording) and command.masked
            try:
                await self._rest.change_recording(
                    self._call, self.sid, "stopped" if is_stop else "paused" if masked else "in-progress"
                )
            except TwilioRefused:
                if not is_stop:
                    raise
            if is_stop:
                return


async def fetch(rest: TwilioRest, sid: str, path: Path, patience_s: float = FETCH_S) -> float:
    """Stores a recording as soon as Twilio has it: its seconds. Raises one of NOT_FETCHED."""
    async with asyncio.timeout(patience_s):
        wav = await _finished(rest, sid)
    return await asyncio.to_thread(_store, path, wav)


async def delete(rest: TwilioRest, sid: str) -> None:
    """Ours is the copy that is kept."""
    try:
        await rest.delete_recording(sid)
    except TwilioError as exc:
        log.warning("a recording stays at twilio", extra={"recording": sid, "error": str(exc)})


async def _finished(rest: TwilioRest, sid: str) -> bytes:
    while True:
        try:
            return await rest.recording(sid)
        except TwilioRefused as refused:
            if refused.status != 404:
                raise
        await asyncio.sleep(FETCH_EVERY_S)


def _store(path: Path, wav: bytes) -> float:
    sound, seconds = as_stereo(wav)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(sound)
    return seconds
