"""The SIP stack alone: SipServer answers, or passes calls on, without flow, database and media. A process of its own.

    python -m benchmarks.answerer '{"port": 0, "far": [host, port] or null}'

Prints its port as a JSON line; runs until it is killed. With `far` every call is rung there first (a B2BUA).
"""

import asyncio
import itertools
import json
import sys
from typing import Final

from telephony.sip.accounts import Binding, SipAccount
from telephony.sip.sdp import LocalMedia, SdpRefused, answer_offer
from telephony.sip.server import (
    CallerId,
    IncomingCall,
    OutgoingCall,
    SipServer,
    ToTrunk,
    TrunkConfig,
    Unattended,
)
from telephony.sip.watch import Watch
from threadline.kernel.clock import SystemClock
from threadline.loop import calm_collector, loop_factory

HOST: Final = "127.0.0.1"
_ports = itertools.cycle(range(20000, 40000, 2))
_sessions = itertools.count(1)


class NoAccounts:
    """An empty account book."""

    async def account(self, username: str) -> SipAccount | None:
        return None

    async def save_binding(self, binding: Binding) -> None: ...

    async def drop_binding(self, username: str, contact: str) -> None: ...

    async def bindings(self) -> list[Binding]:
        return []


class Answering(Unattended):
    """One leg: takes the offer as a phone would, and is told of the end."""

    def on_ended(self, reason: str) -> None: ...


class Near(Unattended):
    """The caller's leg of a call that is passed on."""

    def __init__(self, call: IncomingCall, sip: SipServer) -> None:
        self.call = call
        self.far = Far(self)
        self.far.call = sip.place_call(ToTrunk("bench", "+84900000000"), call.sdp, CallerId(""), self.far)

    def on_cancelled(self) -> None:
        if self.far.call is not None:
            self.far.call.cancel("gone")

    def on_ended(self, reason: str) -> None:
        if self.far.call is not None:
            self.far.call.bye()


class Far(Unattended):
    """The other leg."""

    def __init__(self, near: Near) -> None:
        self.near = near
        self.call: OutgoingCall | None = None

    def on_ringing(self, sdp: bytes | None) -> None:
        self.near.call.ring(sdp)

    def on_answered(self, sdp: bytes | None) -> None:
        self.near.call.answer(sdp or b"")

    def on_failed(self, code: int, reason: str) -> None:
        self.near.call.reject(code, reason)

    def on_ended(self, reason: str) -> None:
        self.near.call.bye()


def answer(call: IncomingCall) -> None:
    call.handler = Answering()
    try:
        sdp, _ = answer_offer(
            call.sdp or b"", LocalMedia(HOST, next(_ports), session_id=next(_sessions), version=1)
        )
    except SdpRefused:
        call.reject(488, "Not Acceptable Here")
    else:
        call.answer(sdp)


async def main() -> None:
    task = json.loads(sys.argv[1])
    far = task.get("far")
    trunk = TrunkConfig("bench", (HOST,), qualify_s=0)
    if far:
        trunk = TrunkConfig("bench", (HOST,), host=far[0], port=far[1], qualify_s=0)

    def on_call(call: IncomingCall) -> None:
        if far:
            call.handler = Near(call, server)
        else:
            answer(call)

    server = SipServer(
        host=HOST, port=task.get("port", 0), public_host=HOST, realm="bench", accounts=NoAccounts(), trunks=[trunk],
        on_call=on_call, secret=b"s" * 32, clock=SystemClock(), watch=Watch(),
    )  # fmt: skip
    async with server:
        calm_collector()
        print(json.dumps({"port": server.port}), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(main())
