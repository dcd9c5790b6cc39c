"""The demo's shop on the web: its chat, made once."""

from typing import Final, Protocol
from uuid import UUID

from omnichannel.endpoints.service import Endpoints

ADDRESS: Final = "demo-shop"
TITLE: Final = "An Bình Điện máy"
COLOUR: Final = "#b4552d"


class Channels(Protocol):
    """Where the chat's endpoint is kept."""

    @property
    def endpoints(self) -> Endpoints: ...


async def open_chat(channels: Channels, queue: str) -> UUID:
    """The key of the shop's chat, which is made and switched on the first time; who switched it off finds it on again."""
    for known in await channels.endpoints.everything():
        if known["kind"] == "chat" and known["address"] == ADDRESS:
            key = UUID(str(known["id"]))
            break
    else:
        config = {"colour": COLOUR, "origins": ""}
        key = (await channels.endpoints.add("chat", ADDRESS, TITLE, config, {}, queue)).id
    await channels.endpoints.switch(key, "on")
    return key
