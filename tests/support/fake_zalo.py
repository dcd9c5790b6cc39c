"""Zalo as its documents describe it: sending, uploads, profiles, tokens that rotate, signed webhooks."""

import base64
import hashlib
import json
from typing import Any

from aiohttp import web
from yarl import URL

from tests.support.fake_provider import FakeProvider, Post, compact, run

APP_ID, OA_ID = "360846524940903967", "388613280878808645"
APP_SECRET, OA_SECRET = "zalo-app-secret", "oa_secret_123"
NOW_MS = 1_790_000_000_000
ERRORS = {"token_expired": -216, "window": -230, "blocked": -217, "bad": -201, "429": -32}


def mac(body: bytes, timestamp: str, first: str = APP_ID, secret: str = OA_SECRET) -> str:
    """X-ZEvent-Signature's value."""
    return "mac=" + hashlib.sha256(first.encode() + body + timestamp.encode() + secret.encode()).hexdigest()


class FakeZalo(FakeProvider):
    """One account with one valid pair of tokens at a time; a refresh token works once."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.access_token, self.refresh_token = "access-0", "refresh-0"
        self.spent: set[str] = set()
        self.refreshes = 0
        self.uploads: list[tuple[str, int]] = []
        self.names: dict[str, str] = {}
        self.now_ms = NOW_MS
        self.callback, self.challenge = "", ""
        self.codes: set[str] = set()
        self.app.router.add_get("/v4/oa/permission", self._permission)
        for path in ("/v3.0/oa/message/cs", "/v3.0/oa/message/template", "/message/template"):
            self.app.router.add_post(path, self._message)
        self.app.router.add_post("/v2.0/oa/upload/{kind}", self._upload)
        self.app.router.add_post("/v4/oa/access_token", self._token)
        self.app.router.add_get("/v3.0/oa/user/detail", self._detail)
        self.app.router.add_get("/v2.0/oa/getoa", self._account)
        self.app.router.add_get("/media/{name}", self._media)

    # --- what it is asked --------------------------------------------------------------------------------

    def expire_token(self) -> None:
        """The access token in use is stale from now on; only a refresh helps."""
        self.access_token = f"unknown-to-anybody-{self.refreshes}"

    def refusal(self, fault: str) -> web.Response:
        if fault == "token_expired":
            self.expire_token()
        if fault == "500":
            return web.Response(status=500, text="upstream")
        return web.json_response({"error": ERRORS[fault], "message": "refused"})

    def _is_stale(self, request: web.Request) -> bool:
        return request.headers.get("access_token") != self.access_token

    async def _message(self, request: web.Request) -> web.Response:
        body = await request.json()
        if self._is_stale(request):
            return web.json_response({"error": -216, "message": "Access token is invalid"})

        def take() -> web.Response:
            message_id = self.number("zm")
            self.sent.append({"id": message_id, "path": request.path, **body})
            user = body.get("user_id") or body.get("phone") or body["recipient"].get("user_id", "")
            if self.has_echoes:
                self._echo(message_id, str(user), body.get("message", {}))
            name = "msg_id" if request.path == "/message/template" else "message_id"
            return web.json_response(
                {"error": 0, "message": "Success", "data": {name: message_id, "user_id": user}}
            )

        return await self.sending(request, take)

    async def _upload(self, request: web.Request) -> web.Response:
        if self._is_stale(request):
            return web.json_response({"error": -216, "message": "Access token is invalid"})
        form = await request.post()
        file = form["file"]
        assert isinstance(file, web.FileField)
        self.uploads.append((request.match_info["kind"], len(file.file.read())))
        key = "token" if request.match_info["kind"] == "file" else "attachment_id"
        return web.json_response({"error": 0, "message": "Success", "data": {key: self.number("up")}})

    def console(self, callback: str, challenge: str) -> str:
        """What is saved in the app's console; the consent link it makes of that."""
        self.callback, self.challenge = callback, challenge
        return f"{self.base_url}/v4/oa/permission?app_id={APP_ID}&redirect_uri=console&code_challenge=console"

    async def _permission(self, request: web.Request) -> web.Response:
        """The account's owner agrees at once."""
        code = self.number("code")
        self.codes.add(code)
        back = URL(self.callback).with_query(code=code, oa_id=OA_ID, state=request.query.get("state", ""))
        raise web.HTTPFound(back)

    def _is_proven(self, form: Any) -> bool:
        """A code works once, for whoever knows what the challenge in the console was made of."""
        digest = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        is_known = base64.urlsafe_b64encode(digest).decode().rstrip("=") == self.challenge
        code = str(form.get("code"))
        is_new = code in self.codes
        self.codes.discard(code)
        return is_known and is_new

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        asked = str(form.get("refresh_token"))
        is_known = request.headers.get("secret_key") == APP_SECRET and form.get("app_id") == APP_ID
        if is_known and form.get("grant_type") == "authorization_code" and self._is_proven(form):
            asked = self.refresh_token
        if not is_known or asked != self.refresh_token or asked in self.spent:
            return web.json_response({"error": -14014, "error_name": "Invalid refresh token"})
        self.spent.add(asked)
        self.refreshes += 1
        self.access_token, self.refresh_token = f"access-{self.refreshes}", f"refresh-{self.refreshes}"
        return web.json_response(
            {"access_token": self.access_token, "refresh_token": self.refresh_token, "expires_in": "90000"}
        )

    async def _detail(self, request: web.Request) -> web.Response:
        user = str(json.loads(request.query["data"])["user_id"])
        if self._is_stale(request):
            return web.json_response({"error": -216, "message": "Access token is invalid"})
        return web.json_response(
            {"error": 0, "data": {"user_id": user, "display_name": self.names.get(user, "Lan")}}
        )

    async def _account(self, request: web.Request) -> web.Response:
        if self._is_stale(request):
            return web.json_response({"error": -216, "message": "Access token is invalid"})
        return web.json_response({"error": 0, "data": {"oa_id": OA_ID, "name": "Mien Bac"}})

    async def _media(self, request: web.Request) -> web.Response:
        return web.Response(body=b"\xff\xd8\xff\xe0 a picture", content_type="image/jpeg")

    # --- what it tells -----------------------------------------------------------------------------------

    def customer_says(self, customer: str, text: str) -> str:
        message_id = self.number("zu")
        self.event("user_send_text", customer, {"msg_id": message_id, "text": text})
        return message_id

    def event(self, name: str, customer: str, message: dict[str, Any], **more: Any) -> None:
        """Puts one signed event about `customer` into `pending`."""
        self.now_ms += 1000
        is_ours = name.startswith("oa_") or name in ("user_received_message", "user_seen_message")
        sender, recipient = (OA_ID, customer) if is_ours else (customer, OA_ID)
        body = compact({
            "app_id": APP_ID, "sender": {"id": sender}, "recipient": {"id": recipient},
            "user_id_by_app": f"app-{customer}", "event_name": name, "message": message,
            "timestamp": str(self.now_ms), **more,
        })  # fmt: skip
        self.pending.append(
            Post(
                body, {"X-ZEvent-Signature": mac(body, str(self.now_ms)), "Content-Type": "application/json"}
            )
        )

    def retry_headers(self, attempt: int) -> dict[str, str]:
        return {"num_retry": str(attempt)} if attempt else {}

    def _echo(self, message_id: str, user: str, message: dict[str, Any]) -> None:
        kind = "text" if "text" in message else "image"
        self.event(f"oa_send_{kind}", user, {"msg_id": message_id, "text": message.get("text", "")})
        self.event("user_received_message", user, {"msg_id": message_id})


if __name__ == "__main__":
    run(FakeZalo)
