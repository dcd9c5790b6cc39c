"""A message left by phone becomes work, once, also after a kill."""

from typing import Any
from uuid import UUID

import pytest

from omnichannel.cases.model import View
from omnichannel.cases.service import Cases
from omnichannel.cases.voicemails.service import Voicemails
from omnichannel.threads import Threads
from tests.integration.omnichannel.routing.support import Floor
from tests.integration.omnichannel.support import NOON, new_call
from threadline.kernel.events import Bus
from threadline.kernel.ids import CallId, RecordingId, ThreadId, uuid7

pytestmark = pytest.mark.integration


async def is_over(floor: Floor, call: CallId) -> None:
    await floor.pool.execute(
        "update session set ended_at = $2 where provider_id = $1::uuid::text", call, NOON
    )


async def left(floor: Floor, threads: Threads, number: str, box: str, *, over: bool = True) -> CallId:
    """What telephony writes of it; its news may have been lost."""
    call = new_call()
    await threads.call_arrived(call, number, "x", "1900", "VN", NOON, "Lan")
    await floor.pool.execute(
        "insert into call (id, direction, from_raw, to_number, source, started_at) values ($1, 'inbound', '', '', '', $2)",
        call, NOON,
    )  # fmt: skip
    data: Any = {"recording": str(RecordingId(uuid7(NOON))), "seconds": 12.0, "box": box}
    await floor.pool.execute(
        "insert into call_event (call_id, at, kind, data) values ($1, $2, 'call.voicemail', $3::jsonb)",
        call, NOON, data,
    )  # fmt: skip
    if over:
        await is_over(floor, call)
    return call


async def test_a_voicemail_is_a_case_in_the_queue_of_its_box_and_is_filed_once(
    floor: Floor, threads: Threads, bus: Bus
) -> None:
    cases = Cases(floor.pool, floor.clock, bus)
    desk = Voicemails(floor.pool, floor.clock, bus, cases)
    await left(floor, threads, "+84901234567", "support")
    await left(floor, threads, "+84907654321", "no_such_queue")
    assert await desk.file_all() == 2
    assert await desk.file_all() == 0
    page: Any = await cases.find(View())
    assert sorted((one["subject"], str(one["queue"])) for one in page.cases) == [
        ("Voicemail", "None"),
        ("Voicemail", "support"),
    ]
    await left(floor, threads, "+84901234567", "support")
    assert await desk.file_all() == 1
    assert len((await cases.find(View())).cases) == 2, "a second message is work of the case that is open"


async def test_a_message_waits_for_its_call_and_belongs_to_the_case_the_flow_opened_meanwhile(
    floor: Floor, threads: Threads, bus: Bus
) -> None:
    cases = Cases(floor.pool, floor.clock, bus)
    desk = Voicemails(floor.pool, floor.clock, bus, cases)
    call = await left(floor, threads, "+84901234567", "support", over=False)
    assert await desk.file_all() == 0
    (contact,) = await threads.contacts("+84901234567", "VN")
    await threads.annotate(ThreadId(UUID(str(contact["thread"]))), call, [], {}, None, create_task=True)
    await is_over(floor, call)
    assert await desk.file_all() == 1
    page: Any = await cases.find(View())
    assert [str(one["queue"]) for one in page.cases] == ["support"]
