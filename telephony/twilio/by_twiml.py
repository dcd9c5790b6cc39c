"""Calls that work step by step: Twilio's questions answered, its recordings fetched, its SIP call taken."""

import asyncio
import hashlib
import hmac
import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, Final

from telephony.legs.twiml import AFTER_KEY_S, FIRST_S, LAST_WORDS_S, TwimlLeg
from telephony.media import messages as media
from telephony.sip.server import IncomingCall
from telephony.twilio import tapes, twiml
from telephony.twilio.account import Doors
from telephony.twilio.errors import TwilioError
from telephony.twilio.rest import TwilioRest
from telephony.twilio.steps import ToTape
from threadline.kernel.errors import NotFound
from threadline.kernel.ids import LegId

log = logging.getLogger(__name__)

SOUNDS_MAX: Final = 10_000  # names of files that are remembered
TAPE_S: Final = LAST_WORDS_S - 5  # for a recording to be finished at Twilio while its call waits
IN_ONE_ANSWER_S: Final = 6.0  # of the fifteen Twilio waits
SETTLE_S: Final = 0.05
CONFERRED: Final = "answered"  # what Twilio says of a Dial that led into a conference


class ByTwiml:
    """The step-by-step calls of one account. `spawn` starts work that outlives a request."""

    def __init__(
        self, doors: Doors, rest: TwilioRest, spawn: Callable[[Coroutine[Any, Any, None], str], None]
    ) -> None:
        self._doors = doors
        self._rest = rest
        self._spawn = spawn
        self._key = secrets.token_bytes(32)
        self._sounds: OrderedDict[str, str] = OrderedDict()
        self._meetings: dict[str, TwimlLeg] = {}
        self._fetching: set[str] = set()
        self._tapes: dict[LegId, tapes.CallTape] = {}

    def began(self, leg: TwimlLeg) -> None:
        self._meetings[leg.meeting] = leg

    def over(self, leg: TwimlLeg) -> None:
        self._meetings.pop(leg.meeting, None)

    # --- questions ---

    async def first(self, leg: TwimlLeg) -> str:
        """The document a call begins with."""
        return self._rendered(leg, await leg.next_scene(FIRST_S))

    async def again(self, leg: TwimlLeg, form: Mapping[str, str]) -> str:
        """A document is through, or a dialled meeting is over."""
        if form.get("DialCallStatus", CONFERRED) != CONFERRED:
            log.info("twilio calls our sip port no more", extra={"status": form["DialCallStatus"]})
            leg.not_reached()
        return self._rendered(leg, await leg.asked())

    async def keys(self, leg: TwimlLeg, form: Mapping[str, str], document: str) -> str:
        """What a Gather took; of a repeated delivery nothing is taken a second time."""
        keys = form.get("Digits", "") + form.get("FinishedOnKey", "")
        if keys and leg.consumes(document):
            leg.pressed(keys)
            return self._rendered(leg, await leg.next_scene(AFTER_KEY_S))
        return self._rendered(leg, leg.scene())

    async def recorded(self, leg: TwimlLeg, form: Mapping[str, str]) -> str:
        """A message is finished, told by its verb or by its status callback, whichever comes first."""
        sid = form.get("RecordingSid", "") or form.get("RecordingUrl", "").rpartition("/")[2]
        if leg.message is not None and sid.isalnum() and sid not in self._fetching:
            self._fetching.add(sid)
            self._spawn(self._fetch(leg, sid, form), f"recording {sid}")
        return self._rendered(leg, await leg.next_scene(IN_ONE_ANSWER_S))

    def _rendered(self, leg: TwimlLeg, scene: twiml.Scene) -> str:
        return twiml.stepped(scene, self._doors, self._named, leg.document)

    def push(self, leg: TwimlLeg) -> None:
        """Twilio gets a new document although it did not ask."""
        self._spawn(self._push(leg), f"twiml {leg.sid}")

    async def _push(self, leg: TwimlLeg) -> None:
        await asyncio.sleep(SETTLE_S)
        if leg.is_over or not leg.has_news:
            return
        try:
            if not await self._moved(leg):
                await self._rest.redirect(leg.sid, self._rendered(leg, leg.scene()))
        except TwilioError as exc:
            log.warning("a call could not be redirected", extra={"call": leg.sid, "error": str(exc)})

    async def _moved(self, leg: TwimlLeg) -> bool:
        """Whether she is heard as she should be without leaving the conference she is in."""
        seat = leg.moves()
        if seat is None:
            return False
        try:
            await self._rest.seat(seat)
        except TwilioError as exc:
            log.warning("a conference at twilio is as it was", extra={"call": leg.sid, "error": str(exc)})
            return False
        return True

    # --- sounds ---

    def _named(self, file: str) -> str:
        name = hmac.new(self._key, file.encode(), hashlib.sha256).hexdigest()[:40]
        self._sounds[name] = file
        self._sounds.move_to_end(name)
        while len(self._sounds) > SOUNDS_MAX:
            self._sounds.popitem(last=False)
        return name

    def sound(self, name: str) -> Path:
        """The mu-law file of that name. Raises NotFound."""
        file = self._sounds.get(name)
        if file is None:
            raise NotFound("no such sound")
        return Path(file)

    # --- recordings ---

    async def _fetch(self, leg: TwimlLeg, sid: str, form: Mapping[str, str]) -> None:
        """The message, as soon as Twilio has it, to where the call expects its file."""
        message = leg.message
        if message is None:
            return
        try:
            seconds = await tapes.fetch(self._rest, sid, Path(message.path))
        except tapes.NOT_FETCHED as exc:
            log.error(
                "a message at twilio was not fetched", extra={"recording": sid, "error": type(exc).__name__}
            )
            leg.message_taken(0.0, "lost")
        else:
            reason = {"hangup": "leg_closed", "": "silence"}.get(form.get("Digits", ""), "end_key")
            leg.message_taken(seconds, reason)
            await tapes.delete(self._rest, sid)
        finally:
            self._fetching.discard(sid)

    def tape(self, leg: TwimlLeg, command: ToTape) -> None:
        """About the recording of a talk that stays at Twilio."""
        if isinstance(command, media.Record):
            made = self._tapes[leg.id] = tapes.CallTape(self._rest, leg.sid, command)
            self._spawn(self._make(leg, made), f"tape {leg.sid}")
        elif (running := self._tapes.get(leg.id)) is not None:
            running.tell(command)

    async def _make(self, leg: TwimlLeg, tape: tapes.CallTape) -> None:
        try:
            seconds = await tape.run(TAPE_S)
        finally:
            del self._tapes[leg.id]
        leg.taped(tape.recording, seconds)
        if seconds:
            await tapes.delete(self._rest, tape.sid)

    # --- SIP ---

    def meets(self, call: IncomingCall) -> bool:
        """Whether this SIP call is Twilio's for one of ours; then it is taken."""
        leg = self._meetings.get(call.dialled.removeprefix(twiml.MEETING))
        sip = None if leg is None else leg.meets(call)
        if leg is None or sip is None:
            return False
        self._spawn(leg.join(sip), f"meeting {leg.sid}")
        return True
