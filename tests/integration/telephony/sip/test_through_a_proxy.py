"""Phones that reach the server through Kamailio: it adds Via and Record-Route, and keeps its place in every dialog."""

from pathlib import Path
from typing import Literal

import pytest

from telephony.sip.sdp import make_offer
from telephony.sip.server import CallerId, ToAccount
from tests.integration.telephony.sip.house import MEDIA, PASSWORD, House, Person, house, let_it_ring
from tests.support.baresip import Account, Baresip
from tests.support.kamailio import Kamailio

pytestmark = pytest.mark.integration

Transport = Literal["udp", "tcp"]
WAYS = pytest.mark.parametrize(("transport", "onward"), [("udp", "udp"), ("tcp", "udp"), ("udp", "tcp")])


def phone(folder: Path, home: House, proxy: Kamailio, transport: Transport) -> Baresip:
    account = Account("alice", PASSWORD, home.address, transport, proxy=proxy.address)
    return Baresip(folder, account)


@WAYS
async def test_a_phone_behind_a_proxy_registers_calls_holds_and_hangs_up(
    tmp_path: Path, transport: Transport, onward: str
) -> None:
    async with (
        house() as home,
        Kamailio(tmp_path, home.server.port, onward=onward) as proxy,
        phone(tmp_path, home, proxy, transport) as alice,
    ):
        await alice.registered()
        await alice.dial("19001234")
        call, person = await home.caller()
        await alice.established()
        await person.hears("acked")
        assert call.dialog is not None
        assert str(proxy.port) in call.dialog.routes[0]
        await alice.hold()
        assert await person.hears("offer") is True
        await alice.resume()
        assert await person.hears("offer") is False
        await alice.hang_up()
        assert await person.hears("ended") == "peer_bye"


@WAYS
async def test_a_phone_behind_a_proxy_is_called_offered_anew_and_hung_up_on(
    tmp_path: Path, transport: Transport, onward: str
) -> None:
    async with (
        house() as home,
        Kamailio(tmp_path, home.server.port, onward=onward) as proxy,
        phone(tmp_path, home, proxy, transport) as alice,
    ):
        await alice.registered()
        person = Person()
        call = home.server.place_call(ToAccount("alice"), make_offer(MEDIA), CallerId("1"), person)
        await alice.established()
        await person.hears("answered")
        call.reinvite(make_offer(MEDIA))
        await person.hears("reanswered")
        call.bye()
        assert await person.hears("ended") == "local_bye"
        await alice.closed()


async def test_a_call_given_up_while_it_rings_is_cancelled_through_the_proxy(tmp_path: Path) -> None:
    async with (
        house(greet=let_it_ring) as home,
        Kamailio(tmp_path, home.server.port) as proxy,
        phone(tmp_path, home, proxy, "udp") as alice,
    ):
        await alice.registered()
        await alice.dial("19001234")
        _, person = await home.caller()
        await alice.event("CALL_RINGING")
        await alice.hang_up()
        await person.hears("cancelled")
