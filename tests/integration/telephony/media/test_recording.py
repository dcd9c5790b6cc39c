from pathlib import Path

import numpy as np
import pytest
import soundfile

from telephony.media import messages as m
from telephony.media import wav
from telephony.media.engine import LEGS_AT_ONCE
from telephony.media.g711 import FRAME, ULAW_SILENCE, ULAW_TO_ALAW
from telephony.media.pulse import ROUNDS_MAX
from tests.integration.telephony.media.rig import Phone, Rig

pytestmark = pytest.mark.integration


def tone(hertz: float, frames: int) -> list[bytes]:
    """Mu-law frames of a sine at a quarter of full scale."""
    wave = 0.25 * np.sin(2 * np.pi * hertz * np.arange(frames * FRAME) / 8000)
    data = _ulaw(wave)
    return [data[at : at + FRAME] for at in range(0, len(data), FRAME)]


def _ulaw(wave: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> bytes:
    import io

    file = io.BytesIO()
    soundfile.write(file, wave, 8000, format="RAW", subtype="ULAW")
    return file.getvalue()


def strongest(samples: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> float:
    """The frequency that carries most of the sound."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * 8000 / len(samples))


def talk(rig: Rig, speech: dict[int, tuple[Phone, list[bytes]]], count: int) -> None:
    for n in range(count):
        for phone, frames in speech.values():
            phone.say(frames[n])
        rig.tick()


def test_customer_left_agent_right_each_tone_on_its_own_channel(rig: Rig, tmp_path: Path) -> None:
    customer, agent = rig.call("customer"), rig.call("agent", codec="pcma")
    rig.do(m.Bridge("customer", "agent"), m.Record("customer", "r", str(tmp_path / "r.wav")))
    alaw = [frame.translate(ULAW_TO_ALAW) for frame in tone(700, 100)]
    talk(rig, {1: (customer, tone(440, 100)), 2: (agent, alaw)}, 100)
    rig.do(m.StopRecording("customer", "r"))
    closed = rig.last(m.RecordingClosed)
    assert (closed.seconds, closed.spoken_s, closed.reason) == (2.0, 0.0, "stopped")
    samples, rate = soundfile.read(tmp_path / "r.wav")
    assert (rate, samples.shape) == (8000, (16000, 2))
    assert strongest(samples[1600:, 0]) == pytest.approx(440, abs=1)
    assert strongest(samples[1600:, 1]) == pytest.approx(700, abs=1)
    for column, hertz in ((0, 440), (1, 700)):
        sine = np.exp(2j * np.pi * hertz * np.arange(14400) / 8000)
        share = abs(np.vdot(sine, samples[1600:, column])) / (
            np.linalg.norm(samples[1600:, column]) * np.sqrt(14400 / 2)
        )
        assert share > 0.99


def test_what_is_passed_on_has_its_turn_between_the_frames_of_many_recordings(
    rig: Rig, tmp_path: Path
) -> None:
    for n in range(LEGS_AT_ONCE // 2 + 1):
        customer, agent = rig.call(f"customer{n}"), rig.call(f"agent{n}")
        rig.do(
            m.Bridge(f"customer{n}", f"agent{n}"), m.Record(f"customer{n}", "r", str(tmp_path / f"{n}.wav"))
        )
    rig.tick()
    agent.heard()
    for _ in range(ROUNDS_MAX + 1):  # one more than a tick begins with
        customer.say(b"\x55" * FRAME)
    rig.tick()
    assert len(agent.heard()) == ROUNDS_MAX + 1


def test_one_recording_goes_on_through_hold_and_transfer(rig: Rig, tmp_path: Path) -> None:
    (tmp_path / "music.ul").write_bytes(b"".join(tone(1000, 50)))
    customer, first, second = rig.call("customer"), rig.call("first"), rig.call("second")
    rig.do(m.Bridge("customer", "first"), m.Record("customer", "r", str(tmp_path / "r.wav")))
    talk(rig, {1: (customer, tone(440, 50)), 2: (first, tone(600, 50))}, 50)
    rig.do(m.Play("customer", 1, (str(tmp_path / "music.ul"),), loop=True))
    talk(rig, {1: (customer, tone(440, 50)), 2: (first, tone(600, 50))}, 50)
    rig.do(m.Bridge("customer", "second"), m.Close("first"))
    talk(rig, {1: (customer, tone(440, 50)), 2: (second, tone(800, 50))}, 50)
    rig.do(m.Close("customer"))
    closed = rig.last(m.RecordingClosed)
    assert (closed.seconds, closed.reason) == (3.0, "leg_closed")
    samples, _ = soundfile.read(tmp_path / "r.wav")
    parts = [samples[at : at + 6400] for at in (1600, 9600, 17600)]
    assert [strongest(part[:, 0]) for part in parts] == pytest.approx([440] * 3, abs=3)
    assert [strongest(part[:, 1]) for part in parts] == pytest.approx([600, 1000, 800], abs=3)


def test_a_masked_stretch_is_silent_and_as_long_as_it_was(rig: Rig, tmp_path: Path) -> None:
    customer = rig.call("customer")
    rig.do(m.Record("customer", "r", str(tmp_path / "r.wav")))
    speech = tone(440, 25)
    talk(rig, {1: (customer, speech)}, 25)
    rig.do(m.MaskRecording("customer", "r", True))
    talk(rig, {1: (customer, speech)}, 25)
    rig.do(m.MaskRecording("customer", "r", False))
    talk(rig, {1: (customer, speech)}, 25)
    rig.do(m.StopRecording("customer", "r"))
    samples, _ = soundfile.read(tmp_path / "r.wav")
    assert len(samples) == 75 * FRAME
    assert not samples[25 * FRAME : 50 * FRAME].any()
    assert samples[50 * FRAME :].any()


def test_a_stall_of_the_engine_leaves_no_hole_in_the_time_line(rig: Rig, tmp_path: Path) -> None:
    customer = rig.call("customer")
    rig.do(m.Record("customer", "r", str(tmp_path / "r.wav")))
    speech = tone(440, 75)
    talk(rig, {1: (customer, speech)}, 25)
    for frame in speech[25:35]:
        customer.say(frame)
    rig.now += 0.2
    rig.engine.tick(rig.now, missed=9)
    talk(rig, {1: (customer, speech[35:])}, 40)
    rig.do(m.StopRecording("customer", "r"))
    data = (tmp_path / "r.wav").read_bytes()[wav.HEADER_SIZE :: 2]
    assert rig.last(m.RecordingClosed).seconds == 1.5
    assert data[FRAME:] == b"".join(speech[:74])


def test_a_voicemail_ends_by_its_key_which_is_not_told_again(rig: Rig, tmp_path: Path) -> None:
    caller = rig.call("caller")
    rig.do(m.Record("caller", "v", str(tmp_path / "v.wav"), max_s=60, silence_s=5, end_key="#"))
    talk(rig, {1: (caller, tone(440, 60))}, 60)
    caller.key(1, 800, is_end=True)
    caller.timestamp += 3000
    rig.tick()
    caller.key(11, 800, is_end=True)
    rig.tick()
    closed = rig.last(m.RecordingClosed)
    assert (closed.recording, closed.reason) == ("v", "end_key")
    assert 1.1 <= closed.spoken_s <= 1.25
    assert rig.digits("caller") == "1"


def test_a_voicemail_ends_by_silence_and_by_length(rig: Rig, tmp_path: Path) -> None:
    caller = rig.call("caller")
    rig.do(m.Record("caller", "v", str(tmp_path / "v.wav"), silence_s=2.0))
    for _ in range(130):
        caller.say(ULAW_SILENCE)
        rig.tick()
    closed = rig.last(m.RecordingClosed)
    assert (closed.reason, closed.spoken_s) == ("silence", 0)
    rig.do(m.Record("caller", "w", str(tmp_path / "w.wav"), max_s=1.0))
    talk(rig, {1: (caller, tone(440, 60))}, 60)
    assert (rig.last(m.RecordingClosed).recording, rig.last(m.RecordingClosed).reason) == ("w", "max")


def test_a_path_that_can_not_be_written_is_refused_and_closed(rig: Rig, tmp_path: Path) -> None:
    rig.call("a")
    (tmp_path / "file").touch()
    rig.do(m.Record("a", "r", str(tmp_path / "file" / "r.wav")))
    assert rig.last(m.Refused).command == "Record"
    assert rig.last(m.RecordingClosed).reason == "disk"
