"""Failover between the ways of a trunk, and asking peers whether they are there."""

import pytest

from telephony.sip.calls import CallerId
from telephony.sip.message import Request
from telephony.sip.qualify import Reach
from telephony.sip.trunks import TrunkConfig
from telephony.sip.useragent import ToTrunk
from telephony.sip.wire import Flow
from tests.unit.telephony.sip.bench import ANSWER, PHONE, Bench, Listener, invite, reply, request, statuses

pytestmark = pytest.mark.unit

NEAR, FAR = Flow("udp", "203.0.113.7", 5060), Flow("udp", "203.0.113.8", 5060)
CARRIER = TrunkConfig("carrier", ("203.0.113.0/24",), host="sip.carrier.test", qualify_s=30)


@pytest.fixture
def bench() -> Bench:
    bench = Bench(CARRIER)
    bench.agent.trunks[0].found = [NEAR, FAR]
    return bench


def options(bench: Bench, seconds: float) -> dict[Flow, Request]:
    """The questions that are asked within this time, by whom they go to."""
    before = len(bench.sent)
    bench.pass_time(seconds)
    asked = zip(bench.sent[before:], bench.since(before), strict=True)
    return {sent[0]: one for sent, one in asked if isinstance(one, Request) and one.method == "OPTIONS"}


def test_a_call_goes_the_first_way(bench: Bench) -> None:
    _, listener, (ours,) = bench.place(ToTrunk("carrier", "028"))
    assert (bench.last_flow(), ours.uri) == (NEAR, "sip:028@sip.carrier.test")
    bench.hear(reply(ours, 180))
    assert bench.pass_time(60) == []
    bench.hear(reply(ours, 200, body=ANSWER))
    assert listener.news == ["ringing", "answered"]


def test_a_503_brings_the_next_way_in_the_same_call(bench: Bench) -> None:
    call, listener, (ours,) = bench.place(ToTrunk("carrier", "028"))
    ack, again = bench.hear(reply(ours, 503))
    assert (ack.method, again.method, bench.last_flow()) == ("ACK", "INVITE", FAR)
    assert (again.call_id, again.from_.tag) == (ours.call_id, ours.from_.tag)
    assert again.via.branch != ours.via.branch
    assert isinstance(again, Request)
    bench.hear(reply(again, 200, body=ANSWER), FAR)
    call.bye()
    assert listener.news == ["answered"]


def test_silence_brings_the_next_way_after_four_seconds_and_a_late_first_one_is_taken_back(
    bench: Bench,
) -> None:
    _, listener, (ours,) = bench.place(ToTrunk("carrier", "028"))
    assert set(statuses(bench.pass_time(3.9))) == {"INVITE"}
    assert bench.last_flow() == NEAR
    sent = [one for one in bench.pass_time(0.3) if isinstance(one, Request)]
    assert bench.last_flow() == FAR
    bench.hear(reply(sent[-1], 180, tag="far"), FAR)
    assert statuses(bench.hear(reply(ours, 180, tag="near"))) == ["CANCEL"]
    bench.hear(reply(sent[-1], 200, tag="far", body=ANSWER), FAR)
    assert listener.news == ["ringing", "answered"]


def test_busy_is_busy_and_no_reason_to_try_elsewhere(bench: Bench) -> None:
    _, listener, (ours,) = bench.place(ToTrunk("carrier", "028"))
    assert statuses(bench.hear(reply(ours, 486))) == ["ACK"]
    assert listener.told == [("failed", 486, "Whatever")]


def test_when_every_way_fails_the_call_has_failed(bench: Bench) -> None:
    _, listener, (ours,) = bench.place(ToTrunk("carrier", "028"))
    _, again = bench.hear(reply(ours, 503))
    assert isinstance(again, Request)
    bench.hear(reply(again, 503), FAR)
    assert listener.told == [("failed", 503, "Whatever")]


def test_a_call_that_was_taken_back_tries_no_further_way(bench: Bench) -> None:
    call, listener, (ours,) = bench.place(ToTrunk("carrier", "028"))
    call.cancel("")
    assert statuses(bench.hear(reply(ours, 503))) == ["ACK"]
    assert listener.news == ["failed"]


def test_peers_are_asked_and_their_state_is_known(bench: Bench) -> None:
    text = request("REGISTER", uri="sip:192.0.2.1", flow=PHONE, user="alice")
    bench.log_in(text.replace(b"To: <sip:192.0.2.1>", b"To: <sip:alice@192.0.2.1>"), PHONE)
    bench.agent.start()
    assert {one.reach for one in bench.agent.qualifier.peers()} == {Reach.UNKNOWN}
    asked = options(bench, 11)
    assert {NEAR, FAR} <= set(asked)
    bench.hear(reply(asked[NEAR], 405), NEAR)
    asked = options(bench, 5)
    states = {(one.name, one.flow): one.reach for one in bench.agent.qualifier.peers()}
    assert states["carrier", NEAR] is Reach.REACHABLE
    assert states["carrier", FAR] is Reach.UNREACHABLE
    while PHONE not in asked:
        asked = options(bench, 0.5)
    bench.hear(reply(asked[PHONE], 200), PHONE)
    (phone,) = [one for one in bench.agent.qualifier.peers() if one.kind == "phone"]
    assert (phone.name, phone.flow) == ("alice", PHONE)
    assert phone.reach in (Reach.REACHABLE, Reach.LAGGED)


def test_a_way_that_does_not_answer_is_tried_last_until_it_answers(bench: Bench) -> None:
    bench.agent.start()
    asked = options(bench, 11)
    bench.hear(reply(asked[FAR], 200), FAR)
    bench.pass_time(5)
    bench.place(ToTrunk("carrier", "028"))
    assert bench.last_flow() == FAR
    asked = options(bench, 28)
    bench.hear(reply(asked[NEAR], 200), NEAR)
    bench.place(ToTrunk("carrier", "029"))
    assert bench.last_flow() == NEAR


def test_a_slow_answer_is_lagged() -> None:
    bench = Bench(TrunkConfig("carrier", (), host="203.0.113.7", qualify_s=30))
    bench.agent.start()
    asked = options(bench, 11)
    bench.pass_time(3)
    bench.hear(reply(asked[NEAR], 200), NEAR)
    (peer,) = bench.agent.qualifier.peers()
    assert peer.reach is Reach.LAGGED
    assert peer.rtt_ms is not None
    assert peer.rtt_ms > 2000


def test_a_trunk_may_be_left_in_peace() -> None:
    bench = Bench(TrunkConfig("carrier", (), host="203.0.113.7", qualify_s=0))
    bench.agent.start()
    assert options(bench, 120) == {}
    assert [one.reach for one in bench.agent.qualifier.peers()] == [Reach.UNKNOWN]


def test_a_registration_that_nobody_answers_goes_the_next_way() -> None:
    bench = Bench(
        TrunkConfig(
            "carrier", (), host="sip.carrier.test", user="u", password="p", register=True, qualify_s=0
        )
    )
    bench.agent.trunks[0].found = [NEAR, FAR]
    bench.agent.start()
    assert bench.last_flow() == NEAR
    bench.pass_time(33)
    assert bench.last_flow() == FAR


def test_a_hidden_number_is_told_to_a_trusted_carrier_only() -> None:
    bench = Bench(CARRIER, TrunkConfig("stranger", (), host="203.0.113.9", trusted=False))
    hidden = CallerId("+84901234567", None, withheld=True)
    said = []
    for name in ("carrier", "stranger"):
        before = len(bench.sent)
        bench.agent.place_call(ToTrunk(name, "028"), None, hidden, Listener(), {})
        ours = bench.since(before)[0]
        said.append((ours.header("p-asserted-identity"), ours.header("privacy"), ours.from_.uri))
    anonymous = "sip:anonymous@anonymous.invalid"
    assert said == [("<sip:+84901234567@192.0.2.1>", "id", anonymous), (None, "id", anonymous)]


def test_an_asserted_identity_counts_only_from_who_is_trusted() -> None:
    for trusted, number in ((True, "+84909999999"), (False, "+84901111111")):
        bench = Bench(TrunkConfig("carrier", ("203.0.113.7",), trusted=trusted))
        bench.hear(invite(extra={"P-Asserted-Identity": "<sip:+84909999999@x>"}))
        assert bench.calls[0].caller.number == number
