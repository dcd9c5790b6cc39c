"""What servers tell one another comes back as it was."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from omnichannel.routing import relay
from threadline.kernel.events import AgentState, AgentStateChanged, CustomerTyping, Event, OfferClosed
from threadline.kernel.ids import AgentId, CallId, ReservationId, ThreadId

pytestmark = pytest.mark.unit

ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "event",
    [
        OfferClosed(ReservationId(ONE), CallId(TWO), AgentId(THREE), "missed"),
        AgentStateChanged(AgentId(ONE), AgentState.WRAP_UP, None, NOON, NOON),
        AgentStateChanged(AgentId(ONE), AgentState.AWAY, "Đi ăn trưa", NOON, None),
    ],
)
def test_an_event_comes_back(event: Event) -> None:
    text = relay.write(event)
    assert text is not None
    assert relay.read(text) == event
    assert len(text) < 8000, "PostgreSQL takes no longer ones"


def test_an_offer_is_told_by_its_id_alone() -> None:
    assert relay.read(relay.offered(ReservationId(ONE))) == ONE


def test_what_concerns_one_servers_pages_only_is_not_told() -> None:
    assert relay.write(CustomerTyping(ThreadId(ONE), "chat")) is None
