"""Every channel this server speaks, by kind."""

from collections.abc import Iterable, Mapping

from omnichannel.channels.port import Channel
from omnichannel.errors import EndpointUnreadable


class Registry:
    """`channels`: kind to channel."""

    channels: Mapping[str, Channel]

    def __init__(self, channels: Iterable[Channel]) -> None:
        self.channels = {channel.kind: channel for channel in channels}

    def channel(self, kind: str) -> Channel:
        """Raises EndpointUnreadable for a kind this server does not speak."""
        found = self.channels.get(kind)
        if found is None:
            raise EndpointUnreadable(f"this server has no channel {kind}")
        return found
