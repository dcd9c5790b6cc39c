"""When a server has more to do than it can do in time: set-ups that queue, and packets that wait."""

import pytest

from telephony.sip import overload
from telephony.sip.defence import Refusal
from telephony.sip.message import Response
from telephony.sip.overload import FEW, GAP_S, MAX_SETUPS, MAX_WAIT_S, PATIENCE_S, Backlog, Setups
from tests.unit.telephony.sip.bench import PEER, PHONE, Bench, invite, request, statuses
from tests.unit.telephony.sip.test_admission import register

pytestmark = pytest.mark.unit


def test_many_set_ups_of_which_the_oldest_is_late_are_too_many() -> None:
    setups = Setups()
    for call in range(FEW):
        setups.began(call, float(call))
    assert not setups.are_behind(PATIENCE_S)
    assert setups.are_behind(PATIENCE_S + 0.1)
    setups.over(0)
    assert not setups.are_behind(PATIENCE_S + 0.1), "few are left, and the next one came a second later"


def test_a_single_set_up_that_hangs_keeps_nobody_out() -> None:
    setups = Setups()
    setups.began("hangs", 0.0)
    assert not setups.are_behind(1000.0)


def test_no_more_than_so_many_at_once_however_young() -> None:
    setups = Setups()
    for call in range(MAX_SETUPS):
        setups.began(call, 5.0)
    assert setups.are_behind(5.0)
    setups.over(7)
    setups.over(7)
    assert not setups.are_behind(5.0)
    assert len(setups) == MAX_SETUPS - 1


def test_a_burst_of_packets_that_waited_long_with_more_behind_them_is_old_until_the_socket_is_empty() -> None:
    backlog = Backlog()
    assert not backlog.is_old(9.0)
    backlog.read_some(9.0, MAX_WAIT_S + 0.1)
    assert backlog.is_old(9.1)
    backlog.read_all()
    assert not backlog.is_old(9.1)


def test_a_socket_never_empty_whose_packets_are_young_is_no_backlog() -> None:
    backlog = Backlog()
    for at in range(80):
        backlog.read_some(at * 0.1, 0.02)
    assert not backlog.is_old(8.0)


def test_a_full_burst_that_was_the_last_says_nothing_of_the_packet_that_comes_much_later() -> None:
    backlog = Backlog()
    backlog.read_some(0.7, 2.0)
    assert not backlog.is_old(0.7 + GAP_S + 0.1)


def test_while_set_ups_are_late_new_calls_are_refused_and_phones_may_register(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench()
    monkeypatch.setattr(overload, "MAX_SETUPS", 1)
    bench.agent.watch.setups.began("one", bench.now)
    (refusal,) = bench.hear(invite(call_id="new"), PEER)
    assert isinstance(refusal, Response)
    assert (refusal.status, refusal.header("retry-after")) == (503, "5")
    assert bench.agent.watch.defence.refused[Refusal.OVERLOADED] == 1
    assert statuses(bench.hear(register(flow=PHONE), PHONE)) == [401]
    bench.agent.watch.setups.over("one")
    assert statuses(bench.hear(invite(call_id="later", branch="l"), PEER)) == [100]


def test_while_packets_wait_too_long_whatever_would_open_something_is_refused() -> None:
    bench = Bench()
    bench.agent.watch.backlog.read_some(bench.now, MAX_WAIT_S + 0.1)
    assert statuses(bench.hear(invite(call_id="new"), PEER)) == [503]
    assert statuses(bench.hear(request("OPTIONS", branch="o", flow=PHONE), PHONE)) == [503]
    bench.agent.watch.backlog.read_all()
    assert statuses(bench.hear(invite(call_id="later", branch="l"), PEER)) == [100]
