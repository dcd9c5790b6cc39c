"""What the browser phones get from the settings: their port, and the servers that help browsers out of a strict network."""

import base64
import hashlib
import hmac
from datetime import timedelta

from telephony.phones import EdgePlace
from threadline.config import Settings
from threadline.kernel.clock import Clock
from threadline.kernel.events import JsonValue
from threadline.kernel.ids import AgentId

TURN_FOR = timedelta(days=1)


def edge_place(settings: Settings) -> EdgePlace:
    """Where browsers' sound arrives."""
    return EdgePlace(settings.phone_media.host, settings.phone_media.port, settings.public_host)


class IceServers:
    """The `iceServers` of an RTCPeerConnection. TURN passwords are made for one agent and a day."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._urls = settings.ice_servers
        self._secret = settings.turn_secret
        self._clock = clock

    def for_agent(self, agent: AgentId) -> list[JsonValue]:
        """[{urls, username?, credential?}]; a TURN server without `turn_secret` is left out: it would refuse."""
        stun = [url for url in self._urls if url.startswith("stun")]
        turn = [url for url in self._urls if url.startswith("turn")]
        found: list[JsonValue] = [{"urls": list[JsonValue](stun)}] if stun else []
        if turn and self._secret is not None:
            until = int((self._clock.now() + TURN_FOR).timestamp())
            name = f"{until}:{agent}"
            digest = hmac.new(
                self._secret.encode(), name.encode(), hashlib.sha1
            ).digest()  # what TURN servers expect
            credential = base64.b64encode(digest).decode()
            found.append({"urls": list[JsonValue](turn), "username": name, "credential": credential})
        return found
