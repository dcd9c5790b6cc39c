"""A request of a peer until its answer can no longer be asked for again (RFC 3261 section 17.2, RFC 6026)."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from telephony.sip.build import Echo, echo_of, render_response, reply_flow
from telephony.sip.message import Request
from telephony.sip.states import (
    GIVE_UP_S,
    INVITE_SERVER,
    OTHER_SERVER,
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

Key = tuple[str, ...]
S, E = State, Event


def key_of(message: Request, method: str) -> Key:
    """What matches a request to its server transaction (section 17.2.3), old peers without a branch too."""
    via = message.via
    if via.is_rfc3261:
        return (via.branch, via.host, str(via.port), method)
    return (
        message.call_id,
        str(message.cseq),
        message.from_.tag,
        message.headers["via"][0],
        message.uri,
        method,
    )


class ServerTransaction:
    """One request of a peer. `respond` is the only writer above; `on_cancel` is called for a live INVITE."""

    __slots__ = ("_home", "_interval", "_repeat", "_sent", "_table", "echo", "flow", "key", "merge_key", "on_cancel",
                 "source", "state", "tag")  # fmt: skip

    def __init__(self, home: "Transactions", request: Request, flow: Flow) -> None:
        self._home = home
        self.key = key_of(request, request.method)
        self.source = flow
        self.flow = reply_flow(request, flow)
        self.echo: Echo = echo_of(request, flow)
        self.tag = home.new_token()
        is_invite = request.method == "INVITE"
        self._table = INVITE_SERVER if is_invite else OTHER_SERVER
        self.state = S.PROCEEDING if is_invite else S.TRYING
        self.merge_key: Key | None = None
        self.on_cancel: Callable[[], None] | None = None
        self._sent: bytes | None = None
        self._repeat: Timer | None = None
        self._interval = T1_S

    @property
    def now(self) -> float:
        """The stack's time, in seconds."""
        return self._home.timers.now

    def unless_stopped(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Does something later, unless the timer is cancelled before."""
        return self._home.timers.start(seconds, action)

    @property
    def is_answered(self) -> bool:
        """A final response was sent."""
        return self.state not in (S.TRYING, S.PROCEEDING)

    def respond(self, status: int, reason: str = "", extra: str = "", body: bytes = b"") -> bytes:
        """Sends a response and returns its bytes. `extra` is whole header lines. Never after a final one."""
        assert not self.is_answered
        data = self._sent = render_response(
            status, reason, self.echo, self.tag if status != 100 else "", extra, body
        )
        self._home.send(self.flow, data)
        self._move(kind_of(status))
        return data

    def resend(self) -> None:
        """The last response once more: the peer repeated its request."""
        if self._sent is not None and self.state is not S.ACCEPTED:
            self._home.send(self.flow, self._sent)

    def acknowledged(self) -> None:
        self._move(E.ACK)

    def _move(self, event: Event) -> None:
        following = step(self._table, self.state, event)
        if following is None or following is self.state:
            return
        self.state = following
        if self.is_answered:
            self._home.unmerge(self)
            self.on_cancel = None
        start, reliable = self._home.timers.start, self.flow.is_reliable
        if following is S.ACCEPTED:
            self._sent = None  # the dialog repeats its 2xx itself
            start(GIVE_UP_S, self._expire)
        elif following is S.COMPLETED:
            if self._table is INVITE_SERVER and not reliable:
                self._repeat = start(T1_S, self._again)
            start(GIVE_UP_S if self._table is INVITE_SERVER or not reliable else 0.0, self._expire)
        elif following is S.CONFIRMED:
            self._stop_repeating()
            start(0.0 if reliable else T4_S, self._expire)

    def _again(self) -> None:
        """Timer G: the failure once more until its ACK comes."""
        if self.state is S.COMPLETED:
            self.resend()
            self._interval = min(2 * self._interval, T2_S)
            self._repeat = self._home.timers.start(self._interval, self._again)

    def _stop_repeating(self) -> None:
        if self._repeat is not None:
            self._repeat.cancel()
            self._repeat = None

    def _expire(self) -> None:
        if self.state is S.TERMINATED:
            return
        self._stop_repeating()
        self.state = S.TERMINATED
        self._sent = None
        self._home.forget_server(self)
