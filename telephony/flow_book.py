"""Flows in force: which revision answers which number, and how a new one gets there.

Everything a call needs is in memory; a call keeps the Flow object, hence the revision, it started with.
"""

import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from ivr_flows.calendar import Calendar
from ivr_flows.check import Catalogue, check
from ivr_flows.findings import Finding, FlowRejected
from ivr_flows.model import Flow
from ivr_flows.parse import parse_flow
from ivr_flows.texts import all_texts
from telephony.store import Revision, Route, TelephonyStore
from threadline.kernel.clock import Clock
from threadline.kernel.errors import NotFound
from threadline.kernel.events import Json

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answering:
    """What answers a number."""

    route: Route
    flow: Flow
    revision: int


class FlowBook:
    """Saves, publishes and looks up flows. `catalogue` says which queues, skills, … exist now."""

    def __init__(
        self,
        store: TelephonyStore,
        clock: Clock,
        catalogue: Callable[[], Awaitable[Catalogue]],
        render: Callable[[Iterable[tuple[str, str]]], Awaitable[int]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._catalogue = catalogue
        self._render = render
        self._routes: dict[str, Route] = {}
        self._published: dict[str, tuple[int, Flow]] = {}
        self._pinned: dict[tuple[str, int], Flow] = {}
        self.calendars: Mapping[str, Calendar] = {}

    async def load(self) -> None:
        """Reads everything in force; at start and after each change."""
        self._routes = {route.number: route for route in await self._store.routes()}
        self.calendars = {
            row["id"]: Calendar.of(row["timezone"], row["weekly"], row["holidays"])
            for row in await self._store.calendars()
        }
        self._published = {
            found.flow_id: (found.n, flow)
            for found in await self._store.published_revisions()
            if (flow := _read(found)) is not None
        }
        for route in self._routes.values():
            if (
                route.revision is not None
                and (found := await self._store.revision(route.flow_id, route.revision))
                and (flow := _read(found)) is not None
            ):
                self._pinned[route.flow_id, route.revision] = flow

    def answering(self, number: str) -> Answering | None:
        """What answers a number, or None: nobody published it, or its flow has no revision in force."""
        route = self._routes.get(number)
        if route is None:
            return None
        if route.revision is not None:
            pinned = self._pinned.get((route.flow_id, route.revision))
            return None if pinned is None else Answering(route, pinned, route.revision)
        found = self._published.get(route.flow_id)
        return None if found is None else Answering(route, found[1], found[0])

    async def save(self, yaml: str, author: str, message: str) -> tuple[str, int, list[Finding]]:
        """Stores a text as an immutable revision: (flow id, number, warnings).

        Raises FlowRejected with every error found; then nothing is stored and what is in force stays so.
        """
        flow = parse_flow(yaml, "flow")
        findings = check(flow, await self._catalogue())
        errors = [finding for finding in findings if finding.severity == "error"]
        if errors:
            raise FlowRejected(findings)
        sha256 = hashlib.sha256(yaml.encode()).hexdigest()
        number = await self._store.save_revision(flow.id, sha256, author, message, yaml, self._clock.now())
        return flow.id, number, findings

    async def publish(self, flow_id: str, number: int) -> None:
        """Speaks its prompts, then moves the pointer. Raises NotFound."""
        found = await self._store.revision(flow_id, number)
        if found is None:
            raise NotFound(f"flow {flow_id} has no revision {number}")
        await self._render(all_texts(parse_flow(found.yaml, f"{flow_id}@{number}")))
        await self._store.publish_revision(flow_id, number)
        await self.load()

    async def set_route(
        self, number: str, title: str, flow_id: str, region: str = "VN", *, record: bool = True
    ) -> None:
        """Publishes a number, as it is dialled, for a flow."""
        await self._store.upsert_route(Route(number, title, flow_id, None, region, record))
        await self.load()

    async def set_calendar(self, name: str, timezone: str, weekly: Json, holidays: list[Json]) -> None:
        """Opening hours as in the table: {"mon": [["08:00", "21:00"]]}, [{"date": "2026-02-17", "name": "Tết"}]."""
        Calendar.of(timezone, weekly, holidays)  # refuses what it can't read, before it is stored
        await self._store.upsert_calendar(name, timezone, weekly, holidays)
        await self.load()


def _read(found: Revision) -> Flow | None:
    """A stored revision, or None when this version can't read it: its numbers are silent, the others go on."""
    try:
        return parse_flow(found.yaml, f"{found.flow_id}@{found.n}")
    except FlowRejected as exc:
        log.error("flow can't be read", extra={"flow": found.flow_id, "revision": found.n, "error": str(exc)})
        return None
