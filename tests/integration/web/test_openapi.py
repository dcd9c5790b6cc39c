"""The description of the interface: complete, and true."""

from typing import Any

import pytest

from tests.integration.web.conftest import Client, bearer
from tests.support.web_story import Story
from web.api.endpoint import ENDPOINT, Endpoint, declared
from web.app import HANDLERS

pytestmark = pytest.mark.integration


SERVED = ("/api/", "/metrics", "/files/", "/hooks/", "/pictures", "/connect", "/privacy/", "/twilio/")


async def described(client: Client) -> dict[str, Any]:
    answer: dict[str, Any] = await (await client.get("/api/openapi.json")).json()
    return answer


async def test_every_route_of_the_server_is_described(client: Client) -> None:
    paths = (await described(client))["paths"]
    served = {
        (route.method.lower(), route.resource.canonical)
        for route in client.app.router.routes()
        if route.resource and route.resource.canonical.startswith(SERVED) and route.method != "HEAD"
    }
    assert served == {(method, path) for path, methods in paths.items() for method in methods}
    assert all(operation["summary"] for methods in paths.values() for operation in methods.values())


async def test_every_reference_leads_somewhere(client: Client) -> None:
    description = await described(client)
    schemas = description["components"]["schemas"]
    references = _references(description)
    assert references
    assert all(name.removeprefix("#/components/schemas/") in schemas for name in references)


def _references(part: object) -> set[str]:
    if isinstance(part, dict):
        own = {str(part["$ref"])} if "$ref" in part else set()
        return own.union(*(_references(value) for value in part.values()))
    if isinstance(part, list):
        return set[str]().union(*(_references(value) for value in part))
    return set()


REPLIES = {
    "GET /api/health": "/api/health",
    "GET /api/session": "/api/session",
    "GET /api/contacts": "/api/contacts?identity=lan",
    "GET /api/contacts/{id}": "/api/contacts/{contact}",
    "GET /api/threads/{id}/timeline": "/api/threads/{thread}/timeline",
    "GET /api/calls/{id}": "/api/calls/{call}",
    "GET /api/recordings/{id}/transcript": "/api/recordings/{recording}/transcript",
    "GET /api/agents": "/api/agents",
    "GET /api/queues": "/api/queues",
}


@pytest.mark.parametrize("route", REPLIES)
async def test_an_answer_is_what_the_description_says(route: str, client: Client, story: Story) -> None:
    points = {f"{point.method} {point.path}": point for point in map(declared, HANDLERS)}
    reply = points[route].reply
    assert reply is not None
    path = REPLIES[route].format(
        contact=story.card["id"], thread=story.thread, call=story.call, recording=story.recording
    )
    reply.model_validate(await (await client.get(path, headers=bearer("an"))).json())


def test_an_endpoint_keeps_its_declaration() -> None:
    assert all(isinstance(getattr(handler, ENDPOINT), Endpoint) for handler in HANDLERS)
