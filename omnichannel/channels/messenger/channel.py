"""The Messenger channel: its settings, and its way to Meta."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from omnichannel.channels.beside import Errand, Profile
from omnichannel.channels.messenger.comments import COMMENTER
from omnichannel.channels.messenger.cutting import cut
from omnichannel.channels.messenger.reading import read_event
from omnichannel.channels.messenger.sending import LIMITS, page_of, requests, window
from omnichannel.channels.meta.connecting import login_page, page_token
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
    Known,
    Outgoing,
    Receipt,
    SendFailed,
    Sent,
    Window,
)
from omnichannel.channels.reading import items, parsed, text, texts
from threadline.kernel.clock import Clock
from threadline.kernel.events import Json

NEEDED_FIELDS = (
    "messages", "messaging_postbacks", "message_deliveries", "message_reads", "message_echoes",
    "message_reactions",
)  # fmt: skip
ALL_FIELDS = (
    *NEEDED_FIELDS, "message_edits", "messaging_referrals", "messaging_handovers", "standby", "feed",
)  # fmt: skip
PERMISSIONS = (
    "pages_show_list", "pages_messaging", "pages_manage_metadata", "pages_read_engagement", "pages_manage_engagement",
)  # fmt: skip
ON_INSTAGRAM = ("instagram_basic", "instagram_manage_messages", "instagram_manage_comments")


class Messenger:
    """`endpoint.address` is the page's id, or the Instagram account's with `page_id` as the page it is linked to."""

    kind = "messenger"
    identity_kind = "fb_psid"
    keeps_challenge = False
    limits = LIMITS
    fields: Sequence[Field] = (
        Field("app_secret", is_secret=True),
        Field("verify_token", is_secret=True),
        Field("access_token", is_secret=True, is_required=False),
        Field("app_id", is_required=False, example="1234567890123456"),
        Field("page_id", is_required=False, example="104857600000001"),
        Field("human_agent", is_required=False, default="no", example="yes"),
        Field("base_url", is_required=False, default=GRAPH),
    )

    def __init__(self, outside: Outside, clock: Clock) -> None:
        self._outside = outside
        self._clock = clock

    def receive(self, endpoint: Endpoint, request: HookRequest) -> Receipt:
        if request.method == "GET":
            return challenge(endpoint, request)
        prove(endpoint, request)
        return Receipt(list(cut(parsed(request.body))), body=b"EVENT_RECEIVED")

    def read(self, endpoint: Endpoint, raw: bytes, headers: Mapping[str, str]) -> Sequence[Incoming]:
        return read_event(endpoint, parsed(raw))

    def window(self, endpoint: Endpoint, last_inbound: datetime | None, now: datetime) -> Window:
        return window(endpoint, last_inbound, now)

    async def send(self, endpoint: Endpoint, message: Outgoing) -> Sent:
        graph = Graph(self._outside, endpoint)
        calls = requests(endpoint, message, self._clock.now())
        answers = await each_part(calls, lambda one: graph.post(*one))
        keys = [text(answer, "message_id") or text(answer, "id") for answer in answers]
        meta: Json = {"keys": [*keys]} if len(keys) > 1 else {}
        if message.to.kind == COMMENTER and (psid := text(answers[-1], "recipient_id")):
            meta["also"] = [{"kind": "fb_psid", "value": psid, "scope": endpoint.address}]
        return Sent(keys[-1] or None, meta)

    async def check(self, endpoint: Endpoint) -> Sequence[Check]:
        graph = Graph(self._outside, endpoint)
        try:
            page = await graph.get(page_of(endpoint), fields="id,name")
        except SendFailed as failed:
            return [Check("access_token", False, failed.detail)]
        is_ours = text(page, "id") == page_of(endpoint)
        checks = [Check("access_token", is_ours, "" if is_ours else "The token is another page's.")]
        return [*checks, await self._subscriptions(graph, page_of(endpoint))]

    async def _subscriptions(self, graph: Graph, page: str) -> Check:
        try:
            answer = await graph.get(f"{page}/subscribed_apps")
        except SendFailed as failed:
            return Check("subscribed", False, failed.detail)
        there = {name for app in items(answer, "data") for name in texts(app, "subscribed_fields")}
        missing = [name for name in NEEDED_FIELDS if name not in there]
        detail = f"Subscribe the page to: {', '.join(missing)}." if missing else ""
        return Check("subscribed", not missing, detail)

    def page(self, endpoint: Endpoint, errand: Errand) -> str | None:
        is_page = page_of(endpoint) == endpoint.address
        return login_page(endpoint, errand, PERMISSIONS if is_page else (*PERMISSIONS, *ON_INSTAGRAM))

    async def tokens(self, endpoint: Endpoint, errand: Errand, brought: Mapping[str, str]) -> dict[str, str]:
        return await page_token(self._outside, endpoint, errand, brought, page_of(endpoint), ALL_FIELDS)

    async def download(self, endpoint: Endpoint, url: str, max_bytes: int) -> Fetched:
        base = base_of(endpoint.config, GRAPH)
        return await self._outside.fetch(
            url, may_fetch=lambda one: is_at(one, FILE_HOSTS, base), max_bytes=max_bytes
        )

    async def profile(self, endpoint: Endpoint, customer: Known) -> Profile | None:
        if customer.kind == COMMENTER:
            return None
        wanted = "name" if customer.kind == "ig_sid" else "first_name,last_name"
        answer = await Graph(self._outside, endpoint).get(customer.value, fields=wanted)
        name = text(answer, "name") or f"{text(answer, 'first_name')} {text(answer, 'last_name')}".strip()
        return Profile(name) if name else None
