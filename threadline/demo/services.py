"""The systems that the demo's flows ask: orders, parcels and a clinic's calendar, on this machine only."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Final, TypeAlias

from threadline.kernel.clock import Clock
from threadline.kernel.events import Json

Serve: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
PORT_FILE: Final = "services.port"
LOOPBACK: Final = "127.0.0.1"
PATIENCE_S: Final = 5.0
REASONS: Final = {200: "OK", 201: "Created", 404: "Not Found"}
# How many days ago it was bought.
ORDERS: Final[dict[str, tuple[str, str, int]]] = {
    "482913": ("máy lạnh AC-12", "air conditioner AC-12", 40),
    "771204": ("máy giặt WM-8", "washing machine WM-8", 900),
}
# Its state, in how many days, and what is to be paid.
PARCELS: Final[dict[str, tuple[str, int, int]]] = {
    "2913": ("on_the_way", 1, 250_000),
    "1204": ("delivered", -1, 0),
    "0333": ("held", 0, 0),
}


def answer(method: str, path: str, today: date) -> tuple[int, Json]:
    """What the services answer: /orders/NUMBER, /parcels/NUMBER, /slots, /appointments. Pure."""
    if found := re.fullmatch(r"/orders/orders/(\d+)", path):
        return _order(found[1], today)
    if found := re.fullmatch(r"/parcels/parcels/(\d+)", path):
        return _parcel(found[1], today)
    if path == "/clinic/slots":
        times = ((1, 9), (1, 14), (2, 8))
        return 200, {
            "slots": [
                {"id": f"slot-{number}", "date": (today + timedelta(days=days)).isoformat(), "hour": hour}
                for number, (days, hour) in enumerate(times, 1)
            ]
        }
    if path == "/clinic/appointments" and method == "POST":
        return 201, {"booked": True}
    return 404, {}


def _order(number: str, today: date) -> tuple[int, Json]:
    if number not in ORDERS:
        return 404, {}
    vi, en, days = ORDERS[number]
    bought = (today - timedelta(days=days)).isoformat()
    return 200, {"product_vi": vi, "product_en": en, "bought": bought, "months": 24}


def _parcel(number: str, today: date) -> tuple[int, Json]:
    if number not in PARCELS:
        return 404, {}
    state, days, due = PARCELS[number]
    return 200, {"state": state, "date": (today + timedelta(days=days)).isoformat(), "due": due}


@asynccontextmanager
async def answering(folder: Path, clock: Clock) -> AsyncIterator[str]:
    """The services' address while the block runs; the same at every start, as far as its port is free."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                head = await reader.readuntil(b"\r\n\r\n")
                method, target, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
                status, body = answer(method, target.partition("?")[0], clock.now().date())
                writer.write(_response(status, body))
                await writer.drain()
        except (TimeoutError, ValueError, OSError, EOFError, asyncio.LimitOverrunError):
            pass  # whoever asks so is answered by the end of the connection
        finally:
            writer.close()

    server = await _listening(serve, folder / PORT_FILE)
    async with server:
        yield f"http://{LOOPBACK}:{server.sockets[0].getsockname()[1]}"


async def _listening(serve: Serve, remembered: Path) -> asyncio.Server:
    try:
        server = await asyncio.start_server(serve, LOOPBACK, _port(remembered))
    except OSError:
        server = await asyncio.start_server(serve, LOOPBACK, 0)
    _keep_port(remembered, server.sockets[0].getsockname()[1])
    return server


def _port(remembered: Path) -> int:
    """That of the last start, 0 for any."""
    return int(remembered.read_text()) if remembered.is_file() else 0


def _keep_port(remembered: Path, port: int) -> None:
    remembered.parent.mkdir(parents=True, exist_ok=True)
    remembered.write_text(str(port))


def _response(status: int, body: Json) -> bytes:
    data = json.dumps(body).encode()
    head = f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(data)}\r\nConnection: close\r\n\r\n".encode() + data
