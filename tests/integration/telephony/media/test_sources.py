"""Who is heard: strangers, phones behind NAT, changed sources."""

import socket

import pytest

from telephony.media import messages as m
from telephony.media import rtcp, rtp
from telephony.media.g711 import FRAME, ULAW_SILENCE
from tests.integration.telephony.media.rig import HOST, Phone, Rig

pytestmark = pytest.mark.integration

WORD = b"\x42" * FRAME
INJECTED = b"\x66" * FRAME


def bridged(rig: Rig) -> tuple[Phone, Phone]:
    a, b = rig.call("a"), rig.call("b")
    rig.do(m.Bridge("a", "b"))
    return a, b


def said(phone: Phone) -> set[bytes]:
    return {packet.payload for packet in phone.heard()}


def test_a_strangers_packets_reach_nobody_and_are_counted(rig: Rig) -> None:
    a, b = bridged(rig)
    stranger = rig.phone(ssrc=a.ssrc, seq=a.seq)
    stranger.target = a.target
    for _ in range(100):
        a.say(WORD)
        stranger.say(INJECTED)
        rig.tick()
    assert INJECTED not in said(b)
    assert stranger.heard() == []
    assert rig.stats("a")["strangers"] == 100


def test_with_learning_forbidden_only_the_signalled_address_is_ever_heard(rig: Rig) -> None:
    phone = rig.call("a", learn=False)
    stranger = rig.phone()
    stranger.target = phone.target
    for _ in range(30):
        stranger.say(INJECTED)
        rig.tick()
    phone.say(WORD)
    rig.tick()
    stats = rig.stats("a")
    assert (stats["packets_in"], stats["strangers"]) == (5, 30)
    assert stats["locked_to"] == f"{HOST}:{phone.port}"


def test_a_phone_behind_nat_gets_its_audio_where_its_own_comes_from(rig: Rig) -> None:
    signalled, real = rig.phone(), rig.phone()
    rig.do(m.Open("a", HOST))
    real.target = (HOST, rig.last(m.Opened).port)
    rig.do(m.Aim("a", HOST, signalled.port, "pcmu", 0, 101))
    rig.tick(2)
    assert len(signalled.heard()) == 2
    for _ in range(6):
        real.say(WORD)
        rig.tick()
    assert len(real.heard()) == 3
    signalled.heard()
    rig.tick(5)
    assert (len(real.heard()), len(signalled.heard())) == (5, 0)
    assert rig.stats("a")["locked_to"] == f"{HOST}:{real.port}"


def test_the_lock_is_kept_through_hold_and_given_up_for_a_new_address(rig: Rig) -> None:
    a, b = bridged(rig)
    rig.do(m.Aim("a", HOST, a.port, "pcmu", 0, 101, send=False))
    rig.do(m.Aim("a", HOST, a.port, "pcmu", 0, 101))
    for _ in range(3):
        a.say(WORD)
        rig.tick()
    assert WORD in said(b)
    moved = rig.phone(ssrc=77)
    moved.target = a.target
    rig.do(m.Aim("a", HOST, moved.port, "pcmu", 0, 101))
    for _ in range(8):
        moved.say(INJECTED)
        a.say(WORD)
        rig.tick()
    assert INJECTED in said(b)
    assert len(moved.heard()) == 8


def test_after_five_silent_seconds_the_same_host_may_move_to_another_port(rig: Rig) -> None:
    a, b = bridged(rig)
    moved = rig.phone(ssrc=99)
    moved.target = a.target
    for _ in range(100):
        moved.say(INJECTED)
        rig.tick()
    assert INJECTED not in said(b)
    for _ in range(300):
        moved.say(INJECTED)
        rig.tick()
    assert INJECTED in said(b)
    assert rig.stats("a")["locked_to"] == f"{HOST}:{moved.port}"


def test_a_new_ssrc_from_the_same_source_is_followed(rig: Rig) -> None:
    a, b = bridged(rig)
    for ssrc, word in ((a.ssrc, WORD), (0xDEAD, INJECTED)):
        a.ssrc, a.seq = ssrc, ssrc & 0xFFFF
        for _ in range(8):
            a.say(word)
            rig.tick()
    assert {WORD, INJECTED} <= said(b)
    assert rig.stats("a")["packets_in"] == 4 + 8 + 7


def test_comfort_noise_and_malformed_packets_are_no_audio(rig: Rig) -> None:
    a, b = bridged(rig)
    for _ in range(10):
        a.say(b"\x40", payload_type=rtp.COMFORT_NOISE)
        a.sock.sendto(b"\x80garbage", a.target)
        rig.tick()
    assert said(b) == {ULAW_SILENCE}
    assert rig.stats("a")["malformed"] == 10


def test_loss_is_concealed_and_counted(rig: Rig) -> None:
    a, b = bridged(rig)
    for n in range(40):
        if n % 10 == 5:
            a.seq += 1
        else:
            a.say(WORD)
        rig.tick()
    payloads = [packet.payload for packet in b.heard()]
    assert ULAW_SILENCE not in payloads[2:]
    assert rig.stats("a")["lost"] == 4


def test_sender_reports_come_every_few_seconds_with_true_counts_and_a_goodbye(rig: Rig) -> None:
    phone = rig.phone()
    while True:  # the RTCP port is the one above
        control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            control.bind((HOST, phone.port + 1))
            break
        except OSError:
            control.close()
            phone = rig.phone()
    with control:
        control.setblocking(False)
        rig.do(m.Open("a", HOST))
        phone.target = (HOST, rig.last(m.Opened).port)
        rig.do(m.Aim("a", HOST, phone.port, "pcmu", 0, None))
        for n in range(500):
            if n != 100:
                phone.say(WORD)
            else:
                phone.seq += 1
            rig.tick()
        reports = 0
        told = None
        while True:
            try:
                data = control.recv(1500)
            except BlockingIOError:
                break
            reports += 1
            told = rtcp.parse(data, phone.ssrc) or told
        assert 1 <= reports <= 5
        assert told is not None
        assert told.lost == 1
        rig.do(m.Close("a"))
        assert control.recv(1500)[-8:-4] == bytes([0x81, rtcp.BYE, 0, 1])


def test_what_the_peer_reports_of_us_is_in_the_stats(rig: Rig) -> None:
    phone = rig.call("a")
    rig.tick()
    ours = phone.heard()[0]
    reception = rtcp.Reception(ours.seq)
    for seq in (ours.seq, ours.seq + 3):
        reception.count(seq & 0xFFFF, 0, 0)
    report = rtcp.report(rtcp.Sent(5, 0, 0, 0, 0.0), (ours.ssrc, reception), (0, 0.0), 0.0)
    phone.sock.sendto(report, (HOST, phone.target[1] + 1))
    phone.sock.sendto(b"\x81\xc9nonsense", (HOST, phone.target[1] + 1))
    rig.tick()
    rig.do(m.Report("a"))
    now = rig.last(m.Reported).stats
    assert (now["remote_lost"], now["remote_loss"], now["remote_jitter_ms"]) == (2, 0.5, 0.0)
    assert rig.stats("a") == now


def test_a_leg_can_be_asked_for_its_counts_while_it_lives(rig: Rig) -> None:
    phone = rig.call("a")
    for n in range(10):
        phone.seq += n == 5  # one is lost
        phone.say(WORD)
        rig.tick()
    rig.do(m.Report("a"))
    stats = rig.last(m.Reported).stats
    assert (stats["packets_in"], stats["lost"], stats["silent_s"], stats["silences"]) == (14, 1, 0.0, 0)
    assert stats["remote_loss"] is None
    rig.tick(50 * 5)
    rig.do(m.Report("a"), m.Report("b"))
    stats = rig.last(m.Reported).stats
    assert (stats["silent_s"], stats["silences"]) == (5.0, 1)
    assert rig.last(m.Refused) == m.Refused("b", "Report", "no such leg")
