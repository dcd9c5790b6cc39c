"""The conversion tables against an independent codec (libsndfile)."""

import io

import numpy as np
import pytest
import soundfile

from telephony.media import g711

pytestmark = pytest.mark.unit


def decoded(codes: bytes, subtype: str) -> list[int]:
    samples, _ = soundfile.read(
        io.BytesIO(codes), dtype="int16", samplerate=8000, channels=1, format="RAW", subtype=subtype
    )
    return [int(sample) for sample in samples]


EVERY_CODE = bytes(range(256))


def test_mu_law_values_are_those_of_libsndfile() -> None:
    assert [g711.ulaw_to_linear(code) for code in EVERY_CODE] == decoded(EVERY_CODE, "ULAW")


def test_a_law_values_are_those_of_libsndfile() -> None:
    assert [g711.alaw_to_linear(code) for code in EVERY_CODE] == decoded(EVERY_CODE, "ALAW")


@pytest.mark.parametrize(("table", "source", "target"), [
    (g711.ULAW_TO_ALAW, g711.ulaw_to_linear, g711.alaw_to_linear),
    (g711.ALAW_TO_ULAW, g711.alaw_to_linear, g711.ulaw_to_linear),
])  # fmt: skip
def test_conversion_keeps_the_sign_and_stays_within_half_a_step(table, source, target) -> None:  # type: ignore[no-untyped-def]
    for code in EVERY_CODE:
        before, after = source(code), target(table[code])
        assert before * after >= 0
        assert abs(before - after) <= max(8, abs(before) / 24)


def test_conversion_there_and_back_settles_after_the_first_loss() -> None:
    once = EVERY_CODE.translate(g711.ULAW_TO_ALAW).translate(g711.ALAW_TO_ULAW)
    twice = once.translate(g711.ULAW_TO_ALAW).translate(g711.ALAW_TO_ULAW)
    assert twice == once


def test_silence_is_silence_in_both_laws() -> None:
    assert abs(g711.ulaw_to_linear(g711.ULAW_SILENCE[0])) == 0
    assert g711.alaw_to_linear(g711.ALAW_SILENCE[0]) == 8
    assert g711.ULAW_SILENCE.translate(g711.ULAW_TO_ALAW) == g711.ALAW_SILENCE


@pytest.mark.parametrize("fades", [g711.ULAW_FADES, g711.ALAW_FADES])
def test_each_fade_is_quieter_than_the_one_before(fades: tuple[bytes, ...]) -> None:
    decode = g711.ulaw_to_linear if fades is g711.ULAW_FADES else g711.alaw_to_linear
    energies = [np.mean([abs(decode(code)) for code in EVERY_CODE.translate(fade)]) for fade in fades]
    assert energies == sorted(energies, reverse=True)


def test_only_samples_above_the_noise_are_loud() -> None:
    assert g711.loud_samples(g711.ULAW_SILENCE) == 0
    assert g711.loud_samples(bytes([0x80, 0x00]) * 80) == 160
