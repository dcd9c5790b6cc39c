"""Who sees what, as it happens: news from the bus becomes numbered messages in one stream per caller (web.live_streams).

An agent gets his own offers and state, the calls that concern him, and the threads he serves or has
open; supervisors and admins get every agent's state and every call, and threads they have open.
"""

from collections import OrderedDict
from collections.abc import Iterable
from datetime import timedelta
from typing import Final, TypeVar
from uuid import UUID

from threadline.kernel.clock import Clock
from threadline.kernel.events import (
    AgentMentioned,
    AgentState,
    AgentStateChanged,
    Bus,
    CallCaption,
    CallEvent,
    CallEventKind,
    CustomerTyping,
    Json,
    OfferClosed,
    OfferMade,
    PhoneSignal,
    RecordingChanged,
    ThreadDelta,
    ThreadMoved,
    WallboardChanged,
)
from threadline.kernel.ids import AgentId, CallId, ReservationId, ThreadId
from web.auth import Caller
from web.live_pairs import Pairs
from web.live_streams import Listener, Stream, encode

LINGER: Final = timedelta(minutes=2)
MOST_OPEN_THREADS: Final = 20
REMEMBERED_CALLS: Final = 5_000
TELLS_OF_AGENTS: Final = frozenset({CallEventKind.STARTED, CallEventKind.CONNECTED, CallEventKind.PARTY})
OFF_WORK: Final = frozenset({AgentState.READY, AgentState.AWAY, AgentState.LOGGED_OUT, AgentState.MISSED})

GOING_AWAY: Final = 1001
SIGNED_OUT: Final = 4401


class LiveHub:
    """Listens to the bus and deals each piece of news to the streams that may see it."""

    def __init__(self, bus: Bus, clock: Clock) -> None:
        self._clock = clock
        self._streams: dict[str, Stream] = {}
        self._of_agent: dict[AgentId, Stream] = {}
        self._offers: dict[ReservationId, tuple[AgentId, Json]] = {}
        self._serving: Pairs[AgentId] = Pairs()
        self._showing: Pairs[Stream] = Pairs()
        self._lead_streams: set[Stream] = set()
        self._concerned: OrderedDict[CallId, set[AgentId]] = OrderedDict()
        self._thread_of: OrderedDict[CallId, ThreadId] = OrderedDict()
        bus.subscribe(OfferMade, self._on_offer)
        bus.subscribe(OfferClosed, self._on_offer_closed)
        bus.subscribe(CallEvent, self._on_call)
        bus.subscribe(CallCaption, self._on_caption)
        bus.subscribe(AgentStateChanged, self._on_state)
        bus.subscribe(ThreadDelta, self._on_delta)
        bus.subscribe(RecordingChanged, self._on_recording)
        bus.subscribe(ThreadMoved, self._on_moved)
        bus.subscribe(CustomerTyping, self._on_typing)
        bus.subscribe(PhoneSignal, self._on_phone)
        bus.subscribe(AgentMentioned, self._on_mention)
        bus.subscribe(WallboardChanged, self._on_board)

    def attach(self, caller: Caller, since: int | None) -> Listener:
        """A new socket. Without `since` it begins with what comes from now on."""
        self._forget_the_gone()
        agent = caller.agent.id if caller.agent else None
        key = str(agent) if agent else f"token:{caller.name}"
        stream = self._streams.get(key)
        if stream is None or stream.leads != caller.leads:
            stream = self._new_stream(key, agent, caller.leads)
        listener = Listener(stream, stream.last if since is None else since, caller.session)
        listener.threads |= stream.open_threads() if since is not None else frozenset()
        stream.listeners.add(listener)
        self._look_at(stream)
        return listener

    def detach(self, listener: Listener) -> None:
        stream = listener.stream
        stream.left_open = stream.open_threads()
        stream.left_at = self._clock.now()
        stream.listeners.discard(listener)
        self._look_at(stream)
        for thread in listener.threads:
            self._tell_readers(thread, is_left=True)

    def watch(self, listener: Listener, thread: ThreadId) -> None:
        """The page shows this thread now. Beyond MOST_OPEN_THREADS nothing more is opened."""
        if len(listener.threads) < MOST_OPEN_THREADS:
            listener.threads.add(thread)
            self._look_at(listener.stream)
            self._tell_readers(thread)

    def unwatch(self, listener: Listener, thread: ThreadId) -> None:
        listener.threads.discard(thread)
        self._look_at(listener.stream)
        self._tell_readers(thread, is_left=True)

    def writes(self, listener: Listener, thread: ThreadId) -> None:
        """Somebody types at a thread his page shows: the others who show it see that."""
        stream = listener.stream
        if stream.agent is None or thread not in listener.threads:
            return
        data: Json = {"thread": str(thread), "agent": str(stream.agent)}
        self._deal("thread.writing", data, [one for one in self._showing.people(thread) if one is not stream])

    def has_open(self, agent: AgentId, thread: ThreadId) -> bool:
        """Whether the agent serves this thread or has it open on a page."""
        if thread in self._serving.threads(agent):
            return True
        stream = self._of_agent.get(agent)
        if stream is None:
            return False
        is_here = bool(stream.listeners) or self._clock.now() - stream.left_at <= LINGER
        return is_here and thread in self._showing.threads(stream)

    def offers_of(self, agent: AgentId) -> list[Json]:
        """Offers open now, in the shape of the `offer` message: a page that loads late needs them."""
        return [data for owner, data in self._offers.values() if owner == agent]

    async def close_session(self, session: str) -> None:
        """The session is over: its sockets close. Returns at once; each socket says goodbye itself."""
        for listener in self._listeners():
            if listener.session == session:
                listener.end(SIGNED_OUT)

    def close_all(self) -> None:
        for listener in self._listeners():
            listener.end(GOING_AWAY)

    def _listeners(self) -> list[Listener]:
        return [listener for stream in self._streams.values() for listener in stream.listeners]

    def _forget_the_gone(self) -> None:
        now = self._clock.now()
        for key, stream in list(self._streams.items()):
            if not stream.listeners and now - stream.left_at > LINGER:
                self._forget(self._streams.pop(key))

    def _new_stream(self, key: str, agent: AgentId | None, leads: bool) -> Stream:
        if (old := self._streams.get(key)) is not None:  # of his former role: what it may see has changed
            self._forget(old)
        stream = Stream(key, agent, leads, self._clock.now())
        self._streams[key] = stream
        if agent:
            self._of_agent[agent] = stream
        if leads:
            self._lead_streams.add(stream)
        return stream

    def _look_at(self, stream: Stream) -> None:
        """What its pages show may have changed."""
        if self._streams.get(stream.key) is stream:
            self._showing.replace(stream, stream.open_threads())

    def _tell_readers(self, thread: ThreadId, *, is_left: bool = False) -> None:
        """Whoever has a thread open on a page is told who else has. Who opens it alone needs no news of himself."""
        showing = self._showing.people(thread)
        agents = sorted({str(one.agent) for one in showing if one.agent and one.reads(thread)})
        if len(agents) > 1 or (agents and is_left):
            self._deal("thread.readers", {"thread": str(thread), "agents": [*agents]}, showing)

    def _forget(self, stream: Stream) -> None:
        self._showing.replace(stream, frozenset())
        self._lead_streams.discard(stream)
        if stream.agent and self._of_agent.get(stream.agent) is stream:
            del self._of_agent[stream.agent]

    def _deal(self, kind: str, data: Json, streams: Iterable[Stream]) -> None:
        text: bytes | None = None
        for stream in {stream.key: stream for stream in streams}.values():
            text = text or encode(data)
            stream.push(kind, text)

    def _streams_of(self, agents: Iterable[AgentId]) -> list[Stream]:
        return [stream for agent in agents if (stream := self._of_agent.get(agent))]

    def _viewers(self, thread: ThreadId) -> list[Stream]:
        return [*self._streams_of(self._serving.people(thread)), *self._showing.people(thread)]

    def _on_offer(self, event: OfferMade) -> None:
        data: Json = {
            "reservation": str(event.reservation),
            "call": str(event.call),
            "queue": event.queue,
            "at": self._clock.now().isoformat(),
            "lease_until": event.lease_until.isoformat(),
            "ring_timeout_s": event.ring_timeout_s,
            "pop": event.pop,
        }
        self._offers[event.reservation] = (event.agent, data)
        self._concern(event.call, event.agent)
        thread = thread_of_pop(event.pop)
        if thread:
            self._serving.add(event.agent, thread)
            _remember(self._thread_of, event.call, thread)
        self._deal("offer", data, self._streams_of([event.agent]))

    def _on_offer_closed(self, event: OfferClosed) -> None:
        self._offers.pop(event.reservation, None)
        if event.reason != "answered":
            self._concerned.get(event.call, set()).discard(event.agent)
            self._serving.replace(event.agent, frozenset())
        data: Json = {"reservation": str(event.reservation), "call": str(event.call), "reason": event.reason}
        self._deal("offer.closed", data, self._streams_of([event.agent]))

    def _on_call(self, event: CallEvent) -> None:
        agent = event.data.get("agent")
        if event.kind in TELLS_OF_AGENTS and isinstance(agent, str):
            self._concern(event.call, AgentId(UUID(agent)))
        data: Json = {**event.data, "call": str(event.call), "at": event.at.isoformat()}
        concerned = self._streams_of(self._concerned.get(event.call, ()))
        self._deal(event.kind.value, data, [*concerned, *self._lead_streams])

    def _on_caption(self, event: CallCaption) -> None:
        """Many a minute: for those on the call and pages that show the customer, not for every supervisor's."""
        thread = self._thread_of.get(event.call)
        concerned = self._streams_of(self._concerned.get(event.call, ()))
        self._deal(event.kind, event.data, [*concerned, *(self._viewers(thread) if thread else ())])

    def _on_state(self, event: AgentStateChanged) -> None:
        if event.state in OFF_WORK:
            self._serving.replace(event.agent, frozenset())
        data: Json = {
            "agent": str(event.agent),
            "state": event.state.value,
            "reason": event.reason,
            "since": event.since.isoformat(),
            "until": event.until.isoformat() if event.until else None,
        }
        self._deal("agent.state", data, [*self._streams_of([event.agent]), *self._lead_streams])

    def _on_board(self, event: WallboardChanged) -> None:
        """Supervisors only: it tells what everybody does."""
        self._deal("wallboard", event.board, self._lead_streams)

    def _on_delta(self, event: ThreadDelta) -> None:
        call = event.entry.get("call")
        if isinstance(call, dict) and isinstance(call.get("id"), str):
            _remember(self._thread_of, CallId(UUID(str(call["id"]))), event.thread)
        self._deal(
            "thread.delta", {"thread": str(event.thread), "entry": event.entry}, self._viewers(event.thread)
        )

    def _on_phone(self, event: PhoneSignal) -> None:
        self._deal(event.kind, event.data, self._streams_of([event.agent]))

    def _on_typing(self, event: CustomerTyping) -> None:
        data: Json = {"thread": str(event.thread), "channel": event.channel}
        self._deal("thread.typing", data, self._viewers(event.thread))

    def _on_mention(self, event: AgentMentioned) -> None:
        data: Json = {"thread": str(event.thread), "entry": event.entry}
        self._deal("mention", data, self._streams_of(event.agents))

    def _on_moved(self, event: ThreadMoved) -> None:
        """Who shows or serves the one thread gets the other's news too, and is told to read both anew."""
        for agent in [*self._serving.people(event.thread)]:
            self._serving.add(agent, event.to)
        for stream in [*self._showing.people(event.thread)]:
            for listener in stream.listeners:
                if event.thread in listener.threads:
                    listener.threads.add(event.to)
            self._look_at(stream)
        if event.call is not None:
            _remember(self._thread_of, event.call, event.to)
        data: Json = {
            "thread": str(event.thread),
            "to": str(event.to),
            "reason": event.reason,
            "call": str(event.call) if event.call else None,
        }
        self._deal("thread.moved", data, [*self._viewers(event.thread), *self._viewers(event.to)])

    def _on_recording(self, event: RecordingChanged) -> None:
        data: Json = {
            "recording": str(event.recording),
            "call": str(event.call),
            "state": event.state,
            "transcript": event.transcript,
        }
        thread = self._thread_of.get(event.call)
        viewers = self._viewers(thread) if thread else []
        concerned = self._streams_of(self._concerned.get(event.call, ()))
        self._deal("recording", data, [*concerned, *viewers, *self._lead_streams])

    def _concern(self, call: CallId, agent: AgentId) -> None:
        agents = self._concerned.get(call, set()) | {agent}
        _remember(self._concerned, call, agents)


ValueT = TypeVar("ValueT")


def _remember(known: OrderedDict[CallId, ValueT], call: CallId, value: ValueT) -> None:
    known[call] = value
    known.move_to_end(call)
    if len(known) > REMEMBERED_CALLS:
        known.popitem(last=False)


def thread_of_pop(pop: Json) -> ThreadId | None:
    """The thread a pop is about, from wherever it names it first."""
    contact, timeline = pop.get("contact"), pop.get("timeline")
    named = pop.get("thread")
    if named is None and isinstance(contact, dict):
        named = contact.get("thread")
    if named is None and isinstance(timeline, list) and timeline and isinstance(timeline[0], dict):
        named = timeline[0].get("thread")
    if isinstance(named, dict):
        named = named.get("id")
    try:
        return ThreadId(UUID(named)) if isinstance(named, str) else None
    except ValueError:
        return None
