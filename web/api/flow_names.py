"""What agents may send a call to, of the flows: their names, and nothing of what is in them."""

from aiohttp import web

from web.api.endpoint import Ask, Handler, endpoint
from web.api.flows import rooms
from web.api.models import Reply
from web.api.replies import as_json
from web.auth import STAFF


class FlowName(Reply):
    id: str
    title: str


class FlowNamesReply(Reply):
    flows: list[FlowName]


@endpoint("GET /api/flow-names", roles=STAFF, reply=FlowNamesReply)
async def list_flow_names(ask: Ask) -> web.Response:
    """The flows that are in force."""
    known = await rooms(ask).room.everything()
    return as_json({"flows": [{"id": one["id"], "title": one["title"]} for one in known if one["published"]]})


ENDPOINTS: tuple[Handler, ...] = (list_flow_names,)
