"""REFER and Replaces (RFC 3515, 3891): who may send a call where, what he is told, and who may take one over."""

from typing import Any

import pytest

from telephony.sip.calls import CallState, SipCall
from telephony.sip.errors import ReferRefused
from telephony.sip.message import Request, Response, parse_message
from telephony.sip.outgoing import OutgoingCall
from telephony.sip.referrals import Referral
from telephony.sip.useragent import ToAccount
from telephony.sip.wire import Flow
from tests.unit.telephony.sip.bench import (
    ANSWER,
    OFFER,
    PHONE,
    Bench,
    Listener,
    invite,
    reply,
    request,
    statuses,
)

pytestmark = pytest.mark.unit

MOBILE = Flow("udp", "192.0.2.34", 5064)


class Desk(Listener):
    """A handler that sends its call where it is told, and may be taken over."""

    def __init__(self) -> None:
        super().__init__()
        self.referrals: list[Referral] = []
        self.call: SipCall | None = None
        self.declines = False

    def on_refer(self, referral: Referral) -> None:
        if self.declines:
            raise ReferRefused("not there")
        self.referrals.append(referral)

    def on_replaced(self, call: SipCall) -> None:
        self.call = call


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    register(bench, "alice", "secret", PHONE)
    return bench


def register(bench: Bench, user: str, password: str, flow: Flow) -> None:
    text = request("REGISTER", uri="sip:192.0.2.1", flow=flow, branch=user, call_id=user, user=user)
    text = text.replace(b"To: <sip:192.0.2.1>", f"To: <sip:{user}@192.0.2.1>".encode())
    assert statuses(bench.log_in(text, flow, user, password)) == [200]


def talking(bench: Bench, tag: str = "desk", handler: Listener | None = None) -> tuple[OutgoingCall, Desk]:
    """Alice's phone answered a call of ours; its tag is `tag`."""
    call, _, (ours,) = bench.place(ToAccount("alice"))
    desk = handler or Desk()
    call.handler = desk
    bench.hear(reply(ours, 200, tag=tag, body=ANSWER), PHONE)
    return call, desk  # type: ignore[return-value]  # a Listener only where the test does not look at it


def refer(call: SipCall, to: str, *, cseq: int = 2, flow: Flow = PHONE, **extra: str) -> bytes:
    assert call.dialog is not None
    headers = {"Refer-To": to, **{name.replace("_", "-"): value for name, value in extra.items()}}
    ours, theirs = call.dialog.local_tag, call.dialog.remote_tag
    return request("REFER", cseq=cseq, branch=f"r{cseq}", call_id=call.call_id, from_tag=theirs, to_tag=ours,
                   flow=flow, extra=headers)  # fmt: skip


def replaces(call: SipCall) -> str:
    assert call.dialog is not None
    return f"{call.call_id}%3Bto-tag%3D{call.dialog.local_tag}%3Bfrom-tag%3D{call.dialog.remote_tag}"


def fragments(messages: list[Any]) -> list[tuple[bytes, str]]:
    """What NOTIFYs say, and whether more is to come."""
    found = [one for one in messages if isinstance(one, Request) and one.method == "NOTIFY"]
    return [(one.body, (one.header("subscription-state") or "").partition(";")[0]) for one in found]


def test_a_phone_that_sends_its_call_elsewhere_hears_how_it_goes(bench: Bench) -> None:
    call, desk = talking(bench)
    accepted, trying = bench.hear(refer(call, "<sip:102@192.0.2.1>", Referred_By="<sip:alice@x>"), PHONE)
    assert statuses([accepted]) == [202]
    assert isinstance(trying, Request)
    assert (trying.method, trying.header("event"), trying.content_type) == (
        "NOTIFY",
        "refer;id=2",
        "message/sipfrag",
    )
    assert fragments([trying]) == [(b"SIP/2.0 100 Trying\r\n", "active")]
    (referral,) = desk.referrals
    assert (referral.target, referral.replaces, referral.referred_by) == ("102", None, "<sip:alice@x>")
    before = len(bench.sent)
    referral.progress(180)
    referral.progress(200)
    referral.progress(200)
    assert fragments(bench.since(before)) == [
        (b"SIP/2.0 180 Ringing\r\n", "active"),
        (b"SIP/2.0 200 OK\r\n", "terminated"),
    ]
    assert call.state is CallState.UP


def test_what_is_known_at_once_is_told_after_the_202(bench: Bench) -> None:
    class Quick(Desk):
        def on_refer(self, referral: Referral) -> None:
            referral.progress(404)

    call, _ = talking(bench, handler=Quick())
    sent = bench.hear(refer(call, "sip:102@192.0.2.1"), PHONE)
    assert statuses(sent) == [202, "NOTIFY", "NOTIFY"]
    assert fragments(sent)[1] == (b"SIP/2.0 404 Not Found\r\n", "terminated")


def test_a_phone_that_wants_no_news_gets_none(bench: Bench) -> None:
    call, desk = talking(bench)
    (accepted,) = bench.hear(refer(call, "sip:102@192.0.2.1", Refer_Sub="false"), PHONE)
    assert accepted.header("refer-sub") == "false"
    before = len(bench.sent)
    desk.referrals[0].progress(200)
    assert bench.since(before) == []


def test_a_handler_that_declines_or_knows_nothing_of_it_is_603(bench: Bench) -> None:
    call, desk = talking(bench)
    desk.declines = True
    assert statuses(bench.hear(refer(call, "sip:102@192.0.2.1"), PHONE)) == [603]
    call, _ = talking(bench, "two", Listener())
    assert statuses(bench.hear(refer(call, "sip:102@192.0.2.1"), PHONE)) == [603]


@pytest.mark.parametrize(
    ("to", "status"),
    [
        ("sip:a@x, sip:b@x", 400),
        ("<sip:102@x?Replaces=nothing>", 400),
        ("<http://example.org/>", 416),
        ("<tel:+84901234567>", 202),
    ],
)
def test_a_refer_to_is_one_address_that_can_be_called(bench: Bench, to: str, status: int) -> None:
    call, _ = talking(bench)
    assert statuses(bench.hear(refer(call, to), PHONE))[0] == status


def test_one_referral_at_a_time(bench: Bench) -> None:
    call, desk = talking(bench)
    bench.hear(refer(call, "sip:102@192.0.2.1"), PHONE)
    assert statuses(bench.hear(refer(call, "sip:103@192.0.2.1", cseq=3), PHONE)) == [491]
    desk.referrals[0].progress(486)
    assert statuses(bench.hear(refer(call, "sip:103@192.0.2.1", cseq=4), PHONE))[0] == 202


def test_a_trunk_never_sends_us_anywhere(bench: Bench) -> None:
    bench.hear(invite())
    desk = Desk()
    bench.calls[0].handler = desk
    bench.calls[0].answer(ANSWER)
    tag = parse_message(bench.sent[-1][1]).to.tag
    bench.hear(request("ACK", to_tag=tag, branch="ack"))
    message = request("REFER", cseq=2, to_tag=tag, branch="r", extra={"Refer-To": "<sip:+1900@192.0.2.1>"})
    assert statuses(bench.hear(message)) == [403]
    assert desk.referrals == []


def test_outside_a_call_nobody_sends_us_anywhere(bench: Bench) -> None:
    assert statuses(bench.hear(request("REFER", extra={"Refer-To": "<sip:1@x>"}), PHONE)) == [403]


def test_a_phone_joins_two_of_its_calls(bench: Bench) -> None:
    first, desk = talking(bench, "one")
    second, _ = talking(bench, "two")
    bench.hear(refer(first, f"<sip:102@192.0.2.1?Replaces={replaces(second)}>"), PHONE)
    assert desk.referrals[0].replaces is second


def test_a_call_of_somebody_else_or_one_that_is_over_can_not_be_joined(bench: Bench) -> None:
    register(bench, "bob", "secret", MOBILE)
    first, desk = talking(bench, "one")
    other, _, (ours,) = bench.place(ToAccount("bob"))
    bench.hear(reply(ours, 200, tag="bob", body=ANSWER), MOBILE)
    sent = bench.hear(refer(first, f"<sip:102@192.0.2.1?Replaces={replaces(other)}>"), PHONE)
    assert statuses(sent) == [202, "NOTIFY", "NOTIFY"]
    assert fragments(sent)[1][0].startswith(b"SIP/2.0 481 ")
    assert desk.referrals == []
    assert first.referral is None


def take_over(call: SipCall, flow: Flow = MOBILE, **extra: str) -> bytes:
    assert call.dialog is not None
    text = f"{call.call_id};to-tag={call.dialog.local_tag};from-tag={call.dialog.remote_tag}"
    return invite(flow=flow, call_id="taking", from_tag="mobile", user="alice",
                  extra={"Replaces": text + extra.get("more", ""), "Require": "replaces"})  # fmt: skip


def test_another_phone_of_the_account_takes_a_call_over(bench: Bench) -> None:
    call, desk = talking(bench)
    sent = bench.log_in(take_over(call), MOBILE)
    assert statuses(sent) == [100, 200, "BYE"]
    ok, bye = sent[1:]
    assert isinstance(ok, Response)
    assert isinstance(bye, Request)
    assert (ok.body, bye.call_id) == (ANSWER, call.call_id)
    assert desk.told[-1] == ("offer", OFFER)
    bench.hear(reply(bye, 200), PHONE)
    assert desk.news[-1] != "ended"
    assert desk.call is not None
    assert (desk.call.call_id, desk.call.account, desk.call.handler) == ("taking", "alice", desk)
    bench.hear(
        request("ACK", flow=MOBILE, call_id="taking", from_tag="mobile", to_tag=ok.to.tag, branch="a"), MOBILE
    )
    before = len(bench.sent)
    desk.call.bye()
    assert bench.since(before)[0].method == "BYE"
    assert bench.calls == []


def test_a_call_of_somebody_else_can_not_be_taken_over(bench: Bench) -> None:
    call, desk = talking(bench)
    message = take_over(call)
    sent = bench.log_in(message, MOBILE, "bob")
    assert statuses(sent) == [100, 481]
    assert call.state is CallState.UP
    assert desk.call is None


def test_a_trunk_takes_no_call_over(bench: Bench) -> None:
    call, _ = talking(bench)
    assert (
        statuses(
            bench.hear(take_over(call, Flow("udp", "203.0.113.7", 5060)), Flow("udp", "203.0.113.7", 5060))
        )[-1]
        == 403
    )


def test_a_call_that_is_up_is_not_taken_over_by_who_wants_a_ringing_one(bench: Bench) -> None:
    call, _ = talking(bench)
    message = take_over(call, more=";early-only")
    assert statuses(bench.log_in(message, MOBILE)) == [100, 486]


def test_a_handler_that_can_not_be_taken_over_keeps_its_call(bench: Bench) -> None:
    call, _ = talking(bench, handler=Listener())
    assert statuses(bench.log_in(take_over(call), MOBILE)) == [100, 603]
    assert call.state is CallState.UP
