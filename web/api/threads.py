"""Contacts, timelines, notes and messages."""

from aiohttp import web

from threadline.kernel.ids import ContactId, ThreadId
from web.api.endpoint import Ask, Handler, endpoint
from web.api.models import (
    ContactQuery,
    ContactReply,
    ContactsReply,
    Entry,
    NewMessage,
    NewNote,
    TimelineQuery,
    TimelineReply,
)
from web.api.replies import as_json
from web.auth import STAFF


@endpoint("GET /api/contacts", roles=STAFF, query=ContactQuery, reply=ContactsReply)
async def find_contacts(ask: Ask) -> web.Response:
    """Contacts an identity belongs to: a phone number in any spelling, or an e-mail address."""
    identity = ask.asked(ContactQuery).identity
    return as_json({"contacts": await ask.services.threads.contacts(identity, ask.services.region)})


@endpoint("GET /api/contacts/{id}", roles=STAFF, reply=ContactReply)
async def show_contact(ask: Ask) -> web.Response:
    """One contact with identities and open cases."""
    return as_json(await ask.services.threads.contact(ContactId(ask.path_id("id"))))


@endpoint("GET /api/threads/{id}/timeline", roles=STAFF, query=TimelineQuery, reply=TimelineReply)
async def show_timeline(ask: Ask) -> web.Response:
    """A page of a thread, newest first."""
    asked = ask.asked(TimelineQuery)
    thread = ThreadId(ask.path_id("id"))
    return as_json(await ask.services.threads.timeline(thread, asked.before, asked.limit, asked.channel))


@endpoint("POST /api/threads/{id}/notes", roles=STAFF, body=NewNote, reply=Entry, status=201)
async def add_note(ask: Ask) -> web.Response:
    """Write a note only colleagues see."""
    thread, agent = ThreadId(ask.path_id("id")), ask.caller.person()
    entry = await ask.services.threads.add_note(thread, agent.id, ask.read(NewNote).text)
    return as_json(entry, status=201)


@endpoint("POST /api/messages", roles=STAFF, body=NewMessage, reply=Entry, status=201)
async def add_message(ask: Ask) -> web.Response:
    """Add a chat message or an e-mail to a thread, or to whoever an identity belongs to."""
    given, agent = ask.read(NewMessage), ask.caller.agent
    entry = await ask.services.threads.add_message(
        thread=ThreadId(given.thread) if given.thread else None,
        identity=(given.identity.kind, given.identity.value) if given.identity else None,
        channel=given.channel,
        direction=given.direction,
        text=given.text,
        html=given.html,
        subject=given.subject,
        at=given.at,
        actor=agent.id if agent and given.direction == "out" else None,
        provider_msg_id=given.provider_msg_id,
        endpoint=given.endpoint,
    )
    return as_json(entry, status=201)


ENDPOINTS: tuple[Handler, ...] = (find_contacts, show_contact, show_timeline, add_note, add_message)
