"""A request of ours until its final response, repeats of that included (RFC 3261 section 17.1, RFC 6026)."""

from typing import TYPE_CHECKING, Protocol

from telephony.sip.build import Draft, new_branch
from telephony.sip.message import Response
from telephony.sip.states import (
    GIVE_UP_S,
    INVITE_CLIENT,
    OTHER_CLIENT,
    RESPONSE_WAIT_S,
    T1_S,
    T2_S,
    T4_S,
    Event,
    State,
    kind_of,
    step,
)
from telephony.sip.timers import Timer
from telephony.sip.wire import Flow

if TYPE_CHECKING:
    from telephony.sip.transactions import Transactions

S, E = State, Event


class Asker(Protocol):
    """Who sent a request and waits for what becomes of it."""

    def on_response(self, transaction: "ClientTransaction", response: Response, flow: Flow) -> None: ...

    def on_no_response(self, transaction: "ClientTransaction", reason: str) -> None:
        """`timeout` or `transport`; at most once, and no response follows."""
        ...


class ClientTransaction:
    """One request of ours. Responses go to `asker`; a failure to an INVITE is acknowledged here."""

    __slots__ = ("_ack", "_data", "_end", "_home", "_interval", "_repeat", "_table", "asker", "branch", "draft",
                 "flow", "state")  # fmt: skip

    def __init__(self, home: "Transactions", draft: Draft, flow: Flow, asker: Asker) -> None:
        self._home = home
        self.draft = draft
        self.flow = flow
        self.asker: Asker | None = asker
        self.branch = new_branch(home.new_token())
        is_invite = draft.method == "INVITE"
        self._table = INVITE_CLIENT if is_invite else OTHER_CLIENT
        self.state = S.CALLING if is_invite else S.TRYING
        self._data: bytes = draft.render(home.via(flow, self.branch))
        self._ack: bytes | None = None
        self._interval = T1_S
        self._repeat: Timer | None = None
        self._end: Timer | None = None

    def start(self) -> None:
        self._home.send(self.flow, self._data)
        if not self.flow.is_reliable:
            self._repeat = self._home.timers.start(T1_S, self._again)
        self._end = self._home.timers.start(GIVE_UP_S, self._time_out)

    @property
    def is_open(self) -> bool:
        """No final response yet."""
        return self.state in (S.CALLING, S.TRYING, S.PROCEEDING)

    def companion_via(self) -> str:
        """The Via of this request's own CANCEL: the same branch."""
        return self._home.via(self.flow, self.branch)

    def give_up_later(self) -> None:
        """After a CANCEL: no final response within 64*T1 means there will be none (section 9.1)."""
        if self.is_open:
            self._end = self._home.timers.start(GIVE_UP_S, self._time_out)

    def received(self, response: Response, flow: Flow) -> None:
        event = kind_of(response.status)
        following = step(self._table, self.state, event)
        if following is None:
            return
        if self.state is S.CALLING and self._end is not None:
            self._end.cancel()  # timer B; from now on it may ring as long as it likes
        was_open, self.state = self.is_open, following
        if self._table is INVITE_CLIENT:
            self._settle_invite(event, response)
        else:
            self._settle_other(event)
        if self.asker is not None and (was_open or event is E.SUCCESS):
            self.asker.on_response(self, response, flow)

    def _settle_invite(self, event: Event, response: Response) -> None:
        self._stop_repeating()
        if event is E.PROVISIONAL:
            return
        if event is E.FAILURE:
            if self._ack is None:
                ack = self.draft.companion("ACK", to=response.headers["to"][0])
                self._ack = ack.render(self._home.via(self.flow, self.branch))
                self._wait(0.0 if self.flow.is_reliable else RESPONSE_WAIT_S)
            self._home.send(self.flow, self._ack)
        elif self._data:
            self._wait(GIVE_UP_S)
        self._data = b""

    def _settle_other(self, event: Event) -> None:
        if event is E.PROVISIONAL:
            self._interval = T2_S
            return
        self._stop_repeating()
        self._data = b""
        self._wait(0.0 if self.flow.is_reliable else T4_S)

    def _wait(self, seconds: float) -> None:
        if self._end is not None:
            self._end.cancel()
        self._end = self._home.timers.start(seconds, self._finish)

    def _again(self) -> None:
        """Timers A and E."""
        if not self.is_open or (self._table is INVITE_CLIENT and self.state is S.PROCEEDING):
            return
        self._home.send(self.flow, self._data)
        self._interval *= 2
        if self._table is OTHER_CLIENT:
            self._interval = T2_S if self.state is S.PROCEEDING else min(self._interval, T2_S)
        self._repeat = self._home.timers.start(self._interval, self._again)

    def _stop_repeating(self) -> None:
        if self._repeat is not None:
            self._repeat.cancel()
            self._repeat = None

    def _time_out(self) -> None:
        self.fail("timeout")

    def fail(self, reason: str) -> None:
        """No answer will come: the time is up, or the transport failed."""
        if not self.is_open:
            return
        following = step(self._table, self.state, E.TIMER if reason == "timeout" else E.LOST)
        if following is None:
            return
        asker = self.asker
        self._finish()
        if asker is not None:
            asker.on_no_response(self, reason)

    def _finish(self) -> None:
        self._stop_repeating()
        if self._end is not None:
            self._end.cancel()
        self.state = S.TERMINATED
        self.asker = None
        self._home.forget_client(self)
