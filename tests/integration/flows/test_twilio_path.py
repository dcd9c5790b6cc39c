"""The same flow by a call that comes over Twilio's media stream."""

from pathlib import Path

import pytest

from tests.integration.flows.sample import DESK, KEYS, PATH
from tests.integration.telephony.stage import LAN, steps_of
from tests.integration.twilio.conftest import NUMBER, a_line
from threadline.kernel.events import CallEventKind as Kind

pytestmark = pytest.mark.integration


async def test_a_call_by_twilio_takes_the_path_of_every_other_way_in(tmp_path: Path, dsn: str) -> None:
    async with a_line(tmp_path, dsn) as line:
        await line.office.open(DESK)
        await line.office.publish(DESK, number=NUMBER)
        lan = line.twilio.caller(LAN, NUMBER)
        await lan.dial()
        for count, press in enumerate(KEYS):
            await line.office.event(Kind.STEP, step=("main", "number")[count % 2], count=1 + count // 2)
            lan.press(press)
        assert steps_of(await line.office.story()) == PATH
