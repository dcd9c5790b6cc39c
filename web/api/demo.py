"""The demo's shop: a page such as any site's, with the chat on it. There is none outside the demo."""

from pathlib import Path
from typing import Final

from aiohttp import web

from threadline.kernel.errors import NotFound
from web.api.endpoint import Ask, endpoint
from web.auth import PUBLIC

PAGE: Final = Path(__file__).resolve().parent.parent / "static" / "demo" / "shop.html"
WORDS: Final = {
    "vi": ("Mát lạnh cả mùa, lắp đặt trong ngày", "Điện máy chính hãng, thợ của chúng tôi lắp đặt và bảo hành tại nhà."),
    "en": ("Cool all season, installed within a day", "Genuine appliances, installed and looked after by our own technicians."),
}  # fmt: skip


@endpoint("GET /demo/shop", roles=PUBLIC, produces="text/html")
async def show_shop(ask: Ask) -> web.Response:
    """The demo's shop."""
    key = ask.services.shop()
    if key is None:
        raise NotFound
    language = "en" if ask.request.query.get("lang") == "en" else "vi"
    text = PAGE.read_text("utf-8")
    for name, value in zip(
        ("lang", "key", "headline", "lead"), (language, key, *WORDS[language]), strict=True
    ):
        text = text.replace(f"{{{name}}}", value)
    return web.Response(text=text, content_type="text/html")
