"""A live SipServer with accounts in memory and a person who takes the calls, for tests with real peers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from telephony.sip.digest import hash_password
from telephony.sip.locate import Resolver
from telephony.sip.sdp import LocalMedia, answer_offer, make_offer
from telephony.sip.server import (
    AccountBook,
    Binding,
    Doors,
    IncomingCall,
    SipAccount,
    SipCall,
    SipServer,
    TrunkConfig,
)
from tests.support.eventlog import EventLog
from threadline.kernel.clock import SystemClock

REALM = "threadline"
PASSWORD = "secret"
HOST = "127.0.0.1"
MEDIA = LocalMedia(HOST, 9, 1, 1)  # the discard port: nobody listens to us here
SECRET = b"t" * 32
NO_DOORS = Doors()


class MemoryBook:
    """An AccountBook for tests; `md5` accounts as baresip 1.0 needs them."""

    def __init__(self, *usernames: str) -> None:
        self.known = {name: account_of(name) for name in usernames}
        self.kept: dict[tuple[str, str], Binding] = {}

    async def account(self, username: str) -> SipAccount | None:
        await asyncio.sleep(0)
        return self.known.get(username)

    async def save_binding(self, binding: Binding) -> None:
        self.kept[(binding.username, binding.contact)] = binding

    async def drop_binding(self, username: str, contact: str) -> None:
        self.kept.pop((username, contact), None)

    async def bindings(self) -> list[Binding]:
        return list(self.kept.values())


def account_of(name: str) -> SipAccount:
    sha, md5 = (hash_password(name, REALM, PASSWORD, algorithm) for algorithm in ("SHA-256", "MD5"))
    return SipAccount(name, REALM, sha, md5)


def named(scenario: str) -> str:
    """A SIPp scenario that says it is SIPp, so that it is shown the one algorithm it knows."""
    return scenario.replace("Max-Forwards: 70", "Max-Forwards: 70\nUser-Agent: SIPp")


class Person:
    """Attends to one call and writes down what happens, for the test to wait for."""

    def __init__(self) -> None:
        self.log: EventLog[tuple[str, object]] = EventLog("the person on the call")
        self.call: SipCall | None = None

    def on_ringing(self, sdp: bytes | None) -> None:
        self.log.add(("ringing", sdp))

    def on_answered(self, sdp: bytes | None) -> None:
        self.log.add(("answered", sdp))

    def on_failed(self, code: int, reason: str) -> None:
        self.log.add(("failed", code))

    def on_cancelled(self) -> None:
        self.log.add(("cancelled", None))

    def on_acked(self, sdp: bytes | None) -> None:
        self.log.add(("acked", sdp))

    def on_offer(self, sdp: bytes | None) -> bytes:
        if sdp is None:
            return make_offer(MEDIA)
        answer, remote = answer_offer(sdp, MEDIA)
        self.log.add(("offer", remote.held))
        return answer

    def on_reanswered(self, sdp: bytes) -> None:
        self.log.add(("reanswered", sdp))

    def on_digit(self, digit: str) -> None:
        self.log.add(("digit", digit))

    def on_ended(self, reason: str) -> None:
        self.log.add(("ended", reason))

    async def hears(self, what: str, *, timeout_s: float = 10) -> object:
        """The next news of this kind; what came with it."""
        return (await self.log.take(lambda one: one[0] == what, timeout_s=timeout_s, what=what))[1]

    @property
    def news(self) -> list[str]:
        return [name for name, _ in self.log.all]


@dataclass
class House:
    """The running server, and everyone who called, in order."""

    server: SipServer
    arrivals: EventLog[tuple[IncomingCall, Person]] = field(default_factory=lambda: EventLog("arrivals"))

    @property
    def address(self) -> str:
        return f"{HOST}:{self.server.port}"

    async def caller(self) -> tuple[IncomingCall, Person]:
        return await self.arrivals.take(lambda _: True, timeout_s=10, what="a call")


def answer_at_once(call: IncomingCall) -> None:
    call.ring()
    call.answer(answer_offer(call.sdp, MEDIA)[0] if call.sdp else make_offer(MEDIA))


def let_it_ring(call: IncomingCall) -> None:
    call.ring()


@asynccontextmanager
async def house(
    *,
    book: AccountBook | None = None,
    trunks: Sequence[TrunkConfig] = (),
    greet: Callable[[IncomingCall], None] = answer_at_once,
    doors: Doors = NO_DOORS,
    host: str = HOST,
    resolver: Resolver | None = None,
) -> AsyncIterator[House]:
    """Opens a server on free ports; `greet` deals with each call after its handler is set."""
    found: list[House] = []

    def on_call(call: IncomingCall) -> None:
        person = Person()
        person.call = call
        call.handler = person
        greet(call)
        found[0].arrivals.add((call, person))

    server = SipServer(
        host=host,
        port=0,
        public_host=HOST if host == "::" else host,
        public_host6="::1" if host == "::" else None,
        doors=doors,
        realm=REALM,
        accounts=book or MemoryBook("alice", "bob"),
        trunks=trunks,
        on_call=on_call,
        secret=SECRET,
        clock=SystemClock(),
        resolver=resolver,
    )
    async with server:
        found.append(House(server))
        yield found[0]
