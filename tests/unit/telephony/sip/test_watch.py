"""The core under the guard: what is refused with 503, what is not answered, who gets banned, and calls out."""

from datetime import UTC, datetime

import pytest

from telephony.dial_policy import DialPolicy, DialRefusal, DialRefused, DialRules
from telephony.sip import watch as watch_module
from telephony.sip.defence import Refusal
from telephony.sip.message import Request, Response
from telephony.sip.useragent import ToTrunk
from tests.unit.telephony.sip.bench import (
    ANSWER,
    PEER,
    PHONE,
    STRANGER,
    Bench,
    invite,
    reply,
    request,
    statuses,
)
from tests.unit.telephony.sip.test_admission import register

pytestmark = pytest.mark.unit


@pytest.fixture
def bench() -> Bench:
    return Bench()


def lag(bench: Bench, late_s: float) -> None:
    for _ in range(5):
        bench.agent.watch.lag.ticked(late_s)


def test_while_the_loop_lags_new_calls_get_503_with_retry_after_and_running_ones_go_on(bench: Bench) -> None:
    bench.hear(invite(call_id="running"))
    call = bench.calls[0]
    call.answer(ANSWER)
    lag(bench, 0.2)
    for new in (
        invite(call_id="new", branch="n"),
        register(flow=PHONE),
        request("OPTIONS", flow=STRANGER, branch="o"),
    ):
        (refusal,) = bench.hear(new, STRANGER)
        assert isinstance(refusal, Response)
        assert (refusal.status, refusal.header("retry-after")) == (503, "5")
    assert bench.agent.watch.defence.refused[Refusal.OVERLOADED] == 3
    bye = request(
        "BYE",
        cseq=2,
        branch="bye",
        call_id="running",
        to_tag=str(call.dialog.local_tag if call.dialog else ""),
    )
    assert statuses(bench.hear(bye)) == [200]
    lag(bench, 0.0)
    assert statuses(bench.hear(invite(call_id="later", branch="l"))) == [100]


def test_when_a_table_fills_only_the_familiar_may_open_more(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_module, "MAX_UNFAMILIAR", 0)
    assert statuses(bench.hear(invite(flow=STRANGER), STRANGER)) == [503]
    assert statuses(bench.hear(invite(branch="t"))) == [100]
    monkeypatch.setattr(watch_module, "MAX_DIALOGS", 0)
    assert statuses(bench.hear(invite(call_id="more", branch="u"))) == [503]
    assert bench.agent.watch.defence.refused[Refusal.TABLE_FULL] == 2


def test_a_scanner_hears_nothing_at_all(bench: Bench) -> None:
    scan = request("OPTIONS", flow=STRANGER, extra={"User-Agent": "friendly-scanner"})
    assert bench.hear_raw(scan, STRANGER) == []
    assert bench.agent.watch.defence.refused[Refusal.SCANNER] == 1


def test_wrong_passwords_ban_and_challenges_do_not(bench: Bench) -> None:
    defence = bench.agent.watch.defence
    for number in range(50):
        bench.hear(register(branch=f"asks{number}", flow=STRANGER), STRANGER)
    assert defence.refused[Refusal.WRONG_PROOF] == 0
    for number in range(10):
        bench.log_in(register(branch=f"guesses{number}", flow=STRANGER), STRANGER, password=str(number))
    assert [ban.address for ban in defence.bans(bench.now)] == [STRANGER.host]
    assert not defence.admits(STRANGER, bench.now)


def test_unknown_users_are_counted_like_wrong_passwords(bench: Bench) -> None:
    for number in range(10):
        bench.log_in(register(branch=f"g{number}", flow=STRANGER, user="nobody"), STRANGER, user="nobody")
    assert len(bench.agent.watch.defence.bans(bench.now)) == 1


def test_a_right_password_makes_an_address_known(bench: Bench) -> None:
    bench.log_in(register(flow=PHONE, contact="Contact: <sip:alice@192.0.2.33:5062>\r\n"), PHONE)
    defence = bench.agent.watch.defence
    assert defence.is_familiar(PHONE.host, bench.now)
    assert not defence.is_familiar(STRANGER.host, bench.now)
    defence.ban(PHONE.host, "wrong_proof", bench.now)
    assert defence.admits(PHONE, bench.now), (
        "its own port is heard although a neighbour got the address banned"
    )


def test_trunks_are_exempt_by_address_and_by_where_we_call(bench: Bench) -> None:
    defence = bench.agent.watch.defence
    assert all(defence.admits(PEER, bench.now) for _ in range(5000))
    assert not defence.is_exempt(STRANGER.host)


def test_what_can_not_be_read_is_counted_and_a_keep_alive_is_not(bench: Bench) -> None:
    bench.hear_raw(b"\x01\x02\x03", STRANGER)
    bench.hear_raw(b"\r\n\r\n", STRANGER)
    assert bench.agent.watch.defence.refused[Refusal.MALFORMED] == 1


def test_a_trunk_is_not_asked_for_a_number_nobody_may_dial(bench: Bench) -> None:
    bench.agent.watch.policy = DialPolicy(DialRules(calls_at_once=1))
    with pytest.raises(DialRefused) as refused:
        bench.place(ToTrunk("carrier", "+442079460018", "flow main"))
    assert refused.value.reason is DialRefusal.COUNTRY
    assert bench.sent == []


def test_a_call_out_is_paid_for_from_its_answer_to_its_end(bench: Bench) -> None:
    policy = bench.agent.watch.policy = DialPolicy(DialRules(calls_at_once=1))
    call, _, (sent,) = bench.place(ToTrunk("carrier", "0901234567", "flow main"))
    assert policy.running() == 1
    with pytest.raises(DialRefused):
        bench.place(ToTrunk("carrier", "0901234567", "flow main"))
    bench.pass_time(20)
    bench.hear(reply(sent, 200, body=ANSWER))
    bench.pass_time(60)
    before = len(bench.sent)
    call.bye()
    (bye,) = bench.since(before)
    assert isinstance(bye, Request)
    bench.hear(reply(bye, 200))
    assert policy.running() == 0
    ((payer, _, minutes),) = policy.usage(datetime(2026, 1, 2, 4, tzinfo=UTC))
    assert (payer, minutes) == ("flow main", 1.0)


def test_a_call_out_that_fails_is_over(bench: Bench) -> None:
    policy = bench.agent.watch.policy = DialPolicy(DialRules())
    _, _, (sent,) = bench.place(ToTrunk("carrier", "0901234567"))
    bench.hear(reply(sent, 486))
    assert policy.running() == 0
