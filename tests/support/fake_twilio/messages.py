"""Twilio's Messages interface: sending, media behind a login and a redirect, signed webhooks and callbacks."""

import base64
import hashlib
import hmac
from urllib.parse import parse_qsl, urlencode

from aiohttp import encode_basic_auth, web

from tests.support.fake_provider import FakeProvider, Post, run

ACCOUNT, TOKEN = "AC0123456789abcdef0123456789abcdef", "twilio_token_123"
NUMBER = "+15005550006"
ERRORS = {
    "429": (429, 20429), "500": (500, 20500), "token_expired": (401, 20003), "window": (400, 63016),
    "blocked": (400, 21610), "bad": (400, 21408),
}  # fmt: skip


def signature(url: str, parameters: dict[str, str], token: str = TOKEN, algorithm: str = "sha1") -> str:
    """X-Twilio-Signature's value."""
    whole = url + "".join(name + value for name, value in sorted(parameters.items()))
    return base64.b64encode(hmac.new(token.encode(), whole.encode(), algorithm).digest()).decode()


class FakeTwilioMessages(FakeProvider):
    """One account with one number. `prefix` "whatsapp:" makes its customers WhatsApp's."""

    prefix = ""
    public_hook_url = ""  # what it signs; a proxy may stand between that and `hook_url`

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.looked_at: set[str] = set()  # messages whose price was asked for
        root = f"/2010-04-01/Accounts/{ACCOUNT}"
        self.app.router.add_post(f"{root}/Messages.json", self._messages)
        self.app.router.add_get(f"{root}.json", self._account)
        self.app.router.add_get(root + "/Messages/{message}.json", self._message)
        self.app.router.add_get(f"{root}/Messages/{{message}}/Media/{{media}}", self._media)
        self.app.router.add_get("/files/{name}", self._file)

    # --- what it is asked --------------------------------------------------------------------------------

    def refusal(self, fault: str) -> web.Response:
        status, code = ERRORS[fault]
        headers = {"Retry-After": "7"} if status == 429 else {}
        return web.json_response(
            {"code": code, "message": "refused", "status": status}, status=status, headers=headers
        )

    def _is_known(self, request: web.Request) -> bool:
        return request.headers.get("Authorization") == encode_basic_auth(ACCOUNT, TOKEN)

    async def _messages(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return self.refusal("token_expired")
        form = parse_qsl(await request.text(), keep_blank_values=True)

        def take() -> web.Response:
            sid = "SM" + hashlib.md5(self.number("out").encode()).hexdigest()
            told = dict(form)
            self.sent.append(
                {"id": sid, **told, "media": [value for name, value in form if name == "MediaUrl"]}
            )
            if self.has_echoes and "StatusCallback" in told:
                for status in ("queued", "sent", "delivered"):
                    self.status(sid, told["To"], status)
            return web.json_response({"sid": sid, "status": "queued", "num_segments": "1"}, status=201)

        return await self.sending(request, take)

    async def _message(self, request: web.Request) -> web.Response:
        """Its price is known after a while: not when it is asked for the first time."""
        if not self._is_known(request):
            return self.refusal("token_expired")
        sid = request.match_info["message"]
        price = "-0.00750" if sid in self.looked_at else None
        self.looked_at.add(sid)
        return web.json_response({"sid": sid, "num_segments": "1", "price": price, "price_unit": "USD"})

    async def _account(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return self.refusal("token_expired")
        return web.json_response({"sid": ACCOUNT, "status": "active"})

    async def _media(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return web.Response(status=401)
        raise web.HTTPTemporaryRedirect(f"{self.base_url}/files/{request.match_info['media']}")

    async def _file(self, request: web.Request) -> web.Response:
        if "Authorization" in request.headers:
            return web.Response(status=400)  # the store of files wants no login of ours
        return web.Response(body=b"\xff\xd8\xff\xe0 a picture", content_type="image/jpeg")

    # --- what it tells -----------------------------------------------------------------------------------

    def customer_says(self, customer: str, text: str, **more: str) -> str:
        sid = "SM" + hashlib.md5(self.number("in").encode()).hexdigest()
        form = {
            "MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "AccountSid": ACCOUNT,
            "From": self.prefix + customer, "To": self.prefix + NUMBER, "Body": text, "NumMedia": "0",
            "NumSegments": "1", "SmsStatus": "received", "ApiVersion": "2010-04-01",
        }  # fmt: skip
        self.post({**form, **more})
        return sid

    def status(self, sid: str, to: str, status: str, **more: str) -> None:
        """Puts one status callback into `pending`."""
        form = {"MessageSid": sid, "MessageStatus": status, "To": to, "From": self.prefix + NUMBER}
        self.post({**form, "AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", **more})

    def post(self, form: dict[str, str]) -> None:
        headers = {
            "X-Twilio-Signature": signature(self.public_hook_url or self.hook_url, form),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self.pending.append(Post(urlencode(form).encode(), headers))


if __name__ == "__main__":
    run(FakeTwilioMessages)
