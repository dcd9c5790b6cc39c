"""Whose Twilio account, and under which addresses Twilio reaches us. Pure."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

API = "https://api.twilio.com"


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """`tokens`: the auth tokens that may sign at present, the primary first; two while one replaces the other.

    `webhook_key` signs where the account uses shared keys and SHA-256. `key` and `secret`, an API key's, are used for
    REST where given. `by_twiml`: our numbers that work step by step by TwiML, without a stream.
    `numbers`: what calls out may show; without one there are none.
    """

    sid: str
    tokens: tuple[str, ...] = field(repr=False)
    webhook_key: str | None = field(default=None, repr=False)
    key: str | None = None
    secret: str | None = field(default=None, repr=False)
    base_url: str = API
    by_twiml: frozenset[str] = frozenset()
    numbers: tuple[str, ...] = ()
    calls_a_second: float = 1.0
    detects_machines: bool = False

    @property
    def login(self) -> tuple[str, str]:
        """Of REST requests."""
        if self.key is not None and self.secret is not None:
            return self.key, self.secret
        return self.sid, self.tokens[0]


@dataclass(frozen=True, slots=True)
class Doors:
    """Where Twilio finds us. `public_url` has no slash at its end; `sip` is HOST:PORT of our SIP port."""

    public_url: str
    sip: str = ""

    @property
    def again(self) -> str:
        return f"{self.public_url}/twilio/again"

    @property
    def status(self) -> str:
        return f"{self.public_url}/twilio/status"

    def begin(self, name: str) -> str:
        """For the first document of a call of ours by that name."""
        return f"{self.again}?call={name}"

    def told(self, name: str) -> str:
        """For callbacks of a call of ours by that name."""
        return f"{self.status}?call={name}"

    @property
    def keys(self) -> str:
        return f"{self.public_url}/twilio/keys"

    @property
    def recorded(self) -> str:
        return f"{self.public_url}/twilio/recorded"

    def sound(self, name: str) -> str:
        return f"{self.public_url}/twilio/sounds/{name}"

    @property
    def stream(self) -> str:
        """wss, whatever the pages' scheme says of TLS."""
        scheme, host, path, _, _ = urlsplit(self.public_url)
        return urlunsplit(("ws" if scheme == "http" else "wss", host, f"{path}/twilio/stream", "", ""))
