"""Trunks by name: a real resolver asks a name server on loopback, and calls go where it says."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from telephony.sip.locate import LookupFailed, Naptr, Srv, locate
from telephony.sip.resolver import DnsResolver
from telephony.sip.sdp import make_offer
from telephony.sip.server import CallerId, SipAccount, SipServer, ToTrunk, TrunkConfig
from telephony.sip.wire import Flow
from tests.integration.telephony.sip.house import HOST, MEDIA, MemoryBook, Person, house
from tests.support.dns import Records, name_server
from tests.support.ports import free_port
from tests.support.scenarios import answerer
from tests.support.sipp import Sipp

pytestmark = pytest.mark.integration


def zone(near: int, far: int) -> Records:
    return {
        ("carrier.test", "NAPTR"): ['10 1 "S" "SIP+D2U" "" _sip._udp.edge.test.'],
        ("_sip._udp.edge.test", "SRV"): [f"1 1 {near} a.edge.test.", f"2 1 {far} a.edge.test."],
        ("a.edge.test", "A"): [HOST],
    }


async def test_the_resolver_reads_every_kind_of_record() -> None:
    async with name_server(zone(5061, 5062)) as port:
        resolver = DnsResolver([HOST], port)
        assert await resolver.naptr("carrier.test") == (
            [Naptr(10, 1, "S", "SIP+D2U", "_sip._udp.edge.test")],
            60.0,
        )
        servers, _ = await resolver.srv("_sip._udp.edge.test")
        assert sorted(servers, key=lambda one: one.port) == [
            Srv(1, 1, 5061, "a.edge.test"),
            Srv(2, 1, 5062, "a.edge.test"),
        ]
        assert await resolver.addresses("a.edge.test") == ([HOST], 60.0)
        assert await resolver.addresses("nobody.test") == ([], 300.0)
        ways = await locate(resolver, "carrier.test", 5060, "udp", lambda limit: limit - 1)
        assert ways.flows == [Flow("udp", HOST, 5061), Flow("udp", HOST, 5062)]


async def test_a_name_server_that_is_away_is_told() -> None:
    with pytest.raises(LookupFailed):
        await DnsResolver([HOST], free_port()).srv("_sip._udp.edge.test")


async def is_looked_up(server: SipServer) -> None:
    async with asyncio.timeout(10):
        while not server.agent.trunks[0].found:
            await asyncio.sleep(0.01)


async def test_a_call_goes_by_name_and_past_a_server_that_is_out_of_service(tmp_path: Path) -> None:
    near, far = free_port(), free_port()
    trunk = TrunkConfig("carrier", (HOST,), host="carrier.test", qualify_s=0)
    broken = answerer(refuse="503 Service Unavailable")
    async with (
        name_server(zone(near, far)) as port,
        house(trunks=(trunk,), resolver=DnsResolver([HOST], port)) as home,
        Sipp(tmp_path, broken, port=near, timeout_s=20) as first,
        Sipp(tmp_path, answerer(), port=far, timeout_s=20) as second,
    ):
        await is_looked_up(home.server)
        person = Person()
        call = home.server.place_call(ToTrunk("carrier", "028"), make_offer(MEDIA), CallerId("1900"), person)
        await person.hears("answered")
        call.bye("done")
        assert await person.hears("ended") == "local_bye"
        assert (await second.outcome()).is_clean
        assert (await first.outcome()).failed == 0


async def test_a_call_goes_past_a_server_that_says_nothing(tmp_path: Path) -> None:
    near, far = free_port(), free_port()
    trunk = TrunkConfig("carrier", (HOST,), host="carrier.test", qualify_s=0)
    async with (
        name_server(zone(near, far)) as port,
        house(trunks=(trunk,), resolver=DnsResolver([HOST], port)) as home,
        Sipp(tmp_path, answerer(), port=far, timeout_s=20) as second,
    ):
        await is_looked_up(home.server)
        person = Person()
        call = home.server.place_call(ToTrunk("carrier", "028"), make_offer(MEDIA), CallerId("1900"), person)
        await person.hears("answered")
        call.bye("done")
        await person.hears("ended")
        assert (await second.outcome()).is_clean


async def test_the_domain_chooses_the_transport_of_a_call(tmp_path: Path) -> None:
    by_tcp = free_port()
    records: Records = {
        **zone(by_tcp, by_tcp),
        ("carrier.test", "NAPTR"): [
            '20 1 "S" "SIP+D2U" "" _sip._udp.edge.test.',
            '10 1 "S" "SIP+D2T" "" _sip._tcp.edge.test.',
        ],
        ("_sip._tcp.edge.test", "SRV"): [f"1 1 {by_tcp} a.edge.test."],
    }
    trunk = TrunkConfig("carrier", (HOST,), host="carrier.test", transport="auto", qualify_s=0)
    async with (
        name_server(records) as port,
        house(trunks=(trunk,), resolver=DnsResolver([HOST], port)) as home,
        Sipp(tmp_path, answerer(), port=by_tcp, transport="t1", timeout_s=20) as carrier,
    ):
        await is_looked_up(home.server)
        person = Person()
        call = home.server.place_call(ToTrunk("carrier", "028"), make_offer(MEDIA), CallerId("1900"), person)
        await person.hears("answered")
        call.bye("done")
        await person.hears("ended")
        assert (await carrier.outcome()).is_clean


class LosingResolver:
    """Its every wait ends by a cancellation and says nothing of it, as a library's may."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def naptr(self, name: str) -> tuple[list[Naptr], float]:
        self.asked.set()
        with suppress(asyncio.CancelledError):
            await asyncio.get_running_loop().create_future()
        raise LookupFailed

    async def srv(self, name: str) -> tuple[list[Srv], float]:
        return [], 60.0

    async def addresses(self, name: str) -> tuple[list[str], float]:
        return [], 60.0


class LosingBook(MemoryBook):
    """The first who reads it does not hear that he is to end."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    async def account(self, username: str) -> SipAccount | None:
        self.asked.set()
        with suppress(asyncio.CancelledError):
            await asyncio.get_running_loop().create_future()
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]  # never comes


async def test_a_cancellation_that_a_library_lost_does_not_keep_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("threadline.ending.end_all.__defaults__", (0.05,))
    resolver, book = LosingResolver(), LosingBook()
    nowhere = TrunkConfig("nowhere", (), host="no-such-host.invalid", transport="tcp")
    async with house(trunks=(nowhere,), resolver=resolver, book=book) as home, asyncio.timeout(10):
        home.server.look_up("alice", lambda account: None)
        await resolver.asked.wait()
        await book.asked.wait()
