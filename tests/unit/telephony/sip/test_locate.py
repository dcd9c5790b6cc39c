"""Where a trunk's host name leads (RFC 3263), and the order in which its ways are tried."""

from collections.abc import Callable

import pytest

from telephony.sip.locate import LookupFailed, Naptr, Srv, Ways, in_order, locate, srv_name
from telephony.sip.wire import Flow

pytestmark = pytest.mark.unit


def first(_limit: int) -> int:
    return 0


def last(limit: int) -> int:
    return limit - 1


class Zone:
    """A Resolver with its records in hand."""

    def __init__(
        self,
        naptr: list[Naptr] | None = None,
        srv: dict[str, list[Srv]] | None = None,
        hosts: dict[str, list[str]] | None = None,
    ) -> None:
        self._naptr = naptr or []
        self._srv = srv or {}
        self._hosts = hosts or {}
        self.asked: list[str] = []

    async def naptr(self, name: str) -> tuple[list[Naptr], float]:
        self.asked.append(f"NAPTR {name}")
        return self._naptr, 600.0

    async def srv(self, name: str) -> tuple[list[Srv], float]:
        self.asked.append(f"SRV {name}")
        return self._srv.get(name, []), 120.0

    async def addresses(self, name: str) -> tuple[list[str], float]:
        self.asked.append(f"A {name}")
        return self._hosts.get(name, []), 60.0


@pytest.mark.parametrize(
    ("pick", "order"),
    [(first, ["zero", "ten", "ninety", "later"]), (last, ["ninety", "ten", "zero", "later"])],
)
def test_servers_go_by_priority_and_within_one_by_weight(
    pick: Callable[[int], int], order: list[str]
) -> None:
    records = [
        Srv(2, 100, 5060, "later"),
        Srv(1, 90, 5060, "ninety"),
        Srv(1, 0, 5060, "zero"),
        Srv(1, 10, 5060, "ten"),
    ]
    assert [one.target for one in in_order(records, pick)] == order


def test_a_service_that_is_decidedly_not_there_is_left_out() -> None:
    assert in_order([Srv(0, 0, 0, ".")], first) == []


def test_naptr_names_the_service_record_of_our_transport() -> None:
    records = [
        Naptr(10, 5, "s", "SIPS+D2T", "_sips._tcp.carrier.test"),
        Naptr(20, 5, "S", "sip+d2u", "far.carrier.test"),
        Naptr(20, 1, "s", "SIP+D2U", "near.carrier.test"),
        Naptr(1, 1, "u", "SIP+D2U", "rewritten"),
    ]
    assert srv_name(records, "carrier.test", "udp") == "near.carrier.test"
    assert srv_name(records, "carrier.test", "tcp") == "_sip._tcp.carrier.test"


async def test_a_name_leads_by_naptr_and_srv_to_addresses() -> None:
    zone = Zone(
        [Naptr(1, 1, "s", "SIP+D2T", "edge.carrier.test")],
        {"edge.carrier.test": [Srv(2, 0, 5070, "b.test"), Srv(1, 0, 5060, "a.test")]},
        {"a.test": ["192.0.2.1", "2001:db8::1"], "b.test": ["192.0.2.2"]},
    )
    ways = await locate(zone, "carrier.test", 5060, "tcp", first)
    assert ways == Ways(
        [Flow("tcp", "192.0.2.1", 5060), Flow("tcp", "2001:db8::1", 5060), Flow("tcp", "192.0.2.2", 5070)],
        60.0,
    )


async def test_without_service_records_a_name_leads_to_its_addresses() -> None:
    zone = Zone(hosts={"pbx.test": ["192.0.2.9"]})
    ways = await locate(zone, "pbx.test", 5060, "udp", first)
    assert ways.flows == [Flow("udp", "192.0.2.9", 5060)]
    assert zone.asked == ["NAPTR pbx.test", "SRV _sip._udp.pbx.test", "A pbx.test"]


async def test_a_port_of_its_own_rules_out_service_records() -> None:
    zone = Zone(hosts={"pbx.test": ["192.0.2.9"]})
    ways = await locate(zone, "pbx.test", 5080, "udp", first)
    assert ways.flows == [Flow("udp", "192.0.2.9", 5080)]
    assert zone.asked == ["A pbx.test"]


async def test_an_address_leads_to_itself() -> None:
    zone = Zone()
    for host in ("192.0.2.1", "2001:db8::1"):
        assert (await locate(zone, host, 5060, "udp", first)).flows == [Flow("udp", host, 5060)]
    assert zone.asked == []


async def test_a_name_that_leads_nowhere_has_no_ways() -> None:
    assert (await locate(Zone(), "nowhere.test", 5060, "udp", first)).flows == []


CHOICE = [
    Naptr(20, 5, "s", "SIP+D2U", "_sip._udp.carrier.test"),
    Naptr(10, 5, "s", "SIPS+D2T", "_sips._tcp.carrier.test"),
    Naptr(10, 9, "s", "SIP+D2T", "_sip._tcp.carrier.test"),
    Naptr(1, 1, "s", "SIP+D2S", "_sip._sctp.carrier.test"),
    Naptr(1, 1, "u", "SIP+D2U", "rewritten"),
]


async def test_the_domain_chooses_the_transport_and_the_others_are_left_to_fall_back_on() -> None:
    zone = Zone(
        CHOICE,
        {
            "_sips._tcp.carrier.test": [Srv(1, 0, 5061, "a.test")],
            "_sip._udp.carrier.test": [Srv(1, 0, 5060, "a.test")],
        },
        {"a.test": ["192.0.2.1"]},
    )
    ways = await locate(zone, "carrier.test", 5060, "auto", first)
    assert ways.flows == [Flow("tls", "192.0.2.1", 5061), Flow("udp", "192.0.2.1", 5060)]
    assert zone.asked == [
        "NAPTR carrier.test",
        "SRV _sips._tcp.carrier.test", "A a.test",
        "SRV _sip._tcp.carrier.test",
        "SRV _sip._udp.carrier.test", "A a.test",
    ]  # fmt: skip


async def test_without_naptr_the_service_records_there_are_choose() -> None:
    zone = Zone([], {"_sip._tcp.pbx.test": [Srv(1, 0, 5070, "a.test")]}, {"a.test": ["192.0.2.1"]})
    assert (await locate(zone, "pbx.test", 5060, "auto", first)).flows == [Flow("tcp", "192.0.2.1", 5070)]


@pytest.mark.parametrize(
    ("host", "port"), [("192.0.2.9", 5060), ("192.0.2.9", 5080), ("pbx.test", 5080), ("pbx.test", 5060)]
)
async def test_where_nothing_chooses_it_is_udp(host: str, port: int) -> None:
    zone = Zone(hosts={"pbx.test": ["192.0.2.9"]})
    assert (await locate(zone, host, port, "auto", first)).flows == [Flow("udp", "192.0.2.9", port)]
    if port != 5060:
        assert not any(asked.startswith(("NAPTR", "SRV")) for asked in zone.asked)


async def test_silence_of_the_name_servers_is_told() -> None:
    class Silent(Zone):
        async def srv(self, name: str) -> tuple[list[Srv], float]:
            raise LookupFailed

    with pytest.raises(LookupFailed):
        await locate(Silent(), "carrier.test", 5060, "udp", first)
