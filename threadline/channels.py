"""Puts the channels' rooms together: endpoints, inbox, messages, outbox and the files that come and go with them."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from omnichannel.attachments.scan import scanner_of
from omnichannel.attachments.service import Attachments
from omnichannel.audit.service import Audit
from omnichannel.channels.email import html
from omnichannel.channels.email.channel import EmailChannel
from omnichannel.channels.email.follower import EmailFollower
from omnichannel.channels.messenger import Messenger
from omnichannel.channels.outside import Outside
from omnichannel.channels.port import Channel
from omnichannel.channels.registry import Registry
from omnichannel.channels.twilio_messages import Sms, WhatsAppByTwilio
from omnichannel.channels.webhook import WebhookChannel
from omnichannel.channels.whatsapp import WhatsApp
from omnichannel.channels.zalo import Zalo
from omnichannel.contacts.meeting import meet
from omnichannel.endpoints.connecting import Connections
from omnichannel.endpoints.fetchers import Fetchers
from omnichannel.endpoints.service import Endpoints
from omnichannel.figures import Figures
from omnichannel.inbound.downloads import FileFetcher
from omnichannel.inbound.service import Inbox
from omnichannel.messages import Messages
from omnichannel.outbound.sender import Sending
from omnichannel.outbound.service import Outbound
from omnichannel.ports import CleanHtml, Follower
from omnichannel.prices.service import Prices
from threadline.config import Settings
from threadline.db.bell import Bells
from threadline.db.pool import Pool
from threadline.ending import run_together
from threadline.kernel.clock import Clock
from threadline.kernel.events import Bus
from threadline.secret_key import SecretKey

FILES_KEY = "files"
EMAIL_KEY = "email answers"
CONNECT_KEY = "sign-in with providers"


@dataclass(frozen=True, slots=True)
class Correspondence:
    """Every service of the channels. `followers` may grow until the first message is taken."""

    audit: Audit
    endpoints: Endpoints
    connections: Connections
    registry: Registry
    messages: Messages
    inbox: Inbox
    outbound: Outbound
    files: Attachments
    fetchers: Fetchers
    downloads: FileFetcher
    figures: Figures
    prices: Prices
    bells: Bells
    followers: list[Follower] = field(default_factory=list)

    async def run(self) -> None:
        """Until cancelled."""
        await run_together(
            bells=self.bells.run(), inbox=self.inbox.run(), outbox=self.outbound.run(), fetchers=self.fetchers.run(),
            downloads=self.downloads.run(), vault=self.files.run(), prices=self.prices.run(),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parts:
    """What a channel may be made of."""

    pool: Pool
    clock: Clock
    bus: Bus
    outside: Outside
    endpoints: Endpoints
    files: Attachments
    key: SecretKey


More: TypeAlias = Callable[[Parts], Sequence[Channel]]


@asynccontextmanager
async def open_correspondence(
    settings: Settings,
    pool: Pool,
    clock: Clock,
    bus: Bus,
    key: SecretKey,
    *,
    more: Sequence[More] = (),
    clean_html: CleanHtml | None = None,
    sending: Sending | None = None,
) -> AsyncIterator[Correspondence]:
    """Ready to `run`. `more` makes channels beside those of providers; leaving closes what reaches outside."""
    async with AsyncExitStack() as stack:
        audit = Audit(pool, clock)
        endpoints = Endpoints(pool, clock, key, settings.public_url)
        files = Attachments(
            pool,
            clock,
            settings.data_dir / "files",
            key.derived(FILES_KEY),
            settings.public_url,
            scanner=scanner_of(settings.scan_files),
        )
        await files.recover()
        outside = await stack.enter_async_context(Outside())
        parts = Parts(pool, clock, bus, outside, endpoints, files, key)
        registry = Registry([*_providers(parts), *(channel for make in more for channel in make(parts))])
        prices = Prices(pool, clock, bus, endpoints, registry)
        # the mails' first: it says which work item a mail belongs to
        followers: list[Follower] = [EmailFollower(), prices]
        messages = Messages(
            pool, clock, bus, files, followers, meet=meet, clean_html=clean_html or html.clean
        )
        inbox = Inbox(pool, clock, messages, endpoints, registry)
        outbound = Outbound(
            pool,
            clock,
            bus,
            endpoints,
            registry,
            files,
            followers,
            sending=sending or Sending(),
            learn=messages.take,
            seal=key,
        )
        downloads = FileFetcher(pool, clock, bus, endpoints, registry, files, messages.files_wait)
        yield Correspondence(
            audit=audit,
            endpoints=endpoints,
            connections=Connections(clock, endpoints, registry, key, key.derived(CONNECT_KEY)),
            registry=registry,
            messages=messages,
            inbox=inbox,
            outbound=outbound,
            files=files,
            fetchers=Fetchers(endpoints, registry, inbox),
            downloads=downloads,
            figures=Figures(clock, inbox, outbound, endpoints),
            prices=prices,
            bells=Bells(pool, inbox.bell, outbound.bell, endpoints.switched, downloads.bell),
            followers=followers,
        )


def _providers(parts: Parts) -> list[Channel]:
    outside, clock = parts.outside, parts.clock
    return [
        WebhookChannel(outside),
        EmailChannel(parts.pool, clock, outside, parts.endpoints.secret_store, parts.key.derived(EMAIL_KEY)),
        Messenger(outside, clock),
        WhatsApp(outside, clock),
        Zalo(outside, clock, parts.endpoints.secret_store),
        Sms(outside, clock),
        WhatsAppByTwilio(outside, clock),
    ]
