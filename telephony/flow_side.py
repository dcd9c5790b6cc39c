"""The flow's part in a call: what the engine asks for is carried out here, and how it went is told back."""

import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from ivr_flows import effects, inputs
from ivr_flows.engine import FlowContext, Session, Turn, resume, start
from telephony.flow_book import Answering
from telephony.flow_ears import FlowEars
from telephony.line import Due, Line
from telephony.media import messages as media
from telephony.ports import QueueRequest
from telephony.tape import Tape
from telephony.waiting_music import WaitingMusic
from threadline.db.pool import DATABASE_TROUBLE
from threadline.kernel.errors import NotFound, ThreadlineError
from threadline.kernel.events import CallEventKind, Json
from threadline.kernel.ids import agent_id

log = logging.getLogger(__name__)

PLACE_EVERY: Final = timedelta(seconds=5)
TO_AGENT: Final = "agent:"
BEEP_PLAY: Final = -1  # the flow's own plays are numbered from 1
BEST_EFFORT: Final = (
    effects.NoteThread,
    effects.SetLanguage,
    effects.SurveyAnswered,
)  # no reason to send the caller elsewhere
REJECTIONS: Final = {
    "busy": (486, "Busy Here"),
    "rejected": (603, "Decline"),
    "unallocated": (404, "Not Found"),
}


class FlowSide:
    """Runs the pinned flow of one call. `is_over` once the flow asked to hang up or ended."""

    def __init__(
        self,
        line: Line,
        tape: Tape,
        answering: Answering,
        transfer: Callable[[effects.Transfer], Awaitable[None]],
    ) -> None:
        self._line = line
        self._tape = tape
        self._answering = answering
        self._transfer = transfer
        self._world = line.house.flows.world
        self._ears = FlowEars(line, tape, self._world, self._tell)
        self._session: Session | None = None
        self._music = WaitingMusic()
        self._pending: deque[inputs.Input] = deque()
        self.hangup_cause: str | None = None
        self.queue: str | None = None
        self.message = effects.TakeMessage("", 0, 0, 0, "", beep=False, transcribe=False)

    @property
    def name(self) -> str:
        """Which flow this is."""
        return self._answering.flow.id

    @property
    def is_over(self) -> bool:
        return self.hangup_cause is not None

    async def begin(self, number: str | None, contact: Json) -> None:
        """Starts the flow at its entry step."""
        line, now = self._line, self._line.house.clock.now()
        context = FlowContext(
            call={
                "id": str(line.call),
                "from": number or "",
                "to": self._answering.route.number,
                "language": line.language,
                "started_at": now.isoformat(),
                "direction": "inbound",
            },
            contact=contact,
            thread={"id": str(line.caller.thread), **line.caller.conversation} if line.caller else {},
            calendars=line.house.flows.calendars,
            default_language=line.house.default_language,
        )
        await self._carry_out(start(self._answering.flow, context, now))
        await self._drain()

    async def feed(self, event: inputs.Input) -> None:
        """Tells the flow what happened; everything it asks for in answer is done when this returns."""
        self._pending.append(event)
        await self._drain()

    async def _drain(self) -> None:
        while self._pending and self._session is not None:
            event = self._pending.popleft()
            if self.is_over and not isinstance(
                event, inputs.MessageTaken
            ):  # left by hanging up: still a message
                continue
            await self._carry_out(
                resume(self._answering.flow, self._session, event, self._line.house.clock.now())
            )

    def _tell(self, event: inputs.Input) -> None:
        """News from outside the call's own task: it is woken and takes it up."""
        self._pending.append(event)
        self._line.inbox.put_nowait(Due("flow"))

    async def _carry_out(self, turn: Turn) -> None:
        self._session = turn.session
        self._line.deadlines.pop("flow", None)
        if turn.wake_at is not None:
            self._line.deadlines["flow"] = turn.wake_at
        for effect in turn.effects:
            await self._do(effect)
        if turn.over and self.hangup_cause is None:
            self.hangup_cause = "flow_ended"

    async def _do(self, effect: effects.Effect) -> None:
        """Carries one effect out. What the world can't do now is a fault, and the flow says what then."""
        try:
            await _DOERS[type(effect)](self, effect)
        except (ThreadlineError, *DATABASE_TROUBLE) as exc:
            log.warning(
                "effect failed",
                extra={
                    "call": str(self._line.call), "effect": type(effect).__name__, "error": type(exc).__name__,
                },
            )  # fmt: skip
            if not isinstance(effect, BEST_EFFORT):
                self._pending.append(inputs.Fault(type(exc).__name__))

    # --- one method an effect ---------------------------------------------------------------------

    async def _answer(self, effect: effects.Answer) -> None:
        if self._line.view.answered_at is None:
            self._line.customer.answer()
            self._line.leg_answered(self._line.customer.id)
            self._line.note(CallEventKind.ANSWERED)

    async def _reject(self, effect: effects.Reject) -> None:
        self._line.customer.reject(*REJECTIONS[effect.cause])
        self.hangup_cause = f"flow_rejected_{effect.cause}"

    async def _play(self, effect: effects.Play) -> None:
        if effect.early and self._line.view.answered_at is None:
            self._line.customer.ring(early_media=True)
        files = await self._line.house.prompts.files(effect.items)
        if files:
            self._music.pause(self._line.house.clock.now())
            self._line.house.engine.send(media.Play(str(self._line.customer.id), effect.play, files))
        else:
            self._pending.append(inputs.PlayDone(effect.play))

    async def _play_music(self, effect: effects.PlayMusic) -> None:
        music = await self._line.house.prompts.music(effect.music)
        from_s = self._music.begin(effect.music, self._line.house.clock.now())
        leg = str(self._line.customer.id)
        self._line.house.engine.send(media.Play(leg, effect.play, (music,), loop=True, from_s=from_s))

    async def _stop_play(self, effect: effects.StopPlay) -> None:
        self._music.pause(self._line.house.clock.now())
        self._line.house.engine.send(media.StopPlay(str(self._line.customer.id), effect.play))

    async def _set_language(self, effect: effects.SetLanguage) -> None:
        self._line.language = effect.language
        self._line.note(CallEventKind.LANGUAGE, language=effect.language)
        if effect.remember and self._line.caller is not None:
            await self._line.house.threads.remember_language(self._line.caller.contact, effect.language)

    async def _recording(self, effect: effects.Recording) -> None:
        if effect.action == "start":
            await self._tape.start(effect.retention_s)
        elif effect.action == "stop":
            await self._tape.stop()
        else:
            self._tape.mask(effect.action == "mask")

    async def _enter_queue(self, effect: effects.EnterQueue) -> None:
        line = self._line
        assert line.caller is not None
        facts: Json = {
            "id": str(line.call),
            "from": line.customer.peer,
            "queue": effect.queue,
            "language": line.language,
            "path": [*line.view.path],
            "vouched": line.vouched,
            "started_at": line.view.started_at.isoformat() if line.view.started_at else None,
        }
        need = [step.to_json() for step in effect.route]
        request = QueueRequest(
            line.call, effect.queue, line.caller.thread, effect.priority, need, effect.prefer, facts, effect.max_wait_s,
            effect.hard, [agent for agent in map(agent_id, effect.exclude) if agent is not None],
        )  # fmt: skip
        # The ledger line comes first: an offer may be made before join returns.
        line.note(CallEventKind.QUEUED, queue=effect.queue, position=None)
        self.queue = effect.queue
        try:
            place = await line.house.dispatcher.join(request)
        except BaseException:
            self._left_queue("fault")
            raise
        if isinstance(place, str):
            self._left_queue(place)
            self._pending.append(inputs.QueueRefused(place))  # type: ignore[arg-type]  # the port's own words
        else:
            self._pending.append(inputs.QueuePlace(place.position, place.wait_s))
            self._look_again()

    async def _leave_queue(self, effect: effects.LeaveQueue) -> None:
        try:
            await self._line.house.dispatcher.leave(self._line.call, effect.reason)
        finally:
            self._left_queue(effect.reason)

    def _left_queue(self, reason: str) -> None:
        self._line.deadlines.pop("place", None)
        if self.queue is not None:  # a place that could not be had is given up a second time by the flow
            self._line.note(CallEventKind.UNQUEUED, queue=self.queue, reason=reason)
        self.queue = None

    def joined(self) -> None:
        """A person answered: the place is taken up."""
        self._line.deadlines.pop("place", None)
        self.queue = None

    def _look_again(self) -> None:
        self._line.deadlines["place"] = self._line.house.clock.now() + PLACE_EVERY

    async def look_at_place(self) -> None:
        """Tells the flow the present place in the queue."""
        if self.queue is None:
            return
        place = await self._line.house.dispatcher.place(self._line.call)
        self._look_again()
        if place is not None:
            await self.feed(inputs.QueuePlace(place.position, place.wait_s))

    async def _begin_transfer(self, effect: effects.Transfer) -> None:
        if effect.to.startswith(TO_AGENT):
            extension = await self._extension_of(effect.to.removeprefix(TO_AGENT))
            effect = effect if extension is None else replace(effect, to=extension)
        await self._transfer(effect)

    async def _extension_of(self, agent: str) -> str | None:
        who = agent_id(agent)
        return None if who is None else await self._line.house.desks.extension_of(who)

    # --- the world beyond the call ------------------------------------------------------------------

    async def _fetch(self, effect: effects.Fetch) -> None:
        self._world.fetch(effect, self._tell)

    async def _ask_queue(self, effect: effects.AskQueue) -> None:
        book = self._line.house.queues
        if book is None:
            raise NotFound("nobody knows of queues here")
        facts = await book.queue_facts(effect.queue)
        self._pending.append(inputs.QueueFacts(effect.request, {**facts}))

    async def _request_callback(self, effect: effects.RequestCallback) -> None:
        desk = self._line.house.callbacks
        if desk is None:
            self._pending.append(inputs.CallbackRefused(effect.request, "nobody calls back here"))
            return
        window = None if effect.window is None else (_moment(effect.window[0]), _moment(effect.window[1]))
        try:
            ticket = await desk.request_callback(
                self._line.call, queue=effect.queue, number=effect.number, keep_place=effect.keep_place,
                window=window, attempts=effect.attempts, retry_after_s=effect.retry_after_s,
                expires_s=effect.expires_s,
            )  # fmt: skip
        except ThreadlineError as exc:
            log.info("callback refused", extra={"call": str(self._line.call), "error": type(exc).__name__})
            self._pending.append(inputs.CallbackRefused(effect.request, type(exc).__name__))
        else:
            self._pending.append(inputs.CallbackTaken(effect.request, ticket))

    async def _send_message(self, effect: effects.SendMessage) -> None:
        caller = self._line.caller
        is_ok = caller is not None and await self._world.write(caller.thread, effect)
        if effect.request:
            self._pending.append(inputs.MessageSent(effect.request, is_ok))

    async def _listen(self, effect: effects.Listen) -> None:
        self._ears.listen(effect)

    async def _stop_listening(self, effect: effects.StopListening) -> None:
        self._ears.stop()

    async def _choices(self, effect: effects.Choices) -> None:
        """A call has keys."""

    async def _survey_answered(self, effect: effects.SurveyAnswered) -> None:
        if self._line.caller is not None and effect.value is not None:
            answer = {f"survey_{effect.question}": effect.value}
            await self._line.house.threads.annotate(
                self._line.caller.thread, self._line.call, (), answer, None, False
            )

    async def _take_message(self, effect: effects.TakeMessage) -> None:
        if effect.beep:
            beep = await self._line.house.prompts.beep()
            self._line.house.engine.send(media.Play(str(self._line.customer.id), BEEP_PLAY, (beep,)))
        self.message = effect
        await self._tape.take_message(effect)

    async def message_taken(self, event: media.RecordingClosed) -> None:
        """A voicemail's file is complete."""
        spoken = event.spoken_s if event.spoken_s >= self.message.min_s else 0.0
        if spoken and self.message.box:
            self._line.note(
                CallEventKind.VOICEMAIL,
                recording=event.recording,
                seconds=round(event.seconds, 1),
                box=self.message.box,
            )
        reason = {"stopped": "max", "leg_closed": "hangup"}.get(event.reason, event.reason)
        recording = event.recording if spoken else None
        await self.feed(inputs.MessageTaken(spoken, reason, recording))  # type: ignore[arg-type]  # the engine's own words

    async def _note_thread(self, effect: effects.NoteThread) -> None:
        caller = self._line.caller
        if caller is not None:
            await self._line.house.threads.annotate(
                caller.thread, self._line.call, effect.tags, effect.fields, effect.note, effect.create_task
            )

    async def _entered(self, effect: effects.Entered) -> None:
        self._line.note(CallEventKind.STEP, step=effect.step, type=effect.type, label=effect.label)

    async def _keys_taken(self, effect: effects.KeysTaken) -> None:
        self._line.note(CallEventKind.KEYS, step=effect.step, keys=effect.keys, outcome=effect.outcome)

    async def _hangup(self, effect: effects.Hangup) -> None:
        self.hangup_cause = "flow_ended" if effect.cause == "normal" else f"flow_{effect.cause}"


def _moment(written: str) -> datetime:
    return datetime.fromisoformat(written)


_DOERS: Final[dict[type, Callable[[FlowSide, Any], Awaitable[None]]]] = {
    effects.Answer: FlowSide._answer,
    effects.Reject: FlowSide._reject,
    effects.Play: FlowSide._play,
    effects.PlayMusic: FlowSide._play_music,
    effects.StopPlay: FlowSide._stop_play,
    effects.SetLanguage: FlowSide._set_language,
    effects.Recording: FlowSide._recording,
    effects.EnterQueue: FlowSide._enter_queue,
    effects.LeaveQueue: FlowSide._leave_queue,
    effects.Transfer: FlowSide._begin_transfer,
    effects.TakeMessage: FlowSide._take_message,
    effects.NoteThread: FlowSide._note_thread,
    effects.Fetch: FlowSide._fetch,
    effects.AskQueue: FlowSide._ask_queue,
    effects.RequestCallback: FlowSide._request_callback,
    effects.SendMessage: FlowSide._send_message,
    effects.Listen: FlowSide._listen,
    effects.StopListening: FlowSide._stop_listening,
    effects.Choices: FlowSide._choices,
    effects.SurveyAnswered: FlowSide._survey_answered,
    effects.Entered: FlowSide._entered,
    effects.KeysTaken: FlowSide._keys_taken,
    effects.Hangup: FlowSide._hangup,
}
