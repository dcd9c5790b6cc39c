"""Live captions and articles as the pages see them, in memory: a test says what stands there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from omnichannel.knowledge.service import What
from threadline.kernel.events import Bus, CallCaption, Json
from threadline.kernel.ids import CallId


@dataclass
class CaptionsInMemory:
    """As recordings.captions.service.Captions: what was understood of each call."""

    bus: Bus
    states: dict[CallId, str] = field(default_factory=dict)
    lines: dict[CallId, list[Json]] = field(default_factory=dict)

    def of_call(self, call: CallId) -> Json:
        return {"state": self.states.get(call, "off"), "lines": [*self.lines.get(call, [])]}

    def stands(self, call: CallId, state: str) -> None:
        """Told to the pages."""
        self.states[call] = state
        self.bus.publish(CallCaption(call, "call.captions", {"call": str(call), "state": state}))

    def says(self, call: CallId, speaker: str, number: int, at: float, text: str, *, is_final: bool) -> None:
        """Told to the pages."""
        line: Json = {
            "call": str(call), "recording": str(call), "speaker": speaker, "line": number, "t0": at, "t1": at + 1,
            "text": text, "is_final": is_final,
        }  # fmt: skip
        self.lines.setdefault(call, []).append(line)
        self.bus.publish(CallCaption(call, "call.caption", line))


@dataclass
class ArticlesInMemory:
    """As omnichannel.knowledge.service.Knowledge: `answers` by the words they answer."""

    answers: dict[str, Json] = field(default_factory=dict)
    counts: list[tuple[str, What]] = field(default_factory=list)

    async def suggest(self, utterance: str, language: str | None, limit: int) -> Sequence[Json]:
        return [hit for words, hit in self.answers.items() if words in utterance][:limit]

    async def search(self, text: str, language: str | None, limit: int) -> Sequence[Json]:
        return await self.suggest(text, language, limit)

    async def count(self, article: UUID, what: What) -> None:
        self.counts.append((str(article), what))
