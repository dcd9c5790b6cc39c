"""A simulated call, line by line and as data."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from ivr_flows import effects as fx
from ivr_flows import inputs as ev
from threadline.kernel.events import Json


@dataclass(slots=True)
class Trace:
    """What happened. `lines` for people, `entries` for programs, `failures` what the test found wrong."""

    name: str
    lines: list[str] = field(default_factory=list)
    entries: list[Json] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    visited: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    ended_by: str = "nobody"
    language: str = ""

    @property
    def passed(self) -> bool:
        return not self.failures

    def add(self, at_s: float, kind: str, text: str, data: Json) -> None:
        minutes, seconds = divmod(round(at_s, 1), 60)
        self.lines.append(f"{int(minutes):02}:{seconds:04.1f}  {kind:<8} {text}".rstrip())
        self.entries.append({"at_s": round(at_s, 3), "kind": kind, **data})

    def to_json(self) -> Json:
        """{name, passed, failures, ended_by, language, visited, entries}."""
        return {
            "name": self.name,
            "passed": self.passed,
            "failures": [*self.failures],
            "ended_by": self.ended_by,
            "language": self.language,
            "visited": [*self.visited],
            "entries": [*self.entries],
        }


def _play(effect: fx.Play) -> str:
    said = [f'{item.language} {item.prompt or "-"} "{item.text or item.audio}"' for item in effect.items]
    return f"{'early ' if effect.early else ''}{effect.play}: " + " + ".join(said)


def _enter_queue(effect: fx.EnterQueue) -> str:
    steps = [f"{_asked(step)}{f' for {step.for_s:g} s' if step.for_s else ''}" for step in effect.route]
    prefer = f", {_pairs(effect.prefer)} first" if effect.prefer else ""
    hard = f", never below {_pairs(effect.hard)}" if effect.hard else ""
    barred = f", not {', '.join(effect.exclude)}" if effect.exclude else ""
    return f"{effect.queue}, priority {effect.priority}{prefer}{hard}{barred}: {' > '.join(steps) or 'its own skills'}"


def _asked(step: fx.Need) -> str:
    choices = " or ".join(_pairs(one) for one in step.any_of)
    return " and ".join(part for part in (_pairs(step.need), choices) if part)


def _fetch(effect: fx.Fetch) -> str:
    query = f"?{_pairs(effect.query)}" if effect.query else ""
    body = "" if effect.json is None else f" {effect.json}"
    bounds = f"{effect.timeout_s:g} s, {effect.retries} again" + (", kept" if effect.cache_s else "")
    return f"{effect.request}: {effect.service} {effect.method} {effect.path}{query}{body} ({bounds})"


def _callback(effect: fx.RequestCallback) -> str:
    window = f", {effect.window[0]} to {effect.window[1]}" if effect.window else ""
    place = ", keeps the place" if effect.keep_place else ""
    return f"{effect.queue or 'this queue'}, {effect.number}{window}{place}, {effect.attempts} times"


def _note(effect: fx.NoteThread) -> str:
    said = [*(f"#{tag}" for tag in effect.tags)]
    said += [_pairs(effect.fields)] if effect.fields else []
    said += [f'"{effect.note}"'] if effect.note else []
    return " ".join([*said, *(["task"] if effect.create_task else [])])


def _pairs(data: Any) -> str:
    return ", ".join(f"{key}={value}" for key, value in data.items())


_EFFECTS: Final[dict[type, tuple[str, Callable[[Any], str]]]] = {
    fx.Answer: ("answer", lambda effect: ""),
    fx.Reject: ("reject", lambda effect: effect.cause),
    fx.Play: ("play", _play),
    fx.PlayMusic: ("music", lambda effect: f"{effect.play}: {effect.music}"),
    fx.StopPlay: ("stop", lambda effect: str(effect.play)),
    fx.SetLanguage: ("language", lambda e: f"{e.language}{', remembered' if e.remember else ''}"),
    fx.Recording: ("record", lambda e: f"{e.action}{f', kept {e.retention_s} s' if e.retention_s else ''}"),
    fx.EnterQueue: ("queue", _enter_queue),
    fx.LeaveQueue: ("unqueue", lambda effect: effect.reason),
    fx.Transfer: ("transfer", lambda e: f"{e.to}, {e.mode}, rings {e.ring_s:g} s, shows {e.caller_id}"),
    fx.TakeMessage: (
        "message",
        lambda e: f"{e.box}, {e.min_s:g} to {e.max_s:g} s{', beep' if e.beep else ''}",
    ),
    fx.NoteThread: ("thread", _note),
    fx.Fetch: ("ask", _fetch),
    fx.AskQueue: ("ask", lambda e: f"{e.request}: queue {e.queue}"),
    fx.RequestCallback: ("callback", _callback),
    fx.SendMessage: ("send", lambda e: f'{e.channel}{f" to {e.to}" if e.to else ""} "{e.text}"'),
    fx.Listen: ("listen", lambda e: f"{e.listen}: {e.language} {', '.join(e.phrases) or 'anything'}"),
    fx.StopListening: ("deaf", lambda e: str(e.listen)),
    fx.Choices: ("choices", lambda e: ", ".join(f"{key} {shown}" for key, shown in e.items)),
    fx.SurveyAnswered: ("survey", lambda e: f"{e.question}: {e.value or 'no answer'}"),
    fx.Entered: ("step", lambda e: f"{e.step} ({e.type})"),
    fx.KeysTaken: ("keys", lambda e: f"{e.outcome}{'' if e.keys is None else f' [{e.keys}]'}"),
    fx.Hangup: ("hangup", lambda effect: effect.cause),
}
_EVENTS: Final[dict[type, Callable[[Any], str]]] = {
    ev.PlayDone: lambda event: f"{event.play} is over",
    ev.Key: lambda event: f"presses {event.key}",
    ev.Tick: lambda event: "time",
    ev.HungUp: lambda event: "hangs up",
    ev.QueuePlace: lambda e: (
        f"place {e.position}{f', {e.wait_s[0]:g} to {e.wait_s[1]:g} s' if e.wait_s else ''}"
    ),
    ev.QueueRefused: lambda event: f"refused, {event.reason}",
    ev.AgentJoined: lambda event: f"{event.agent} answers",
    ev.AgentLeft: lambda event: "the agent hangs up",
    ev.TransferOver: lambda event: f"transfer {event.result}",
    ev.MessageTaken: lambda event: f"message of {event.seconds:g} s, {event.reason}",
    ev.Fetched: lambda e: f"answer {e.request}: {e.status or e.error}",
    ev.QueueFacts: lambda e: f"answer {e.request}: {_pairs(e.facts)}",
    ev.CallbackTaken: lambda e: f"callback taken, {e.ticket}",
    ev.CallbackRefused: lambda e: f"callback refused, {e.reason}",
    ev.MessageSent: lambda e: f"message {'sent' if e.is_ok else 'not sent'}",
    ev.Speaking: lambda event: "says something",
    ev.Heard: lambda e: f'says "{e.text}" ({e.confidence:g})' if e.text else "makes a noise",
    ev.Wrote: lambda event: f'writes "{event.text}"',
    ev.Fault: lambda event: f"fault, {event.reason}",
}


def effect_line(effect: fx.Effect) -> tuple[str, str]:
    """(kind, text) of an effect."""
    kind, text = _EFFECTS[type(effect)]
    return kind, text(effect)


def event_line(event: ev.Input) -> str:
    """An event in words."""
    return _EVENTS[type(event)](event)
