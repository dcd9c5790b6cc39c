"""What the page of flows asks for beside them: the schema, prompts as sound, and flows of other systems in our notation."""

import asyncio
from typing import Annotated, Final

from aiohttp import web
from pydantic import StringConstraints

from ivr_flows.imports import MAX_BYTES, import_flow
from ivr_flows.schema import FILE
from threadline.kernel.errors import NotFound
from web.api.endpoint import Ask, Handler, endpoint
from web.api.endpoints import ADMINS
from web.api.files import whole_body
from web.api.flows import rooms
from web.api.models import Reply, Request, ShortText
from web.api.outbound import actor
from web.api.replies import as_json
from web.auth import LEADS

LARGEST_SOUND: Final = 32 * 1024 * 1024  # half an hour at 8 kHz
Language = Annotated[str, StringConstraints(pattern=r"^([a-z]{2,3}-[A-Z]{2}|any)$")]

SpokenAs = Annotated[
    str, StringConstraints(pattern=r"^([a-z]{2,3}-[A-Z]{2}(-x-(female|male|natural))?|any)$")
]


class SpeechQuery(Request):
    """`language` may name a voice: vi-VN-x-female."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
    language: SpokenAs


class AudioQuery(Request):
    audio: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[\w./-]+$")]


class RecordingQuery(Request):
    prompt: ShortText
    language: Language


class RecordingKept(Reply):
    """`audio`: what the prompt says in its place."""

    audio: str


class ForeignFlow(Request):
    """`name`: the file's. Which system's it is, the text tells."""

    name: ShortText
    text: Annotated[str, StringConstraints(min_length=1, max_length=MAX_BYTES)]


class RemarkFacts(Reply):
    """What became of one step there: mapped, differs or left_out. `step`: the one it became, if any."""

    verdict: str
    line: int
    name: str
    step: str
    why: str
    todo: str


class ForeignReply(Reply):
    yaml: str
    source: str
    remarks: list[RemarkFacts]


@endpoint("POST /api/flows/-/import", roles=ADMINS, body=ForeignFlow, reply=ForeignReply)
async def read_foreign(ask: Ask) -> web.Response:
    """A flow of Twilio Studio, VoiceXML or Asterisk in our notation, with what mapped and what did not; nothing is stored."""
    given = ask.read(ForeignFlow)
    found = await asyncio.to_thread(import_flow, given.text, given.name)
    remarks = [
        {"verdict": one.verdict, "line": one.place.line, "name": one.place.name, "step": one.step, "why": one.why, "todo": one.todo}
        for one in found.remarks
    ]  # fmt: skip
    return as_json({"yaml": found.text, "source": found.source, "remarks": remarks})


@endpoint("GET /api/flows/-/schema", roles=LEADS)
async def show_schema(ask: Ask) -> web.StreamResponse:
    """The JSON Schema of the format, for completion."""
    return web.FileResponse(FILE, headers={"Content-Type": "application/json"})


@endpoint("GET /api/flows/-/speech", roles=LEADS, query=SpeechQuery, produces="audio/wav")
async def speak(ask: Ask) -> web.Response:
    """A text in the voice callers hear."""
    asked = ask.asked(SpeechQuery)
    sound = await rooms(ask).sounds.spoken(asked.text, asked.language)
    return web.Response(body=sound, content_type="audio/wav")


@endpoint("GET /api/flows/-/recording", roles=LEADS, query=AudioQuery, produces="audio/wav")
async def play_recording(ask: Ask) -> web.Response:
    """A recorded prompt as callers hear it."""
    sound = await rooms(ask).sounds.recorded(ask.asked(AudioQuery).audio)
    if sound is None:
        raise NotFound
    return web.Response(body=sound, content_type="audio/wav")


@endpoint("POST /api/flows/-/recordings", roles=ADMINS, query=RecordingQuery, reply=RecordingKept, status=201)
async def keep_recording(ask: Ask) -> web.Response:
    """Keep the body, a sound file, as the recording of a prompt; the text names it once it is saved."""
    asked = ask.asked(RecordingQuery)
    sound = await whole_body(ask.request, LARGEST_SOUND)
    audio = await rooms(ask).sounds.keep(asked.prompt, asked.language, sound, actor(ask))
    return as_json({"audio": audio}, status=201)


ENDPOINTS: tuple[Handler, ...] = (show_schema, speak, play_recording, keep_recording, read_foreign)
