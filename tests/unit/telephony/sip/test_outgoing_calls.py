"""Calls we place: forks, logins, CANCEL races, and patience while it rings."""

from typing import Any

import pytest

from telephony.sip.calls import CallState
from telephony.sip.message import Request
from telephony.sip.sdp import make_offer
from telephony.sip.trunks import TrunkConfig
from telephony.sip.useragent import ToAccount, ToTrunk
from telephony.sip.wire import Flow
from tests.unit.telephony.sip.bench import (
    ANSWER,
    OFFER,
    OURS,
    PHONE,
    STRANGER,
    Bench,
    reply,
    request,
    statuses,
)

pytestmark = pytest.mark.unit

DESK, MOBILE = PHONE, Flow("udp", "192.0.2.34", 5064)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def register(bench: Bench, flow: Flow, branch: str) -> None:
    text = request(
        "REGISTER", uri="sip:192.0.2.1", flow=flow, branch=branch, call_id=branch, user="alice"
    ).replace(b"To: <sip:192.0.2.1>", b"To: <sip:alice@192.0.2.1>")
    assert statuses(bench.log_in(text, flow)) == [200]


def two_phones(bench: Bench) -> None:
    register(bench, DESK, "desk")
    register(bench, MOBILE, "mobile")


def test_an_invite_is_repeated_until_a_provisional_then_rings_for_minutes(bench: Bench) -> None:
    _, listener, (invite,) = bench.place(ToTrunk("carrier", "0281234567"))
    assert (invite.uri, invite.from_.uri, invite.from_.display) == (
        "sip:0281234567@203.0.113.7",
        "sip:+84901234567@192.0.2.1",
        "An",
    )
    assert statuses(bench.pass_time(3.9)) == ["INVITE"] * 3
    bench.hear(reply(invite, 100, tag=""))
    assert bench.pass_time(10) == []
    bench.hear(reply(invite, 180))
    assert bench.pass_time(600) == []
    assert listener.told == [("ringing", None)]
    assert statuses(bench.hear(reply(invite, 200, body=ANSWER))) == ["ACK"]
    assert listener.told[-1] == ("answered", ANSWER)


def test_nobody_at_all_is_408_after_32_seconds(bench: Bench) -> None:
    call, listener, _ = bench.place(ToTrunk("carrier", "028"))
    assert statuses(bench.pass_time(33)) == ["INVITE"] * 6
    assert listener.told == [("failed", 408, "Request Timeout")]
    assert call.state is CallState.ENDED


def test_a_repeated_200_is_acknowledged_again_with_the_same_ack(bench: Bench) -> None:
    _, listener, (invite,) = bench.place(ToTrunk("carrier", "028"))
    bench.hear(reply(invite, 200, body=ANSWER))
    first = bench.sent[-1]
    bench.hear(reply(invite, 200, body=ANSWER))
    assert bench.sent[-1] == first
    assert bench.sent[-1][1].startswith(b"ACK sip:them@203.0.113.7:5060 ")
    assert listener.news == ["answered"]


def test_a_refusal_is_acknowledged_by_the_transaction_also_when_repeated(bench: Bench) -> None:
    _, listener, (invite,) = bench.place(ToTrunk("carrier", "028"))
    (ack,) = bench.hear(reply(invite, 486))
    assert isinstance(ack, Request)
    assert (ack.method, ack.via.branch, ack.to.tag, ack.uri) == ("ACK", invite.via.branch, "them", invite.uri)
    assert statuses(bench.hear(reply(invite, 486))) == ["ACK"]
    assert listener.told == [("failed", 486, "Whatever")]


def test_no_phone_and_no_trunk_fail_with_the_next_tick_never_at_once(bench: Bench) -> None:
    for target in (ToAccount("alice"), ToTrunk("nobody", "1")):
        _, listener, invites = bench.place(target)
        assert invites == []
        assert listener.told == []
        bench.pass_time(0.1)
        assert listener.told == [("failed", 480, "Not Registered")]


def test_every_phone_of_an_account_rings_and_the_first_answer_wins(bench: Bench) -> None:
    two_phones(bench)
    call, listener, invites = bench.place(ToAccount("alice"))
    desk, mobile = sorted(invites, key=lambda one: one.uri)
    assert {bench.sent[-1][0], bench.sent[-2][0]} == {DESK, MOBILE}
    bench.hear(reply(desk, 180, tag="desk"), DESK)
    bench.hear(reply(mobile, 180, tag="mobile"), MOBILE)
    ack, cancel = bench.hear(reply(mobile, 200, tag="mobile", body=ANSWER), MOBILE)
    assert isinstance(cancel, Request)
    assert (ack.method, cancel.method) == ("ACK", "CANCEL")
    assert (cancel.via.branch, cancel.uri, cancel.cseq) == (desk.via.branch, desk.uri, desk.cseq)
    assert cancel.header("reason") == 'SIP;cause=200;text="Call completed elsewhere"'
    bench.hear(reply(cancel, 200, tag="desk"), DESK)
    assert statuses(bench.hear(reply(desk, 487, tag="desk"), DESK)) == ["ACK"]
    assert listener.news == ["ringing", "ringing", "answered"]
    assert call.state is CallState.UP


def test_an_answer_that_crosses_its_cancel_is_acknowledged_and_hung_up(bench: Bench) -> None:
    two_phones(bench)
    call, listener, (one, two) = bench.place(ToAccount("alice"))
    bench.hear(reply(one, 180, tag="one"), DESK)
    bench.hear(reply(two, 200, tag="two", body=ANSWER), MOBILE)
    ack, farewell = bench.hear(reply(one, 200, tag="one", body=ANSWER), DESK)
    assert isinstance(farewell, Request)
    assert (ack.method, farewell.method, farewell.to.tag) == ("ACK", "BYE", "one")
    assert statuses(bench.hear(reply(one, 200, tag="one", body=ANSWER), DESK)) == ["ACK"]
    assert listener.news == ["ringing", "answered"]
    assert call.state is CallState.UP


def test_a_second_2xx_of_a_forking_proxy_is_hung_up(bench: Bench) -> None:
    call, listener, (invite,) = bench.place(ToTrunk("carrier", "028"))
    bench.hear(reply(invite, 200, tag="first", body=ANSWER))
    assert statuses(bench.hear(reply(invite, 200, tag="second", body=ANSWER))) == ["ACK", "BYE"]
    assert call.dialog is not None
    assert call.dialog.remote_tag == "first"
    assert listener.news == ["answered"]


def test_cancel_waits_for_a_sign_of_life(bench: Bench) -> None:
    call, listener, (invite,) = bench.place(ToTrunk("carrier", "028"))
    before = len(bench.sent)
    call.cancel("caller hung up")
    assert bench.since(before) == []
    (cancel,) = bench.hear(reply(invite, 180))
    assert cancel.method == "CANCEL"
    assert cancel.header("reason") == 'SIP;cause=487;text="caller hung up"'
    assert isinstance(cancel, Request)
    bench.hear(reply(cancel, 200))
    assert listener.told == []
    assert statuses(bench.hear(reply(invite, 487))) == ["ACK"]
    assert listener.told == [("failed", 487, "Whatever")]
    assert bench.pass_time(60) == []
    assert len(bench.agent.transactions) == 0


def test_a_200_before_the_cancel_got_through_is_hung_up_and_reported_as_failed(bench: Bench) -> None:
    call, listener, (invite,) = bench.place(ToTrunk("carrier", "028"))
    call.cancel("")
    assert statuses(bench.hear(reply(invite, 200, body=ANSWER))) == ["ACK", "BYE"]
    assert listener.told == [("failed", 487, "Request Terminated")]


def test_a_cancelled_call_nobody_finishes_is_given_up(bench: Bench) -> None:
    call, listener, (invite,) = bench.place(ToTrunk("carrier", "028"))
    bench.hear(reply(invite, 180))
    call.cancel("")
    bench.pass_time(33)
    assert listener.news == ["ringing", "failed"]


def test_the_best_failure_is_reported_when_all_phones_fail(bench: Bench) -> None:
    two_phones(bench)
    _, listener, (one, two) = bench.place(ToAccount("alice"))
    bench.hear(reply(one, 480, tag="one"), DESK)
    assert listener.told == []
    bench.hear(reply(two, 486, tag="two"), MOBILE)
    assert listener.told == [("failed", 486, "Whatever")]


def test_a_decline_everywhere_stops_the_other_phones(bench: Bench) -> None:
    two_phones(bench)
    _, listener, (one, two) = bench.place(ToAccount("alice"))
    bench.hear(reply(one, 180, tag="one"), DESK)
    sent = bench.hear(reply(two, 603, tag="two"), MOBILE)
    assert statuses(sent) == ["ACK", "CANCEL"]
    bench.hear(reply(one, 487, tag="one"), DESK)
    assert listener.told[-1] == ("failed", 603, "Whatever")


def test_requests_to_a_phone_go_the_way_it_registered(bench: Bench) -> None:
    register(bench, DESK, "desk")
    call, _, (invite,) = bench.place(ToAccount("alice"))
    bench.hear(reply(invite, 200, body=ANSWER, contact="sip:alice@10.1.1.1:5099"), DESK)
    call.bye()
    assert bench.last_flow() == DESK
    assert bench.since(len(bench.sent) - 1)[0].method == "BYE"


def test_a_phone_that_challenges_us_gets_no_credentials(bench: Bench) -> None:
    register(bench, DESK, "desk")
    _, listener, (invite,) = bench.place(ToAccount("alice"))
    challenge = 'WWW-Authenticate: Digest realm="evil", nonce="n"\r\n'
    assert statuses(bench.hear(reply(invite, 401, extra=challenge), DESK)) == ["ACK"]
    assert listener.told == [("failed", 401, "Whatever")]


@pytest.mark.parametrize(
    ("status", "asks", "answers"),
    [(401, "WWW-Authenticate", "authorization"), (407, "Proxy-Authenticate", "proxy-authorization")],
)
def test_a_trunks_challenge_is_answered_once(status: int, asks: str, answers: str) -> None:
    bench = Bench(TrunkConfig("carrier", ("203.0.113.7",), host="203.0.113.7", user="us", password="pw"))
    _, listener, (invite,) = bench.place(ToTrunk("carrier", "028"))
    challenge = f'{asks}: Digest realm="c", nonce="n", qop="auth,auth-int", algorithm=SHA-256, opaque="o"\r\n'
    ack, again = bench.hear(reply(invite, status, extra=challenge))
    assert isinstance(again, Request)
    assert ack.method == "ACK"
    assert (again.cseq, again.call_id, again.from_.tag) == (2, invite.call_id, invite.from_.tag)
    assert again.via.branch != invite.via.branch
    credentials = again.header(answers) or ""
    assert 'username="us"' in credentials
    assert 'opaque="o"' in credentials
    assert statuses(bench.hear(reply(again, status, tag="two", extra=challenge))) == ["ACK"]
    assert listener.told == [("failed", status, "Whatever")]


def test_the_ack_of_a_call_taken_by_login_carries_the_login(bench: Bench) -> None:
    bench = Bench(TrunkConfig("carrier", ("203.0.113.7",), host="203.0.113.7", user="us", password="pw"))
    _, _, (invite,) = bench.place(ToTrunk("carrier", "028"))
    _, again = bench.hear(reply(invite, 407, extra='Proxy-Authenticate: Digest realm="c", nonce="n"\r\n'))
    assert isinstance(again, Request)
    (ack,) = bench.hear(reply(again, 200, tag="t", body=ANSWER))
    assert (ack.cseq, ack.header("proxy-authorization")) == (2, again.header("proxy-authorization"))


def test_a_second_realm_is_not_answered(bench: Bench) -> None:
    bench = Bench(TrunkConfig("carrier", ("203.0.113.7",), host="203.0.113.7", user="us", password="pw"))
    _, _, (invite,) = bench.place(ToTrunk("carrier", "028"))
    bench.hear(reply(invite, 407, extra='Proxy-Authenticate: Digest realm="c", nonce="n"\r\n'))
    _, listener, (second,) = bench.place(ToTrunk("carrier", "029"))
    bench.hear(reply(second, 407, extra='Proxy-Authenticate: Digest realm="evil", nonce="n"\r\n'))
    assert listener.told == [("failed", 407, "Whatever")]


def test_a_late_offer_of_the_called_is_answered_in_the_ack(bench: Bench) -> None:
    call, listener, (invite,) = bench.place(ToTrunk("carrier", "028"), None)
    assert invite.body == b""
    (ack,) = bench.hear(reply(invite, 200, body=OFFER))
    assert ack.sdp == ANSWER
    assert listener.told == [("offer", OFFER), ("answered", OFFER)]
    assert call.state is CallState.UP


def test_a_late_offer_nobody_can_take_is_acknowledged_and_hung_up(bench: Bench) -> None:
    _, listener, (invite,) = bench.place(ToTrunk("carrier", "028"), None)
    listener.refuses = True
    sent = bench.hear(reply(invite, 200, body=OFFER))
    assert statuses(sent) == ["ACK", "BYE"]
    assert isinstance(sent[1], Request)
    bench.hear(reply(sent[1], 200))
    assert listener.news == ["offer", "ended"]


def test_early_media_reaches_the_handler(bench: Bench) -> None:
    _, listener, (invite,) = bench.place(ToTrunk("carrier", "028"))
    bench.hear(reply(invite, 183, body=ANSWER))
    assert listener.told == [("ringing", ANSWER)]


def test_the_called_party_holds_and_hangs_up(bench: Bench) -> None:
    call, listener, (invite,) = bench.place(ToTrunk("carrier", "028"))
    bench.hear(reply(invite, 200, body=ANSWER))
    ours = invite.from_.tag
    common: dict[str, Any] = {"call_id": invite.call_id, "from_tag": "them", "to_tag": ours}
    hold = OFFER.replace(b"a=sendrecv", b"a=inactive")
    sent = bench.hear(request("INVITE", cseq=9, branch="h", body=hold, **common))
    assert statuses(sent) == [100, 200]
    assert b"a=inactive" in sent[1].body
    assert statuses(bench.hear(request("BYE", cseq=8, branch="old", **common))) == [500]
    assert statuses(bench.hear(request("BYE", cseq=10, branch="b", **common), STRANGER)) == [481]
    assert statuses(bench.hear(request("BYE", cseq=10, branch="b", **common))) == [200]
    assert listener.told[-1] == ("ended", "peer_bye")
    assert call.state is CallState.ENDED
    assert bench.pass_time(40) == []


def test_glare_makes_the_owner_of_the_call_id_wait_longer(bench: Bench) -> None:
    call, _, (invite,) = bench.place(ToTrunk("carrier", "028"))
    bench.hear(reply(invite, 200, body=ANSWER))
    before = len(bench.sent)
    call.reinvite(make_offer(OURS))
    (ours,) = bench.since(before)
    assert isinstance(ours, Request)
    bench.hear(reply(ours, 491))
    assert bench.pass_time(2.05) == []
    assert statuses(bench.pass_time(2.1))[0] == "INVITE"


def test_an_unreachable_stream_fails_the_call_with_503() -> None:
    bench = Bench(TrunkConfig("carrier", (), host="203.0.113.7", transport="tcp"))
    _, listener, (invite,) = bench.place(ToTrunk("carrier", "028"))
    assert invite.via.transport == "TCP"
    bench.agent.flow_lost(Flow("tcp", "203.0.113.7", 5060))
    assert listener.told == [("failed", 503, "Not Reachable")]


def test_over_a_stream_nothing_is_repeated() -> None:
    bench = Bench(TrunkConfig("carrier", (), host="203.0.113.7", transport="tcp"))
    bench.place(ToTrunk("carrier", "028"))
    assert bench.pass_time(31) == []


def test_extra_headers_cannot_replace_ours_nor_break_lines(bench: Bench) -> None:
    _, _, (invite,) = bench.place(
        ToTrunk("carrier", "028"), OFFER, **{"X-Thread": "7\r\nFrom: evil", "From": "evil"}
    )
    assert invite.header("x-thread") == "7From: evil"
    assert len(invite.values("from")) == 1


def test_a_stray_response_and_one_through_us_are_dropped(bench: Bench) -> None:
    _, listener, (invite,) = bench.place(ToTrunk("carrier", "028"))
    stray = reply(invite, 200).replace(invite.via.branch.encode(), b"z9hG4bKother")
    assert bench.hear(stray) == []
    two_hops = reply(invite, 200).replace(
        b"\r\nFrom:", b"\r\nVia: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bKx\r\nFrom:"
    )
    assert bench.hear(two_hops) == []
    other_call = reply(invite, 200).replace(invite.call_id.encode(), b"guess")
    assert bench.hear(other_call) == []
    assert listener.told == []
