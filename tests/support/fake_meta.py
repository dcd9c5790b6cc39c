"""Meta's Graph as its documents describe it: Messenger, comments, WhatsApp, media, profiles, signed webhooks."""

import hashlib
import hmac
from typing import Any

from aiohttp import web
from yarl import URL

from tests.support.fake_provider import FakeProvider, Post, compact, run

APP_SECRET, VERIFY_TOKEN, TOKEN = "app_secret_123", "verify-me", "page-token"
APP_ID, LASTING = "1234567890", "lasting-token"
PAGE, WABA, NUMBER = "PAGE1", "WABA1", "1060000000001"
NOW_MS = 1_790_000_000_000
ERRORS = {
    "429": (400, 613, 0), "500": (500, 2, 0), "token_expired": (401, 190, 463), "window": (400, 10, 2018278),
    "blocked": (400, 551, 1545041), "bad": (400, 100, 0),
}  # fmt: skip
WHATSAPP_ERRORS = {"429": (400, 130429, 0), "window": (400, 131047, 0), "blocked": (400, 131026, 0)}
SUBSCRIBED = (
    "messages",
    "messaging_postbacks",
    "message_deliveries",
    "message_reads",
    "message_echoes",
    "message_reactions",
)


def signed(body: bytes, secret: str = APP_SECRET) -> dict[str, str]:
    """The headers of a webhook call."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={digest}", "Content-Type": "application/json"}


class FakeMeta(FakeProvider):
    """One page and one WhatsApp number. `speaks` says whose customers `customer_says` speaks for."""

    speaks = "messenger"

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.now_ms = NOW_MS
        root = self.app.router
        self.codes: dict[str, str] = {}
        self.subscribed = list(SUBSCRIBED)
        self.people: dict[str, tuple[str, str]] = {}
        root.add_get("/v25.0/dialog/oauth", self._dialog)
        root.add_get("/v25.0/oauth/access_token", self._exchange)
        root.add_post("/v25.0/{id}/subscribed_apps", self._subscribe)
        root.add_post("/v25.0/{id}/messages", self._messages)
        root.add_post("/v25.0/{id}/comments", self._comments)
        root.add_post("/v25.0/{id}/replies", self._comments)
        root.add_get("/v25.0/{id}/subscribed_apps", self._subscribed)
        root.add_get("/v25.0/{id}", self._thing)
        root.add_get("/media/{name}", self._media)

    # --- what it is asked --------------------------------------------------------------------------------

    def refusal(self, fault: str) -> web.Response:
        errors = {**ERRORS, **WHATSAPP_ERRORS} if self.speaks == "whatsapp" else ERRORS
        status, code, subcode = errors[fault]
        error = {"message": "refused", "type": "OAuthException", "code": code, "error_subcode": subcode}
        return web.json_response({"error": error}, status=status)

    async def _messages(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.refusal("token_expired")
        body = await request.json()
        taken = self._whatsapp if body.get("messaging_product") == "whatsapp" else self._messenger
        return await self.sending(request, lambda: taken(body))

    def _messenger(self, body: dict[str, Any]) -> web.Response:
        mid = self.number("m_out")
        self.sent.append({"id": mid, **body})
        user = body["recipient"].get("id") or f"psid-of-{body['recipient']['comment_id']}"
        if self.has_echoes:
            self.echo(mid, user, body["message"])
            self.messaging(user, {"delivery": {"mids": [mid], "watermark": self.now_ms}})
        return web.json_response({"recipient_id": user, "message_id": mid})

    def _whatsapp(self, body: dict[str, Any]) -> web.Response:
        wamid, to = self.number("wamid.out"), body.get("to") or body["recipient"]
        self.sent.append({"id": wamid, **body})
        if self.has_echoes:
            self.status(wamid, to, "sent")
            self.status(wamid, to, "delivered")
        answer = {"messaging_product": "whatsapp", "contacts": [{"input": to}], "messages": [{"id": wamid}]}
        return web.json_response(answer)

    async def _comments(self, request: web.Request) -> web.Response:
        body = await request.json()

        def take() -> web.Response:
            comment = self.number("comment-out")
            self.sent.append({"id": comment, "under": request.match_info["id"], **body})
            return web.json_response({"id": comment})

        return await self.sending(request, take)

    async def _subscribed(self, request: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": "app", "subscribed_fields": self.subscribed}]})

    async def _subscribe(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.refusal("token_expired")
        self.subscribed = str((await request.json())["subscribed_fields"]).split(",")
        return web.json_response({"success": True})

    async def _dialog(self, request: web.Request) -> web.Response:
        """Whoever manages the page agrees at once."""
        code, back = self.number("code"), request.query["redirect_uri"]
        self.codes[code] = back
        raise web.HTTPFound(URL(back).with_query(code=code, state=request.query["state"]))

    async def _exchange(self, request: web.Request) -> web.Response:
        """A code for a person's token, that one for a lasting one."""
        asked = request.query
        if asked.get("client_id") != APP_ID or asked.get("client_secret") != APP_SECRET:
            return self.refusal("token_expired")
        if asked.get("grant_type") == "fb_exchange_token" and asked["fb_exchange_token"] == "person-token":
            return web.json_response(
                {"access_token": LASTING, "token_type": "bearer", "expires_in": 5_184_000}
            )
        if self.codes.pop(asked.get("code", ""), None) != asked.get("redirect_uri"):
            return self.refusal("bad")
        return web.json_response({"access_token": "person-token", "token_type": "bearer", "expires_in": 5400})

    async def _thing(self, request: web.Request) -> web.Response:
        is_lasting = request.headers.get("Authorization") == f"Bearer {LASTING}"
        if is_lasting and request.query.get("fields") == "access_token":
            page = request.match_info["id"]
            return web.json_response({"id": page, **({"access_token": TOKEN} if page == PAGE else {})})
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.refusal("token_expired")
        thing = request.match_info["id"]
        if thing.startswith("media-"):
            return web.json_response(
                {"id": thing, "url": f"{self.base_url}/media/{thing}", "mime_type": "image/jpeg"}
            )
        if thing in (PAGE, NUMBER):
            return web.json_response({"id": thing, "name": "Mien Bac", "display_phone_number": "+84 28 0000"})
        first, last = self.people.get(thing, ("Lan", "Tran"))
        return web.json_response(
            {"id": thing, "first_name": first, "last_name": last, "name": f"{first} {last}"}
        )

    async def _media(self, request: web.Request) -> web.Response:
        if self.speaks == "whatsapp" and request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.Response(status=401)
        return web.Response(body=b"\xff\xd8\xff\xe0 a picture", content_type="image/jpeg")

    # --- what it tells -----------------------------------------------------------------------------------

    def customer_says(self, customer: str, text: str) -> str:
        if self.speaks == "whatsapp":
            wamid = self.number("wamid.in")
            said = {"from": customer, "id": wamid, "type": "text", "text": {"body": text}}
            self.whatsapp({"messages": [{**said, "timestamp": self._second()}]}, name="Lan", user=customer)
            return wamid
        mid = self.number("m_in")
        self.messaging(customer, {"message": {"mid": mid, "text": text}})
        return mid

    def messaging(self, customer: str, event: dict[str, Any], *, is_from_page: bool = False) -> None:
        """Puts one Messenger event into `pending`."""
        self.now_ms += 1000
        sides = (PAGE, customer) if is_from_page else (customer, PAGE)
        whole = {"sender": {"id": sides[0]}, "recipient": {"id": sides[1]}, "timestamp": self.now_ms, **event}
        self.post({"object": "page", "entry": [{"id": PAGE, "time": self.now_ms, "messaging": [whole]}]})

    def echo(self, mid: str, customer: str, message: dict[str, Any]) -> None:
        told = {"mid": mid, "is_echo": True, "app_id": "app", **message}
        self.messaging(customer, {"message": told}, is_from_page=True)

    def comment(self, comment: str, author: str, text: str, **more: Any) -> None:
        self.now_ms += 1000
        value = {
            "item": "comment", "verb": "add", "comment_id": comment, "parent_id": "post1", "post_id": "post1",
            "from": {"id": author, "name": "Lan"}, "message": text, "created_time": self.now_ms // 1000, **more,
        }  # fmt: skip
        change = {"field": "feed", "value": value}
        self.post({"object": "page", "entry": [{"id": PAGE, "time": self.now_ms, "changes": [change]}]})

    def whatsapp(self, value: dict[str, Any], *, name: str = "", user: str = "") -> None:
        """Puts one WhatsApp event into `pending`."""
        whole = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": NUMBER}, **value}
        if name:
            whole["contacts"] = [{"profile": {"name": name}, "wa_id": user}]
        change = {"field": "messages", "value": whole}
        self.post({"object": "whatsapp_business_account", "entry": [{"id": WABA, "changes": [change]}]})

    def status(self, wamid: str, to: str, status: str, **more: Any) -> None:
        told = {"id": wamid, "status": status, "timestamp": self._second(), "recipient_id": to, **more}
        self.whatsapp({"statuses": [told]})

    def post(self, envelope: dict[str, Any]) -> None:
        body = compact(envelope)
        self.pending.append(Post(body, signed(body)))

    def _second(self) -> str:
        self.now_ms += 1000
        return str(self.now_ms // 1000)


if __name__ == "__main__":
    run(FakeMeta)
