"""A shop's chat whose codes leave by a stand-in of Twilio and by a real SMTP server."""

import asyncio
import re
from dataclasses import dataclass
from typing import Final

from omnichannel.audit.service import Actor
from omnichannel.channels.chat.service import Chat
from omnichannel.channels.chat.token import Visitor
from omnichannel.channels.chat.wording import Said
from omnichannel.channels.port import Endpoint
from omnichannel.proofs.service import Proofs
from tests.support.fake_twilio.messages import FakeTwilioMessages
from tests.support.mail_sink import MailSink
from threadline.channels import Correspondence
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.events import Bus, Json
from threadline.kernel.ids import ThreadId, uuid7

LANS_PHONE: Final = "+84901234567"
LANS_MAIL: Final = "lan@example.com"
QUEUED: Final = "select count(*) from outbox where state = 'queued'"
HIMSELF: Final = Actor("system", "visitor")
CODE: Final = re.compile(r"\b\d{6}\b")


@dataclass(frozen=True, slots=True)
class Shop:
    """Everything a test of codes touches."""

    pool: Pool
    clock: VirtualClock
    bus: Bus
    rooms: Correspondence
    chat: Chat
    proofs: Proofs
    site: Endpoint
    twilio: FakeTwilioMessages
    sink: MailSink

    def visitor(self, letter: str) -> Visitor:
        return self.chat.visitor(self.site, letter * 43, None)

    async def says(self, who: Visitor, text: str, phone: str | None = None, email: str | None = None) -> None:
        """In the chat; it is an entry when this returns."""
        said = Said(key=str(uuid7(self.clock.now())), text=text, phone=phone, email=email)
        await self.chat.say(self.site, who, said)
        while await self.rooms.inbox.take_next():
            pass

    async def asks(self, who: Visitor, kind: str, value: str) -> Json:
        return await self.proofs.ask(self.site, who.value, kind, value, HIMSELF, "en")

    async def types(self, who: Visitor, code: str) -> Json:
        return await self.proofs.prove(self.site, who.value, code)

    async def deliver(self) -> None:
        """The outbox sends all it has."""
        async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
            running = tasks.create_task(self.rooms.outbound.run(), name="outbox")
            while await self.pool.fetchval(QUEUED):
                await asyncio.sleep(0.02)
            running.cancel()

    async def texted(self) -> str:
        """The code of the last SMS."""
        await self.deliver()
        found = CODE.search(str(self.twilio.sent[-1]["Body"]))
        assert found is not None
        return found[0]

    async def thread_of(self, who: Visitor) -> ThreadId:
        found = await self.pool.fetchval(
            "select r.thread from contact_identity i join thread t on t.contact_id = i.contact_id "
            "join thread_root r on r.asked = t.public_id where i.kind = 'web_visitor' and i.value = $1",
            who.value,
        )
        return ThreadId(found)

    async def trust(self, who: Visitor, value: str) -> int | None:
        """Of an identity, if it is the visitor's contact's."""
        found: int | None = await self.pool.fetchval(
            "select i.trust from contact_identity i join contact_identity v on v.contact_id = i.contact_id "
            "where v.value = $1 and i.value = $2 and i.replaced_by is null",
            who.value,
            value,
        )
        return found


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"
