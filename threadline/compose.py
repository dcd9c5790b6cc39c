"""The composition root: makes every room, passes each what it needs, and runs them until told to stop."""

import asyncio
import logging
import secrets
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from ivr_flows.check import Catalogue
from omnichannel.cases.service import Cases
from omnichannel.cases.voicemails.service import Voicemails
from omnichannel.channels.chat.service import Chat
from omnichannel.contacts.importing.service import ContactImports
from omnichannel.contacts.service import Contacts
from omnichannel.knowledge.service import Knowledge
from omnichannel.people.service import People
from omnichannel.people.tokens import Tokens
from omnichannel.proofs.service import Proofs
from omnichannel.quality.service import Quality
from omnichannel.routing.board.service import Board
from omnichannel.routing.digital.service import Digital
from omnichannel.routing.planning.service import Planner
from omnichannel.routing.service import Router
from omnichannel.routing.supervision import Supervision
from omnichannel.search.service import Search
from omnichannel.threads import Threads
from recordings.captions.service import Captions
from recordings.jobs import Jobs
from recordings.service import Recordings
from recordings.transcribe.models import ModelShelf
from recordings.transcription import Transcription
from recordings.understanding import Understanding
from telephony.calendars import Calendars
from telephony.call_desk import CallDesk
from telephony.callbacks import Callbacks
from telephony.canaries.store import CanaryStore
from telephony.controller import Controller
from telephony.flow_book import FlowBook
from telephony.flow_room.calling import DraftCalls
from telephony.flow_room.service import FlowRoom
from telephony.flow_room.sounds import PromptSounds
from telephony.ledger import Ledger
from telephony.legs.sip import MediaAddress
from telephony.line import House
from telephony.media.client import MediaEngine
from telephony.metrics import Metrics
from telephony.on_calls import on_calls
from telephony.operations import Backstage, Operations
from telephony.phones import BrowserPhones
from telephony.prompts import Prompts
from telephony.recovery import close_orphans
from telephony.service import Calls
from telephony.sip.doors import EVERY_V4, EVERY_V6
from telephony.sip.guard_book import GuardBook
from telephony.sip.server import SipServer
from telephony.sip.store import SipStore
from telephony.store import TelephonyStore
from telephony.twilio.calls import TwilioCalls
from telephony.voices.process import VoiceProcess
from telephony.ways_out import WaysOut
from threadline.addresses import advertised_host, advertised_host6
from threadline.administration import open_administration
from threadline.automation import Automation, open_automation
from threadline.callbacks import RouterTickets
from threadline.channels import Correspondence, open_correspondence
from threadline.chat import ChatParts, staffed_by
from threadline.config import Settings
from threadline.db.pool import close_pool, open_pool
from threadline.db.server import open_database
from threadline.dialling import Attendance, ClickToDial
from threadline.doors import doors_of
from threadline.ending import end
from threadline.flowing import Flowing, open_flows
from threadline.guards import watch_of
from threadline.kernel.clock import Clock, SystemClock
from threadline.kernel.events import Bus
from threadline.kernel.ids import CallId
from threadline.loop import calm_collector
from threadline.node_name import load_node_name
from threadline.phones import IceServers, edge_place
from threadline.privacy import PrivacyRooms, open_privacy
from threadline.secret_key import load_secret_key
from threadline.twilio import open_twilio
from web.administration_ports import AdministrationRooms
from web.app import make_app
from web.automation_ports import AutomationRooms
from web.channel_ports import ChannelRooms
from web.client_address import Proxies
from web.flow_ports import FlowRooms
from web.phone_ports import PhoneRooms
from web.services import Health, Services
from web.supervision_ports import FloorRooms

if TYPE_CHECKING:
    from threadline.demo import DemoOptions

log = logging.getLogger(__name__)

SHIPPED_FLOWS = Path(__file__).parents[1] / "ivr_flows" / "flows"
POOL_SIZE = 20
JOBS_LEAVE_S = 20.0  # a running job is interrupted first
ADMIN = "admin"


@dataclass(slots=True)
class Server:
    """Every service of a running server, for the web, the demo and whoever embeds one in a test."""

    settings: Settings
    clock: Clock
    bus: Bus
    people: People
    threads: Threads
    router: Router
    recordings: Recordings
    flows: FlowBook
    accounts: SipStore
    calls: Calls
    controller: Controller
    voice: VoiceProcess
    sip: SipServer
    engine: MediaEngine
    operations: Operations
    correspondence: Correspondence
    chat: Chat
    proofs: Proofs
    tokens: Tokens
    contacts: Contacts
    contact_imports: ContactImports
    cases: Cases
    search: Search
    private: PrivacyRooms
    automation: Automation
    administration: AdministrationRooms
    http_port: int = 0
    shop: str | None = None  # the key of the chat of the demo's shop
    health: Health = "ok"
    flowing: Flowing | None = None
    phones: BrowserPhones | None = None
    dialling: ClickToDial | None = None
    controls: CallDesk | None = None
    floor: FloorRooms | None = None
    twilio: TwilioCalls | None = None
    flow_rooms: FlowRooms | None = None
    captions: Captions | None = None
    knowledge: Knowledge | None = None
    quality: Quality | None = None


async def serve(settings: Settings, *, demo: "DemoOptions | None" = None) -> int:
    """Runs until SIGTERM or SIGINT, then drains. A second signal ends at once. Returns the exit code."""
    stop, now = asyncio.Event(), asyncio.Event()

    def asked() -> None:
        (now if stop.is_set() else stop).set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked)
    async with running(settings) as server:
        calm_collector()
        loop.add_signal_handler(signal.SIGHUP, server.sip.reload_certificates)
        async with AsyncExitStack() as guests:
            if demo is not None:
                from threadline.demo import play

                await guests.enter_async_context(play(server, demo))
            await stop.wait()
        await _drain(server, now)
    return 0


async def _drain(server: Server, now: asyncio.Event) -> None:
    """No new calls; those under way may finish within the limit, or until a second signal."""
    server.health = "draining"
    server.sip.drain()
    log.info("draining", extra={"calls": len(server.controller.active), "limit_s": server.settings.drain_s})
    async with asyncio.TaskGroup() as tasks:
        finishing = tasks.create_task(server.controller.finish(server.settings.drain_s), name="drain")
        hurry = tasks.create_task(now.wait(), name="second signal")
        await asyncio.wait((finishing, hurry), return_when=asyncio.FIRST_COMPLETED)
        if not finishing.done():
            finishing.cancel()
            await server.controller.finish(0)
        hurry.cancel()


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Server]:
    """A complete server on these settings, recovered from whatever happened before; leaving ends it cleanly."""
    async with AsyncExitStack() as stack:
        clock, bus = SystemClock(), Bus()
        database = await stack.enter_async_context(open_database(settings))
        node = load_node_name(settings.data_dir, clock)
        pool = await open_pool(database, max_size=POOL_SIZE, node=node)
        stack.push_async_callback(close_pool, pool)
        people, cases = People(pool, clock), Cases(pool, clock, bus)
        threads = Threads(
            pool, clock, bus, region=settings.region, mentioned=cases.mentioned,
            panel=lambda contact: automation.customers.facts(contact),
        )  # fmt: skip
        router = Router(pool, clock, bus, people, threads, node)
        router.digital = Digital(pool, clock, cases, router)
        jobs = Jobs(pool)
        captions = Captions(
            pool, bus, ModelShelf(settings.models_dir), at_once=settings.captions_at_once,
            default_language=settings.default_language,
        )  # fmt: skip
        recordings = Recordings(pool, clock, bus, settings.recordings_dir, jobs, captions)
        transcription = Transcription(
            pool, clock, bus, settings.recordings_dir, jobs, ModelShelf(settings.models_dir),
            default_language=settings.default_language, heard=captions.heard,
        )  # fmt: skip
        key = load_secret_key(settings.data_dir, settings.secret_key)
        chatting = ChatParts()
        correspondence = await stack.enter_async_context(
            open_correspondence(settings, pool, clock, bus, key, more=(chatting.channels,))
        )
        correspondence.followers.append(cases)
        automation = await stack.enter_async_context(
            open_automation(settings, pool, clock, bus, key, correspondence)
        )
        private = open_privacy(settings, pool, clock, correspondence, jobs, key)
        voice = await stack.enter_async_context(VoiceProcess(settings.data_dir / "prompts" / "spoken"))
        prompts = Prompts(voice, (settings.data_dir / "prompts", SHIPPED_FLOWS))
        store, accounts = TelephonyStore(pool), SipStore(pool, clock)
        flows = FlowBook(
            store, clock, lambda: _catalogue(router, people, flows), prompts.render, CanaryStore(pool)
        )
        ears = Understanding(ModelShelf(settings.models_dir))
        flowing = await stack.enter_async_context(
            open_flows(settings, pool, clock, bus, key, correspondence, threads, flows, ears)
        )
        flowing.services.queues = router
        ledger, controller = Ledger(store, bus), Controller(bus)

        await _recover(store, clock, threads, router, recordings)
        await _first_admin(people)
        await flows.load()

        trunks, calls = await accounts.trunks(), Calls(store, controller)
        watch = watch_of(settings, trunks)
        guard = GuardBook(watch, accounts, clock)
        await guard.load()
        metrics = Metrics(bus, watch, calls, lambda: engine.loads, lambda: engine.paces)
        engine = MediaEngine(
            ports=(settings.rtp_ports.first, settings.rtp_ports.last),
            on_event=metrics.then(controller.on_media), on_lost=metrics.then_lost(controller.on_media_lost),
            workers=settings.media_workers,
        )  # fmt: skip
        await stack.enter_async_context(engine)
        await stack.enter_async_context(transcription)
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        work = tasks.create_task(jobs.run(), name="jobs")
        stack.push_async_callback(end, work, JOBS_LEAVE_S)
        captioning = tasks.create_task(captions.run(), name="captions")
        stack.push_async_callback(end, captioning)
        tasks.create_task(ledger.run(), name="ledger")
        stack.callback(ledger.close)
        guarding = tasks.create_task(guard.run(), name="guard")
        stack.push_async_callback(end, guarding)
        routing = tasks.create_task(router.run(), name="router")
        stack.push_async_callback(end, routing)
        tasks.create_task(controller.run(), name="controller")
        writing = tasks.create_task(correspondence.run(), name="correspondence")
        stack.push_async_callback(end, writing)
        contacts = Contacts(pool, clock, bus, correspondence.audit, region=settings.region)
        gathering = tasks.create_task(contacts.run(), name="contacts")
        stack.push_async_callback(end, gathering)
        contact_imports = ContactImports(pool, clock, correspondence.audit, region=settings.region)
        importing = tasks.create_task(contact_imports.run(), name="contact imports")
        stack.push_async_callback(end, importing)
        looking = tasks.create_task(private.reads.run(), name="looks")
        stack.push_async_callback(end, looking)
        watching = tasks.create_task(cases.run(), name="cases")
        stack.push_async_callback(end, watching)
        automatic = tasks.create_task(automation.run(), name="automation")
        stack.push_async_callback(end, automatic)
        talking = tasks.create_task(flowing.written.run(), name="written flows")
        stack.push_async_callback(end, talking)

        phones = BrowserPhones(bus, edge_place(settings))
        phoning = tasks.create_task(phones.run(), name="browser phones")
        stack.push_async_callback(end, phoning)

        sip = SipServer(
            host=settings.sip.host, port=settings.sip.port, public_host=advertised_host(settings), realm=settings.realm,
            accounts=accounts, trunks=trunks, on_call=controller.on_call,
            secret=secrets.token_bytes(32), clock=clock, doors=doors_of(settings, clock),
            public_host6=advertised_host6(settings), watch=watch,
        )  # fmt: skip
        callbacks = Callbacks(RouterTickets(router), controller, bus)
        attendance = Attendance(router)
        house = House(
            sip=sip, engine=engine, address=_media_address(settings), flows=flows,
            prompts=prompts, threads=threads, phones=phones, dispatcher=router, desks=people, recordings=recordings,
            ledger=ledger, store=store, clock=clock, default_language=settings.default_language, queues=router,
            callbacks=callbacks, region=settings.region, record_internal=settings.record_internal,
            ways=WaysOut(trunks), attendance=attendance,
        )  # fmt: skip
        controller.move_in(house)
        callbacks.move_in(house)
        flowing.services.callbacks = callbacks
        calling_back = tasks.create_task(callbacks.run(), name="callbacks")
        stack.push_async_callback(end, calling_back)
        filing = tasks.create_task(Voicemails(pool, clock, bus, cases).run(), name="voicemails")
        stack.push_async_callback(end, filing)
        board = Board(pool, clock, bus, router, lambda: on_calls(controller.active))
        watching_floor = tasks.create_task(board.run(), name="wallboard")
        stack.push_async_callback(end, watching_floor)
        backstage = Backstage(
            sip=sip, controller=controller, metrics=metrics, loads=lambda: engine.loads, paces=lambda: engine.paces,
            queues=router.queues,
            jobs=jobs.sizes, trunks=tuple(trunks), clock=clock, address=advertised_host(settings),
            figures=correspondence.figures.read,
        )  # fmt: skip
        server = Server(
            settings,
            clock,
            bus,
            people,
            threads,
            router,
            recordings,
            flows,
            accounts,
            calls,
            controller,
            voice,
            sip,
            engine,
            Operations(backstage),
            correspondence,
            chatting.open(pool, clock, bus, correspondence, staffed_by(router, flows, clock)),
            chatting.proofs(pool, clock, bus, correspondence, key, settings.default_language),
            Tokens(pool, clock, people, correspondence.audit),
            contacts,
            contact_imports,
            cases,
            Search(pool),
            private,
            automation,
            open_administration(
                settings, pool, people, correspondence, flows, accounts, trunks, sip, automation.rules
            ),
        )
        server.captions, server.knowledge = captions, Knowledge(pool, clock, correspondence.audit)
        server.quality = Quality(pool, clock, correspondence.audit)
        server.phones = phones
        server.dialling = ClickToDial(
            controller, attendance, people, store, phones, house.ways, watch.policy, settings.region
        )
        server.controls = CallDesk(controller, house.parking, correspondence.audit)
        server.flow_rooms = FlowRooms(
            FlowRoom(pool, flows, clock, correspondence.audit.note),
            PromptSounds(voice, settings.data_dir / "prompts", correspondence.audit.note),
            DraftCalls(house, controller, correspondence.audit.note),
        )
        server.flowing = flowing
        supervision = Supervision(router, people, correspondence.audit)
        server.floor = FloorRooms(board, supervision, router.callbacks, Planner(pool, clock))
        await stack.enter_async_context(sip)
        twilio = server.twilio = await stack.enter_async_context(
            open_twilio(settings, pool, house, controller)
        )
        if twilio is not None:
            metrics.add(twilio.figures)
            by_twilio = tasks.create_task(twilio.run(), name="twilio")
            stack.push_async_callback(end, by_twilio)
        stack.push_async_callback(controller.finish, 0)  # hangs up while SIP can still say so
        server.http_port = await _open_web(stack, server)
        log.info("ready", extra={"http": server.http_port, "sip": sip.port})
        yield server


def _media_address(settings: Settings) -> MediaAddress:
    """Beside [::] every leg is bound for the kind of address its peer has."""
    if settings.sip.host != EVERY_V6:
        return MediaAddress(settings.sip.host, advertised_host(settings))
    host6 = advertised_host6(settings)
    return MediaAddress(EVERY_V4, advertised_host(settings), EVERY_V6, host6)


async def _recover(
    store: TelephonyStore, clock: Clock, threads: Threads, router: Router, recordings: Recordings
) -> None:
    """Puts right what a crash left: files first, then agents and queues, then the calls' stories."""
    await recordings.recover()
    places = {place.call: place.position for place in await router.recover()}

    async def heard_until(call: CallId) -> datetime | None:
        ends = [
            datetime.fromisoformat(str(one["started_at"])) + timedelta(seconds=float(str(one["seconds"])))
            for one in await recordings.for_call(call)
            if one["seconds"] is not None
        ]
        return max(ends, default=None)

    await close_orphans(store, threads, clock, heard_until, places)


async def _first_admin(people: People) -> None:
    """The first start makes the administrator; the password is printed once and stored only as a hash."""
    if any(agent.role == "admin" for agent in await people.agents()):
        return
    password = secrets.token_urlsafe(12)
    await people.add(ADMIN, password, role="admin", display_name="Administrator")
    print(f"admin password: {password}", flush=True)  # noqa: T201  # the one place it is ever shown


async def _catalogue(router: Router, people: People, flows: FlowBook) -> Catalogue:
    queues = frozenset(str(queue["id"]) for queue in await router.queues())
    return Catalogue(
        queues=queues, calendars=frozenset(flows.calendars), boxes=queues, musics=frozenset({"moh_soft", "typing"}),
        skills=await people.skills(),
    )  # fmt: skip


def _channel_rooms(server: Server) -> ChannelRooms:
    rooms = server.correspondence
    return ChannelRooms(
        endpoints=rooms.endpoints,
        registry=rooms.registry,
        inbox=rooms.inbox,
        outbound=rooms.outbound,
        audit=rooms.audit,
        figures=rooms.figures,
        public_url=server.settings.public_url,
        connections=rooms.connections,
    )


def _phone_rooms(server: Server) -> PhoneRooms | None:
    if server.phones is None:
        return None
    ice = IceServers(server.settings, server.clock)
    return PhoneRooms(server.phones, server.people, ice.for_agent, server.dialling, server.controls)


def _automation_rooms(server: Server) -> AutomationRooms:
    rooms = server.automation
    return AutomationRooms(
        rooms.rules, rooms.canned, rooms.webhooks, rooms.customers, rooms.conversions, rooms.pictures
    )


async def _open_web(stack: AsyncExitStack, server: Server) -> int:
    app = make_app(
        Services(
            people=server.people, threads=server.threads, router=server.router, recordings=server.recordings,
            calls=server.calls, bus=server.bus, clock=server.clock, region=server.settings.region,
            default_locale=server.settings.default_language, https=server.settings.https,
            proxies=Proxies(server.settings.trusted_proxies),
            health=lambda: server.health, operations=server.operations,
            metrics_token=server.settings.metrics_token, files=server.correspondence.files, chat=server.chat, proofs=server.proofs,
            tokens=server.tokens,
            shop=lambda: server.shop,
            contacts=server.contacts, contact_imports=server.contact_imports, cases=server.cases, search=server.search,
            privacy=server.private.privacy, reads=server.private.reads,
            channels=_channel_rooms(server), automation=_automation_rooms(server), phones=_phone_rooms(server), twilio=server.twilio,
            calendars=Calendars(server.flows, server.correspondence.audit.note), administration=server.administration,
            floor=server.floor, flows=server.flow_rooms, captions=server.captions, knowledge=server.knowledge,
            quality=server.quality,
        )
    )  # fmt: skip
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=5)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, server.settings.http.host, server.settings.http.port)
    await site.start()
    return int(runner.addresses[0][1])
