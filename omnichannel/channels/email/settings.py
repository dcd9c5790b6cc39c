"""What an admin fills in for a mailbox, and its reading. Pure."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from omnichannel.channels.port import Endpoint, Field
from omnichannel.identity import normal_email
from threadline.kernel.errors import Invalid

Security: TypeAlias = Literal["tls", "starttls", "none"]
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
FIELDS: Final = (
    Field("imap_host", example="imap.example.com"),
    Field("imap_port", is_required=False, default="993"),
    Field("imap_security", is_required=False, default="tls", example="tls, starttls"),
    Field("smtp_host", example="smtp.example.com"),
    Field("smtp_port", is_required=False, default="587"),
    Field("smtp_security", is_required=False, default="starttls", example="tls, starttls"),
    Field("username", is_required=False, example="support@example.com"),
    Field("auth", is_required=False, default="password", example="password, xoauth2"),
    Field("password", is_secret=True, is_required=False),
    Field("folders", is_required=False, default="INBOX", example="INBOX, Sent"),
    Field("start", is_required=False, default="new", example="new, all"),
    Field("sender_name", is_required=False),
    Field("aliases", is_required=False, example="sales@example.com, info@example.com"),
    Field("plus", is_required=False, default="yes", example="yes, no"),
    Field("authserv_id", is_required=False, example="mx.example.com"),
    Field("poll_s", is_required=False, default="60"),
    Field(
        "token_url", is_required=False, example="https://login.microsoftonline.com/TENANT/oauth2/v2.0/token"
    ),
    Field("authorize_url", is_required=False),
    Field("client_id", is_required=False),
    Field("scope", is_required=False),
    Field("client_secret", is_secret=True, is_required=False),
    Field("refresh_token", is_secret=True, is_required=False),
    Field("hook_secret", is_secret=True, is_required=False),
)


@dataclass(frozen=True, slots=True)
class Server:
    """Where and how a mail server is reached. `security` none is for a server on this machine only."""

    host: str
    port: int
    security: Security


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One mailbox as configured. `own` are the addresses that are ours, the first being the mailbox's own."""

    own: tuple[str, ...]
    imap: Server
    smtp: Server
    username: str
    has_oauth: bool
    folders: tuple[str, ...]
    takes_old: bool
    sender_name: str
    has_plus: bool
    authserv_id: str
    poll_s: float

    @property
    def address(self) -> str:
        return self.own[0]

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


def mailbox(endpoint: Endpoint) -> Mailbox:
    """The endpoint's configuration. Raises Invalid, naming the field."""
    got = {field.name: (endpoint.config.get(field.name) or field.default).strip() for field in FIELDS}
    return Mailbox(
        own=own_addresses(endpoint),
        imap=_server("imap", got),
        smtp=_server("smtp", got),
        username=got["username"] or endpoint.address,
        has_oauth=_one_of("auth", got["auth"], ("password", "xoauth2")) == "xoauth2",
        folders=tuple(name for part in got["folders"].split(",") if (name := part.strip())) or ("INBOX",),
        takes_old=_one_of("start", got["start"], ("new", "all")) == "all",
        sender_name=got["sender_name"] or endpoint.title,
        has_plus=has_plus(endpoint),
        authserv_id=got["authserv_id"].lower(),
        poll_s=max(1.0, _number("poll_s", got["poll_s"])),
    )


def own_addresses(endpoint: Endpoint) -> tuple[str, ...]:
    """The mailbox's address and its aliases. Raises Invalid."""
    raw = [endpoint.address, *endpoint.config.get("aliases", "").split(",")]
    found = [normal for one in raw if (normal := normal_email(one)) is not None]
    if not found or normal_email(endpoint.address) != found[0]:
        raise Invalid("address: no e-mail address can be read from it")
    return tuple(dict.fromkeys(found))


def has_plus(endpoint: Endpoint) -> bool:
    """Whether the server delivers name+anything@domain to name@domain. Raises Invalid."""
    return _one_of("plus", (endpoint.config.get("plus") or "yes").strip(), ("yes", "no")) == "yes"


def _server(name: str, got: dict[str, str]) -> Server:
    host, security = got[f"{name}_host"], got[f"{name}_security"]
    if not host:
        raise Invalid(f"{name}_host: the server's name is missing")
    _one_of(f"{name}_security", security, ("tls", "starttls", "none"))
    if security == "none" and host not in LOOPBACK:
        raise Invalid(f"{name}_security: without encryption only a server on this machine is talked to")
    return Server(host, int(_number(f"{name}_port", got[f"{name}_port"])), security)  # type: ignore[arg-type]


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise Invalid(f"{name}: one of {', '.join(allowed)}")
    return value


def _number(name: str, value: str) -> float:
    if not value.isdecimal() or not 0 < int(value) < 65_536:
        raise Invalid(f"{name}: a whole number from 1 to 65535")
    return float(value)
