"""A call in virtual time: drives the engine with a script, no telephone and no waiting.

Prompts take as long as their text suggests; queues, transfers and calendars behave as the test's `mock`
says. After its last line the script is silent until the call ends.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from ivr_flows import effects as fx
from ivr_flows import inputs as ev
from ivr_flows.calendar import DAYS, Calendar
from ivr_flows.engine import FlowContext, Turn, resume, start
from ivr_flows.expectations import compare
from ivr_flows.mocks import answer_to
from ivr_flows.model import Flow
from ivr_flows.script import Line, MockQueue, Test
from ivr_flows.trace import Trace, effect_line, event_line
from threadline.kernel.events import Json

SECONDS_A_CHARACTER: Final = 0.06
BETWEEN_KEYS_S: Final = 0.3
LONGEST_CALL_S: Final = 4 * 3600.0
LONGEST_CHAT_S: Final = 25 * 3600.0
MAX_EVENTS: Final = 5_000

_ALWAYS: Final = {day: [["00:00", "24:00"]] for day in DAYS}


def simulate(flow: Flow, script: Test, calendars: Mapping[str, Calendar] | None = None) -> Trace:
    """Runs one test. `calendars` are the server's; without them every calendar is open unless mocked."""
    call = _Call(flow, script, calendars)
    call.run()
    compare(call.trace, script.expect, call.done, call.turn.session.vars)
    return call.trace


def run_tests(flow: Flow, calendars: Mapping[str, Calendar] | None = None) -> list[Trace]:
    """Every inline test of the flow."""
    return [simulate(flow, test, calendars) for test in flow.head.tests]


class _Call:
    """The world around one simulated call: what will happen when, and what was heard."""

    def __init__(self, flow: Flow, script: Test, calendars: Mapping[str, Calendar] | None) -> None:
        self.flow, self.script = flow, script
        self.trace = Trace(script.name)
        self.began = self.now = datetime.fromisoformat(script.at)
        self.coming: list[tuple[datetime, int, ev.Input]] = []
        self.done: list[fx.Effect] = []
        self.unheard: list[fx.Spoken] = []
        self.speaking_until = self.now
        self.spoken_message_s: float | None = None
        self.leaves_in_message = False
        self._order = 0
        self._events = 0
        self.turn = start(flow, self._context(calendars), self.now)
        self._carry_out(self.turn)

    def _context(self, calendars: Mapping[str, Calendar] | None) -> FlowContext:
        known = dict(calendars or {})
        steps = [step for part in (self.flow, *self.flow.modules.values()) for step in part.steps.values()]
        for step in steps:
            name = getattr(getattr(step, "window", None) or step, "calendar", None)
            if name is not None and name not in known:
                known[str(name)] = Calendar.of("UTC", _ALWAYS)
        for name, state in self.script.mock.calendar.items():
            known[name] = _calendar(state, self.began)
        call: Json = {"id": "simulated", "from": "+84900000000", "to": "1900", "started_at": self.script.at}
        if self.script.channel != "voice":
            call["channel"] = self.script.channel
        return FlowContext(
            call={**call, **self.script.call},
            contact=self.script.contact,
            thread={"id": "simulated", **self.script.thread},
            calendars=known,
            default_language=self.flow.head.languages.default,
        )

    # --- the script -------------------------------------------------------------------------------

    def run(self) -> None:
        for number, line in enumerate(self.script.script, 1):
            if not self._line(number, line):
                return
        while self._next_event():
            pass

    def _line(self, number: int, line: Line) -> bool:
        if line.hear is not None and not self._hear(number, line):
            return False
        if line.speak is not None:
            self.spoken_message_s, self.leaves_in_message = line.speak, line.hangup
            return True
        if line.wait is not None:
            self._pass_time(self.now + timedelta(seconds=line.wait))
        if line.press is not None:
            self._press(line)
        if line.write is not None and not self.turn.over:
            self._pass_time(self.now)
            self._feed(ev.Wrote(line.write))
        if line.say is not None or line.noise:
            self._speak(number, line)
        if line.hangup and not self.turn.over:
            self._feed(ev.HungUp())
        return True

    def _hear(self, number: int, line: Line) -> bool:
        """Lets time run until the prompt is said. False, with a failure, when it never is."""
        while True:
            while self.unheard:
                said = self.unheard.pop(0)
                if line.hear in (said.prompt, said.text):
                    return self._contains(number, line, said)
            if not self._next_event():
                self.trace.failures.append(f"line {number}: {line.hear} was never heard")
                return False

    def _contains(self, number: int, line: Line, said: fx.Spoken) -> bool:
        text = said.text
        while self.unheard and self.unheard[0].prompt == said.prompt is not None:
            text += " " + self.unheard.pop(0).text
        if line.contains is not None and line.contains not in text:
            self.trace.failures.append(f"line {number}: {line.hear} said {text!r}, without {line.contains!r}")
        return True

    def _speak(self, number: int, line: Line) -> None:
        if not line.barge:
            self._pass_time(self.speaking_until)
        if not self.turn.session.listening:
            self.trace.failures.append(f"line {number}: nobody listens to {line.say or 'a noise'}")
        else:
            self._feed(ev.Heard(self.turn.session.listening, line.say or "", line.confidence))

    def _press(self, line: Line) -> None:
        if self.turn.session.is_written:
            self._pass_time(self.now)
            self._feed(ev.Wrote(str(line.press).removesuffix("#")))
            return
        if not line.barge:
            self._pass_time(self.speaking_until)
        for key in str(line.press):
            if self.turn.over:
                return
            self._feed(ev.Key(key))
            self._pass_time(self.now + timedelta(seconds=BETWEEN_KEYS_S))

    # --- time -------------------------------------------------------------------------------------

    def _pass_time(self, until: datetime) -> None:
        while not self.turn.over and (upcoming := self._upcoming()) is not None and upcoming <= until:
            self._next_event()
        self.now = max(self.now, until)

    def _upcoming(self) -> datetime | None:
        moments = [at for at, _, _ in self.coming]
        if self.turn.wake_at is not None:
            moments.append(self.turn.wake_at)
        return min(moments, default=None)

    def _next_event(self) -> bool:
        """The next thing that happens by itself. False when nothing will."""
        at = self._upcoming()
        self._events += 1
        if self.turn.over or at is None or self._events > MAX_EVENTS:
            return False
        longest_s = LONGEST_CHAT_S if self.turn.session.is_written else LONGEST_CALL_S
        if (at - self.began).total_seconds() > longest_s:
            return False
        self.now = max(self.now, at)
        self.coming.sort(key=lambda each: each[:2])
        if self.coming and self.coming[0][0] <= at:
            self._feed(self.coming.pop(0)[2])
        else:
            self._feed(ev.Tick())
        return True

    def _later(self, seconds: float, event: ev.Input) -> None:
        self._order += 1
        self.coming.append((self.now + timedelta(seconds=seconds), self._order, event))

    # --- the engine -------------------------------------------------------------------------------

    def _feed(self, event: ev.Input) -> None:
        if not isinstance(event, ev.Tick):
            self._log("event", event_line(event), {"event": type(event).__name__, **asdict(event)})
        if isinstance(event, ev.HungUp):
            self.trace.ended_by = "caller"
        self.turn = resume(self.flow, self.turn.session, event, self.now)
        self._carry_out(self.turn, by_agent=isinstance(event, ev.AgentLeft))

    def _log(self, kind: str, text: str, data: Json) -> None:
        self.trace.add((self.now - self.began).total_seconds(), kind, text, data)

    def _carry_out(self, turn: Turn, *, by_agent: bool = False) -> None:
        for effect in turn.effects:
            kind, text = effect_line(effect)
            self._log(kind, text, cast(Json, {"effect": type(effect).__name__, **_plain(effect)}))
            self.done.append(effect)
            self._world(effect)
        self.trace.language = turn.session.language
        if turn.over and self.trace.ended_by == "nobody":
            self.trace.ended_by = "agent" if by_agent else "system"

    def _world(self, effect: fx.Effect) -> None:
        answer = answer_to(effect, self.script.mock)
        if isinstance(answer, str):
            self.trace.failures.append(answer)
        elif answer is not None:
            self._later(*answer)
        else:
            self._happens(effect)

    def _happens(self, effect: fx.Effect) -> None:
        if isinstance(effect, fx.Play):
            self._hears(effect)
        elif isinstance(effect, fx.StopPlay | fx.PlayMusic):
            self._quiet()
        elif isinstance(effect, fx.EnterQueue):
            self._queue(self.script.mock.queue.get(effect.queue, MockQueue()))
        elif isinstance(effect, fx.LeaveQueue):
            self._forget(ev.AgentJoined, ev.AgentLeft)
        elif isinstance(effect, fx.Transfer):
            self._later(5.0, ev.TransferOver(self.script.mock.transfer.get(effect.to, "done")))
        elif isinstance(effect, fx.TakeMessage):
            self._message()
        elif isinstance(effect, fx.NoteThread):
            self.trace.tags.extend(effect.tags)
        elif isinstance(effect, fx.Entered):
            self._entered(effect)

    def _entered(self, effect: fx.Entered) -> None:
        self.trace.visited.append(effect.step)
        reason = self.script.mock.fault.get(effect.step)
        if reason is not None:
            self._later(0.0, ev.Fault(reason))

    def _hears(self, effect: fx.Play) -> None:
        self._quiet()
        self.unheard.extend(effect.items)
        self.trace.heard.extend(item.text for item in effect.items)
        seconds = 0.0
        if not self.turn.session.is_written:
            seconds = sum(round(max(0.5, len(item.text) * SECONDS_A_CHARACTER), 1) for item in effect.items)
        self._later(seconds, ev.PlayDone(effect.play))
        self.speaking_until = self.now + timedelta(seconds=seconds)

    def _quiet(self) -> None:
        self._forget(ev.PlayDone)
        self.speaking_until = self.now

    def _forget(self, *kinds: type) -> None:
        self.coming = [each for each in self.coming if not isinstance(each[2], kinds)]

    def _queue(self, mock: MockQueue) -> None:
        if mock.refuse is not None:
            self._later(0.0, ev.QueueRefused(mock.refuse))
            return
        self._later(0.0, ev.QueuePlace(mock.position, mock.wait))
        if mock.answer_after is not None:
            self._later(mock.answer_after, ev.AgentJoined(mock.agent))
            self._later(mock.answer_after + mock.talk, ev.AgentLeft())

    def _message(self) -> None:
        seconds = self.spoken_message_s or 0.0
        if self.leaves_in_message:
            self._later(seconds, ev.MessageTaken(seconds, "hangup"))
            self._later(seconds, ev.HungUp())
        else:
            self._later(seconds + 5.0, ev.MessageTaken(seconds, "silence", "recorded" if seconds else None))


def _plain(effect: fx.Effect) -> dict[str, Any]:
    return {key: list(item) if isinstance(item, tuple) else item for key, item in asdict(effect).items()}


def _calendar(state: str, at: datetime) -> Calendar:
    """A calendar that is in `state` on the day of `at`."""
    zone = "UTC"
    if state == "open":
        return Calendar.of(zone, _ALWAYS)
    days: Sequence[Any] = ()
    kind, _, name = state.partition(":")
    if kind == "holiday":
        day = at.astimezone(UTC).date()
        days = [{"date": day.isoformat(), "name": name or kind}]
    return Calendar.of(zone, {}, days)
