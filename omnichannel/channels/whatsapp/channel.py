"""The WhatsApp channel: its settings, and its way to Meta."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from omnichannel.channels.meta.graph import FILE_HOSTS, GRAPH, Graph
from omnichannel.channels.meta.webhook import challenge, prove
from omnichannel.channels.outside import Fetched, Outside, base_of, is_at
from omnichannel.channels.parts import each_part
from omnichannel.channels.port import (
    Check,
    Endpoint,
    Field,
    HookRequest,
    Incoming,
    Outgoing,
    Receipt,
    SendFailed,
    Sent,
    Window,
)
from omnichannel.channels.reading import items, parsed, text
from omnichannel.channels.whatsapp.cutting import cut
from omnichannel.channels.whatsapp.reading import read_event
from omnichannel.channels.whatsapp.sending import LIMITS, bodies, window
from threadline.kernel.clock import Clock
from threadline.kernel.errors import Refused
from threadline.kernel.events import Json


class WhatsApp:
    """`endpoint.address` is the phone number id; `portfolio_id` scopes business-scoped ids over several numbers."""

    kind = "whatsapp"
    identity_kind = "phone"  # whom a template may reach who never wrote; BSUIDs come as they write
    limits = LIMITS
    fields: Sequence[Field] = (
        Field("app_secret", is_secret=True),
        Field("verify_token", is_secret=True),
        Field("access_token", is_secret=True),
        Field("portfolio_id", is_required=False, example="506914307656634"),
        Field("base_url", is_required=False, default=GRAPH),
    )

    def __init__(self, outside: Outside, clock: Clock) -> None:
        self._outside = outside
        self._clock = clock

    def receive(self, endpoint: Endpoint, request: HookRequest) -> Receipt:
        if request.method == "GET":
            return challenge(endpoint, request)
        prove(endpoint, request)
        return Receipt(list(cut(parsed(request.body))))

    def read(self, endpoint: Endpoint, raw: bytes, headers: Mapping[str, str]) -> Sequence[Incoming]:
        return read_event(endpoint, parsed(raw))

    def window(self, endpoint: Endpoint, last_inbound: datetime | None, now: datetime) -> Window:
        return window(last_inbound, now)

    async def send(self, endpoint: Endpoint, message: Outgoing) -> Sent:
        graph, path = Graph(self._outside, endpoint), f"{endpoint.address}/messages"
        asked = bodies(message, self._clock.now())
        answers = await each_part(asked, lambda body: graph.post(path, body))
        keys = [text(next(items(answer, "messages"), {}), "id") for answer in answers]
        meta: Json = {"keys": [*keys]} if len(keys) > 1 else {}
        return Sent(keys[-1] or None, meta)

    async def check(self, endpoint: Endpoint) -> Sequence[Check]:
        graph = Graph(self._outside, endpoint)
        try:
            answer = await graph.get(endpoint.address, fields="display_phone_number,verified_name")
        except SendFailed as failed:
            return [Check("access_token", False, failed.detail)]
        is_ours = text(answer, "id") == endpoint.address
        return [Check("access_token", is_ours, "" if is_ours else "The token is another number's.")]

    async def download(self, endpoint: Endpoint, url: str, max_bytes: int) -> Fetched:
        """`url` is the medium's place in the Graph, which tells the short-lived address of the bytes."""
        base, graph = base_of(endpoint.config, GRAPH), Graph(self._outside, endpoint)
        if not url.startswith(graph.url("")):
            raise Refused("The provider names a file at an address that is not its own.")
        address = text(await graph.get(url.removeprefix(graph.url(""))), "url")
        return await self._outside.fetch(
            address, headers=graph.authorization, max_bytes=max_bytes,
            may_fetch=lambda one: is_at(one, FILE_HOSTS, base),
        )  # fmt: skip
