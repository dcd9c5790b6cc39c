"""A mailbox provider's consent page and token service, as RFC 6749 and RFC 7636 describe them."""

import base64
import hashlib

from aiohttp import web
from yarl import URL

from tests.support.fake_provider import FakeProvider

CLIENT_ID, CLIENT_SECRET = "our-app", "our-app-secret"


class FakeConsent(FakeProvider):
    """`asked` is what its page was last asked with; whoever is asked agrees at once."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.asked: dict[str, str] = {}
        self.codes: set[str] = set()
        self.is_lasting = True
        self.app.router.add_get("/authorize", self._page)
        self.app.router.add_post("/token", self._token)

    async def _page(self, request: web.Request) -> web.Response:
        self.asked = dict(request.query)
        code = self.number("code")
        self.codes.add(code)
        raise web.HTTPFound(URL(self.asked["redirect_uri"]).with_query(code=code, state=self.asked["state"]))

    async def _token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        wanted = {
            "grant_type": "authorization_code",
            "redirect_uri": self.asked["redirect_uri"],
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        }
        is_proven = base64.urlsafe_b64encode(digest).decode().rstrip("=") == self.asked["code_challenge"]
        is_new = form.get("code") in self.codes
        self.codes.discard(form.get("code", ""))
        if not is_proven or not is_new or not wanted.items() <= form.items():
            return web.json_response({"error": "invalid_grant"}, status=400)
        lasting = {"refresh_token": "refresh-0"} if self.is_lasting else {}
        return web.json_response(
            {"token_type": "Bearer", "access_token": "access-0", "expires_in": 3600, **lasting}
        )
