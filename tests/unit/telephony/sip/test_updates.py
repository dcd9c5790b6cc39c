"""UPDATE (RFC 3311) and glare (RFC 3261 section 14): who may offer when, and who waits."""

import pytest

from telephony.sip.message import Request, Response, parse_message
from telephony.sip.sdp import make_offer
from telephony.sip.useragent import ToTrunk
from telephony.sip.wire import Flow
from tests.unit.telephony.sip.bench import (
    ANSWER,
    OFFER,
    OURS,
    PEER,
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


def answered(bench: Bench) -> tuple[str, Listener]:
    bench.hear(invite())
    bench.calls[-1].answer(ANSWER)
    tag = parse_message(bench.sent[-1][1]).to.tag
    bench.hear(request("ACK", to_tag=tag, branch="ack"))
    return tag, bench.listeners[-1]


def update(tag: str, cseq: int = 2, body: bytes = b"") -> bytes:
    return request("UPDATE", cseq=cseq, to_tag=tag, branch=f"u{cseq}", body=body)


def test_an_update_with_an_offer_is_answered_and_without_one_is_a_sign_of_life(bench: Bench) -> None:
    tag, listener = answered(bench)
    (ok,) = bench.hear(update(tag, 2, OFFER))
    assert (statuses([ok]), ok.body) == ([200], ANSWER)
    (ok,) = bench.hear(update(tag, 3))
    assert (statuses([ok]), ok.body) == ([200], b"")
    assert listener.news == ["acked", "offer"]


def test_in_a_secure_dialog_every_address_of_ours_is_secure(bench: Bench) -> None:
    """RFC 3261 section 12.1.1: who is reached by `sips:` is told to reach us by it, also later on."""
    secure = Flow("tls", PEER.host, PEER.port)

    def over_tls(data: bytes) -> bytes:
        return data.replace(b"Contact: <sip:", b"Contact: <sips:").replace(b"SIP/2.0/UDP", b"SIP/2.0/TLS")

    bench.hear(over_tls(invite()), secure)
    bench.calls[0].answer(ANSWER)
    tag = parse_message(bench.sent[-1][1]).to.tag
    bench.hear(over_tls(request("ACK", to_tag=tag, branch="ack")), secure)
    bench.calls[0].reinvite(make_offer(OURS))
    ours = parse_message(bench.sent[-1][1])
    (ok,) = bench.hear(over_tls(update(tag)), secure)
    for message in (ours, ok):
        assert message.contact is not None
        assert str(message.contact.uri).startswith("sips:")


def test_an_update_moves_the_peer(bench: Bench) -> None:
    tag, _ = answered(bench)
    moved = update(tag).replace(
        b"Contact: <sip:+84901111111@203.0.113.7:5060>", b"Contact: <sip:x@203.0.113.8:5070>"
    )
    bench.hear(moved)
    bench.calls[0].bye()
    assert bench.sent[-1][1].startswith(b"BYE sip:x@203.0.113.8:5070 ")


def test_an_offer_nobody_can_take_is_488(bench: Bench) -> None:
    tag, listener = answered(bench)
    listener.refuses = True
    assert statuses(bench.hear(update(tag, 2, OFFER))) == [488]


def test_an_update_of_a_body_that_is_no_offer_is_415(bench: Bench) -> None:
    tag, _ = answered(bench)
    body = update(tag, 2, b"hello").replace(b"application/sdp", b"text/plain")
    assert statuses(bench.hear(body)) == [415]


def test_an_offer_while_ours_is_open_is_491_by_either_method(bench: Bench) -> None:
    tag, _ = answered(bench)
    bench.calls[0].reinvite(make_offer(OURS))
    assert statuses(bench.hear(update(tag, 2, OFFER))) == [491]
    assert statuses(bench.hear(request("INVITE", cseq=3, to_tag=tag, branch="i", body=OFFER))) == [100, 491]
    assert statuses(bench.hear(update(tag, 4))) == [200]


def test_an_offer_before_our_answer_to_the_first_is_500_with_a_time_to_come_back(bench: Bench) -> None:
    bench.hear(invite())
    bench.calls[0].ring()
    tag = parse_message(bench.sent[-1][1]).to.tag
    for cseq, message in ((2, update(tag, 2, OFFER)), (3, invite(cseq=3, to_tag=tag, branch="i3"))):
        refusal = bench.hear(message)[-1]
        assert isinstance(refusal, Response)
        assert (refusal.status, refusal.cseq) == (500, cseq)
        assert 0 <= int(refusal.header("retry-after") or "-1") <= 10


def test_a_500_that_says_when_is_tried_again_then(bench: Bench) -> None:
    answered(bench)
    before = len(bench.sent)
    bench.calls[0].reinvite(make_offer(OURS))
    (ours,) = bench.since(before)
    assert isinstance(ours, Request)
    assert statuses(bench.hear(reply(ours, 500, extra="Retry-After: 3\r\n"))) == ["ACK"]
    assert bench.pass_time(2.9) == []
    assert statuses(bench.pass_time(0.3)) == ["INVITE"]


def test_glare_makes_the_one_without_the_call_id_wait_at_most_two_seconds(bench: Bench) -> None:
    answered(bench)
    before = len(bench.sent)
    bench.calls[0].reinvite(make_offer(OURS))
    (ours,) = bench.since(before)
    assert isinstance(ours, Request)
    bench.hear(reply(ours, 491))
    assert "INVITE" in statuses(bench.pass_time(2.1))


def test_glare_of_a_refresh_is_waited_out_too(bench: Bench) -> None:
    _, _, (ours,) = bench.place(ToTrunk("carrier", "028"))
    bench.hear(reply(ours, 200, body=ANSWER, extra="Allow: UPDATE\r\nSession-Expires: 100;refresher=uac\r\n"))
    (refresh,) = bench.pass_time(50.1)
    assert isinstance(refresh, Request)
    bench.hear(reply(refresh, 491))
    assert bench.pass_time(2.05) == []
    assert statuses(bench.pass_time(2.1))[0] == "UPDATE"


def test_a_new_offer_of_ours_follows_a_refresh_that_is_open(bench: Bench) -> None:
    call, _, (ours,) = bench.place(ToTrunk("carrier", "028"))
    bench.hear(reply(ours, 200, body=ANSWER, extra="Allow: UPDATE\r\nSession-Expires: 100;refresher=uac\r\n"))
    (refresh,) = bench.pass_time(50.1)
    before = len(bench.sent)
    call.reinvite(make_offer(OURS))
    assert bench.since(before) == []
    assert isinstance(refresh, Request)
    assert statuses(bench.hear(reply(refresh, 200, extra="Session-Expires: 100\r\n"))) == ["INVITE"]
