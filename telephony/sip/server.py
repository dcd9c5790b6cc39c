"""The SIP server: the core on real sockets, with the account book behind it."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from types import MappingProxyType
from typing import Final, Self

from telephony.sip.accounts import AccountBook, Binding, SipAccount
from telephony.sip.calls import CallerId, CallHandler, SipCall, Source, Unattended
from telephony.sip.defence import Refusal
from telephony.sip.doors import DoorKeeper, Doors, can_be_reached, hosts_of
from telephony.sip.errors import BadMessage, SdpRefused
from telephony.sip.incoming import IncomingCall
from telephony.sip.locate import Resolver
from telephony.sip.outgoing import OutgoingCall
from telephony.sip.qualify import Peer
from telephony.sip.resolver import DnsResolver, keep_ways
from telephony.sip.sdes import SrtpPolicy
from telephony.sip.trunks import TrunkConfig, name_at
from telephony.sip.udp import UdpShell
from telephony.sip.useragent import Identity, Target, ToAccount, ToTrunk, UserAgent
from telephony.sip.watch import Watch
from telephony.sip.wire import Flow
from threadline.ending import end_all
from threadline.kernel.clock import Clock

__all__ = [
    "AccountBook",
    "Binding",
    "CallHandler",
    "CallerId",
    "Doors",
    "IncomingCall",
    "OutgoingCall",
    "SdpRefused",
    "SipAccount",
    "SipCall",
    "SipServer",
    "Source",
    "Target",
    "ToAccount",
    "ToTrunk",
    "TrunkConfig",
    "Unattended",
]

log = logging.getLogger(__name__)

TICK_S: Final = 0.02
BIND_TRIES: Final = 20  # with port 0 the TCP neighbour of a free UDP port may be taken
LOOKUP_TIMEOUT_S: Final = 5.0
MAX_LOOKUPS: Final = 2000  # at once
NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})
NO_DOORS: Final = Doors()


class SipServer:
    """UDP and TCP on one port, TLS and WebSocket on others where `doors` says so.

    Use as an async context manager; calls made of it live inside.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        public_host: str,
        realm: str,
        accounts: AccountBook,
        trunks: Sequence[TrunkConfig],
        on_call: Callable[[IncomingCall], None],
        secret: bytes,
        clock: Clock,
        doors: Doors = NO_DOORS,
        public_host6: str | None = None,
        watch: Watch | None = None,
        resolver: Resolver | None = None,
    ) -> None:
        """`public_host` stands in Via, Contact and From, `public_host6` in its place for IPv6 peers.

        `secret` seals nonces, the same on every node.
        """
        self._host = host
        self.port = port
        self._public_host = public_host
        self._realm = realm
        self._accounts = accounts
        self._trunks = tuple(trunks)
        self._on_call = on_call
        self._secret = secret
        self._clock = clock
        self.watch = watch or Watch()
        self._resolver = resolver or DnsResolver()
        self._udp = UdpShell(self._receive, self.watch.backlog)
        self._doors = DoorKeeper(doors, self._receive, self._refuse, self._lost)
        self._public_host6 = public_host6
        self._agent: UserAgent | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._bindings: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue()
        self._connecting: dict[Flow, list[bytes]] = {}
        self._addresses: dict[str, str] = {}
        self._stack = AsyncExitStack()
        self._turn_due = time.monotonic()

    async def __aenter__(self) -> Self:
        """Binds and starts. Raises OSError, and ThreadlineError when the account book can't be read."""
        known = await self._accounts.bindings()
        async with AsyncExitStack() as stack:
            await self._bind(stack)
            self._tasks = await stack.enter_async_context(asyncio.TaskGroup())
            stack.push_async_callback(self._stop_tasks)
            identity = Identity(
                self._public_host, self.port, self._realm, self._secret, self._public_host6, self.ports
            )
            now = asyncio.get_running_loop().time()
            self._agent = UserAgent(identity, self, self._clock, self._on_call, self._trunks, now, self.watch)
            self._agent.registrar.load(known)
            self._spawn(self._tick_for_ever(), "sip clock")
            self._spawn(self._write_bindings(), "sip bindings")
            self._spawn(self._doors.watch_certificates(), "sip certificates")
            for trunk in self._agent.trunks:
                self._spawn(keep_ways(trunk, self._resolver), f"dns of trunk {trunk.name}")
            stack.push_async_callback(self._flush_bindings)
            self._agent.start()
            self._stack = stack.pop_all()
        log.info("sip server is up", extra={"host": self._host, "port": self.port, **self.ports})
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._stack.aclose()
        log.info("sip server is down", extra={"port": self.port})

    # --- for the controller --------------------------------------------------------------------------------

    @property
    def agent(self) -> UserAgent:
        """The core, while the server runs."""
        assert self._agent is not None, "the server is not running"
        return self._agent

    @property
    def ports(self) -> Mapping[str, int]:
        """Ports of the transports that have their own: `tls`, `ws`, `wss`."""
        return self._doors.ports

    def reload_certificates(self) -> bool:
        """Reads certificate and key anew; connections under way go on. False when there is nothing usable."""
        return self._doors.reload_certificates()

    def drain(self) -> None:
        """New calls are answered 503 from now on; running ones go on."""
        self.agent.is_draining = True

    def place_call(
        self,
        target: Target,
        sdp: bytes | None,
        caller: CallerId,
        handler: CallHandler,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> OutgoingCall:
        """Rings `target`. Nothing of `handler` is called before this returns, unreachable targets included.

        Raises DialRefused where a trunk may not be asked for this number, or not now.
        """
        self._now()
        return self.agent.place_call(target, sdp, caller, handler, headers)

    def srtp_for(self, target: Target) -> SrtpPolicy:
        """Whether the offer in `place_call` may or must carry SRTP keys."""
        return self.agent.srtp_for(target)

    def is_ip6(self, target: Target) -> bool:
        """Is the audio for `target` to be offered by IPv6?"""
        return self.agent.is_ip6(target)

    def is_registered(self, username: str) -> bool:
        return bool(self.agent.registrar.phones(username, self._clock.now()))

    def is_trunk_registered(self, name: str) -> bool:
        """Does the upstream of this trunk know where we are?"""
        return self.agent.is_trunk_registered(name)

    def peers(self) -> list[Peer]:
        """Who of the trunks and registered phones answers, and how fast."""
        return self.agent.qualifier.peers()

    def live_calls(self) -> int:
        return self.agent.live_calls()

    # --- Wire: what the core asks ------------------------------------------------------------------------------

    def send(self, flow: Flow, data: bytes) -> None:
        self.watch.sent(data, flow, self.agent.timers.now)
        address = flow.host if _is_address(flow.host) else self._addresses.get(flow.host)
        if flow.transport == "udp" and address is not None:
            self._udp.send(address, flow.port, data)
        elif flow.transport == "udp" or not self._doors.send(flow, data):
            waiting = self._connecting.get(flow)
            if waiting is not None:
                waiting.append(data)
            else:
                self._connecting[flow] = [data]
                self._spawn(self._reach(flow), "sip connect")

    def look_up(self, username: str, then: Callable[[SipAccount | None], None]) -> None:
        if len(self._running) >= MAX_LOOKUPS:  # whoever asked asks again
            self.watch.defence.refused[Refusal.TABLE_FULL] += 1
            return
        self._spawn(self._look_up(username, then), "sip account")

    def keep_binding(self, binding: Binding) -> None:
        self._bindings.put_nowait(lambda: self._accounts.save_binding(binding))

    def drop_binding(self, username: str, contact: str) -> None:
        self._bindings.put_nowait(lambda: self._accounts.drop_binding(username, contact))

    # --- the shell ------------------------------------------------------------------------------------------------

    async def _bind(self, stack: AsyncExitStack) -> None:
        wanted = self.port
        for attempt in range(BIND_TRIES):
            try:
                port = self._udp.open(hosts_of(self._host), wanted)
                await self._doors.open_tcp(self._host, port)
            except OSError:
                self._udp.close()
                if wanted or attempt == BIND_TRIES - 1:
                    raise
                continue
            self.port = port
            stack.callback(self._udp.close)
            stack.push_async_callback(self._doors.close_tcp)
            await self._doors.open_others(stack)
            return

    def _receive(self, data: bytes, flow: Flow) -> None:
        now = asyncio.get_running_loop().time()
        if flow.is_reliable:  # a stream has no stamps: what it brings may have waited since this turn began
            self.watch.streams.read_some(now, time.monotonic() - self._turn_due)
        if self.watch.hears(data, flow, now):
            self._supervise(lambda: self.agent.receive(data, flow, now))

    def _refuse(self, bad: BadMessage, flow: Flow) -> None:
        self.watch.defence.refuse(flow.host, Refusal.MALFORMED, self.agent.timers.now)
        self.agent.refuse(bad, flow)

    def _lost(self, flow: Flow) -> None:
        if self._agent is not None and self._tasks is not None:
            self._supervise(lambda: self.agent.flow_lost(flow))

    def _now(self) -> None:
        timers = self.agent.timers
        timers.now = max(timers.now, asyncio.get_running_loop().time())

    @staticmethod
    def _supervise(work: Callable[[], None]) -> None:
        """A mistake in the handling of one packet, or in a handler it calls, must not stop the next packet."""
        try:
            work()
        except Exception:
            log.exception("sip handling failed")

    def _spawn(self, work: Coroutine[object, object, None], name: str) -> None:
        if self._tasks is None:
            work.close()
            return
        task = self._tasks.create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _stop_tasks(self) -> None:
        self._tasks = None
        await end_all(self._running)

    async def _tick_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + TICK_S
            self._turn_due = time.monotonic() + TICK_S  # uvloop's own clock stands still within a turn
            await asyncio.sleep(TICK_S)
            self.watch.lag.ticked(loop.time() - due)
            self._supervise(lambda: self.agent.tick(loop.time()))

    async def _write_bindings(self) -> None:
        """One writer, in order; a book that is out of reach costs the entry, the phone comes again."""
        while True:
            write = await self._bindings.get()
            try:
                async with asyncio.timeout(LOOKUP_TIMEOUT_S):
                    await write()
            except Exception:
                log.exception("sip binding not written")
            self._bindings.task_done()

    async def _flush_bindings(self) -> None:
        """What phones said last is written before the server goes, if the book takes it in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOKUP_TIMEOUT_S):
                await self._bindings.join()

    async def _look_up(self, username: str, then: Callable[[SipAccount | None], None]) -> None:
        """Without an answer of the book the phone gets none either, and asks again."""
        try:
            async with asyncio.timeout(LOOKUP_TIMEOUT_S):
                account = await self._accounts.account(username)
        except Exception:
            log.exception("sip account not read")
            return
        self._now()
        self._supervise(lambda: then(account))

    async def _reach(self, flow: Flow) -> None:
        """Resolves and connects, then sends what has gathered."""
        loop = asyncio.get_running_loop()
        try:
            if not can_be_reached(flow):
                raise ConnectionError
            async with asyncio.timeout(LOOKUP_TIMEOUT_S):
                found = await loop.getaddrinfo(flow.host, flow.port)
        except (OSError, TimeoutError):
            self._connecting.pop(flow, None)
            self._lost(flow)
            return
        address = str(found[0][4][0])
        if flow.transport == "udp":
            self._addresses[flow.host] = address
            loop.call_later(60.0, self._addresses.pop, flow.host, None)
            for data in self._connecting.pop(flow, []):
                self._udp.send(address, flow.port, data)
            return
        first, *_ = self._connecting[flow]
        await self._doors.connect(flow, address, first, name_at(self.agent.trunks, flow))
        for data in self._connecting.pop(flow, [])[1:]:
            self._doors.send(flow, data)


def _is_address(host: str) -> bool:
    """An IP address, by its looks: no name ends in a digit or contains a colon."""
    return ":" in host or host[-1:].isdigit()
