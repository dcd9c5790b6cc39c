"""Calls that come to us: every behaviour the libraries get wrong, one by one."""

import pytest

from telephony.sip.build import ALLOW
from telephony.sip.calls import CallState, Source, Unattended
from telephony.sip.message import Request, Response, parse_message
from telephony.sip.sdp import make_offer
from telephony.sip.wire import Flow
from tests.unit.telephony.sip.bench import (
    ANSWER,
    OFFER,
    OURS,
    PEER,
    STRANGER,
    Bench,
    Listener,
    invite,
    reply,
    request,
    statuses,
)

pytestmark = pytest.mark.unit


@pytest.fixture
def bench() -> Bench:
    return Bench()


def answered(bench: Bench, **more: object) -> tuple[str, Listener]:
    """A call from the trunk, answered and acknowledged: our tag and its listener."""
    bench.hear(invite(**more))
    bench.calls[-1].answer(ANSWER)
    ok = parse_message(bench.sent[-1][1])
    bench.hear(ack(ok.to.tag))
    return ok.to.tag, bench.listeners[-1]


def ack(tag: str, cseq: int = 1, body: bytes = b"", branch: str = "ack") -> bytes:
    return request("ACK", cseq=cseq, to_tag=tag, branch=branch, body=body)


def bye(tag: str, cseq: int = 2, flow: Flow = PEER, branch: str = "bye") -> bytes:
    return request("BYE", cseq=cseq, to_tag=tag, branch=branch, flow=flow)


def test_a_call_of_a_trunk_is_trying_ringing_answered_and_hung_up(bench: Bench) -> None:
    assert statuses(bench.hear(invite())) == [100]
    call = bench.calls[0]
    assert (call.dialled, call.caller.number, call.caller.display) == ("19001234", "+84901111111", "Peer")
    assert call.source == Source("trunk", "carrier")
    assert call.sdp == OFFER
    call.ring()
    call.answer(ANSWER)
    ringing, ok = bench.since(1)
    assert statuses([ringing, ok]) == [180, 200]
    assert ok.body == ANSWER
    assert ringing.to.tag == ok.to.tag
    bench.hear(ack(ok.to.tag))
    assert statuses(bench.hear(bye(ok.to.tag))) == [200]
    assert bench.listeners[0].told == [("acked", None), ("ended", "peer_bye")]
    assert bench.agent.live_calls() == 0


def test_a_retransmitted_invite_is_one_call_before_and_after_the_200(bench: Bench) -> None:
    bench.hear(invite())
    assert statuses(bench.hear(invite())) == [100]
    bench.calls[0].ring()
    assert statuses(bench.hear(invite())) == [180]
    bench.calls[0].answer(ANSWER)
    assert bench.hear(invite()) == []
    bench.hear(ack(parse_message(bench.sent[-1][1]).to.tag))
    assert bench.hear(invite()) == []
    assert len(bench.calls) == 1


def test_a_200_is_repeated_until_its_ack(bench: Bench) -> None:
    bench.hear(invite())
    bench.calls[0].answer(ANSWER)
    ok = bench.sent[-1][1]
    assert [data for _, data in bench.sent[2:]] == []
    assert statuses(bench.pass_time(3.9)) == [200, 200, 200]
    assert bench.sent[-1][1] == ok
    bench.hear(ack(parse_message(ok).to.tag))
    assert bench.pass_time(40) == []


def test_without_an_ack_the_call_is_hung_up_after_32_seconds(bench: Bench) -> None:
    bench.hear(invite())
    bench.calls[0].answer(ANSWER)
    sent = statuses(bench.pass_time(33))
    assert sent.count(200) == 10
    assert "BYE" in sent
    farewell = parse_message(next(data for _, data in bench.sent if data.startswith(b"BYE")))
    assert isinstance(farewell, Request)
    bench.hear(reply(farewell, 200))
    assert bench.listeners[0].told == [("ended", "no_ack")]


def test_the_ack_of_another_number_does_not_stop_the_200(bench: Bench) -> None:
    bench.hear(invite())
    bench.calls[0].answer(ANSWER)
    bench.hear(ack(parse_message(bench.sent[-1][1]).to.tag, cseq=9))
    assert statuses(bench.pass_time(1)) == [200]


def test_cancel_is_answered_200_and_the_invite_487_until_its_ack(bench: Bench) -> None:
    bench.hear(invite())
    bench.calls[0].ring()
    cancelled = bench.hear(request("CANCEL"))
    assert [(one.method, one.status) for one in cancelled if isinstance(one, Response)] == [
        ("CANCEL", 200),
        ("INVITE", 487),
    ]
    assert bench.listeners[0].told == [("cancelled",)]
    assert statuses(bench.pass_time(4)) == [487, 487, 487]
    bench.hear(request("ACK"))
    assert bench.pass_time(60) == []
    assert len(bench.agent.transactions) == 0


def test_487_is_given_up_after_32_seconds_without_ack(bench: Bench) -> None:
    bench.hear(invite())
    bench.hear(request("CANCEL"))
    assert set(statuses(bench.pass_time(40))) == {487}
    assert len(bench.agent.transactions) == 0


def test_cancel_after_the_200_leaves_the_call_up(bench: Bench) -> None:
    bench.hear(invite())
    bench.calls[0].answer(ANSWER)
    ok = parse_message(bench.sent[-1][1])
    assert statuses(bench.hear(request("CANCEL"))) == [200]
    bench.hear(ack(ok.to.tag))
    assert bench.calls[0].state is CallState.UP
    assert bench.listeners[0].told == [("acked", None)]


def test_cancel_from_another_address_is_refused(bench: Bench) -> None:
    bench.hear(invite())
    assert statuses(bench.hear(request("CANCEL"), STRANGER)) == [481]
    assert bench.listeners[0].told == []


@pytest.mark.parametrize("method", ["CANCEL", "BYE", "INFO"])
def test_a_request_about_nothing_is_481(bench: Bench, method: str) -> None:
    assert statuses(bench.hear(request(method))) == [481]
    assert statuses(bench.hear(request(method, to_tag="nobody", branch="two"))) == [481]


def test_a_stray_ack_is_never_answered(bench: Bench) -> None:
    assert bench.hear(request("ACK")) == []
    assert bench.hear(request("ACK", to_tag="nobody")) == []


def test_a_number_that_went_backwards_is_500(bench: Bench) -> None:
    tag, listener = answered(bench, cseq=5)
    assert bench.calls[0].state is CallState.ANSWERED  # the ACK bore the wrong number
    bench.hear(ack(tag, cseq=5, branch="ack2"))
    assert statuses(bench.hear(bye(tag, cseq=4))) == [500]
    assert listener.news == ["acked"]
    assert statuses(bench.hear(bye(tag, cseq=6, branch="later"))) == [200]


def test_a_retransmitted_bye_is_answered_200_again(bench: Bench) -> None:
    tag, listener = answered(bench)
    assert statuses(bench.hear(bye(tag))) == [200]
    assert statuses(bench.hear(bye(tag))) == [200]
    assert listener.news == ["acked", "ended"]
    assert statuses(bench.hear(bye(tag, cseq=3, branch="another"))) == [481]


def test_a_bye_before_the_answer_ends_the_invite_with_487(bench: Bench) -> None:
    bench.hear(invite())
    bench.calls[0].ring()
    tag = parse_message(bench.sent[-1][1]).to.tag
    assert statuses(bench.hear(bye(tag))) == [200, 487]
    assert bench.listeners[0].told == [("cancelled",)]


def test_the_same_invite_by_another_path_is_482(bench: Bench) -> None:
    bench.hear(invite())
    assert statuses(bench.hear(invite(branch="other"))) == [482]
    assert len(bench.calls) == 1


def test_an_unknown_extension_is_420_and_named(bench: Bench) -> None:
    (refusal,) = bench.hear(invite(extra={"Require": "100rel, telepathy"}))
    assert statuses([refusal]) == [420]
    assert refusal.header("unsupported") == "telepathy"


def test_an_unknown_method_is_405_with_what_is_allowed(bench: Bench) -> None:
    (refusal,) = bench.hear(request("PUBLISH"))
    assert statuses([refusal]) == [405]
    assert refusal.header("allow") == ALLOW


def test_a_body_that_is_no_sdp_is_415_with_what_is_accepted(bench: Bench) -> None:
    message = invite(body=b"<audio/>").replace(b"application/sdp", b"text/html")
    (refusal,) = bench.hear(message)
    assert statuses([refusal]) == [415]
    assert refusal.header("accept") == "application/sdp"


def test_a_call_at_its_last_hop_is_483_and_options_are_answered(bench: Bench) -> None:
    assert statuses(bench.hear(invite().replace(b"Max-Forwards: 70", b"Max-Forwards: 0"))) == [483]
    assert statuses(bench.hear(request("OPTIONS").replace(b"Max-Forwards: 70", b"Max-Forwards: 0"))) == [200]


def test_an_address_of_another_kind_is_416(bench: Bench) -> None:
    assert statuses(bench.hear(invite(uri="mailto:someone@example.org"))) == [416]


def test_ringing_may_last_minutes_and_is_said_again(bench: Bench) -> None:
    bench.hear(invite())
    bench.calls[0].ring()
    assert statuses(bench.pass_time(185)) == [180, 180, 180]
    bench.calls[0].answer(ANSWER)
    assert statuses(bench.since(len(bench.sent) - 1)) == [200]


def test_early_media_is_a_183_with_its_description(bench: Bench) -> None:
    bench.hear(invite())
    bench.calls[0].ring(ANSWER)
    progress = parse_message(bench.sent[-1][1])
    assert statuses([progress]) == [183]
    assert progress.sdp == ANSWER


def test_a_rejection_is_repeated_until_its_ack(bench: Bench) -> None:
    bench.hear(invite())
    bench.calls[0].reject(486, "Busy\r\nX-Evil: 1")
    assert b"486 BusyX-Evil: 1\r\n" in bench.sent[-1][1]
    assert statuses(bench.pass_time(1)) == [486]
    bench.hear(request("ACK"))
    assert bench.pass_time(5) == []
    bench.calls[0].answer(ANSWER)
    assert bench.calls[0].state is CallState.ENDED


def test_a_late_offer_is_ours_and_its_answer_comes_in_the_ack(bench: Bench) -> None:
    bench.hear(invite(body=b""))
    assert bench.calls[0].sdp is None
    bench.calls[0].answer(make_offer(OURS))
    tag = parse_message(bench.sent[-1][1]).to.tag
    bench.hear(ack(tag, body=OFFER))
    assert bench.listeners[0].told == [("acked", OFFER)]


def test_a_hang_up_of_ours_waits_for_the_ack(bench: Bench) -> None:
    bench.hear(invite())
    bench.calls[0].answer(ANSWER)
    tag = parse_message(bench.sent[-1][1]).to.tag
    before = len(bench.sent)
    bench.calls[0].bye("over and out")
    assert bench.since(before) == []
    (farewell,) = bench.hear(ack(tag))
    assert isinstance(farewell, Request)
    assert farewell.method == "BYE"
    assert farewell.header("reason") == 'SIP;cause=200;text="over and out"'
    assert (farewell.to.tag, farewell.from_.tag, farewell.uri) == (
        "peer",
        tag,
        "sip:+84901111111@203.0.113.7:5060",
    )
    assert statuses(bench.pass_time(1.2)) == ["BYE"]
    bench.hear(reply(farewell, 200))
    assert bench.listeners[0].told == [("acked", None), ("ended", "local_bye")]
    assert bench.pass_time(40) == []


def test_a_hang_up_that_nobody_answers_ends_the_call_all_the_same(bench: Bench) -> None:
    _, listener = answered(bench)
    bench.calls[0].bye()
    bench.pass_time(33)
    assert listener.news == ["acked", "ended"]
    assert len(bench.agent.transactions) == 0


def test_hold_and_its_end_are_offers_of_the_peer(bench: Bench) -> None:
    tag, listener = answered(bench)
    hold = OFFER.replace(b"a=sendrecv", b"a=sendonly")
    trying, ok = bench.hear(invite(cseq=2, to_tag=tag, branch="hold", body=hold))
    assert statuses([trying, ok]) == [100, 200]
    assert b"a=recvonly" in ok.body
    bench.hear(ack(tag, cseq=2, branch="ack2"))
    assert statuses(bench.hear(invite(cseq=3, to_tag=tag, branch="resume"))) == [100, 200]
    bench.hear(ack(tag, cseq=3, branch="ack3"))
    assert listener.told == [("acked", None), ("offer", hold), ("offer", OFFER)]


def test_a_reinvite_without_offer_gets_ours_and_its_answer_comes_in_the_ack(bench: Bench) -> None:
    tag, listener = answered(bench)
    _, ok = bench.hear(invite(cseq=2, to_tag=tag, branch="late", body=b""))
    assert ok.sdp == make_offer(OURS)
    bench.hear(ack(tag, cseq=2, branch="ack2", body=OFFER))
    assert listener.told[1:] == [("offer", None), ("reanswered", OFFER)]


def test_an_offer_the_handler_refuses_is_488_and_the_call_goes_on(bench: Bench) -> None:
    tag, listener = answered(bench)
    listener.refuses = True
    assert statuses(bench.hear(invite(cseq=2, to_tag=tag, branch="bad"))) == [100, 488]
    bench.hear(request("ACK", cseq=2, to_tag=tag, branch="bad"))
    assert bench.calls[0].state is CallState.UP


def test_an_offer_while_ours_is_open_is_491(bench: Bench) -> None:
    tag, listener = answered(bench)
    bench.calls[0].reinvite(make_offer(OURS))
    ours = parse_message(bench.sent[-1][1])
    assert isinstance(ours, Request)
    assert statuses(bench.hear(invite(cseq=2, to_tag=tag, branch="glare"))) == [100, 491]
    (acknowledged,) = bench.hear(reply(ours, 491))
    assert acknowledged.method == "ACK"
    again = bench.pass_time(2.2)  # we don't own the Call-ID: 0 to 2 s
    assert "INVITE" in statuses(again)
    offer = next(one for one in again if isinstance(one, Request) and one.method == "INVITE")
    assert offer.cseq == ours.cseq + 1
    assert statuses(bench.hear(reply(offer, 200, body=OFFER))) == ["ACK"]
    assert listener.told[-1] == ("reanswered", OFFER)


def test_a_repeated_200_to_our_reinvite_is_acknowledged_again(bench: Bench) -> None:
    _, listener = answered(bench)
    bench.calls[0].reinvite(make_offer(OURS))
    ours = parse_message(bench.sent[-1][1])
    assert isinstance(ours, Request)
    assert statuses(bench.hear(reply(ours, 200, body=OFFER))) == ["ACK"]
    assert statuses(bench.hear(reply(ours, 200, body=OFFER))) == ["ACK"]
    assert listener.news == ["acked", "reanswered"]


def test_offers_of_ours_wait_their_turn_and_the_last_one_wins(bench: Bench) -> None:
    _, listener = answered(bench)
    call = bench.calls[0]
    first, second, third = (make_offer(OURS).replace(b" 7 1 ", f" 7 {n} ".encode()) for n in (2, 3, 4))
    call.reinvite(first)
    ours = parse_message(bench.sent[-1][1])
    call.reinvite(second)
    call.reinvite(third)
    assert isinstance(ours, Request)
    sent = bench.hear(reply(ours, 200, body=OFFER))
    assert statuses(sent) == ["ACK", "INVITE"]
    assert sent[1].body == third
    assert listener.news == ["acked", "reanswered"]


def test_a_reinvite_the_peer_does_not_know_ends_the_call(bench: Bench) -> None:
    _, listener = answered(bench)
    bench.calls[0].reinvite(make_offer(OURS))
    ours = parse_message(bench.sent[-1][1])
    assert isinstance(ours, Request)
    bench.hear(reply(ours, 481))
    assert listener.told[-1] == ("ended", "dialog_gone")


@pytest.mark.parametrize(
    ("kind", "body", "digit"),
    [
        ("application/dtmf-relay", b"Signal=5\r\nDuration=160\r\n", "5"),
        ("application/dtmf-relay", b"Signal= 11\r\nDuration=160\r\n", "#"),
        ("application/dtmf", b"*", "*"),
        ("application/dtmf", b"d\r\n", "D"),
    ],
)
def test_a_key_by_info_is_one_digit_also_when_repeated(
    bench: Bench, kind: str, body: bytes, digit: str
) -> None:
    tag, listener = answered(bench)
    info = request("INFO", cseq=2, to_tag=tag, branch="key", body=body).replace(
        b"application/sdp", kind.encode()
    )
    assert statuses(bench.hear(info)) == [200]
    assert statuses(bench.hear(info)) == [200]
    assert listener.told[1:] == [("digit", digit)]


def test_info_of_another_kind_is_415_and_no_digit(bench: Bench) -> None:
    tag, listener = answered(bench)
    info = request("INFO", cseq=2, to_tag=tag, branch="key", body=b"x").replace(
        b"application/sdp", b"text/plain"
    )
    assert statuses(bench.hear(info)) == [415]
    broken = request("INFO", cseq=3, to_tag=tag, branch="key2", body=b"Signal=99")
    assert statuses(bench.hear(broken.replace(b"application/sdp", b"application/dtmf-relay"))) == [400]
    assert statuses(bench.hear(request("INFO", cseq=4, to_tag=tag, branch="empty"))) == [200]
    assert listener.news == ["acked"]


def test_a_forged_bye_from_elsewhere_is_refused_over_udp(bench: Bench) -> None:
    tag, listener = answered(bench)
    assert statuses(bench.hear(bye(tag), STRANGER)) == [481]
    assert listener.news == ["acked"]
    other = Flow("udp", "203.0.113.8", 5060)  # the trunk's second address may speak for it
    assert statuses(bench.hear(bye(tag, branch="two"), other)) == [200]
    assert listener.news == ["acked", "ended"]


def test_a_wrong_from_tag_is_another_dialog(bench: Bench) -> None:
    tag, _ = answered(bench)
    assert statuses(bench.hear(request("BYE", cseq=2, to_tag=tag, branch="b", from_tag="guess"))) == [481]


def test_requests_of_ours_follow_the_record_route(bench: Bench) -> None:
    bench.hear(invite(extra={"Record-Route": "<sip:203.0.113.50;lr>, <sip:203.0.113.51:5070;lr>"}))
    bench.calls[0].answer(ANSWER)
    ok = parse_message(bench.sent[-1][1])
    assert ok.values("record-route") == ["<sip:203.0.113.50;lr>, <sip:203.0.113.51:5070;lr>"]
    bench.hear(ack(ok.to.tag))
    bench.calls[0].bye()
    farewell = parse_message(bench.sent[-1][1])
    assert farewell.values("route") == ["<sip:203.0.113.50;lr>", "<sip:203.0.113.51:5070;lr>"]
    assert bench.last_flow() == Flow("udp", "203.0.113.50", 5060)


def test_a_strict_router_gets_the_target_as_last_route(bench: Bench) -> None:
    bench.hear(invite(extra={"Record-Route": "<sip:203.0.113.50>"}))
    bench.calls[0].answer(ANSWER)
    bench.hear(ack(parse_message(bench.sent[-1][1]).to.tag))
    bench.calls[0].bye()
    farewell = parse_message(bench.sent[-1][1])
    assert isinstance(farewell, Request)
    assert farewell.uri == "sip:203.0.113.50"
    assert farewell.values("route") == ["<sip:+84901111111@203.0.113.7:5060>"]


def test_while_draining_new_calls_are_503_and_running_ones_go_on(bench: Bench) -> None:
    tag, _ = answered(bench)
    bench.agent.is_draining = True
    (refusal,) = bench.hear(invite(call_id="second", branch="second"))
    assert statuses([refusal]) == [503]
    assert refusal.header("retry-after") == "5"
    assert statuses(bench.hear(bye(tag))) == [200]


def test_a_call_nobody_takes_is_500_and_a_subclass_of_the_stand_in_counts_as_somebody(bench: Bench) -> None:
    class Quiet(Unattended):
        """Takes the call and has nothing to say."""

    bench.on_call = lambda call: setattr(call, "handler", Quiet())
    assert statuses(bench.hear(invite())) == [100]
    bench.on_call = lambda call: setattr(call, "handler", Unattended())
    assert statuses(bench.hear(invite(call_id="two", branch="two"))) == [100, 500]
