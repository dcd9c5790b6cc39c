"""Everything a handler may call, in one value that `threadline.compose` fills."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from omnichannel.audit.reads import Reads
from omnichannel.cases.service import Cases
from omnichannel.channels.chat.service import Chat
from omnichannel.contacts.importing.service import ContactImports
from omnichannel.contacts.service import Contacts
from omnichannel.knowledge.service import Knowledge
from omnichannel.people.tokens import Tokens
from omnichannel.privacy.service import Privacy
from omnichannel.proofs.service import Proofs
from omnichannel.quality.service import Quality
from omnichannel.search.service import Search
from recordings.captions.service import Captions
from threadline.kernel.clock import Clock
from threadline.kernel.events import Bus
from web.administration_ports import AdministrationRooms
from web.automation_ports import AutomationRooms
from web.calendar_ports import Calendars
from web.channel_ports import ChannelRooms
from web.client_address import Proxies
from web.flow_ports import FlowRooms
from web.phone_ports import PhoneRooms
from web.ports import Calls, Files, Operations, People, Recordings, Router, Threads
from web.supervision_ports import FloorRooms
from web.twilio_ports import Twilio

Health = Literal["ok", "draining", "degraded"]


def _always_ok() -> Health:
    return "ok"


def _no_shop() -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Services:
    """`region` reads national phone numbers in searches. `https`: TLS ends before us, cookies are Secure.
    `proxies` are those whose X-Forwarded-For is believed.

    `operations` None: there is no SIP port to look after. `metrics_token` reads `/metrics`, beside admins.
    `shop` is the key of the chat of the demo's shop, if there is one.
    """

    people: People
    threads: Threads
    router: Router
    recordings: Recordings
    calls: Calls
    bus: Bus
    clock: Clock
    region: str = "VN"
    default_locale: str = "vi-VN"
    session_ttl_s: float = 12 * 3600.0
    https: bool = False
    proxies: Proxies = Proxies()  # noqa: RUF009  # never changes
    version: str = "0.1.0"
    health: Callable[[], Health] = _always_ok
    operations: Operations | None = None
    metrics_token: str | None = None
    files: Files | None = None
    chat: Chat | None = None
    proofs: Proofs | None = None
    tokens: Tokens | None = None
    shop: Callable[[], str | None] = _no_shop
    cases: Cases | None = None
    search: Search | None = None
    contacts: Contacts | None = None
    contact_imports: ContactImports | None = None
    channels: ChannelRooms | None = None
    calendars: Calendars | None = None
    automation: AutomationRooms | None = None
    privacy: Privacy | None = None
    reads: Reads | None = None
    twilio: Twilio | None = None
    phones: PhoneRooms | None = None
    administration: AdministrationRooms | None = None
    floor: FloorRooms | None = None
    flows: FlowRooms | None = None
    captions: Captions | None = None
    knowledge: Knowledge | None = None
    quality: Quality | None = None
