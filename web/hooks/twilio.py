"""Twilio's doors for calls: the number's webhook, its return after a stream, status callbacks, and the stream itself.

Each proves itself by X-Twilio-Signature over the configured public URL; what does not is counted and goes no further.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from aiohttp import WSMsgType, web

from omnichannel.channels.port import Forged, HookRequest
from omnichannel.channels.twilio_messages.signature import form_of, prove_by
from telephony.twilio.errors import Replayed
from threadline.kernel.errors import NotFound
from web.api.endpoint import Ask, Handler, endpoint
from web.auth import PUBLIC
from web.errors import TooManyAttempts
from web.hooks.door import LIMITS, NotProven, TooLarge
from web.twilio_ports import Twilio

log = logging.getLogger(__name__)

BODY_MAX: Final = 64 * 1024
LONGEST_MESSAGE: Final = 64 * 1024
HEARTBEAT_S: Final = 20.0
GOODBYE_S: Final = 2.0


@endpoint("POST /twilio/voice", roles=PUBLIC, produces="text/xml", any_origin=True)
async def take_call(ask: Ask) -> web.Response:
    """A number's voice webhook: what becomes of the call, as TwiML."""
    twilio = _twilio(ask)
    return await _answered(ask, twilio, twilio.arrives)


@endpoint("POST /twilio/again", roles=PUBLIC, produces="text/xml", any_origin=True)
async def take_again(ask: Ask) -> web.Response:
    """Twilio asks what to do next; `call` names one that we had placed, when it is answered."""
    twilio, placed = _twilio(ask), ask.request.query.get("call", "")
    return await _answered(ask, twilio, lambda form: twilio.again(form, placed))


@endpoint("POST /twilio/status", roles=PUBLIC, produces="text/xml", any_origin=True)
async def take_status(ask: Ask) -> web.Response:
    """A call's status callback; `call` names one that we had placed."""
    twilio, placed = _twilio(ask), ask.request.query.get("call", "")
    return await _answered(ask, twilio, lambda form: twilio.status(form, placed))


@endpoint("POST /twilio/keys", roles=PUBLIC, produces="text/xml", any_origin=True)
async def take_keys(ask: Ask) -> web.Response:
    """Keys a caller pressed, where her call works step by step."""
    twilio, document = _twilio(ask), ask.request.query.get("d", "")
    return await _answered(ask, twilio, lambda form: twilio.keys(form, document))


@endpoint("POST /twilio/recorded", roles=PUBLIC, produces="text/xml", any_origin=True)
async def take_recorded(ask: Ask) -> web.Response:
    """A message was taken, where her call works step by step."""
    twilio = _twilio(ask)
    return await _answered(ask, twilio, twilio.recorded)


@endpoint("GET /twilio/sounds/{name}", roles=PUBLIC, produces="audio/ulaw")
async def show_sound(ask: Ask) -> web.StreamResponse:
    """A prompt, under a name that only a document of ours tells."""
    path = _twilio(ask).steps.sound(ask.request.match_info["name"])
    body = await asyncio.to_thread(path.read_bytes)
    return web.Response(body=body, content_type="audio/ulaw")


@endpoint("GET /twilio/stream", roles=PUBLIC, produces="application/json", any_origin=True)
async def take_stream(ask: Ask) -> web.StreamResponse:
    """A call's sound, both ways, by WebSocket."""
    twilio = _twilio(ask)
    _prove(ask, twilio, b"", is_socket=True)
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, timeout=GOODBYE_S, max_msg_size=LONGEST_MESSAGE)
    await socket.prepare(ask.request)
    try:
        await twilio.carry(_Texts(socket))
    finally:
        await socket.close()
    return socket


class _Texts:
    """A WebSocket as telephony.twilio.stream.Socket."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket

    async def receive(self) -> str | None:
        message = await self._socket.receive()
        return message.data if message.type is WSMsgType.TEXT else None

    async def send(self, text: str) -> None:
        await self._socket.send_str(text)


def _twilio(ask: Ask) -> Twilio:
    if ask.services.twilio is None:
        raise NotFound
    if not ask.request.app[LIMITS].admits(ask.address, asyncio.get_running_loop().time()):
        raise TooManyAttempts(1.0)
    return ask.services.twilio


async def _answered(
    ask: Ask, twilio: Twilio, answer: Callable[[Mapping[str, str]], Awaitable[str]]
) -> web.Response:
    if (ask.request.content_length or 0) > BODY_MAX:
        raise TooLarge
    body = await ask.request.read()
    _prove(ask, twilio, body)
    try:
        document = await answer(dict(form_of(body)))
    except (Forged, Replayed) as exc:
        raise NotProven from exc
    return web.Response(text=document, content_type="text/xml")


def _prove(ask: Ask, twilio: Twilio, body: bytes, *, is_socket: bool = False) -> None:
    """A socket's signature is over its wss address, with or without a slash at its end. Raises NotProven."""
    request = ask.request
    url = twilio.public_url + request.path
    socket_url = "ws" + url.removeprefix("http")
    _, question, query = request.raw_path.partition("?")
    headers = {name.lower(): value for name, value in request.headers.items()}
    for hook in (socket_url, socket_url + "/", url) if is_socket else (url,):
        asked = HookRequest(
            method=request.method, url=hook + question + query, query=dict(request.query), headers=headers,
            body=body, received_at=ask.services.clock.now(),
        )  # fmt: skip
        try:
            prove_by(hook, asked, twilio.account.tokens, twilio.account.webhook_key)
        except Forged:
            continue
        return
    twilio.figures.forged += 1
    log.warning("forged delivery", extra={"source": "twilio", "pii.address": request.remote})
    raise NotProven


ENDPOINTS: tuple[Handler, ...] = (
    take_call, take_again, take_status, take_keys, take_recorded, show_sound, take_stream
)  # fmt: skip
