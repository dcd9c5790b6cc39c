"""After a crash: every call the last process left open gets its truthful end, in the ledger and in its thread."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from uuid import UUID

from telephony.call import CallState, CallView, fold, outcome_of
from telephony.ports import CallSummary, ThreadBook
from telephony.store import Batch, EndedCall, Row, TelephonyStore
from threadline.kernel.clock import Clock
from threadline.kernel.events import CallEvent, CallEventKind, Json
from threadline.kernel.ids import AgentId, CallId, RecordingId, ThreadId

log = logging.getLogger(__name__)

REASON = "server_restarted"


async def close_orphans(
    store: TelephonyStore,
    threads: ThreadBook,
    clock: Clock,
    heard_until: Callable[[CallId], Awaitable[datetime | None]],
    places: Mapping[CallId, int],
) -> int:
    """Ends what has no end and completes what its thread does not show yet; returns how many calls.

    A call ended when it was last known alive: at its last event, or where its recording stops
    (`heard_until`). `places`: where those stood that waited in a queue. Safe to run again at any point.
    """
    closed = 0
    for row in await store.unclosed_calls():
        call = CallId(row["id"])
        try:
            events = await store.events_of(call)
            view = fold(events)
            if view.state is not CallState.ENDED:
                last = max((event.at for event in events), default=row["started_at"])
                heard = await heard_until(call)
                await _end(store, call, view, max(last, heard) if heard else last, places.get(call))
            if row["thread_id"] is not None:  # calls between our own phones have none
                await threads.call_ended(_summary(row, view))
            await store.write(Batch(closed=[(call, clock.now())]))
            closed += 1
        except Exception:  # the supervisor of a call that is over: it must not keep the server from starting
            log.exception("call not recovered", extra={"call": str(call)})
    if closed:
        log.warning("calls of the last process closed", extra={"calls": closed})
    return closed


async def _end(store: TelephonyStore, call: CallId, view: CallView, at: datetime, place: int | None) -> None:
    outcome = outcome_of(view, "system", REASON)
    data: Json = {"result": outcome.result.value, "reason": outcome.reason, "by": "system"}
    data |= view.sums(CallEventKind.ENDED, at)
    if place is not None:
        data["place"] = place
    ended = CallEvent(call, at, CallEventKind.ENDED, data)
    view.see(ended)
    sums = EndedCall(
        call, view.language, view.queue, UUID(view.agent) if view.agent else None, view.answered_at, at,
        outcome.result.value, outcome.reason,
    )  # fmt: skip
    await store.write(Batch(events=[ended], ended=[sums]))


def _summary(row: Row, view: CallView) -> CallSummary:
    assert view.outcome is not None
    assert view.ended_at is not None
    return CallSummary(
        call=CallId(row["id"]), thread=ThreadId(row["thread_id"]), direction=row["direction"],
        number=row["from_number"], entry=row["to_number"], language=view.language, started_at=row["started_at"],
        answered_at=view.answered_at, ended_at=view.ended_at, outcome=view.outcome, path=tuple(view.path),
        queue=view.queue, wait_s=view.wait_s, agent=AgentId(UUID(view.agent)) if view.agent else None,
        talk_s=view.talk_s, recordings=tuple(RecordingId(UUID(recording)) for recording in view.recordings),
    )  # fmt: skip
