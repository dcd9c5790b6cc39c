"""Whom a call can ring: an agent by whatever phone he has chosen, an account of ours, a number outside."""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from telephony.errors import ControlRefused, TelephonyError
from telephony.legs.base import Refused
from telephony.legs.browser import BrowserLeg
from telephony.line import House, Line, Phone
from telephony.screening import mobile_of
from telephony.sip.server import CallerId, Target, ToAccount, ToTrunk
from telephony.ways_out import Way
from threadline.kernel.ids import AgentId
from threadline.kernel.phone import to_e164

AGENT_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Callee:
    """`name` is for people. `target` None: the agent's page. `way` is set for what lies outside.

    `is_screened`: anybody may answer, so whoever does has to press a key (telephony.screening).
    """

    name: str
    agent: AgentId | None
    target: Target | None
    way: Way | None = None
    is_screened: bool = False


async def agents_phone(house: House, agent: AgentId, queue: str | None = None) -> Callee | None:
    """What rings for an agent; None: nothing would. `queue` chooses the number a mobile phone is shown."""
    kind, extension = await house.desks.phone_of(agent), await house.desks.extension_of(agent)
    if kind == "browser" and house.phones is not None:
        return Callee(extension or "browser", agent, None) if house.phones.is_there(agent) else None
    if kind == "mobile":
        mobile = await mobile_of(house, agent, queue)
        if mobile is None:
            return None
        return Callee(mobile.number, agent, mobile.target, mobile.way, is_screened=True)
    if extension is None or not house.sip.is_registered(extension):
        return None
    return Callee(extension, agent, ToAccount(extension))


def page_of(house: House, agent: AgentId) -> Callee | None:
    """A page of his that is his phone for the moment, whatever he has chosen; None: there is none."""
    is_there = house.phones is not None and house.phones.is_there(agent)
    return Callee("browser", agent, None) if is_there else None


async def at_extension(house: House, extension: str) -> Callee | None:
    """The phone of the agent who has this extension, else the account of that name; None: nothing would ring."""
    agent = await house.desks.agent_at(extension)
    if agent is not None and await house.desks.phone_of(agent) != "sip":
        return await agents_phone(house, agent)
    is_there = house.sip.is_registered(extension)
    return Callee(extension, agent, ToAccount(extension)) if is_there else None


async def inside(house: House, account: str) -> Callee | None:
    """What a call between phones of ours rings: the page of the agent who chose it, else the account's phones; None: nothing."""
    agent = await house.desks.agent_at(account)
    if agent is not None and await house.desks.phone_of(agent) == "browser":
        page = await agents_phone(house, agent)
        if page is not None:
            return page
    return Callee(account, None, ToAccount(account)) if house.sip.is_registered(account) else None


async def is_free(house: House, callee: Callee) -> bool:
    """Nobody talks or rings at the page of this agent. A phone of his says itself whether it takes one call more."""
    book = house.attendance
    return book is None or callee.agent is None or await book.is_free(callee.agent)


async def transfers_to(house: House, to: str, payer: str, shown: str) -> Callee | None:
    """Where a flow's transfer goes: `trunk:NAME/NUMBER`, an agent's id, or an account of ours, with or without `sip:`."""
    kind, _, rest = to.partition(":")
    if kind == "trunk":
        name, _, number = rest.partition("/")
        return Callee(to, None, ToTrunk(name, number, payer), Way(name, shown))
    if kind == "agent" and AGENT_ID.fullmatch(rest):
        return await agents_phone(house, AgentId(UUID(rest)))
    account = rest if kind in ("agent", "sip") and rest else to
    return await at_extension(house, account.partition("@")[0])


async def outside(house: House, number: str, queue: str | None, payer: str) -> Callee:
    """A number by the way that shows what the queue shows. Raises ControlRefused: no_such_target, no_trunk, not_dialled."""
    wanted = to_e164(number, house.region)
    if wanted is None:
        raise ControlRefused("no_such_target", "This is no telephone number.")
    shown = await house.store.caller_id_of(queue)
    way = None if shown is None else house.ways.showing(shown)
    if way is None:
        raise ControlRefused("no_trunk", "There is no trunk for calls out.")
    policy = house.sip.watch.policy
    if policy is not None and policy.why_not(way.name, wanted) is not None:
        raise ControlRefused("not_dialled", "Numbers of this kind are not dialled.")
    return Callee(wanted, None, ToTrunk(way.name, wanted, payer), way)


def leg_to(line: Line, callee: Callee) -> Phone:
    """A leg of this call for `dial`."""
    if callee.target is None:
        assert callee.agent is not None
        return line.browser_leg(callee.agent)
    role = "outside" if callee.agent is None else "agent"
    if callee.way is not None:
        return line.leg_out(callee.way.name, callee.name, role, callee.agent)
    return line.new_leg(callee.name, role, callee.agent)


async def dial(
    line: Line,
    leg: Phone,
    callee: Callee,
    shown: str,
    *,
    display: str | None = None,
    takes_itself: bool = False,
) -> None:
    """Rings as from `shown`; what comes of it comes to the call's inbox, a failure too.

    `display`: the name that belongs to it. `takes_itself`: he asked for it himself.
    """
    try:
        if isinstance(leg, BrowserLeg):
            if not await leg.ring_page(shown, name=display, takes_itself=takes_itself):
                line.inbox.put_nowait(Refused(leg.id, 480, "no page to ring"))
            return
        assert callee.target is not None
        seen = shown if callee.way is None else callee.way.shown
        await leg.dial(line.house.sip, callee.target, CallerId(seen, display, withheld=False))
    except TelephonyError as exc:
        line.inbox.put_nowait(Refused(leg.id, 503, str(exc)))
    else:
        if leg.sip_call:
            line.house.sip.watch.ring.belongs(leg.sip_call, str(line.call))
