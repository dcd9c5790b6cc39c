"""Where an agent may send a customer, or whom he may ask: what a page names, made into a phone that rings or a flow."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from uuid import UUID

from telephony.callee import Callee, agents_phone, at_extension, outside
from telephony.errors import ControlRefused
from telephony.flow_book import Answering
from telephony.line import Line
from telephony.queue_flow import queue_flow
from telephony.store import Route
from threadline.kernel.errors import NotFound
from threadline.kernel.events import JsonValue
from threadline.kernel.ids import AgentId

Named = Mapping[str, JsonValue]
"""{kind, id}: agent and its id, extension, number, queue and its name, flow and its name."""

FLOWS: Final = frozenset({"queue", "flow", "number"})


class Destinations:
    """Of one call. What can't be reached raises ControlRefused."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def answering(self, named: Named) -> Answering | None:
        """What takes the customer without a person: a queue, a flow, a number of ours. None: it names a phone."""
        kind, name = str(named["kind"]), str(named["id"])
        if kind not in FLOWS:
            return None
        if kind == "number":
            return self._line.house.flows.answering(name)
        return await self._queue(name) if kind == "queue" else self._flow(name)

    async def _queue(self, name: str) -> Answering:
        book = self._line.house.queues
        try:
            facts = None if book is None else await book.queue_facts(name)
        except NotFound:
            facts = None
        if facts is None:
            raise ControlRefused("no_such_target", "There is no such queue.")
        if not facts["is_open"]:
            raise ControlRefused("closed", "This queue is closed now.")
        return Answering(self._route("sent_to_queue"), queue_flow(name, self._line.language), 0)

    def _flow(self, name: str) -> Answering:
        found = self._line.house.flows.published(name)
        if found is None or found[1].head.kind == "module":
            raise ControlRefused("no_such_target", "There is no such flow.")
        return Answering(self._route(name), found[1], found[0])

    def _route(self, flow: str) -> Route:
        """That of the number the call came by, whose recordings and names go on."""
        dialled = self._line.dialled
        found = None if dialled is None else self._line.house.flows.answering(dialled)
        if found is None:
            return Route(dialled or "", dialled or "", flow, None, self._line.house.region, record=False)
        return replace(found.route, flow_id=flow)

    async def callee(self, named: Named, by: AgentId | None) -> Callee:
        """Whose phone rings. `by` asks for it: calls out are on his account."""
        kind, name = str(named["kind"]), str(named["id"])
        if kind == "agent":
            return await self._agent(name)
        if kind == "extension":
            return _there(await at_extension(self._line.house, name))
        if kind == "number":
            return await self._number(name, by)
        raise ControlRefused("not_possible", "Only people can be asked or added.")

    async def _agent(self, name: str) -> Callee:
        house = self._line.house
        try:
            agent = AgentId(UUID(name))
        except ValueError:
            raise ControlRefused("no_such_target", "There is no such agent.") from None
        if house.attendance is not None and not await house.attendance.is_free(agent):
            raise ControlRefused("occupied", "He is on another call.")
        return _there(await agents_phone(house, agent, self._line.view.queue))

    async def _number(self, number: str, by: AgentId | None) -> Callee:
        house = self._line.house
        account = await house.store.account_dialled(number, house.region)
        if account is not None:
            return _there(await at_extension(house, account))
        payer = "supervisor" if by is None else f"agent {await house.desks.login_of(by)}"
        return await outside(house, number, self._line.view.queue, payer)


def _there(found: Callee | None) -> Callee:
    if found is None:
        raise ControlRefused("unreachable", "His phone is not there.")
    return found
