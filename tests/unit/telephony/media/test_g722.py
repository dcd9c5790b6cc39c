"""G.722 at the edge, against the codec of another make (libavcodec) where a judge is needed."""

import bisect
import math

import av
import numpy
import pytest
from numpy.typing import NDArray

from telephony.media.g711 import FRAME, ULAW_SILENCE, ulaw_to_linear
from telephony.media.g722 import ULAW_OF, Coded, Decoder, Encoder
from telephony.media.jitter import JitterBuffer

pytestmark = pytest.mark.unit

Samples = NDArray[numpy.float64]
LINEAR = numpy.array([ulaw_to_linear(code) for code in range(256)], dtype=numpy.float64)
AMPLITUDE = 8000


def tone(hertz: float, seconds: float = 1.0, rate: int = 8000) -> Samples:
    return AMPLITUDE * numpy.sin(2 * math.pi * hertz * numpy.arange(int(rate * seconds)) / rate)


def mulaw(samples: Samples) -> bytes:
    return bytes(ULAW_OF[int(sample)] for sample in samples)


def linear(mulaw: bytes) -> Samples:
    return LINEAR[numpy.frombuffer(mulaw, numpy.uint8)]


def purity_db(samples: Samples, hertz: float, rate: int) -> float:
    """How far the tone stands above everything else."""
    at = numpy.arange(len(samples)) * 2 * math.pi * hertz / rate
    basis = numpy.stack([numpy.sin(at), numpy.cos(at)])
    wanted = basis.T @ (basis @ samples * 2 / len(samples))
    rest = samples - wanted
    return float(10 * math.log10((wanted**2).sum() / (rest**2).sum()))


def test_every_sample_gets_the_nearest_mulaw_code() -> None:
    values = sorted({ulaw_to_linear(code) for code in range(256)})
    for sample in range(-32768, 32768):
        at = bisect.bisect(values, sample)
        nearest = min(abs(value - sample) for value in values[max(0, at - 1) : at + 1])
        assert abs(ulaw_to_linear(ULAW_OF[sample]) - sample) == nearest


@pytest.mark.parametrize("hertz", [300, 1000, 2000, 3000])
def test_a_foreign_decoder_hears_what_we_encode_at_its_level(hertz: int) -> None:
    encode, decoder = Encoder(), av.CodecContext.create("g722", "r")
    decoder.sample_rate, decoder.layout = 16000, "mono"
    heard: list[Samples] = []
    said = mulaw(tone(hertz))
    for start in range(0, len(said), FRAME):
        packet = encode(said[start : start + FRAME])
        assert len(packet) == FRAME
        heard += [
            frame.to_ndarray().ravel().astype(numpy.float64) for frame in decoder.decode(av.Packet(packet))
        ]
    samples = numpy.concatenate(heard)[8000:]
    assert len(samples) == 8000
    assert samples.std() == pytest.approx(AMPLITUDE / math.sqrt(2), rel=0.05)
    assert purity_db(samples, hertz, 16000) > 20


@pytest.mark.parametrize("hertz", [300, 1000, 2000, 3000])
def test_we_hear_what_a_foreign_encoder_sends_at_its_level(hertz: int) -> None:
    encoder, decode = av.CodecContext.create("g722", "w"), Decoder()
    encoder.sample_rate, encoder.layout, encoder.format = 16000, "mono", "s16"
    frame = av.AudioFrame.from_ndarray(
        tone(hertz, rate=16000).astype(numpy.int16).reshape(1, -1), format="s16", layout="mono"
    )
    frame.sample_rate = 16000
    sent = b"".join(bytes(packet) for packet in encoder.encode(frame))
    heard = b"".join(decode(sent[start : start + FRAME]) for start in range(0, len(sent), FRAME))
    samples = linear(heard)[4000:]
    assert len(samples) == 4000
    assert samples.std() == pytest.approx(AMPLITUDE / math.sqrt(2), rel=0.05)
    assert purity_db(samples, hertz, 8000) > 20


def test_nothing_decodes_to_nothing() -> None:
    assert Decoder()(b"") == b""


@pytest.mark.parametrize("span", [80, 160, 320])
def test_the_buffer_decodes_in_the_order_of_speech(span: int) -> None:
    said = mulaw(tone(440))
    encode, buffer = Encoder(), JitterBuffer(decode=Decoder())
    packets = [
        encode(said[start : start + FRAME]) for start in range(0, len(said), FRAME)
    ]  # the codec does not care how its bytes are cut
    coded = b"".join(packets)
    pieces = [Coded(coded[start : start + span]) for start in range(0, len(coded), span)]
    order = list(range(len(pieces)))
    for at in range(10, len(order) - 1, 10):
        order[at], order[at + 1] = order[at + 1], order[at]
    heard, pushed = b"", 0
    for tick in range(len(said) // FRAME):
        while pushed < len(order) and pushed < (tick + 1) * FRAME / span:
            buffer.push(order[pushed], pieces[order[pushed]])
            pushed += 1
        heard += buffer.take()
    assert purity_db(linear(heard)[2400:6400], 440, 8000) > 20


def test_a_lost_packet_is_faded_over_and_silence_pushed_beside_coded_audio_stays_silence() -> None:
    encode, buffer = Encoder(), JitterBuffer(decode=Decoder())
    said = mulaw(tone(440))
    for seq in range(4):
        packet = encode(said[seq * FRAME : (seq + 1) * FRAME])
        if seq != 2:
            buffer.push(seq, Coded(packet))
    buffer.push(4, ULAW_SILENCE)
    frames = [buffer.take() for _ in range(5)]
    levels = [linear(frame).std() for frame in frames]
    assert 0 < levels[2] < levels[1]
    assert frames[4] == ULAW_SILENCE
