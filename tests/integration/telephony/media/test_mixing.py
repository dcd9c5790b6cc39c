"""Who hears whom in a room of several, by the tones in what each is sent; without and with the compiled half."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import soundfile

from telephony.media import messages as m
from telephony.media import rtp
from telephony.media.g711 import FRAME, ULAW_SILENCE, ULAW_TO_ALAW, ulaw_to_linear
from telephony.media.linear import ALAW_CODES, SPEAKERS_MAX, ULAW_CODES, added, steps_of
from tests.integration.telephony.media.rig import HOST, Phone, Rig
from tests.support.audio import RATE, Sound, alaw_decode, mulaw_decode, mulaw_encode, tone

pytestmark = pytest.mark.integration

TONES = {"customer": 500, "agent": 900, "supervisor": 1300, "colleague": 1700}
SECONDS = 0.6
LOUD = 0.01  # of a tone's power: what is there lies about 0.04, what is not below 0.0001


def power(hertz: int, sound: Sound) -> float:
    """Of one tone, whatever else is there."""
    wave = np.exp(-2j * np.pi * hertz * np.arange(len(sound)) / RATE)
    return float(4 * np.abs(np.mean(sound * wave)) ** 2)


def talk(rig: Rig, phones: Mapping[str, Phone], level: float = 0.2) -> dict[str, Sound]:
    """Everybody says his tone for a while; what each was sent of it, once the jitter buffers have filled."""
    said = {name: mulaw_encode(tone(TONES[name], SECONDS, level=level)) for name in phones}
    for phone in phones.values():
        phone.heard()
    for at in range(0, len(said["customer"]), FRAME):
        for name, phone in phones.items():
            frame = said[name][at : at + FRAME]
            phone.say(frame.translate(ULAW_TO_ALAW) if phone.payload_type == rtp.PCMA else frame)
        rig.tick()
    return {name: _sound(phone)[FRAME * 6 : FRAME * 26] for name, phone in phones.items()}


def _sound(phone: Phone) -> Sound:
    audio = b"".join(packet.payload for packet in phone.heard() if packet.payload_type == phone.payload_type)
    return alaw_decode(audio) if phone.payload_type == rtp.PCMA else mulaw_decode(audio)


def who(heard: Mapping[str, Sound]) -> dict[str, str]:
    """Whom each hears, by first letters (customer is u)."""
    letters = {"customer": "u", "agent": "a", "supervisor": "s", "colleague": "c"}
    return {
        letters[name]: "".join(
            sorted(letter for other, letter in letters.items() if power(TONES[other], sound) > LOUD)
        )
        for name, sound in heard.items()
    }


def room(rig: Rig, *names: str) -> dict[str, Phone]:
    """The customer has A-law, the others mu-law."""
    return {name: rig.call(name, codec="pcma" if name == "customer" else "pcmu") for name in names}


def test_in_a_conference_all_hear_all_but_themselves(rig: Rig) -> None:
    phones = room(rig, *TONES)
    for name in TONES:
        rig.do(m.Hear(name, tuple(other for other in TONES if other != name)))
    assert who(talk(rig, phones)) == {"u": "acs", "a": "csu", "s": "acu", "c": "asu"}


def test_who_listens_hears_both_and_nobody_hears_him_while_their_bridge_goes_on(rig: Rig) -> None:
    phones = room(rig, "customer", "agent", "supervisor")
    rig.do(m.Bridge("customer", "agent"), m.Hear("supervisor", ("customer", "agent")))
    assert who(talk(rig, phones)) == {"u": "a", "a": "u", "s": "au"}
    rig.do(m.Close("supervisor"))
    del phones["supervisor"]
    assert who(talk(rig, phones)) == {"u": "a", "a": "u"}


def test_a_whisper_reaches_the_agent_and_not_the_customer(rig: Rig) -> None:
    phones = room(rig, "customer", "agent", "supervisor")
    rig.do(
        m.Hear("customer", ("agent",)),
        m.Hear("agent", ("customer", "supervisor")),
        m.Hear("supervisor", ("customer", "agent")),
    )
    assert who(talk(rig, phones)) == {"u": "a", "a": "su", "s": "au"}


def test_a_conference_becomes_a_bridge_again_and_a_played_prompt_takes_a_leg_out_of_it(
    rig: Rig, tmp_path: Path
) -> None:
    phones = room(rig, "customer", "agent", "colleague")
    everybody = tuple(phones)
    conference = [m.Hear(name, tuple(other for other in everybody if other != name)) for name in everybody]
    rig.do(*conference)
    talk(rig, phones)
    rig.do(m.Close("colleague"))
    colleague = phones.pop("colleague")
    assert who(talk(rig, phones)) == {"u": "a", "a": "u"}
    rig.do(m.Bridge("customer", "agent"))
    assert who(talk(rig, phones)) == {"u": "a", "a": "u"}
    music = tmp_path / "music.ul"
    music.write_bytes(mulaw_encode(tone(TONES["supervisor"], 2)))
    rig.do(m.Hear("customer", ("agent",)), m.Play("customer", 1, (str(music),), loop=True))
    assert who(talk(rig, phones)) == {"u": "s", "a": ""}
    rig.do(m.Hear("customer", ()))
    assert rig.last(m.PlayDone) == m.PlayDone("customer", 1, "stopped")
    assert who(talk(rig, phones)) == {"u": "", "a": ""}
    assert colleague.heard() == []


def test_the_customers_recording_has_everybody_she_hears_and_no_whisper(rig: Rig, tmp_path: Path) -> None:
    phones = room(rig, *TONES)
    rig.do(
        m.Record("customer", "tape", str(tmp_path / "tape.wav")),
        m.Hear("customer", ("agent", "colleague")),
        m.Hear("agent", ("customer", "colleague", "supervisor")),
        m.Hear("colleague", ("customer", "agent")),
    )
    talk(rig, phones)
    rig.do(m.StopRecording("customer", "tape"))
    both, _ = soundfile.read(tmp_path / "tape.wav")
    left, right = both[FRAME * 6 : FRAME * 26].T
    assert {name for name, hertz in TONES.items() if power(hertz, left) > LOUD} == {"customer"}
    assert {name for name, hertz in TONES.items() if power(hertz, right) > LOUD} == {"agent", "colleague"}


def test_too_loud_a_sum_clips_and_does_not_wrap(rig: Rig) -> None:
    phones = room(rig, "customer", "agent", "supervisor", "colleague")
    rig.do(m.Hear("colleague", ("customer", "agent", "supervisor")))
    for _ in range(12):
        for name in ("customer", "agent", "supervisor"):
            phones[name].say((b"\xaa" if name == "customer" else b"\x80") * FRAME)  # the loudest there is
        rig.tick()
    last = phones["colleague"].heard()[-1].payload
    assert {ulaw_to_linear(code) for code in last} == {32124}


def test_one_who_is_muted_is_silent_to_all_and_hears_on(rig: Rig) -> None:
    phones = room(rig, "customer", "agent", "colleague")
    for name in phones:
        rig.do(m.Hear(name, tuple(other for other in phones if other != name)))
    rig.do(m.Mute("agent", True))
    assert who(talk(rig, phones)) == {"u": "c", "a": "cu", "c": "u"}


def test_a_leg_moved_to_the_other_law_goes_on_hearing_and_being_heard(rig: Rig) -> None:
    phones = room(rig, "customer", "agent", "colleague")
    for name in phones:
        rig.do(m.Hear(name, tuple(other for other in phones if other != name)))
    talk(rig, phones)
    moved = phones["agent"]
    moved.payload_type = rtp.PCMA
    rig.do(m.Aim("agent", HOST, moved.port, "pcma", rtp.PCMA, None))
    assert who(talk(rig, phones)) == {"u": "ac", "a": "cu", "c": "au"}


def test_what_can_not_be_heard_is_refused_and_changes_nothing(rig: Rig) -> None:
    phones = room(rig, "customer", "agent")
    rig.do(m.Bridge("customer", "agent"))
    for sources in (("nobody",), ("customer",), tuple(str(n) for n in range(SPEAKERS_MAX + 1))):
        rig.do(m.Hear("customer", sources))
        assert rig.last(m.Refused) == m.Refused("customer", "Hear", "no such legs to hear")
    assert who(talk(rig, phones)) == {"u": "a", "a": "u"}


def test_sums_of_every_pair_of_codes_are_the_nearest_code_or_the_loudest() -> None:
    frame = bytes(range(256))
    for shift in (0, 1, 100, 200):
        other = bytes((code + shift) % 256 for code in frame)
        summed = added([steps_of(frame, alaw=False), steps_of(other, alaw=False)], alaw=False)
        for a, b, code in zip(frame, other, summed, strict=True):
            wanted = ulaw_to_linear(a) + ulaw_to_linear(b)
            least = min(abs(ulaw_to_linear(any_code) - wanted) for any_code in range(256))
            assert abs(ulaw_to_linear(code) - wanted) == least


def test_one_speaker_alone_is_heard_bit_by_bit() -> None:
    codes = bytes(code for code in range(256) if code != 0x7F)  # minus zero becomes zero
    assert added([steps_of(codes, alaw=False)], alaw=False) == codes
    assert added([steps_of(bytes(range(256)), alaw=True)], alaw=True) == bytes(range(256))
    assert len(ULAW_CODES) == len(ALAW_CODES) == 1 << 17
    assert added([[0] * FRAME], alaw=False) == ULAW_SILENCE
