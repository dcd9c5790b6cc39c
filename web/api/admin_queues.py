"""Queues as admins set them."""

from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field, StringConstraints

from threadline.kernel.events import Json
from web.api.admin_skills import SkillName
from web.api.administration import Name, Title, administration, seen
from web.api.endpoint import Ask, Handler, endpoint
from web.api.endpoints import ADMINS
from web.api.models import Done, Reply, Request, ShortText
from web.api.outbound import actor
from web.api.replies import as_json

Strategy = Literal[
    "longest_idle", "least_occupied", "fewest_contacts", "round_robin", "ring_all", "progressive"
]
CallerId = Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{3,20}$")]


class QueueEdit(Request):
    """`need`: levels of skills, where a flow names none; `max_waiting` null: no cap; `calendar` null: always open.

    `target_s`: answered within it is in time; who gives up before `short_abandon_s` did not wait. `overflow_after_s`
    null: never by time. `digital`: messages are claimed by agents or pushed to them. `caller_id` null: the first
    published number. `ring_at_most`: phones for one call, by the strategies that ring several. `chat_unanswered_s`: who is
    ready, lets a chat pushed to him wait for so long and writes to nobody is set away; 0: never. `chat_in_hand_s`: how long
    a chat counts as one of his after our last word; 0: only while a word is owed.
    """

    title: Title
    need: Annotated[dict[SkillName, Annotated[int, Field(ge=1, le=5)]], Field(max_length=20)] = Field(
        default_factory=dict
    )
    ring_timeout_s: Annotated[float, Field(ge=5, le=300)] = 20
    max_waiting: Annotated[int, Field(ge=0, le=100_000)] | None = None
    calendar: ShortText | None = None
    strategy: Strategy = "least_occupied"
    target_s: Annotated[float, Field(gt=0, le=86_400)] = 20
    short_abandon_s: Annotated[float, Field(ge=0, le=300)] = 5
    overflow_queue: Name | None = None
    overflow_after_s: Annotated[float, Field(gt=0, le=86_400)] | None = None
    overflow_when_full: bool = True
    digital: Literal["claim", "push"] = "claim"
    caller_id: CallerId | None = None
    ring_at_most: Annotated[int, Field(ge=1, le=10)] = 10
    chat_unanswered_s: Annotated[int, Field(ge=0, le=86_400)] = 180
    chat_in_hand_s: Annotated[int, Field(ge=0, le=86_400)] = 600


class NewQueue(QueueEdit):
    id: Name


class QueueSettings(Reply):
    id: str
    title: str
    need: dict[str, int]
    ring_timeout_s: float
    max_waiting: int | None
    calendar: str | None
    version: str


class QueueSettingsReply(Reply):
    queues: list[QueueSettings]


@endpoint("GET /api/queue-settings", roles=ADMINS, reply=QueueSettingsReply)
async def list_queue_settings(ask: Ask) -> web.Response:
    """Every queue as it is set."""
    return as_json({"queues": await administration(ask).queues.everything()})


@endpoint("POST /api/queue-settings", roles=ADMINS, body=NewQueue, reply=QueueSettings, status=201)
async def add_queue(ask: Ask) -> web.Response:
    """A new queue."""
    given = ask.read(NewQueue)
    made = await administration(ask).queues.add(given.id, _settings(given), actor(ask))
    return as_json(made, status=201)


@endpoint("PUT /api/queue-settings/{name}", roles=ADMINS, body=QueueEdit, reply=QueueSettings)
async def change_queue(ask: Ask) -> web.Response:
    """Other settings, for the next call; with If-Match only over what was seen."""
    name, settings = ask.request.match_info["name"], _settings(ask.read(QueueEdit))
    return as_json(await administration(ask).queues.change(name, settings, seen(ask), actor(ask)))


@endpoint("DELETE /api/queue-settings/{name}", roles=ADMINS, reply=Done)
async def delete_queue(ask: Ask) -> web.Response:
    """A queue nothing was ever in."""
    await administration(ask).queues.delete(ask.request.match_info["name"], actor(ask))
    return as_json({"done": True})


def _settings(given: QueueEdit) -> Json:
    """Only what was said: the rest stays."""
    found: dict[str, Any] = given.model_dump(exclude={"id"}, exclude_unset=True)
    return found


ENDPOINTS: tuple[Handler, ...] = (list_queue_settings, add_queue, change_queue, delete_queue)
