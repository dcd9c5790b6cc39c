"""A leg over SRTP: both directions, reports, strangers, new keys."""

import base64
import dataclasses
import socket

import pytest

from telephony.media import messages as m
from telephony.media import rtcp, rtp
from telephony.media.g711 import FRAME
from telephony.media.srtp import Seal
from tests.integration.telephony.media.rig import DTMF, HOST, Phone, Rig

pytestmark = pytest.mark.integration

SUITE = "AES_CM_128_HMAC_SHA1_80"
OURS = base64.b64encode(bytes(range(30))).decode()
THEIRS = base64.b64encode(bytes(range(30, 60))).decode()
OTHER = base64.b64encode(bytes(30)).decode()
WORD = b"\x42" * FRAME


class SealedPhone(Phone):
    """A phone that speaks SRTP."""

    def __init__(self, **how: int) -> None:
        super().__init__(**how)
        self.seal = Seal(SUITE, THEIRS, OURS)

    def send(self, packet: bytes) -> None:
        super().send(self.seal.protect(packet))

    def parse(self, data: bytes) -> rtp.Packet:
        plain = self.seal.unprotect(data)
        assert plain is not None
        return super().parse(plain)


def sealed_call(rig: Rig, leg: str = "a") -> tuple[SealedPhone, m.Aim]:
    phone = SealedPhone(seq=100)
    rig.adopt(phone)
    rig.do(m.Open(leg, HOST))
    phone.target = (HOST, rig.last(m.Opened).port)
    aim = m.Aim(
        leg, HOST, phone.port, "pcmu", 0, DTMF,
        srtp_suite=SUITE, srtp_local_key=OURS, srtp_remote_key=THEIRS,
    )  # fmt: skip
    rig.do(aim)
    return phone, aim


def speak(rig: Rig, *phones: Phone, ticks: int = 8) -> None:
    for _ in range(ticks):
        for phone in phones:
            phone.say(WORD)
        rig.tick()


def test_a_sealed_and_a_plain_phone_hear_each_other_and_keys_pass(rig: Rig) -> None:
    sealed, _ = sealed_call(rig)
    plain = rig.call("b")
    rig.do(m.Bridge("a", "b"))
    speak(rig, sealed, plain, ticks=10)
    for n in range(1, 4):
        sealed.key(5, n * FRAME, is_end=n == 3)
    rig.tick(12)
    assert rig.digits("a") == "5"
    assert WORD in {packet.payload for packet in sealed.heard()}
    heard = plain.heard()
    assert WORD in {packet.payload for packet in heard}
    assert DTMF in {packet.payload_type for packet in heard}
    stats = rig.stats("a")
    assert (stats["forged"], stats["malformed"], stats["lost"]) == (0, 0, 0)


def test_what_is_not_sealed_with_the_key_is_nothing_whether_before_the_lock_or_after(rig: Rig) -> None:
    phone, _ = sealed_call(rig)
    rig.do(m.SendDigits("a", ""))
    plain_packet = rtp.build(DTMF, 1, 1, 1, b"\x05\x8a\x03\x20")
    for _ in range(5):
        phone.sock.sendto(plain_packet, phone.target)
    rig.tick()
    assert rig.digits("a") == ""
    speak(rig, phone)
    phone.sock.sendto(plain_packet, phone.target)
    again = phone.seal.protect(rtp.build(0, phone.seq, phone.timestamp, phone.ssrc, WORD))
    for _ in range(3):
        phone.sock.sendto(again, phone.target)
    rig.tick()
    stats = rig.stats("a")
    assert rig.digits("a") == ""
    assert (stats["packets_in"], stats["forged"]) == (9, 5 + 1 + 2)
    assert stats["locked_to"] == f"{HOST}:{phone.port}"


def test_strangers_without_the_key_never_become_the_source(rig: Rig) -> None:
    phone, aim = sealed_call(rig)
    stranger = rig.phone(ssrc=9)
    stranger.target = phone.target
    speak(rig, stranger)
    assert rig.stats("a")["locked_to"] is None
    assert aim.learn


def test_a_new_aim_with_other_keys_takes_over_and_the_same_one_changes_nothing(rig: Rig) -> None:
    phone, aim = sealed_call(rig)
    speak(rig, phone)
    rig.do(aim)
    speak(rig, phone)
    assert len(phone.heard()) == 16
    rig.do(dataclasses.replace(aim, srtp_remote_key=OTHER, srtp_local_key=OTHER))
    speak(rig, phone, ticks=2)
    phone.sock.recv(2048), phone.sock.recv(2048)
    phone.seal = Seal(SUITE, OTHER, OTHER)
    speak(rig, phone)
    assert len(phone.heard()) == 8
    stats = rig.stats("a")
    assert (stats["packets_in"], stats["forged"]) == (24, 2)


def test_a_broken_key_is_refused_and_nothing_is_ever_sent_in_the_clear(rig: Rig) -> None:
    phone, aim = sealed_call(rig)
    broken = dataclasses.replace(aim, leg="b", srtp_remote_key="QUJD")
    rig.do(m.Open("b", HOST), broken)
    assert rig.last(m.Refused).command == "Aim"
    rig.do(dataclasses.replace(broken, leg="a"))
    speak(rig, phone)
    assert len(phone.heard()) == 8  # every one of them sealed with the key before


def test_the_first_number_of_a_sealed_stream_is_far_from_the_wrap(rig: Rig) -> None:
    for n in range(20):
        phone, _ = sealed_call(rig, f"leg{n}")
        rig.tick()
        assert phone.heard()[0].seq <= 0x8000


def test_reports_are_sealed_and_forged_ones_counted(rig: Rig) -> None:
    phone = SealedPhone(seq=100)
    rig.adopt(phone)
    control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with control:
        control.bind((HOST, phone.port + 1))
        control.setblocking(False)
        rig.do(m.Open("a", HOST))
        phone.target = (HOST, rig.last(m.Opened).port)
        rig.do(
            m.Aim(
                "a",
                HOST,
                phone.port,
                "pcmu",
                0,
                DTMF,
                srtp_suite=SUITE,
                srtp_local_key=OURS,
                srtp_remote_key=THEIRS,
            )
        )
        speak(rig, phone)
        ours = phone.heard()[0]
        report = rtcp.report(
            rtcp.Sent(phone.ssrc, 0, 0, 0, 0.0), (ours.ssrc, rtcp.Reception(ours.seq)), (0, 0.0), 0.0
        )
        to = (HOST, phone.target[1] + 1)
        control.sendto(phone.seal.protect_rtcp(report), to)
        control.sendto(report, to)
        rig.tick()
        stats = rig.stats("a")
        assert (stats["remote_lost"], stats["forged"]) == (0, 1)
        plain = phone.seal.unprotect_rtcp(control.recv(1500))
        assert plain is not None
        assert plain[-8:-4] == bytes([0x81, rtcp.BYE, 0, 1])
