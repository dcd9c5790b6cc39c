"""Provisionals that must arrive (RFC 3262): ours to a caller who requires it, and the PRACKs we owe."""

import pytest

from telephony.sip.calls import CallState
from telephony.sip.message import Request, Response, parse_message
from telephony.sip.sdp import make_offer
from telephony.sip.useragent import ToTrunk
from tests.unit.telephony.sip.bench import ANSWER, OFFER, OURS, Bench, invite, reply, request, statuses

pytestmark = pytest.mark.unit


@pytest.fixture
def bench() -> Bench:
    return Bench()


def ringing(bench: Bench, sdp: bytes | None = None, **more: object) -> Response:
    """A call that requires reliable provisionals, ringing: our first one."""
    bench.hear(invite(extra={"Require": "100rel", "Allow": "UPDATE, PRACK"}, **more))
    bench.calls[-1].ring(sdp)
    return last(bench)


def last(bench: Bench) -> Response:
    found = parse_message(bench.sent[-1][1])
    assert isinstance(found, Response)
    return found


def prack(of: Response, cseq: int = 2, *, rseq: int | None = None, body: bytes = b"") -> bytes:
    rack = f"{of.header('rseq') if rseq is None else rseq} {of.cseq} INVITE"
    return request("PRACK", cseq=cseq, to_tag=of.to.tag, branch=f"p{cseq}", body=body, extra={"RAck": rack})


def test_ringing_is_repeated_until_its_prack(bench: Bench) -> None:
    first = ringing(bench)
    assert (first.status, first.header("require")) == (180, "100rel")
    assert statuses(bench.pass_time(3.9)) == [180, 180, 180]
    assert last(bench).header("rseq") == first.header("rseq")
    assert statuses(bench.hear(prack(first))) == [200]
    assert bench.pass_time(30) == []


def test_without_a_prack_the_call_comes_to_nothing_after_32_seconds(bench: Bench) -> None:
    ringing(bench)
    assert 504 in statuses(bench.pass_time(33))
    assert bench.listeners[0].told == [("cancelled",)]
    assert bench.agent.live_calls() == 0


def test_a_prack_of_something_else_is_481_and_stops_nothing(bench: Bench) -> None:
    first = ringing(bench)
    assert statuses(bench.hear(prack(first, 2, rseq=1))) == [481]
    assert statuses(bench.pass_time(0.6)) == [180]
    assert statuses(bench.hear(prack(first, 3))) == [200]
    assert statuses(bench.hear(prack(first, 4))) == [481]


def test_one_at_a_time_and_the_last_of_those_waiting(bench: Bench) -> None:
    first = ringing(bench)
    bench.calls[0].ring()
    bench.calls[0].ring(ANSWER)
    assert last(bench) is not first
    assert last(bench).header("rseq") == first.header("rseq")
    sent = bench.hear(prack(first))
    assert statuses(sent) == [200, 183]
    second = last(bench)
    assert int(second.header("rseq") or "") == int(first.header("rseq") or "") + 1
    assert second.sdp == ANSWER


def test_the_answer_waits_for_the_prack_of_early_media(bench: Bench) -> None:
    first = ringing(bench, ANSWER)
    bench.calls[0].answer(ANSWER)
    assert last(bench).status == 183
    assert statuses(bench.hear(prack(first))) == [200, 200]
    assert bench.calls[0].state is CallState.ANSWERED


def test_the_answer_does_not_wait_for_bare_ringing_and_a_late_prack_is_taken(bench: Bench) -> None:
    first = ringing(bench)
    bench.calls[0].answer(ANSWER)
    assert last(bench).status == 200
    assert statuses(bench.hear(prack(first))) == [200]
    assert 180 not in statuses(bench.pass_time(3))


def test_a_caller_without_an_offer_gets_ours_with_the_ringing_and_answers_in_the_prack(bench: Bench) -> None:
    first = ringing(bench, body=b"")
    assert first.sdp == make_offer(OURS)
    assert statuses(bench.hear(prack(first, body=OFFER))) == [200]
    bench.calls[0].answer(ANSWER)
    assert (last(bench).status, last(bench).body) == (200, b"")
    assert bench.listeners[0].told == [("offer", None), ("reanswered", OFFER)]


def test_early_media_may_be_moved_by_update_from_either_side(bench: Bench) -> None:
    first = ringing(bench, ANSWER)
    bench.hear(prack(first))
    (ok,) = bench.hear(request("UPDATE", cseq=3, to_tag=first.to.tag, branch="u", body=OFFER))
    assert (statuses([ok]), ok.body) == ([200], ANSWER)
    before = len(bench.sent)
    bench.calls[0].reinvite(make_offer(OURS))
    (ours,) = bench.since(before)
    assert isinstance(ours, Request)
    assert (ours.method, ours.body) == ("UPDATE", make_offer(OURS))
    bench.hear(reply(ours, 200, body=OFFER))
    assert bench.listeners[0].told[-1] == ("reanswered", OFFER)


def test_cancel_stops_the_repeats(bench: Bench) -> None:
    ringing(bench)
    assert statuses(bench.hear(request("CANCEL"))) == [200, 487]
    bench.hear(request("ACK"))
    assert bench.pass_time(40) == []


def test_a_caller_who_does_not_require_it_gets_plain_ringing(bench: Bench) -> None:
    bench.hear(invite(extra={"Supported": "100rel"}))
    bench.calls[0].ring()
    assert last(bench).header("rseq") is None
    assert bench.pass_time(10) == []


# --- calls we place ----------------------------------------------------------------------------------


def reliable(to: Request, status: int, rseq: int, tag: str = "them", body: bytes = b"") -> bytes:
    extra = f"Require: 100rel\r\nRSeq: {rseq}\r\nAllow: UPDATE\r\n"
    return reply(to, status, tag=tag, body=body, extra=extra)


def test_a_reliable_provisional_is_acknowledged_once_and_in_order(bench: Bench) -> None:
    _, listener, (ours,) = bench.place(ToTrunk("carrier", "028"))
    (first,) = bench.hear(reliable(ours, 180, 7))
    assert isinstance(first, Request)
    assert (first.method, first.header("rack"), first.cseq) == ("PRACK", "7 1 INVITE", 2)
    assert first.to.tag == "them"
    bench.hear(reply(first, 200))
    assert bench.hear(reliable(ours, 180, 7)) == []
    assert bench.hear(reliable(ours, 183, 9)) == []
    (second,) = bench.hear(reliable(ours, 183, 8, body=ANSWER))
    assert isinstance(second, Request)
    assert (second.header("rack"), second.cseq) == ("8 1 INVITE", 3)
    assert listener.told == [("ringing", None), ("ringing", ANSWER)]


def test_the_numbers_go_on_after_the_answer(bench: Bench) -> None:
    call, _, (ours,) = bench.place(ToTrunk("carrier", "028"))
    bench.hear(reliable(ours, 180, 7))
    (ack,) = bench.hear(reply(ours, 200, body=ANSWER))
    assert (ack.method, ack.cseq) == ("ACK", 1)
    call.bye()
    assert parse_message(bench.sent[-1][1]).cseq == 3


def test_each_phone_of_a_fork_is_acknowledged_by_itself(bench: Bench) -> None:
    _, _, (ours,) = bench.place(ToTrunk("carrier", "028"))
    pracks = [*bench.hear(reliable(ours, 180, 7, "one")), *bench.hear(reliable(ours, 180, 7, "two"))]
    assert [(one.method, one.to.tag, one.cseq) for one in pracks] == [
        ("PRACK", "one", 2),
        ("PRACK", "two", 2),
    ]


def test_an_offer_in_the_ringing_is_answered_in_the_prack(bench: Bench) -> None:
    call, listener, (ours,) = bench.place(ToTrunk("carrier", "028"), None)
    (acknowledged,) = bench.hear(reliable(ours, 183, 1, body=OFFER))
    assert acknowledged.sdp == ANSWER
    (ack,) = bench.hear(reply(ours, 200))
    assert ack.body == b""
    assert listener.news == ["offer", "ringing", "answered"]
    assert call.state is CallState.UP


def test_the_called_party_may_move_early_media_by_update(bench: Bench) -> None:
    _, listener, (ours,) = bench.place(ToTrunk("carrier", "028"))
    common = {"call_id": ours.call_id, "from_tag": "them", "to_tag": ours.from_.tag}
    bench.hear(reliable(ours, 180, 1))
    refused = bench.hear(request("UPDATE", cseq=1, branch="u1", body=OFFER, **common))  # type: ignore[arg-type]
    assert statuses(refused) == [491]
    bench.hear(reliable(ours, 183, 2, body=ANSWER))
    (ok,) = bench.hear(request("UPDATE", cseq=2, branch="u2", body=OFFER, **common))  # type: ignore[arg-type]
    assert (statuses([ok]), ok.body) == ([200], ANSWER)
    assert listener.news[-1] == "offer"


def test_nothing_is_left_when_a_call_that_rang_reliably_fails(bench: Bench) -> None:
    _, listener, (ours,) = bench.place(ToTrunk("carrier", "028"))
    (acknowledged,) = bench.hear(reliable(ours, 180, 7))
    assert isinstance(acknowledged, Request)
    bench.hear(reply(acknowledged, 200))
    bench.hear(reply(ours, 486))
    assert listener.news == ["ringing", "failed"]
    assert bench.agent.live_calls() == 0
