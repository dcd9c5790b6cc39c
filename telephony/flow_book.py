"""Flows in force: which revision answers which number, and how a new one gets there.

Everything a call needs is in memory; a call keeps the Flow object, hence the revision, it started with, and the
modules that were published then.
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ivr_flows.calendar import Calendar
from ivr_flows.check import Catalogue, check
from ivr_flows.findings import Finding, FlowRejected
from ivr_flows.link import linked
from ivr_flows.model import Flow
from ivr_flows.parse import parse_flow
from ivr_flows.simulate import run_tests
from ivr_flows.texts import all_texts
from ivr_flows.trace import Trace
from ivr_flows.words import BoxName, QueueName, walk
from telephony.canaries import Canary
from telephony.canaries.store import CanaryStore
from telephony.flow_world import FlowAlone, FlowWorld
from telephony.store import Revision, Route, TelephonyStore
from threadline.kernel.clock import Clock
from threadline.kernel.errors import NotFound, Refused
from threadline.kernel.events import Json

log = logging.getLogger(__name__)


class TestsRed(Refused):
    """A test of the flow fails: it is not published."""

    __test__ = False

    def __init__(self, traces: Sequence[Trace]) -> None:
        """`traces` are the failing tests' simulated calls."""
        self.traces = tuple(traces)
        first = traces[0]
        super().__init__(f"the test “{first.name}” fails: {first.failures[0]}")


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
        canaries: CanaryStore | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._catalogue = catalogue
        self._render = render
        self._canary_store = canaries
        self._routes: dict[str, Route] = {}
        self._published: dict[str, tuple[int, Flow]] = {}
        self._pinned: dict[tuple[str, int], Flow] = {}
        self._canaries: dict[str, Canary] = {}
        self.calendars: Mapping[str, Calendar] = {}
        self.world: FlowWorld = FlowAlone()

    async def load(self) -> None:
        """Reads everything in force; at start and after each change."""
        self._routes = {route.number: route for route in await self._store.routes()}
        self.calendars = {
            row["id"]: Calendar.of(row["timezone"], row["weekly"], row["holidays"])
            for row in await self._store.calendars()
        }
        canaries = [] if self._canary_store is None else await self._canary_store.canaries()
        self._canaries = {canary.number: canary for canary in canaries}
        read = {
            found.flow_id: (found.n, flow)
            for found in await self._store.published_revisions()
            if (flow := _read(found)) is not None
        }
        self._published = read
        self._published = {name: (n, linked(flow, self.modules)) for name, (n, flow) in read.items()}
        self._pinned.clear()  # the modules they were linked with may be others now
        for route in self._routes.values():
            for number in (route.revision, self._revision_tried(route.number)):
                if number is not None:
                    await self.pin(route.flow_id, number)

    def _revision_tried(self, number: str) -> int | None:
        canary = self._canaries.get(number)
        return None if canary is None else canary.revision

    async def pin(self, flow_id: str, number: int) -> Flow | None:
        """One revision, read and kept; None when it is not there or can't be read."""
        if (flow_id, number) not in self._pinned:
            found = await self._store.revision(flow_id, number)
            flow = None if found is None else _read(found)
            if flow is None:
                return None
            self._pinned[flow_id, number] = linked(flow, self.modules)
        return self._pinned[flow_id, number]

    @property
    def modules(self) -> dict[str, Flow]:
        """Everything published that a call may get into from another flow: modules, and flows it is handed on to."""
        return {name: flow for name, (_, flow) in self._published.items()}

    def leading_to(self, queue: str) -> list[str]:
        """Which flows in force name a queue or its voicemail: published ones, and revisions a number is bound to or tries."""
        in_force = [*self.modules.items(), *((name, flow) for (name, _), flow in self._pinned.items())]
        return sorted({name for name, flow in in_force if _leads_to(flow, queue)})

    def published(self, flow_id: str) -> tuple[int, Flow] | None:
        """(revision, flow) in force."""
        return self._published.get(flow_id)

    def answering(self, number: str, caller: str | None = None) -> Answering | None:
        """What answers a number, or None: nobody published it, or its flow has no revision in force.

        `caller` decides who of a canary's share hears it; nobody without one does.
        """
        route = self._routes.get(number)
        if route is None:
            return None
        canary = self._canaries.get(number)
        if canary is not None and caller and canary.takes(caller):
            tried = self._pinned.get((route.flow_id, canary.revision))
            if tried is not None:
                return Answering(route, tried, canary.revision)
        if route.revision is not None:
            pinned = self._pinned.get((route.flow_id, route.revision))
            return None if pinned is None else Answering(route, pinned, route.revision)
        found = self._published.get(route.flow_id)
        return None if found is None else Answering(route, found[1], found[0])

    async def save(self, yaml: str, author: str, message: str) -> tuple[str, int, list[Finding]]:
        """Stores a text as an immutable revision: (flow id, number, warnings).

        Raises FlowRejected with every error found; then nothing is stored and what is in force stays so.
        """
        flow = await asyncio.to_thread(parse_flow, yaml, "flow")
        findings = await self.examine(flow)
        errors = [finding for finding in findings if finding.severity == "error"]
        if errors:
            raise FlowRejected(findings)
        sha256 = hashlib.sha256(yaml.encode()).hexdigest()
        number = await self._store.save_revision(flow.id, sha256, author, message, yaml, self._clock.now())
        return flow.id, number, findings

    async def examine(self, flow: Flow) -> list[Finding]:
        """Every finding of a flow that was read, with what exists on this server now."""
        known = [self.world.understands(language) for language in flow.languages]
        spoken = frozenset(name for name, is_known in zip(flow.languages, known, strict=True) if is_known)
        catalogue = replace(
            await self._catalogue(), modules=self.modules, secrets=await self.world.secrets(),
            speech=None if None in known else spoken,
        )  # fmt: skip
        return await asyncio.to_thread(check, flow, catalogue)

    async def try_out(self, flow: Flow) -> list[Trace]:
        """The flow's own tests, with the server's opening hours and modules; beside the loop, they may take a while."""
        return await asyncio.to_thread(run_tests, linked(flow, self.modules), self.calendars)

    async def publish(self, flow_id: str, number: int) -> None:
        """Runs its tests, speaks its prompts, then moves the pointer. Raises NotFound, TestsRed."""
        await self._ready(flow_id, number)
        await self._store.publish_revision(flow_id, number)
        await self.load()

    async def _ready(self, flow_id: str, number: int) -> None:
        found = await self._store.revision(flow_id, number)
        if found is None:
            raise NotFound(f"flow {flow_id} has no revision {number}")
        flow = parse_flow(found.yaml, f"{flow_id}@{number}")
        red = [trace for trace in await self.try_out(flow) if not trace.passed]
        if red:
            raise TestsRed(red)
        await self._render(all_texts(flow))

    async def set_route(
        self, number: str, title: str, flow_id: str, region: str = "VN", *, record: bool = True
    ) -> None:
        """Publishes a number, as it is dialled, for a flow."""
        await self._store.upsert_route(Route(number, title, flow_id, None, region, record))
        await self.load()

    async def set_canary(self, number: str, revision: int, percent: int) -> None:
        """Lets a share of a number's callers hear a revision of its flow; 0 ends it.

        Raises NotFound, TestsRed, and Refused for a share that is none.
        """
        assert self._canary_store is not None
        if not 0 <= percent <= 99:
            raise Refused("a share is from 1 to 99 percent; publish the revision to give it to everybody")
        if percent == 0:
            await self._canary_store.drop_canary(number)
        else:
            route = self._routes.get(number)
            if route is None:
                raise NotFound(f"nobody answers {number}")
            await self._ready(route.flow_id, revision)
            await self._canary_store.set_canary(Canary(number, revision, percent))
        await self.load()

    async def set_calendar(self, name: str, timezone: str, weekly: Json, holidays: list[Json]) -> None:
        """Opening hours as in the table: {"mon": [["08:00", "21:00"]]}, [{"date": "2026-02-17", "name": "Tết"}]."""
        Calendar.of(timezone, weekly, holidays)  # refuses what it can't read, before it is stored
        await self._store.upsert_calendar(name, timezone, weekly, holidays)
        await self.load()


def _leads_to(flow: Flow, queue: str) -> bool:
    return any(isinstance(word, QueueName | BoxName) and word == queue for _, word in walk(flow.shape()))


def _read(found: Revision) -> Flow | None:
    """A stored revision, or None when this version can't read it: its numbers are silent, the others go on."""
    try:
        return parse_flow(found.yaml, f"{found.flow_id}@{found.n}")
    except FlowRejected as exc:
        log.error("flow can't be read", extra={"flow": found.flow_id, "revision": found.n, "error": str(exc)})
        return None
