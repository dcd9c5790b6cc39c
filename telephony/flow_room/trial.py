"""A flow walked by hand: what a caller does, one act after the other, and what he hears; no telephone, no waiting.

The whole walk is done anew for every act, so that it follows the text as it is now. Pure.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast

from ivr_flows import effects as fx
from ivr_flows import inputs as ev
from ivr_flows.calendar import DAYS, Calendar
from ivr_flows.engine import FlowContext, Turn, resume, start
from ivr_flows.mocks import answer_to
from ivr_flows.model import Flow
from ivr_flows.script import Mock
from ivr_flows.simulate import BETWEEN_KEYS_S, SECONDS_A_CHARACTER
from ivr_flows.trace import effect_line, event_line
from threadline.kernel.events import Json

MOST_EVENTS: Final = 5_000
ALWAYS: Final = {day: [["00:00", "24:00"]] for day in DAYS}
UNMOCKED: Final = "no answer"


def walk(
    flow: Flow, facts: Json, acts: Sequence[Json], calendars: Mapping[str, Calendar], at: datetime
) -> Json:
    """{lines, visited, vars, step, language, over, waits, listens, written}.

    `facts`: {call, contact, mock}, each as in a test. An act is one of {press}, {say}, {write}, {wait: seconds},
    {silence}, {hang_up}, {agent: answers|leaves}, {refuse}, {transfer}, {speak: seconds}. `lines` are {at_s, kind, text,
    act}, `act` the number of acts before them. `waits` says for what: queue, talk, transfer, message or nothing of these.
    """
    made = _Walk(flow, facts, calendars, at)
    for number, act in enumerate(acts, 1):
        made.act = number
        made.does(act)
    return made.shown()


class _Walk:
    def __init__(self, flow: Flow, facts: Json, calendars: Mapping[str, Calendar], at: datetime) -> None:
        self.flow, self.began, self.now, self.act = flow, at, at, 0
        self.lines: list[Json] = []
        self.visited: list[str] = []
        self.playing: tuple[int, float] | None = None
        self.coming: list[tuple[datetime, ev.Input]] = []
        self.waits = ""
        self._events = 0
        self._mock = Mock.model_validate(facts.get("mock") or {})
        self.turn = start(flow, _context(flow, facts, calendars, at), at)
        self._carry_out()
        self._settle()

    def does(self, act: Json) -> None:
        """One act; after the end nothing happens any more."""
        if self.turn.over:
            return
        for name, value in act.items():
            handler = getattr(self, f"_act_{name}", None)
            if handler is not None:
                handler(value)
        self._settle()

    def shown(self) -> Json:
        session = self.turn.session
        return {
            "lines": [*self.lines],
            "visited": [*self.visited],
            "vars": {**session.vars},
            "step": f"{session.module}.{session.step}" if session.module else session.step,
            "language": session.language,
            "over": self.turn.over,
            "waits": "talk" if session.mode == "talking" else self.waits,
            "listens": bool(session.listening),
            "written": session.is_written,
        }

    # --- acts ---------------------------------------------------------------------------------------

    def _act_press(self, keys: Any) -> None:
        if self.turn.session.is_written:
            self._feed(ev.Wrote(str(keys)))
            return
        for key in str(keys)[:64]:
            if not self.turn.over:
                self._feed(ev.Key(key))
                self.now += timedelta(seconds=BETWEEN_KEYS_S)

    def _act_say(self, words: Any) -> None:
        self._feed(ev.Heard(self.turn.session.listening, str(words), 1.0))

    def _act_write(self, words: Any) -> None:
        self._feed(ev.Wrote(str(words)))

    def _act_silence(self, _: Any) -> None:
        if self.turn.wake_at is not None:
            self.now = max(self.now, self.turn.wake_at)
            self._feed(ev.Tick())

    def _act_wait(self, seconds: Any) -> None:
        until = self.now + timedelta(seconds=min(float(seconds), 86_400.0))
        while not self.turn.over and self._events < MOST_EVENTS:
            self._settle()
            if self.turn.wake_at is None or self.turn.wake_at > until:
                break
            self._act_silence(None)
        self.now = max(self.now, until)

    def _act_hang_up(self, _: Any) -> None:
        if self.waits == "message":
            self._feed(ev.MessageTaken(0.0, "hangup"))
        self._feed(ev.HungUp())

    def _act_agent(self, does: Any) -> None:
        self._feed(ev.AgentJoined("agent") if does == "answers" else ev.AgentLeft())

    def _act_refuse(self, reason: Any) -> None:
        if reason in ("full", "no_agents", "closed"):
            self._feed(ev.QueueRefused(reason))

    def _act_transfer(self, result: Any) -> None:
        if result in ("busy", "no_answer", "failed", "done"):
            self._feed(ev.TransferOver(result))

    def _act_speak(self, seconds: Any) -> None:
        self.now += timedelta(seconds=min(float(seconds), 3600.0))
        self._feed(ev.MessageTaken(float(seconds), "silence", "recorded"))

    # --- the world ----------------------------------------------------------------------------------

    def _settle(self) -> None:
        """What happens by itself: prompts end, services answer. Keys and time are the caller's."""
        while not self.turn.over and (self.coming or self.playing):
            if self._events >= MOST_EVENTS:
                return
            if self.coming:
                at, event = self.coming.pop(0)
                self.now = max(self.now, at)
                self._feed(event)
            elif self.playing is not None:
                play, seconds = self.playing
                self.playing = None
                self.now += timedelta(seconds=seconds)
                self._feed(ev.PlayDone(play), is_shown=False)

    def _feed(self, event: ev.Input, *, is_shown: bool = True) -> None:
        self._events += 1
        if is_shown:
            self._log("event", event_line(event))
        self.waits = (
            "" if isinstance(event, ev.TransferOver | ev.MessageTaken | ev.QueueRefused) else self.waits
        )
        self.turn = resume(self.flow, self.turn.session, event, self.now)
        self._carry_out()

    def _carry_out(self) -> None:
        for effect in self.turn.effects:
            kind, text = effect_line(effect)
            if not isinstance(effect, fx.StopPlay):
                self._log(kind, _said(effect) if isinstance(effect, fx.Play) else text)
            self._happens(effect)

    def _happens(self, effect: fx.Effect) -> None:
        answer = answer_to(effect, self._mock)
        if isinstance(answer, str):
            assert isinstance(effect, fx.Fetch)
            self._later(0.2, ev.Fetched(effect.request, 0, error=UNMOCKED))
        elif answer is not None:
            self._later(*answer)
        elif isinstance(effect, fx.Play):
            self.playing = effect.play, _length(effect, self.turn)
        elif isinstance(effect, fx.StopPlay | fx.PlayMusic):
            self.playing = None
        elif isinstance(effect, fx.EnterQueue):
            self.waits = "queue"
            self._later(0.0, ev.QueuePlace(1))
        elif isinstance(effect, fx.LeaveQueue):
            self.waits = ""
        elif isinstance(effect, fx.Transfer):
            self.waits = "transfer"
        elif isinstance(effect, fx.TakeMessage):
            self.waits = "message"
        elif isinstance(effect, fx.Entered):
            self.visited.append(effect.step)
            self.waits = ""

    def _later(self, seconds: float, event: ev.Input) -> None:
        self.coming.append((self.now + timedelta(seconds=min(seconds, 3600.0)), event))

    def _log(self, kind: str, text: str) -> None:
        at_s = (self.now - self.began).total_seconds()
        self.lines.append({"at_s": round(at_s, 1), "kind": kind, "text": text, "act": self.act})


def _said(effect: fx.Play) -> str:
    return " ".join(item.text or f"[{item.audio}]" for item in effect.items)


def _length(effect: fx.Play, turn: Turn) -> float:
    if turn.session.is_written:
        return 0.0
    return sum(round(max(0.5, len(item.text) * SECONDS_A_CHARACTER), 1) for item in effect.items)


def _context(flow: Flow, facts: Json, calendars: Mapping[str, Calendar], at: datetime) -> FlowContext:
    """Opening hours the server does not have are always open."""
    steps = [step for part in (flow, *flow.modules.values()) for step in part.steps.values()]
    named = {
        str(found)
        for step in steps
        if (found := getattr(getattr(step, "window", None) or step, "calendar", None))
    }
    known = {**{name: Calendar.of("UTC", ALWAYS) for name in named}, **calendars}
    call: Json = {"id": "trial", "from": "+84900000000", "to": "trial", "started_at": at.isoformat()}
    return FlowContext(
        call={**call, **cast(Json, facts.get("call") or {})},
        contact=cast(Json, facts.get("contact") or {}),
        thread={"id": "trial"},
        calendars=known,
        default_language=flow.head.languages.default,
    )
