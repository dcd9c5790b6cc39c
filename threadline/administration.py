"""Puts together what admins change of people, queues, phones, numbers and trunks."""

from collections.abc import Sequence

from omnichannel.administration.queues import Queues
from omnichannel.administration.rehearsal import Rehearsal
from omnichannel.administration.skills import Skills
from omnichannel.administration.users import Users
from omnichannel.administration.wrap_up import WrapUpCodes
from omnichannel.people import People
from omnichannel.rules.service import Rules
from telephony.administration.numbers import Numbers
from telephony.administration.phones import Phones
from telephony.administration.trunks import Trunks
from telephony.flow_book import FlowBook
from telephony.sip.server import SipServer
from telephony.sip.store import SipStore
from telephony.sip.trunks import TrunkConfig
from threadline.channels import Correspondence
from threadline.config import Settings
from threadline.db.pool import Pool
from web.administration_ports import AdministrationRooms


def open_administration(
    settings: Settings,
    pool: Pool,
    people: People,
    correspondence: Correspondence,
    flows: FlowBook,
    accounts: SipStore,
    trunks: Sequence[TrunkConfig],
    sip: SipServer,
    rules: Rules,
) -> AdministrationRooms:
    """`trunks`: those `sip` runs with."""
    audit = correspondence.audit
    return AdministrationRooms(
        users=Users(pool, people, audit),
        skills=Skills(pool, audit),
        queues=Queues(pool, audit, flows.leading_to),
        wrap_up=WrapUpCodes(pool, audit),
        numbers=Numbers(pool, flows, audit.note),
        trunks=Trunks(pool, accounts, trunks, sip, audit.note),
        phones=Phones(pool, accounts, settings.realm, sip, audit.note),
        rehearsal=Rehearsal(pool, rules),
    )
