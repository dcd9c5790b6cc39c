"""Session timers (RFC 4028): the terms, the sign of life by either side, and the end when none comes."""

import pytest

from telephony.sip.calls import CallState
from telephony.sip.message import Request, Response, parse_message
from telephony.sip.useragent import ToTrunk
from tests.unit.telephony.sip.bench import (
    ANSWER,
    OFFER,
    Bench,
    Listener,
    invite,
    reply,
    request,
    statuses,
)

pytestmark = pytest.mark.unit

TIMER = "Supported: timer\r\n"


@pytest.fixture
def bench() -> Bench:
    return Bench()


def answered(bench: Bench, **extra: str) -> Response:
    """A call from the trunk with these headers, answered and acknowledged: our 200."""
    bench.hear(invite(extra={name.replace("_", "-"): value for name, value in extra.items()}))
    bench.calls[-1].answer(ANSWER)
    ok = parse_message(bench.sent[-1][1])
    assert isinstance(ok, Response)
    bench.hear(request("ACK", to_tag=ok.to.tag, branch="ack"))
    return ok


def placed(bench: Bench, **of_reply: str) -> tuple[Request, Listener]:
    _, listener, (ours,) = bench.place(ToTrunk("carrier", "028"))
    bench.hear(
        reply(
            ours,
            200,
            body=ANSWER,
            extra="".join(f"{k.replace('_', '-')}: {v}\r\n" for k, v in of_reply.items()),
        )
    )
    return ours, listener


def only_request(messages: list[Request | Response]) -> Request:
    """The one request among them, however often it was repeated."""
    found = [one for one in messages if isinstance(one, Request)]
    assert len({one.via.branch for one in found}) == 1
    return found[0]


@pytest.mark.parametrize(
    ("supported", "asked", "said"),
    [
        (None, None, None),
        ("timer", None, "1800;refresher=uas"),
        ("timer", "300", "300;refresher=uas"),
        ("timer", "300;refresher=uac", "300;refresher=uac"),
        ("timer", "300;refresher=uas", "300;refresher=uas"),
        (None, "300", "300;refresher=uas"),  # a proxy asked; a caller without timers can't refresh
    ],
)
def test_who_refreshes_a_call_to_us(
    bench: Bench, supported: str | None, asked: str | None, said: str | None
) -> None:
    extra = {"Supported": supported, "Session_Expires": asked}
    ok = answered(bench, **{name: value for name, value in extra.items() if value})
    assert ok.header("session-expires") == said
    assert (ok.header("require") == "timer") is (supported is not None)


def test_an_interval_below_90_seconds_is_422_and_above_it_is_taken(bench: Bench) -> None:
    (refusal,) = bench.hear(invite(extra={"Supported": "timer", "Session-Expires": "89"}))
    assert isinstance(refusal, Response)
    assert (refusal.status, refusal.header("min-se")) == (422, "90")
    assert bench.calls == []
    assert statuses(bench.hear(invite(extra={"x": "90"}, branch="two", cseq=2))) == [100]


def test_an_interval_that_is_no_number_is_400(bench: Bench) -> None:
    assert statuses(bench.hear(invite(extra={"Session-Expires": "soon"}))) == [400]


def test_we_refresh_at_half_by_an_invite_that_says_the_same_again(bench: Bench) -> None:
    answered(bench, Supported="timer", Session_Expires="100;refresher=uas")
    assert bench.pass_time(49) == []
    again = only_request(bench.pass_time(1.2))
    assert (again.method, again.body) == ("INVITE", ANSWER)
    assert again.header("session-expires") == "100;refresher=uac"
    sent = bench.hear(reply(again, 200, body=OFFER, extra="Session-Expires: 100;refresher=uac\r\n"))
    assert statuses(sent) == ["ACK"]
    assert bench.pass_time(49) == []
    assert only_request(bench.pass_time(1.2)).method == "INVITE"


def test_we_refresh_by_update_where_the_peer_takes_it(bench: Bench) -> None:
    answered(bench, Supported="timer", Session_Expires="100;refresher=uas", Allow="INVITE, UPDATE")
    update = only_request(bench.pass_time(50.1))
    assert (update.method, update.body) == ("UPDATE", b"")
    bench.hear(reply(update, 200, extra="Session-Expires: 100;refresher=uac\r\n"))
    assert bench.pass_time(49) == []
    assert only_request(bench.pass_time(1.2)).method == "UPDATE"
    assert bench.listeners[0].news == ["acked"]


def test_an_update_that_is_not_allowed_after_all_becomes_an_invite(bench: Bench) -> None:
    answered(bench, Supported="timer", Session_Expires="100;refresher=uas", Allow="INVITE, UPDATE")
    update = only_request(bench.pass_time(50.1))
    assert only_request(bench.hear(reply(update, 405))).method == "INVITE"


def test_a_refused_refresh_is_tried_again_and_the_call_ends_when_the_time_is_up(bench: Bench) -> None:
    answered(bench, Supported="timer", Session_Expires="120;refresher=uas", Allow="UPDATE")
    update = only_request(bench.pass_time(60.1))
    bench.hear(reply(update, 500))
    bye = only_request(bench.pass_time(28.1))
    assert bye.method == "BYE"
    bench.hear(reply(bye, 200))
    assert bench.listeners[0].told[-1] == ("ended", "session_expired")


def test_a_peer_that_gives_no_sign_of_life_is_hung_up_on_a_little_before_the_end(bench: Bench) -> None:
    answered(bench, Supported="timer", Session_Expires="90;refresher=uac")
    assert bench.pass_time(59.9) == []
    bye = only_request(bench.pass_time(0.3))
    assert (bye.method, bye.header("reason")) == ("BYE", 'SIP;cause=200;text="Session expired"')
    bench.hear(reply(bye, 200))
    assert bench.listeners[0].told[-1] == ("ended", "session_expired")
    assert bench.agent.live_calls() == 0


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_the_peers_refresh_begins_the_interval_anew(bench: Bench, method: str) -> None:
    tag = answered(bench, Supported="timer", Session_Expires="90;refresher=uac").to.tag
    bench.pass_time(45)
    extra = {"Supported": "timer", "Session-Expires": "90;refresher=uac"}
    body = OFFER if method == "INVITE" else b""
    sent = bench.hear(request(method, cseq=2, to_tag=tag, branch="re", extra=extra, body=body))
    ok = sent[-1]
    assert isinstance(ok, Response)
    assert (ok.status, ok.header("session-expires")) == (200, "90;refresher=uac")
    bench.hear(request("ACK", cseq=2, to_tag=tag, branch="ack2"))
    assert bench.pass_time(59) == []
    assert only_request(bench.pass_time(2)).method == "BYE"


def test_a_refresh_with_too_small_an_interval_is_422_and_changes_nothing(bench: Bench) -> None:
    tag = answered(bench, Supported="timer", Session_Expires="90;refresher=uac").to.tag
    (refusal,) = bench.hear(
        request("UPDATE", cseq=2, to_tag=tag, branch="re", extra={"Session-Expires": "10"})
    )
    assert statuses([refusal]) == [422]
    assert bench.calls[0].state is CallState.UP


def test_a_call_of_ours_asks_for_a_timer_and_takes_the_terms_of_the_answer(bench: Bench) -> None:
    ours, _ = placed(bench, Session_Expires="600;refresher=uac")
    assert (ours.header("session-expires"), ours.header("min-se")) == ("1800", "90")
    assert "timer" in (ours.header("supported") or "")
    assert bench.pass_time(299) == []
    refresh = only_request(bench.pass_time(2))
    assert (refresh.method, refresh.header("session-expires")) == ("INVITE", "600;refresher=uac")


def test_a_called_party_that_promised_to_refresh_and_does_not_is_hung_up_on(bench: Bench) -> None:
    _, listener = placed(bench, Session_Expires="600;refresher=uas")
    bye = only_request(bench.pass_time(569))
    assert bye.method == "BYE"
    bench.hear(reply(bye, 200))
    assert listener.told[-1] == ("ended", "session_expired")


def test_an_answer_without_a_timer_means_none(bench: Bench) -> None:
    placed(bench)
    assert bench.pass_time(2000) == []


def test_a_422_brings_the_interval_that_is_asked_for(bench: Bench) -> None:
    _, listener, (ours,) = bench.place(ToTrunk("carrier", "028"))
    sent = bench.hear(reply(ours, 422, extra="Min-SE: 3600\r\n"))
    assert statuses(sent) == ["ACK", "INVITE"]
    again = sent[1]
    assert isinstance(again, Request)
    assert (again.cseq, again.header("session-expires"), again.header("min-se")) == (2, "3600", "3600")
    assert statuses(bench.hear(reply(again, 422, tag="b", extra="Min-SE: 90\r\n"))) == ["ACK"]
    assert listener.told == [("failed", 422, "Whatever")]


@pytest.mark.parametrize("refresher", ["uac", "uas"])
def test_a_call_of_four_hours_is_refreshed_by_either_side_and_ends_by_a_hang_up(
    bench: Bench, refresher: str
) -> None:
    """Nothing of a long call depends on how long it is: no timer is left over, nothing is sent but refreshes."""
    ok = answered(
        bench, Supported="timer", Session_Expires=f"1800;refresher={refresher}", Allow="INVITE, UPDATE"
    )
    tag, refreshes = ok.to.tag or "", 0
    for quarter in range(16):
        sent = bench.pass_time(901)
        if refresher == "uas":
            update = only_request(sent)
            assert update.method == "UPDATE"
            bench.hear(reply(update, 200, extra="Session-Expires: 1800;refresher=uac\r\n"))
        else:
            assert sent == []
            theirs = request(
                "UPDATE", cseq=10 + quarter, branch=f"quarter{quarter}", to_tag=tag,
                extra={"Supported": "timer", "Session-Expires": "1800;refresher=uac"},
            )  # fmt: skip
            assert statuses(bench.hear(theirs)) == [200]
        refreshes += 1
    assert refreshes == 16
    assert bench.listeners[0].news == ["acked"]
    assert statuses(bench.hear(request("BYE", cseq=90, branch="bye", to_tag=tag))) == [200]
    assert bench.listeners[0].told[-1] == ("ended", "peer_bye")
