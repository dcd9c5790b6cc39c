"""Recordings and transcripts, for those who may hear them."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from aiohttp import web

from threadline.kernel.errors import NotFound
from threadline.kernel.ids import CallId, RecordingId, ThreadId
from web.api.calls import served_by
from web.api.endpoint import Ask, Handler, endpoint
from web.api.models import TranscriptReply, WaveformReply
from web.api.replies import as_json
from web.auth import STAFF
from web.errors import NotYours
from web.ranges import Span, Unsatisfiable, range_still_holds, read_range

CHUNK_BYTES: Final = 64 * 1024


async def _admit_listener(ask: Ask, recording: RecordingId) -> None:
    """Raises NotYours, NotFound."""
    facts = await ask.services.recordings.detail(recording)
    await admit_to_call(ask, CallId(UUID(str(facts["call"]))))


async def admit_to_call(ask: Ask, call: CallId) -> None:
    """Supervisors and admins hear all; an agent what he served or what belongs to a thread he has open.

    Raises NotYours, NotFound.
    """
    if ask.caller.leads:
        return
    agent = ask.caller.person().id
    detail = await ask.services.calls.detail(call)
    thread = detail.get("thread")
    is_open = isinstance(thread, str) and ask.hub.has_open(agent, ThreadId(UUID(thread)))
    if str(agent) not in served_by(detail) and not is_open:
        raise NotYours("You can only hear calls of customers you serve.")


@endpoint("GET /api/recordings/{id}/audio", roles=STAFF, produces="audio/wav")
async def play(ask: Ask) -> web.StreamResponse:
    """The recording, customer on the left channel, everyone else on the right; byte ranges are served."""
    recording = RecordingId(ask.path_id("id"))
    await _admit_listener(ask, recording)
    audio = await ask.services.recordings.audio(recording)
    return await send_file(ask.request, audio.path, audio.mime)


@endpoint("GET /api/recordings/{id}/transcript", roles=STAFF, reply=TranscriptReply)
async def show_transcript(ask: Ask) -> web.Response:
    """What was said, by whom and when; `state` tells why where there is nothing yet."""
    recording = RecordingId(ask.path_id("id"))
    await _admit_listener(ask, recording)
    return as_json(await ask.services.recordings.transcript(recording))


@endpoint("GET /api/recordings/{id}/waveform", roles=STAFF, reply=WaveformReply)
async def show_waveform(ask: Ask) -> web.Response:
    """How loud each lane is over the time, 0 to 255, and where the recording was paused."""
    recording = RecordingId(ask.path_id("id"))
    await _admit_listener(ask, recording)
    return as_json(await ask.services.recordings.waveform(recording))


async def send_file(
    request: web.Request, path: Path, mime: str, more: Mapping[str, str] | None = None
) -> web.StreamResponse:
    """The file, its ranges too, with `more` headers. Raises NotFound."""
    try:
        facts = await asyncio.to_thread(path.stat)
    except FileNotFoundError:
        raise NotFound("The file is not there.") from None
    etag = f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"'
    modified = format_datetime(datetime.fromtimestamp(facts.st_mtime, UTC), usegmt=True)
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Last-Modified": modified,
        "Cache-Control": "private, no-cache",
        **(more or {}),
    }
    wanted = request.headers.get("Range")
    if not range_still_holds(request.headers.get("If-Range"), etag, modified):
        wanted = None
    try:
        span = read_range(wanted, facts.st_size)
    except Unsatisfiable:
        return web.Response(status=416, headers={**headers, "Content-Range": f"bytes */{facts.st_size}"})
    if span is None and request.headers.get("If-None-Match") == etag:
        return web.Response(status=304, headers=headers)
    return await _stream(request, path, mime, span, facts.st_size, headers)


async def _stream(
    request: web.Request, path: Path, mime: str, span: Span | None, size: int, headers: dict[str, str]
) -> web.StreamResponse:
    response = web.StreamResponse(status=206 if span else 200, headers=headers)
    response.content_type = mime
    response.content_length = span.length if span else size
    if span:
        response.headers["Content-Range"] = span.content_range
    with suppress(ConnectionError):  # the player needs no more: it seeks, or its page is closed
        await response.prepare(request)
        if request.method != "HEAD":
            await _copy(path, response, span.first if span else 0, span.length if span else size)
        await response.write_eof()
    return response


async def _copy(path: Path, response: web.StreamResponse, first: int, length: int) -> None:
    """Sends `length` bytes from `first`; a file cut shorter meanwhile just ends earlier."""
    while length > 0 and (chunk := await asyncio.to_thread(_read, path, first, min(CHUNK_BYTES, length))):
        first, length = first + len(chunk), length - len(chunk)
        await response.write(chunk)


def _read(path: Path, first: int, length: int) -> bytes:
    """Opens and closes in one go: a listener who leaves meanwhile leaves no file open behind."""
    with path.open("rb") as file:
        file.seek(first)
        return file.read(length)


ENDPOINTS: tuple[Handler, ...] = (play, show_transcript, show_waveform)
