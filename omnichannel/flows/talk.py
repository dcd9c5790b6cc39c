"""One event of a conversation in writing, within one transaction: the engine's turns and what they ask for.

A prompt becomes a message, choices answers to tap where the channel has them, else a numbered list; a queue hands the
thread's case over to its people with the answers so far. What takes time (a service, a callback) is kept as `asked` and answered in a turn of its own.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Final, TypeAlias, cast

from ivr_flows import effects as fx
from ivr_flows import inputs as ev
from ivr_flows.engine import Turn, resume
from ivr_flows.model import Flow
from ivr_flows.session import Session
from omnichannel import timeline
from omnichannel.cases import life
from omnichannel.cases.model import CaseChange, Status
from omnichannel.cases.store import Stored
from omnichannel.cases.work import NORMAL, Work
from omnichannel.channels.port import Choice, Endpoint
from omnichannel.flows import asking
from omnichannel.flows.ports import Sends
from omnichannel.flows.store import Kept, WrittenStore
from omnichannel.outbound.rules import Draft
from omnichannel.store import NewInteraction, ThreadStore
from threadline.db.pool import Connection
from threadline.kernel.errors import ThreadlineError
from threadline.kernel.events import Json

Question: TypeAlias = fx.Fetch | fx.AskQueue | fx.RequestCallback | fx.SendMessage
QUESTIONS: Final[Mapping[str, type[Any]]] = {
    kind.__name__: kind for kind in (fx.Fetch, fx.AskQueue, fx.RequestCallback, fx.SendMessage)
}
PAYLOAD: Final = "choice"
SOMEBODY: Final = "somebody"
ANSWERS_TITLE: Final = {"vi": "Khách đã trả lời", "en": "Answers so far"}


class Talk:
    """`told` collects the entries it added; `letters` are messages nobody waits for; `asked` waits for the world."""

    def __init__(
        self, link: Connection, kept: Kept, flow: Flow, endpoint: Endpoint, sends: Sends, now: datetime
    ) -> None:
        self._link = link
        self._flow = flow
        self._endpoint = endpoint
        self._sends = sends
        self._now = now
        self._store = WrittenStore(link)
        self._work = Work(link, flow.title)
        self._pending: deque[ev.Input] = deque()
        self._choices: tuple[tuple[str, str], ...] = ()
        self._more: list[int] = []
        self._by_fault = False
        self._session: Session | None = None
        self.kept = kept
        self.asked: Question | None = None
        self.letters: list[fx.SendMessage] = []
        self.remembered: str | None = None

    @property
    def told(self) -> list[int]:
        return [*self._more, *self._work.told]

    async def begin(self, turn: Turn) -> None:
        """The first turn of a conversation."""
        await self._carry_out(turn)
        await self._drain(turn)

    async def hear(self, event: ev.Input) -> None:
        """What comes of an event. A question whose answer this is, is asked no more."""
        if isinstance(event, ev.Fetched | ev.QueueFacts | ev.CallbackTaken | ev.CallbackRefused):
            self.kept = replace(self.kept, asked=None)
        turn = resume(self._flow, Session.from_json(self.kept.state), event, self._now)
        await self._carry_out(turn)
        await self._drain(turn)

    def key_of(self, tapped: str) -> str:
        """The key a tap stands for; empty for a tap on an older question, which is worth its words."""
        question, _, key = tapped.rpartition(":")
        return key if question and question == self._payload("")[:-1] else ""

    def _payload(self, key: str) -> str:
        """Names the question, so that buttons further up the conversation answer none but their own."""
        step = self.kept.path[-1] if self.kept.path else ""
        return f"{PAYLOAD}:{step}:{key}"

    async def _drain(self, turn: Turn) -> None:
        while self._pending:
            turn = resume(self._flow, turn.session, self._pending.popleft(), self._now)
            await self._carry_out(turn)
        asked = self.kept.asked
        if self.asked is not None:
            asked = {"kind": type(self.asked).__name__, **cast(Json, asdict(self.asked))}
        state = {} if turn.over else turn.session.to_json()  # what was said stays with the thread alone
        self.kept = replace(self.kept, state=state, asked=None if turn.over else asked)
        ended_at = self._now if turn.over else None
        await self._store.save_session(self.kept, turn.wake_at, ended_at)
        if turn.over and not self._by_fault:
            await self._resolve()

    async def _carry_out(self, turn: Turn) -> None:
        self._session = turn.session
        for effect in turn.effects:
            doer = _DOERS.get(type(effect))
            if doer is None:
                continue  # what only a call has
            try:
                async with self._link.transaction():
                    await doer(self, effect)
            except ThreadlineError as exc:
                self._pending.append(ev.Fault(type(exc).__name__))

    # --- one method an effect ---------------------------------------------------------------------

    async def _play(self, effect: fx.Play) -> None:
        self._pending.append(ev.PlayDone(effect.play))
        words = "\n".join(item.text for item in effect.items)
        choices = tuple(
            Choice(key, shown, self._payload(key)) for key, shown in self._choices if shown != key
        )
        self._choices = ()
        draft = Draft(words, None, None, (), None, is_person=False, choices=choices)
        self._more += await self._sends.queue_within(
            self._link, self.kept.thread, self.kept.identity_row, self._endpoint, draft, rule=self._flow.title
        )

    async def _offer(self, effect: fx.Choices) -> None:
        self._choices = effect.items

    async def _entered(self, effect: fx.Entered) -> None:
        self.kept = replace(self.kept, path=(*self.kept.path, effect.step))

    async def _language(self, effect: fx.SetLanguage) -> None:
        if effect.remember:
            self.remembered = effect.language

    async def _note(self, effect: fx.NoteThread) -> None:
        threads = ThreadStore(self._link)
        await threads.tag_contact(self.kept.thread_row, effect.tags, effect.fields)
        if effect.note:
            await self._add_note(effect.note)

    async def _survey(self, effect: fx.SurveyAnswered) -> None:
        if effect.value is not None:
            fields = {f"survey_{effect.question}": effect.value}
            await ThreadStore(self._link).tag_contact(self.kept.thread_row, (), fields)

    async def _add_note(self, text: str) -> None:
        entry = await ThreadStore(self._link).add_interaction(
            NewInteraction(
                thread_row=self.kept.thread_row, kind="note", channel="internal", direction="none",
                actor_kind="bot", actor=None, at=self._now, preview=timeline.preview(text), text=text, html=None,
                meta={"flow": self._flow.id},
            )
        )  # fmt: skip
        assert entry is not None, "nothing but a provider delivers twice"
        self._more.append(entry)

    async def _question(self, effect: Question) -> None:
        if isinstance(effect, fx.SendMessage) and not effect.request:
            self.letters.append(effect)
        else:
            self.asked = effect

    async def _hand_over(self, effect: fx.EnterQueue) -> None:
        """The case is the queue's from now on, as urgent and for whom the flow says, which is silent until it is resolved."""
        found = await self._case(effect.queue)
        change: CaseChange = {"queue": effect.queue}
        if effect.priority != NORMAL:  # what the flow does not judge stays as people did
            change["priority"] = effect.priority
        await self._work.describe(found, change, self._now, None)
        facts = await ThreadStore(self._link).facts(self.kept.thread)
        last_agent = None if facts is None else facts.last_agent
        await self._store.ask_for(found.row, asking.asked(effect, last_agent, self._now))
        self.kept = replace(self.kept, work_item=found.number)
        answers = self._answers()
        if answers:
            await self._add_note(answers)
        self._pending.append(ev.AgentJoined(SOMEBODY))

    async def _case(self, queue: str) -> Stored:
        number = await self._store.open_case(self.kept.thread_row)
        found = None if number is None else await self._work.store.case_row(number)
        if found is not None:
            return found
        await self._work.known_queue(queue)
        policy = await self._work.store.policy(queue)
        return await self._work.open(
            self.kept.thread_row, "rule", self._now, policy, queue=queue, subject=self._flow.title
        )

    def _answers(self) -> str:
        """Variables with a value, those that are personal aside."""
        session = self._session
        values = {} if session is None else session.vars
        declared = self._flow.head.vars
        shown = [
            f"{name}: {value}"
            for name, value in values.items()
            if isinstance(value, str | int | float) and not getattr(_of(declared, name), "personal", True)
        ]
        title = ANSWERS_TITLE["vi" if session is not None and session.language.startswith("vi") else "en"]
        return "\n".join([f"{title} ({self._flow.title})", *shown]) if shown else ""

    async def _hang_up(self, effect: fx.Hangup) -> None:
        self._by_fault = effect.cause != "normal"

    async def _resolve(self) -> None:
        """Whom the flow served needs nobody else; what went wrong stays open for people."""
        number = await self._store.open_case(self.kept.thread_row)
        if number is None or self.kept.work_item is not None:
            return
        found = await self._work.store.case_row(number)
        if found is None or found.case.owner is not None or found.case.first_human_reply_at is not None:
            return
        policy = await self._work.store.policy(found.queue)
        step = life.moved(found.case, Status.RESOLVED, self._now, policy)
        await self._work.apply(found, step, self._now, None)


def _of(declared: Mapping[Any, Any], name: str) -> Any:
    return declared.get(name)


_DOERS: Final[dict[type, Callable[[Talk, Any], Any]]] = {
    fx.Play: Talk._play,
    fx.Choices: Talk._offer,
    fx.Entered: Talk._entered,
    fx.SetLanguage: Talk._language,
    fx.NoteThread: Talk._note,
    fx.SurveyAnswered: Talk._survey,
    fx.Fetch: Talk._question,
    fx.AskQueue: Talk._question,
    fx.RequestCallback: Talk._question,
    fx.SendMessage: Talk._question,
    fx.EnterQueue: Talk._hand_over,
    fx.Hangup: Talk._hang_up,
}
