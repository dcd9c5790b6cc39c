"""Where a call we place goes: the phones of an account, or the ways into a trunk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from telephony.sip.accounts import Binding
from telephony.sip.branches import Destination
from telephony.sip.caller_id import escape_user, from_header
from telephony.sip.handlers import CallerId
from telephony.sip.outgoing import Invitation
from telephony.sip.trunks import Trunk
from telephony.sip.wire import Flow

RESERVED_HEADERS: Final = frozenset(
    {"via", "from", "to", "call-id", "cseq", "contact", "content-length", "content-type", "route", "record-route",
     "max-forwards", "authorization", "proxy-authorization", "allow",
     "supported", "require", "session-expires", "min-se", "p-asserted-identity", "privacy"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ToAccount:
    """Every phone of an account rings."""

    username: str


@dataclass(frozen=True, slots=True)
class ToTrunk:
    """A number, dialled through a trunk. `payer`: whose calls and minutes are capped together."""

    name: str
    number: str
    payer: str = "anyone"


Target = ToAccount | ToTrunk


@dataclass(frozen=True, slots=True)
class Plan:
    """A call about to be placed; `invitation` still lacks the session description and the extra headers."""

    peer: str
    invitation: Invitation
    destinations: list[Destination]


def to_account(target: ToAccount, phones: Sequence[Binding], caller: CallerId, host: str) -> Plan:
    destinations: list[Destination] = []
    for phone in phones:
        source, _, port = phone.source.rpartition(":")
        destinations.append(Destination(phone.contact, Flow(phone.transport, source, int(port))))
    to = f"<sip:{escape_user(target.username)}@{host}>"
    invitation = Invitation(from_header(caller, host), to, None, "", account=target.username)
    return Plan(target.username, invitation, destinations)


def to_trunk(target: ToTrunk, trunk: Trunk | None, caller: CallerId, host: str) -> Plan:
    destinations = _ways_through(trunk, target.number)
    to = f"<{destinations[0].uri}>" if destinations else "<sip:nowhere.invalid>"
    extra = ""
    if caller.withheld:
        extra = "Privacy: id\r\n"
        if caller.number and trunk is not None and trunk.config.trusted:  # RFC 3325: for the carrier only
            extra += f"P-Asserted-Identity: <sip:{escape_user(caller.number)}@{host}>\r\n"
    invitation = Invitation(from_header(caller, host), to, None, extra, trunk, trunk)
    return Plan(f"{target.name}:{target.number}", invitation, destinations)


def _ways_through(trunk: Trunk | None, number: str) -> list[Destination]:
    """The trunk's addresses in the order they are to be tried."""
    if trunk is None or trunk.config.host is None:
        return []
    config = trunk.config
    port = "" if config.port == 5060 else f":{config.port}"
    uri = f"sip:{escape_user(number)}@{config.uri_host}{port}"
    return [Destination(uri + _transport(flow), flow) for flow in trunk.ways()]


def _transport(flow: Flow) -> str:
    return "" if flow.transport == "udp" else f";transport={flow.transport}"


def extra_lines(headers: Mapping[str, str]) -> str:
    """A caller's own headers as lines; those that are ours to write are left out."""
    return "".join(
        f"{name}: {_one_line(value)}\r\n"
        for name, value in headers.items()
        if name.lower() not in RESERVED_HEADERS
    )


def _one_line(value: str) -> str:
    return "".join(char for char in value if char >= " " and char != "\x7f")
