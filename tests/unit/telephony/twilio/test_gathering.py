"""Where the legs of a call by TwiML meet: at Twilio as long as all are there, else here."""

import asyncio
from uuid import UUID

import pytest

from telephony.media import messages as media
from telephony.twilio.gathering import Gathering
from telephony.twilio.steps import Steps, ToTape
from tests.unit.telephony.twilio.test_gate import Engine
from threadline.kernel.ids import LegId

pytestmark = pytest.mark.unit

LAN, AN, CHI = (str(LegId(UUID(int=number))) for number in range(1, 4))


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
async def call(engine: Engine) -> Gathering:
    return Gathering(engine)


@pytest.fixture
def lan(call: Gathering) -> Steps:
    return Steps(LAN, call)


async def settled() -> None:
    """What belongs together has been said."""
    await asyncio.sleep(0)


async def test_two_at_twilio_meet_there_and_the_engine_hears_nothing_of_it(
    call: Gathering, engine: Engine, lan: Steps
) -> None:
    an = Steps(AN, call)
    call.send(media.Bridge(LAN, AN))
    await settled()
    assert lan.enters() == an.enters()
    assert lan.entered is not None
    call.send(media.Unbridge(LAN, AN))
    call.send(media.Play(LAN, 1, ("music.ulaw",), loop=True))
    assert (lan.enters(), an.place) == (None, None)
    assert engine.sent == []


async def test_with_a_telephone_of_ours_all_come_here_and_are_joined_as_they_come(
    call: Gathering, engine: Engine, lan: Steps
) -> None:
    an = Steps(AN, call)
    call.send(media.Bridge(LAN, AN))
    await settled()
    await call.open(CHI, "127.0.0.1")
    call.send(media.Unbridge(LAN, AN))
    for leg, heard in ((LAN, (AN,)), (AN, (LAN,)), (CHI, (LAN, AN))):
        call.send(media.Hear(leg, heard))
    await settled()
    assert (lan.is_wanted, an.is_wanted, lan.place) == (True, True, None)
    lan.met()
    await settled()
    an.met()
    await settled()
    assert engine.sent[-2:] == [media.Hear(CHI, (LAN, AN)), media.Bridge(LAN, AN)]
    assert not call.may_host


async def test_where_our_port_is_not_reached_those_at_twilio_go_on_there(call: Gathering, lan: Steps) -> None:
    an = Steps(AN, call)
    for leg, heard in ((LAN, (AN,)), (AN, (LAN,)), (CHI, (LAN, AN))):
        call.send(media.Hear(leg, heard))
    await settled()
    assert lan.place is None
    assert call.bar()
    assert lan.place == an.place
    assert lan.place is not None
    an.over()
    assert not call.bar()


async def test_a_talk_at_twilio_is_recorded_there_and_masked_and_ended_there_even_when_it_came_here(
    call: Gathering, engine: Engine, lan: Steps
) -> None:
    told: list[ToTape] = []
    lan.on_tape = told.append
    an = Steps(AN, call)
    record, mask, stop = (
        media.Record(LAN, "r", "r.wav"),
        media.MaskRecording(LAN, "r", True),
        media.StopRecording(LAN, "r"),
    )
    call.send(record)
    call.send(mask)
    call.send(media.Bridge(LAN, AN))
    await settled()
    assert told == []
    lan.enters()
    assert told == [record, mask]
    lan.met()
    call.send(stop)
    assert told[2:] == [stop]
    assert record not in engine.sent
    lan.taped("r", 2.0)
    an.over()


async def test_what_a_flow_listens_to_is_no_message_and_does_not_end_the_recording(
    call: Gathering, lan: Steps
) -> None:
    call.send(media.Record(LAN, "utterance", "u.wav", 5.0, 1.0))
    assert lan.message is None
    lan.is_message = lambda: True
    call.send(media.Record(LAN, "message", "m.wav", 5.0, 1.0))
    assert lan.message is not None
