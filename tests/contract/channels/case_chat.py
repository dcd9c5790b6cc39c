"""The chat on a site: it has no provider, no webhook and a window that never closes."""

from datetime import timedelta

from omnichannel.channels.chat.channel import ChatChannel
from omnichannel.channels.chat.lobby import Lobby
from omnichannel.channels.port import Known, Opening
from tests.contract.channels.case import ENDPOINT_ID, ChannelCase, endpoint, hook

CASES = (
    ChannelCase(
        "chat",
        lambda outside, clock, secrets: ChatChannel(Lobby()),
        endpoint("chat", "shop", {"origins": "https://shop.example.vn"}, {}),
        Known("web_visitor", "v1", str(ENDPOINT_ID)),
        forged=(hook(b"{}", {}), hook(b'{"type":"message","visitor":"v1","key":"k","text":"x"}', {})),
        windows=((None, Opening.OPEN), (timedelta(days=400), Opening.OPEN)),
    ),
)
