"""One OPTIONS to a trunk, now: is anybody there? Any final answer, a refusal too, says yes."""

import asyncio
import socket
from dataclasses import dataclass
from typing import Final

from telephony.sip.build import Draft
from telephony.sip.client_transaction import ClientTransaction
from telephony.sip.message import Response
from telephony.sip.server import SipServer
from telephony.sip.trunks import TrunkConfig
from telephony.sip.wire import Flow

PATIENCE_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Probed:
    """`reach`: reachable, unreachable, unknown_host, or no_host where our calls have no way to it."""

    reach: str
    status: int | None = None
    rtt_ms: float | None = None


async def probe(sip: SipServer, trunk: TrunkConfig) -> Probed:
    """Waits PATIENCE_S at most."""
    if trunk.host is None:
        return Probed("no_host")
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(PATIENCE_S):
            found = await loop.getaddrinfo(trunk.host.strip("[]"), trunk.port, type=socket.SOCK_DGRAM)
    except (OSError, TimeoutError):
        return Probed("unknown_host")
    answer: asyncio.Future[int | None] = loop.create_future()
    asked_at = loop.time()
    transport = "udp" if trunk.flow is None else trunk.flow.transport
    _ask(sip, trunk, Flow(transport, str(found[0][4][0]), trunk.port), answer)
    try:
        async with asyncio.timeout(PATIENCE_S):
            status = await answer
    except TimeoutError:
        return Probed("unreachable")
    if status is None:
        return Probed("unreachable")
    return Probed("reachable", status, round(1000 * (loop.time() - asked_at), 1))


def _ask(sip: SipServer, trunk: TrunkConfig, flow: Flow, answer: "asyncio.Future[int | None]") -> None:
    agent = sip.agent
    transactions = agent.transactions
    host, _ = transactions.sent_by(flow)
    uri = f"sip:{trunk.uri_host}"
    draft = Draft(
        "OPTIONS", uri, f"<sip:threadline@{host}>;tag={transactions.new_token()}", f"<{uri}>",
        transactions.new_token(), 1, extra=f"{agent.contact(flow)}Accept: application/sdp\r\n",
    )  # fmt: skip
    transactions.ask(draft, flow, _Listening(answer))


class _Listening:
    def __init__(self, answer: "asyncio.Future[int | None]") -> None:
        self._answer = answer

    def on_response(self, transaction: ClientTransaction, response: Response, flow: Flow) -> None:
        if response.status >= 200 and not self._answer.done():
            self._answer.set_result(response.status)

    def on_no_response(self, transaction: ClientTransaction, reason: str) -> None:
        if not self._answer.done():
            self._answer.set_result(None)
