"""Every route and every role: the expected answer, and no route without one."""

from typing import Any, Final
from uuid import uuid4

import pytest
from aiohttp import web

from tests.integration.web.conftest import Client, bearer
from tests.support.web_standins import House
from tests.support.web_story import Story
from threadline.kernel.events import AgentState
from web.api.endpoint import declared
from web.app import HANDLERS, make_app, refuse_undeclared
from web.errors import UndeclaredRole

pytestmark = pytest.mark.integration

PEOPLE: Final = ("none", "an", "bao", "chi", "dung")
"""Nobody; An, whose call and customer it is; Bao, another agent; Chi, supervisor; Dung, admin."""

ARTICLE: Final = {"slug": "x", "texts": {"vi": {"title": "x", "body": "x"}}}

# {call}, {thread}, {contact}, {recording}, {an} name parts of the story.
EXPECTED: Final[dict[str, tuple[Any, tuple[int, int, int, int, int]]]] = {
    "GET /api/health": (None, (200, 200, 200, 200, 200)),
    "GET /api/openapi.json": (None, (200, 200, 200, 200, 200)),
    "GET /api/docs": (None, (200, 200, 200, 200, 200)),
    "POST /api/session": ({"login": "an", "password": "an"}, (201, 201, 201, 201, 201)),
    "GET /api/session": (None, (200, 200, 200, 200, 200)),
    "PATCH /api/session": ({"locale": "vi-VN"}, (401, 200, 200, 200, 200)),
    "DELETE /api/session": (None, (401, 403, 403, 403, 403)),  # a token has no session to end
    "GET /api/contacts?identity=lan": (None, (401, 200, 200, 200, 200)),
    "GET /api/contacts/{contact}": (None, (401, 200, 200, 200, 200)),
    "GET /api/threads/{thread}/timeline": (None, (401, 200, 200, 200, 200)),
    "POST /api/threads/{thread}/notes": ({"text": "x"}, (401, 201, 201, 201, 201)),
    "POST /api/messages": (
        {
            "identity": {"kind": "email", "value": "a@example.com"},
            "channel": "email",
            "direction": "in",
            "text": "x",
        },
        (401, 201, 201, 201, 201),
    ),
    "GET /api/calls/{call}": (None, (401, 200, 200, 200, 200)),
    "POST /api/calls/{call}/hold": (None, (401, 200, 403, 200, 200)),
    "POST /api/calls/{call}/resume": (None, (401, 200, 403, 200, 200)),
    "POST /api/calls/{call}/hangup": (None, (401, 200, 403, 200, 200)),
    "GET /api/recordings/{recording}/audio": (None, (401, 200, 403, 200, 200)),
    "GET /api/recordings/{recording}/transcript": (None, (401, 200, 403, 200, 200)),
    "GET /api/calls/{call}/captions": (None, (401, 404, 404, 404, 404)),  # this house has no captions
    "GET /api/captions": (None, (401, 403, 403, 403, 404)),
    "PUT /api/captions": ({"kind": "queue", "name": "x", "is_on": None}, (401, 403, 403, 403, 404)),
    "GET /api/knowledge": (None, (401, 404, 404, 404, 404)),  # this house keeps no articles
    "POST /api/knowledge": (ARTICLE, (401, 403, 403, 404, 404)),
    "PUT /api/knowledge/{contact}": (ARTICLE, (401, 403, 403, 404, 404)),
    "DELETE /api/knowledge/{contact}": (None, (401, 403, 403, 404, 404)),
    "POST /api/knowledge/preview": ({"body": "x"}, (401, 403, 403, 404, 404)),
    "GET /api/knowledge/search?q=x": (None, (401, 404, 404, 404, 404)),
    "POST /api/knowledge/suggestions": ({"text": "x"}, (401, 404, 404, 404, 404)),
    "POST /api/knowledge/{contact}/sent": (None, (401, 404, 404, 404, 404)),
    "GET /api/chat/{key}/articles?q=x": (None, (404, 404, 404, 404, 404)),
    "GET /api/chat/{key}/article?slug=x": (None, (404, 404, 404, 404, 404)),
    "POST /api/chat/{key}/verdicts": (
        {"article": "0199f1c2-0000-4000-8000-000000000001", "verdict": "helped"},
        (404, 404, 404, 404, 404),
    ),
    "GET /api/recordings/{recording}/waveform": (None, (401, 200, 403, 200, 200)),
    "GET /api/agents": (None, (401, 200, 200, 200, 200)),
    "GET /api/phone": (None, (401, 200, 200, 200, 200)),
    "PUT /api/agents/{an}/phone": (
        {"phone": "sip"},
        (401, 404, 403, 404, 404),
    ),  # this house has no browser phones
    "POST /api/calls": ({"number": "0901234567"}, (401, 404, 404, 404, 404)),
    "PUT /api/queues/{contact}/caller-id": ({"number": None}, (401, 403, 403, 404, 404)),
    "POST /api/calls/{call}/decline": ({"reason": "busy"}, (401, 200, 200, 200, 200)),
    "POST /api/calls/{call}/mute": (None, (401, 200, 403, 200, 200)),
    "POST /api/calls/{call}/unmute": (None, (401, 200, 403, 200, 200)),
    "POST /api/calls/{call}/keys": ({"keys": "1"}, (401, 200, 403, 200, 200)),
    "GET /api/calls/{call}/parties": (None, (401, 404, 404, 404, 404)),
    "POST /api/calls/{call}/controls/transfer": (
        {"to": {"kind": "queue", "id": "x"}},
        (401, 404, 403, 404, 404),
    ),
    "POST /api/calls/{call}/controls/consult": (
        {"to": {"kind": "extension", "id": "1"}},
        (401, 404, 403, 404, 404),
    ),
    "POST /api/calls/{call}/controls/consult-complete": (None, (401, 404, 403, 404, 404)),
    "POST /api/calls/{call}/controls/consult-back": (None, (401, 404, 403, 404, 404)),
    "POST /api/calls/{call}/controls/consult-join": (None, (401, 404, 403, 404, 404)),
    "POST /api/calls/{call}/controls/add": (
        {"to": {"kind": "extension", "id": "1"}},
        (401, 404, 403, 404, 404),
    ),
    "POST /api/calls/{call}/controls/drop": (
        {"party": "0199f1c2-0000-4000-8000-000000000001"},
        (401, 404, 403, 404, 404),
    ),
    "POST /api/calls/{call}/controls/leave": (None, (401, 404, 404, 404, 404)),
    "POST /api/calls/{call}/controls/park": (None, (401, 404, 403, 404, 404)),
    "POST /api/calls/{call}/controls/recording-pause": ({}, (401, 404, 403, 404, 404)),
    "POST /api/calls/{call}/controls/recording-resume": (None, (401, 404, 403, 404, 404)),
    "POST /api/calls/{call}/controls/monitor": ({"mode": "listen"}, (401, 403, 403, 404, 404)),
    "GET /api/parking": (None, (401, 404, 404, 404, 404)),
    "POST /api/parking/701/pick-up": (None, (401, 404, 404, 404, 404)),
    "PUT /api/agents/{an}/state": ({"state": "away", "reason": "lunch"}, (401, 200, 403, 200, 200)),
    "GET /api/queues": (None, (401, 200, 200, 200, 200)),
    "GET /api/wallboard": (None, (401, 403, 403, 404, 404)),  # this house shows no board
    "POST /api/what-if": ({}, (401, 403, 403, 404, 404)),
    "GET /api/waiting": (None, (401, 403, 403, 404, 404)),
    "GET /api/waiting/{call}/why": (None, (401, 403, 403, 404, 404)),
    "GET /api/cases/{number}/why": (None, (401, 403, 403, 404, 404)),
    "POST /api/waiting/{call}/move": ({"queue": "sales"}, (401, 403, 403, 404, 404)),
    "PUT /api/agents/{an}/forced-state": ({"state": "away"}, (401, 403, 403, 404, 404)),
    "PUT /api/agents/{an}/skills": ({"skills": {"vi": 3}}, (401, 403, 403, 404, 404)),
    "GET /api/callbacks": (None, (401, 403, 403, 404, 404)),
    "DELETE /api/callbacks/{call}": (None, (401, 403, 403, 404, 404)),
    "GET /api/flows": (None, (401, 403, 403, 404, 404)),  # this house edits no flows
    "GET /api/flow-names": (None, (401, 404, 404, 404, 404)),
    "POST /api/flows": ({"yaml": "x"}, (401, 403, 403, 403, 404)),
    "POST /api/flows/-/check": ({"yaml": "x"}, (401, 403, 403, 404, 404)),
    "POST /api/flows/-/test": ({"yaml": "x"}, (401, 403, 403, 404, 404)),
    "POST /api/flows/-/walk": ({"yaml": "x"}, (401, 403, 403, 404, 404)),
    "POST /api/flows/-/patch": ({"yaml": "x", "path": ["id"], "value": "x"}, (401, 403, 403, 404, 404)),
    "GET /api/flows/-/schema": (None, (401, 403, 403, 200, 200)),
    "GET /api/flows/-/speech?text=x&language=any": (None, (401, 403, 403, 404, 404)),
    "GET /api/flows/-/recording?audio=x": (None, (401, 403, 403, 404, 404)),
    "POST /api/flows/-/recordings?prompt=x&language=any": (None, (401, 403, 403, 403, 404)),
    "POST /api/flows/-/import": ({"name": "x.json", "text": "{}"}, (401, 403, 403, 403, 422)),
    "GET /api/flows/{name}": (None, (401, 403, 403, 404, 404)),
    "GET /api/flows/{name}/revisions": (None, (401, 403, 403, 404, 404)),
    "GET /api/flows/{name}/diff?old=1&new=2": (None, (401, 403, 403, 404, 404)),
    "POST /api/flows/{name}/publish": ({"revision": 1}, (401, 403, 403, 403, 404)),
    "PUT /api/flows/{name}/canary": ({"number": "1", "revision": 1, "percent": 1}, (401, 403, 403, 403, 404)),
    "POST /api/flows/{name}/trial-number": ({"revision": 1}, (401, 403, 403, 403, 404)),
    "POST /api/flows/{name}/draft-calls": ({"revision": 1}, (401, 403, 403, 403, 404)),
    "POST /api/flows/-/draft-calls/{call}/keys": ({"keys": "1"}, (401, 403, 403, 403, 404)),
    "POST /api/flows/-/draft-calls/{call}/hangup": (None, (401, 403, 403, 403, 404)),
    "GET /api/flows/{name}/paths": (None, (401, 403, 403, 404, 404)),
    "GET /api/flows/{name}/calls": (None, (401, 403, 403, 404, 404)),
    "GET /api/operations": (None, (401, 403, 403, 200, 200)),
    "DELETE /api/operations/bans/198.51.100.7": (None, (401, 403, 403, 403, 200)),
    "GET /api/calls/{call}/trace": (None, (401, 403, 403, 403, 200)),
    "GET /metrics": (None, (401, 403, 403, 403, 200)),
    "POST /api/files": (None, (401, 404, 404, 404, 404)),  # this house keeps no files
    "GET /api/files/{recording}": (None, (401, 404, 404, 404, 404)),
    "GET /files/{recording}?e=1&s=x": (None, (404, 404, 404, 404, 404)),
    "GET /api/search?q=lan": (None, (401, 404, 404, 404, 404)),
    "GET /api/cases": (None, (401, 404, 404, 404, 404)),  # this house has no cases
    "GET /api/case-counts": (None, (401, 404, 404, 404, 404)),
    "POST /api/threads/{thread}/cases": ({"subject": "x"}, (401, 404, 404, 404, 404)),
    "GET /api/cases/{number}": (None, (401, 404, 404, 404, 404)),
    "PATCH /api/cases/{number}": ({"status": "open"}, (401, 404, 404, 404, 404)),
    "POST /api/cases/many": ({"numbers": [1], "status": "open"}, (401, 404, 404, 404, 404)),
    "GET /api/mentions": (None, (401, 404, 404, 404, 404)),
    "POST /api/threads/{thread}/mentions/seen": (None, (401, 404, 404, 404, 404)),
    "GET /api/sla-policies": (None, (401, 404, 404, 404, 404)),
    "PUT /api/sla-policies/{name}": ({"title": "x"}, (401, 403, 403, 403, 404)),
    "GET /api/queue-promises": (None, (401, 404, 404, 404, 404)),
    "PUT /api/queues/{name}/promise": ({"policy": None}, (401, 403, 403, 403, 404)),
    "GET /api/calendars": (None, (401, 404, 404, 404, 404)),  # this house keeps no hours
    "PUT /api/calendars/{name}": ({"timezone": "Asia/Ho_Chi_Minh", "weekly": {}}, (401, 403, 403, 403, 404)),
    "POST /api/calendars/{name}/holidays": ({"year": 2026}, (401, 403, 403, 403, 404)),
    "OPTIONS /api/chat/{key}/{what}": (None, (404, 404, 404, 404, 404)),  # this house has no chat
    "GET /api/chat/{key}/site": (None, (404, 404, 404, 404, 404)),
    "GET /api/chat/{key}/messages": (None, (404, 404, 404, 404, 404)),
    "POST /api/chat/{key}/messages": (
        {"key": "0199f1c2-0000-4000-8000-000000000001", "text": "x"},
        (404, 404, 404, 404, 404),
    ),
    "POST /api/chat/{key}/files": (None, (404, 404, 404, 404, 404)),
    "POST /api/chat/{key}/proofs": ({"kind": "phone", "value": "0901234567"}, (404, 404, 404, 404, 404)),
    "POST /api/chat/{key}/proof-code": ({"code": "123456"}, (404, 404, 404, 404, 404)),
    "GET /api/chat/{key}/live": (None, (404, 404, 404, 404, 404)),
    "POST /api/threads/{thread}/typing": ({}, (401, 404, 404, 404, 404)),
    "PATCH /api/contacts/{contact}": (
        {"vip": True},
        (401, 404, 404, 404, 404),
    ),  # this house edits no contacts
    "GET /api/contacts/{contact}/kin": (None, (401, 404, 404, 404, 404)),
    "POST /api/contacts/{contact}/identities": ({"kind": "phone", "value": "1"}, (401, 404, 404, 404, 404)),
    "PATCH /api/contacts/{contact}/identities/{identity}": ({}, (401, 404, 404, 404, 404)),
    "POST /api/contacts/{contact}/identities/{identity}/move": ({}, (401, 404, 404, 404, 404)),
    "POST /api/contacts/{contact}/merge": (
        {"loser": "01980000-0000-7000-8000-000000000000"},
        (401, 404, 404, 404, 404),
    ),
    "POST /api/merges/{merge}/undo": (None, (401, 404, 404, 404, 404)),
    "POST /api/suggestions/{suggestion}/confirm": ({}, (401, 404, 404, 404, 404)),
    "POST /api/suggestions/{suggestion}/prove": (None, (401, 404, 404, 404, 404)),
    "POST /api/suggestions/{suggestion}/dismiss": (None, (401, 404, 404, 404, 404)),
    "POST /api/choices": ({"entry": "1"}, (401, 404, 404, 404, 404)),
    "POST /api/contact-imports?name=x.csv": (None, (401, 403, 403, 403, 404)),
    "GET /api/contact-imports/{contact}": (None, (401, 403, 403, 403, 404)),
    "PATCH /api/contact-imports/{contact}": ({"columns": {}}, (401, 403, 403, 403, 404)),
    "POST /api/contact-imports/{contact}/apply": (None, (401, 403, 403, 403, 404)),
    "GET /api/contact-imports/{contact}/report": (None, (401, 403, 403, 403, 404)),
    "GET /api/threads/{thread}/reach": (None, (401, 404, 404, 404, 404)),  # this house has no channels
    "POST /api/threads/{thread}/messages": (
        {"identity": 1, "endpoint": "01980000-0000-7000-8000-000000000000"},
        (401, 404, 404, 404, 404),
    ),
    "POST /api/entries/{entry}/retry": (None, (401, 404, 404, 404, 404)),
    "POST /api/entries/{entry}/cancel": (None, (401, 404, 404, 404, 404)),
    "GET /api/entries/{entry}/html": (None, (401, 404, 404, 404, 404)),
    "GET /api/channels": (None, (401, 403, 403, 403, 404)),
    "GET /api/endpoints": (None, (401, 403, 403, 403, 404)),
    "POST /api/endpoints": ({"kind": "webhook", "address": "x"}, (401, 403, 403, 403, 404)),
    "GET /api/endpoints/{contact}": (None, (401, 403, 403, 403, 404)),
    "PUT /api/endpoints/{contact}": ({}, (401, 403, 403, 403, 404)),
    "PUT /api/endpoints/{contact}/state": ({"state": "on"}, (401, 403, 403, 403, 404)),
    "POST /api/endpoints/{contact}/check": (None, (401, 403, 403, 403, 404)),
    "DELETE /api/endpoints/{contact}": (None, (401, 403, 403, 403, 404)),
    "GET /api/endpoints/{contact}/connect": (None, (401, 403, 403, 403, 404)),
    "POST /api/endpoints/{contact}/connect": (None, (401, 403, 403, 403, 404)),
    "GET /connect": (None, (401, 403, 403, 403, 404)),
    "GET /api/inbound/parked": (None, (401, 403, 403, 403, 404)),
    "GET /api/inbound/{event}/raw": (None, (401, 403, 403, 403, 404)),
    "POST /api/inbound/{event}/replay": (None, (401, 403, 403, 403, 404)),
    "POST /hooks/{channel}/{contact}": (None, (404, 404, 404, 404, 404)),
    "GET /hooks/{channel}/{contact}": (None, (404, 404, 404, 404, 404)),
    "GET /api/rules": (None, (401, 403, 403, 404, 404)),  # in this house nothing happens by itself
    "POST /api/rules": ({"title": "x", "when": "message_in", "then": []}, (401, 403, 403, 403, 404)),
    "POST /api/rules/check": ({"title": "x", "when": "message_in", "then": []}, (401, 403, 403, 404, 404)),
    "POST /api/rules/try": ({"entry": "1"}, (401, 403, 403, 404, 404)),
    "PUT /api/rules/{contact}": ({"title": "x", "when": "message_in", "then": []}, (401, 403, 403, 403, 404)),
    "PUT /api/rules/{contact}/state": ({"on": True}, (401, 403, 403, 403, 404)),
    "DELETE /api/rules/{contact}": (None, (401, 403, 403, 403, 404)),
    "GET /api/rules/{contact}/runs": (None, (401, 403, 403, 404, 404)),
    "GET /api/canned": (None, (401, 404, 404, 404, 404)),
    "GET /api/canned/complete": (None, (401, 404, 404, 404, 404)),
    "POST /api/canned": ({"shortcut": "x", "title": "x", "texts": {"en": "x"}}, (401, 403, 403, 404, 404)),
    "PUT /api/canned/{contact}": (
        {"shortcut": "x", "title": "x", "texts": {"en": "x"}},
        (401, 403, 403, 404, 404),
    ),
    "DELETE /api/canned/{contact}": (None, (401, 403, 403, 404, 404)),
    "GET /api/macros": (None, (401, 404, 404, 404, 404)),
    "POST /api/macros": ({"title": "x"}, (401, 403, 403, 404, 404)),
    "PUT /api/macros/{contact}": ({"title": "x"}, (401, 403, 403, 404, 404)),
    "DELETE /api/macros/{contact}": (None, (401, 403, 403, 404, 404)),
    "POST /api/threads/{thread}/macros/{macro}": ({}, (401, 404, 404, 404, 404)),
    "GET /api/webhooks": (None, (401, 403, 403, 403, 404)),
    "POST /api/webhooks": (
        {"title": "x", "url": "https://x.vn", "events": ["*"]},
        (401, 403, 403, 403, 404),
    ),
    "PATCH /api/webhooks/{contact}": ({}, (401, 403, 403, 403, 404)),
    "DELETE /api/webhooks/{contact}": (None, (401, 403, 403, 403, 404)),
    "GET /api/webhooks/{contact}/deliveries": (None, (401, 403, 403, 403, 404)),
    "GET /api/webhooks/{contact}/deliveries/{delivery}": (None, (401, 403, 403, 403, 404)),
    "POST /api/webhooks/{contact}/deliveries/{delivery}/replay": (None, (401, 403, 403, 403, 404)),
    "GET /api/contacts/{contact}/privacy": (None, (401, 404, 404, 404, 404)),  # this house knows no privacy
    "POST /api/contacts/{contact}/consents": (
        {"channel": "sms", "state": "given", "source": "call"},
        (401, 404, 404, 404, 404),
    ),
    "PUT /api/contacts/{contact}/do-not-contact": ({"wanted": True}, (401, 404, 404, 404, 404)),
    "PUT /api/contacts/{contact}/legal-hold": ({"reason": "x"}, (401, 403, 403, 403, 404)),
    "POST /api/contacts/{contact}/export": (None, (401, 403, 403, 403, 404)),
    "POST /api/contacts/{contact}/erasure": (None, (401, 403, 403, 403, 404)),
    "GET /api/privacy/requests": (None, (401, 403, 403, 403, 404)),
    "GET /api/privacy/requests/{contact}": (None, (401, 403, 403, 403, 404)),
    "POST /api/privacy/requests/{contact}/link": (None, (401, 403, 403, 403, 404)),
    "GET /privacy/archives/{contact}?e=1&s=x": (None, (404, 404, 404, 404, 404)),
    "GET /api/privacy/retention": (None, (401, 403, 403, 403, 404)),
    "PUT /api/privacy/retention/{name}": ({"days": 30}, (401, 403, 403, 403, 404)),
    "GET /api/tokens": (None, (401, 403, 403, 403, 404)),
    "POST /api/tokens": ({"name": "x"}, (401, 403, 403, 403, 404)),
    "DELETE /api/tokens/{call}": (None, (401, 403, 403, 403, 404)),
    "GET /api/audit": (None, (401, 403, 403, 403, 404)),
    "GET /api/contacts/{contact}/panel": (None, (401, 404, 404, 404, 404)),
    "POST /api/orders": (
        {
            "orders": [
                {
                    "customer": {"kind": "phone", "value": "0901234567"},
                    "number": "1",
                    "placed_at": "2026-11-22T00:00:00Z",
                    "value": 1,
                    "currency": "VND",
                }
            ]
        },
        (401, 403, 403, 404, 404),
    ),
    "GET /api/conversions?since=2026-11-01T00:00:00Z&until=2026-11-02T00:00:00Z": (
        None,
        (401, 403, 403, 404, 404),
    ),
    "GET /pictures?u=x&e=1&s=x": (None, (404, 404, 404, 404, 404)),
    "GET /api/customer-sources": (None, (401, 403, 403, 403, 404)),
    "POST /api/customer-sources": ({"title": "x", "url": "https://x.vn"}, (401, 403, 403, 403, 404)),
    "PUT /api/customer-sources/{contact}": ({"title": "x", "url": "https://x.vn"}, (401, 403, 403, 403, 404)),
    "DELETE /api/customer-sources/{contact}": (None, (401, 403, 403, 403, 404)),
    "GET /api/users": (None, (401, 403, 403, 403, 404)),  # this house has no administration
    "POST /api/users": ({"login": "x", "name": "x"}, (401, 403, 403, 403, 404)),
    "PUT /api/users/{an}": ({"login": "x", "name": "x"}, (401, 403, 403, 403, 404)),
    "PUT /api/users/{an}/state": ({"active": False}, (401, 403, 403, 403, 404)),
    "POST /api/users/{an}/password": (None, (401, 403, 403, 403, 404)),
    "POST /api/users/{an}/phone": ({}, (401, 403, 403, 403, 404)),
    "DELETE /api/users/{an}/phone": (None, (401, 403, 403, 403, 404)),
    "GET /api/skills": (None, (401, 403, 403, 403, 404)),
    "PUT /api/skills": (
        {
            "cells": [
                {"person": "01980000-0000-7000-8000-000000000000", "skill": "x", "was": None, "level": 1}
            ]
        },
        (401, 403, 403, 403, 404),
    ),
    "POST /api/skills": ({"id": "x", "title": "x"}, (401, 403, 403, 403, 404)),
    "PUT /api/skills/{name}": ({"title": "x"}, (401, 403, 403, 403, 404)),
    "DELETE /api/skills/{name}": (None, (401, 403, 403, 403, 404)),
    "GET /api/queue-settings": (None, (401, 403, 403, 403, 404)),
    "POST /api/queue-settings": ({"id": "x", "title": "x"}, (401, 403, 403, 403, 404)),
    "PUT /api/queue-settings/{name}": ({"title": "x"}, (401, 403, 403, 403, 404)),
    "DELETE /api/queue-settings/{name}": (None, (401, 403, 403, 403, 404)),
    "PUT /api/calls/{call}/wrap-up": ({"code": None}, (401, 404, 404, 404, 404)),  # no administration here
    "GET /api/wrap-up-codes": (None, (401, 404, 404, 404, 404)),
    "POST /api/wrap-up-codes": ({"id": "x", "titles": {"en": "x"}}, (401, 403, 403, 403, 404)),
    "PUT /api/wrap-up-codes/{name}": ({"titles": {"en": "x"}}, (401, 403, 403, 403, 404)),
    "DELETE /api/wrap-up-codes/{name}": (None, (401, 403, 403, 403, 404)),
    "GET /api/scorecards": (None, (401, 403, 403, 404, 404)),
    "POST /api/scorecards": (
        {"id": "x", "titles": {"en": "x"}, "most": 5, "criteria": [{"en": "x"}]},
        (401, 403, 403, 403, 404),
    ),
    "PUT /api/scorecards/{name}": (
        {"titles": {"en": "x"}, "most": 5, "criteria": [{"en": "x"}]},
        (401, 403, 403, 403, 404),
    ),
    "DELETE /api/scorecards/{name}": (None, (401, 403, 403, 403, 404)),
    "GET /api/calls/{call}/evaluations": (None, (401, 404, 404, 404, 404)),
    "PUT /api/calls/{call}/evaluations": (
        {"agent": "01980000-0000-7000-8000-000000000000", "scorecard": "x", "points": [1]},
        (401, 403, 403, 404, 404),
    ),
    "DELETE /api/evaluations/{number}": (None, (401, 403, 403, 404, 404)),
    "GET /api/quality": (None, (401, 403, 403, 404, 404)),
    "GET /api/numbers": (None, (401, 403, 403, 403, 404)),
    "POST /api/numbers": ({"number": "19001", "title": "x", "flow": "x"}, (401, 403, 403, 403, 404)),
    "PUT /api/numbers/{number}": ({"title": "x", "flow": "x"}, (401, 403, 403, 403, 404)),
    "DELETE /api/numbers/{number}": (None, (401, 403, 403, 403, 404)),
    "GET /api/trunks": (None, (401, 403, 403, 403, 404)),
    "POST /api/trunks": ({"name": "x"}, (401, 403, 403, 403, 404)),
    "PUT /api/trunks/{name}": ({}, (401, 403, 403, 403, 404)),
    "DELETE /api/trunks/{name}": (None, (401, 403, 403, 403, 404)),
    "POST /api/trunks/{name}/test": (None, (401, 403, 403, 403, 404)),
    "POST /api/rules/rehearsal": (
        {"rule": {"title": "x", "when": "message_in", "then": []}},
        (401, 403, 403, 404, 404),
    ),
    "POST /twilio/voice": (None, (404, 404, 404, 404, 404)),  # this house has no Twilio
    "POST /twilio/again": (None, (404, 404, 404, 404, 404)),
    "POST /twilio/status": (None, (404, 404, 404, 404, 404)),
    "POST /twilio/keys": (None, (404, 404, 404, 404, 404)),
    "POST /twilio/recorded": (None, (404, 404, 404, 404, 404)),
    "GET /twilio/sounds/{name}": (None, (404, 404, 404, 404, 404)),
    "GET /twilio/stream": (None, (404, 404, 404, 404, 404)),
    "GET /api/live": (None, (401, 400, 400, 400, 400)),  # admitted, but it is a WebSocket
}


def test_every_declared_route_has_its_row() -> None:
    points = [declared(handler) for handler in HANDLERS]
    rows = {row.partition("?")[0].translate(str.maketrans("", "", "")) for row in EXPECTED}
    patterns = {_pattern(row) for row in rows}
    assert patterns == {f"{point.method} {point.path}" for point in points}


def _pattern(row: str) -> str:
    for name in ("{call}", "{thread}", "{contact}", "{recording}", "{an}"):
        row = row.replace(name, "{id}")
    return row.replace("198.51.100.7", "{address}").replace("/701/", "/{slot}/")


@pytest.mark.parametrize("who", PEOPLE)
async def test_every_route_answers_each_role_as_expected(who: str, client: Client, story: Story) -> None:
    """One after the other in one house: what a row changes there is part of what the later ones expect."""
    parts = dict(
        call=story.call, thread=story.thread, contact=story.card["id"], recording=story.recording, an=story.agent,
        key=story.recording, what="site", entry="1", event="1", channel="webhook", number=1, identity=1, merge=1,
        suggestion=1, delivery=1, macro=story.recording, name="standard",
    )  # fmt: skip
    headers = {} if who == "none" else bearer(who)
    wrong: dict[str, tuple[int, int, str]] = {}
    for row, (body, answers) in EXPECTED.items():
        method, _, path = row.partition(" ")
        client.session.cookie_jar.clear()  # nobody stays signed in from the row before
        response = await client.request(method, path.format(**parts), json=body, headers=headers)
        expected = answers[PEOPLE.index(who)]
        if response.status != expected:
            wrong[row] = (response.status, expected, await response.text(errors="replace"))
    assert wrong == {}


async def test_a_token_of_a_machine_reads_and_adds_but_is_nobody(client: Client, story: Story) -> None:
    machine = bearer("machine-supervisor")
    assert (await client.get("/api/agents", headers=machine)).status == 200
    message = {"thread": str(story.thread), "channel": "chat", "direction": "in", "text": "hello"}
    assert (await client.post("/api/messages", json=message, headers=machine)).status == 201
    note = await client.post(f"/api/threads/{story.thread}/notes", json={"text": "x"}, headers=machine)
    assert (note.status, (await note.json())["error"]["code"]) == (403, "needs_agent")


async def test_a_supervisor_acts_on_the_call_for_its_agent(
    client: Client, house: House, story: Story
) -> None:
    await client.post(f"/api/calls/{story.call}/hold", headers=bearer("chi"))
    assert house.calls.commands == [("hold", story.call, story.agent)]


async def test_a_call_nobody_took_can_not_be_held(client: Client, house: House, story: Story) -> None:
    house.calls.details[story.call]["agent"] = None
    assert (await client.post(f"/api/calls/{story.call}/hold", headers=bearer("an"))).status == 403
    assert (await client.post(f"/api/calls/{story.call}/hold", headers=bearer("chi"))).status == 409


async def test_a_state_that_does_not_fit_is_a_conflict(client: Client, house: House, story: Story) -> None:
    house.router.move(story.agent, AgentState.TALKING)
    response = await client.put(
        f"/api/agents/{story.agent}/state", json={"state": "ready"}, headers=bearer("an")
    )
    assert (response.status, (await response.json())["error"]["code"]) == (409, "refused")


@pytest.mark.parametrize(
    "path",
    [
        "/api/contacts/{}",
        "/api/threads/{}/timeline",
        "/api/calls/{}",
        "/api/recordings/{}/audio",
        "/api/nothing/{}",
    ],
)
@pytest.mark.parametrize(
    "name", [str(uuid4()), "no-id", "..%2f..%2fetc%2fpasswd"], ids=["unknown", "no id", "path"]
)
async def test_what_does_not_exist_is_not_found(path: str, name: str, client: Client, story: Story) -> None:
    response = await client.get(path.format(name), headers=bearer("dung"))
    assert (response.status, (await response.json())["error"]["code"]) == (404, "not_found")


async def test_a_wrong_token_is_nobody(client: Client, story: Story) -> None:
    for token in ("token-nobody", "", "x" * 5_000):
        response = await client.get("/api/agents", headers={"Authorization": f"Bearer {token}"})
        assert response.status == 401


def test_a_route_without_a_role_stops_the_start(house: House) -> None:
    async def careless(_: web.Request) -> web.Response:
        return web.Response()

    app = make_app(house.services())
    app.router.add_get("/api/forgotten", careless)
    with pytest.raises(UndeclaredRole, match="/api/forgotten"):
        refuse_undeclared(app)
