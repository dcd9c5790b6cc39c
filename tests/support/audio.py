"""Sounds for tests to send, and ways to find them again in what was received.

A Sound is mono float64 in [-1, 1] at RATE; files of other rates are resampled on reading.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.signal import correlate, firwin, lfilter, resample_poly

Sound: TypeAlias = npt.NDArray[np.float64]

RATE: Final = 8000
_PCM, _ALAW, _MULAW, _EXTENSIBLE = 1, 6, 7, 0xFFFE
ASTERISK = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
LIBRIVOX = Path("/usr/share/pocketsphinx/test/data/librivox")


@dataclass(frozen=True, slots=True)
class Found:
    """`score` is the normalised correlation (1: the very same wave), `offset_s` where the clip starts."""

    score: float
    offset_s: float


# --- making -----------------------------------------------------------------------------------


def tone(hertz: float, seconds: float, *, level: float = 0.4) -> Sound:
    """A sine wave with 5 ms ramps, so that it does not click."""
    at = np.arange(round(seconds * RATE)) / RATE
    ramp = np.minimum(1, np.minimum(at, at[::-1]) / 0.005)
    return np.asarray(level * ramp * np.sin(2 * np.pi * hertz * at), dtype=np.float64)


def spoken(clip: Sound, hertz: int | None, *, times: int, level: float = 0.08) -> Sound:
    """What a person says for long: the clip again and again, half a second apart, over a soft tone of his own if any.

    The clip is found by `find`, the tone by `voices_in`.
    """
    whole = np.tile(np.concatenate([clip, silence(0.5)]), times)
    if hertz is not None:
        whole = whole + level * np.sin(2 * np.pi * hertz * np.arange(len(whole)) / RATE)
    return np.asarray(whole, dtype=np.float64)


def silence(seconds: float) -> Sound:
    return np.zeros(round(seconds * RATE))


def warble(seed: int, seconds: float = 2.0, *, level: float = 0.4) -> Sound:
    """A clip like no other: noise in the telephone band, different for each seed."""
    noise = np.random.default_rng(seed).standard_normal(round(seconds * RATE))
    heard = telephone_band(np.asarray(noise, dtype=np.float64))
    return np.asarray(level * heard / np.max(np.abs(heard)), dtype=np.float64)


def telephone_band(sound: Sound) -> Sound:
    """What a telephone line leaves of it: 300 to 3400 Hz."""
    taps = firwin(201, [300, 3400], pass_zero=False, fs=RATE)
    return np.asarray(lfilter(taps, 1.0, sound), dtype=np.float64)


# --- files ------------------------------------------------------------------------------------


def read_wav(path: Path) -> npt.NDArray[np.float64]:
    """The channels of a WAV file, shape (channels, samples) at RATE.

    Reads 8 and 16 bit PCM, mu-law and A-law. A file whose writer has not closed it (sizes still zero or
    too large) is read to its end. Raises ValueError for anything else.
    """
    raw = path.read_bytes()
    if raw[:4] != b"RIFF" or raw[8:12] != b"WAVE":
        raise ValueError(f"{path} is no WAV file")
    at, form = 12, (0, 1, RATE, 16)
    while at + 8 <= len(raw):
        name, size = raw[at : at + 4], struct.unpack_from("<I", raw, at + 4)[0]
        if name == b"fmt ":
            code, channels, rate = struct.unpack_from("<HHI", raw, at + 8)
            bits = struct.unpack_from("<H", raw, at + 22)[0]
            code = struct.unpack_from("<H", raw, at + 32)[0] if code == _EXTENSIBLE else code
            form = (code, channels, rate, bits)
        elif name == b"data":
            body = raw[at + 8 :] if size in (0, 0xFFFFFFFF) else raw[at + 8 : at + 8 + size]
            return _channels(body, *form)
        at += 8 + size + (size & 1)
    raise ValueError(f"{path} has no audio")


def read_mono(path: Path) -> Sound:
    """The only channel of a file. Raises ValueError when there are several."""
    channels = read_wav(path)
    if len(channels) != 1:
        raise ValueError(f"{path} has {len(channels)} channels")
    return np.asarray(channels[0], dtype=np.float64)


def _channels(body: bytes, code: int, channels: int, rate: int, bits: int) -> npt.NDArray[np.float64]:
    if code in (_MULAW, _ALAW):
        samples = (mulaw_decode if code == _MULAW else alaw_decode)(body)
    elif code == _PCM and bits == 16:
        samples = np.frombuffer(body[: len(body) // 2 * 2], "<i2") / 32768
    elif code == _PCM and bits == 8:
        samples = (np.frombuffer(body, np.uint8).astype(np.float64) - 128) / 128
    else:
        raise ValueError(f"WAV format {code} with {bits} bits is not read here")
    whole = samples[: len(samples) // channels * channels].reshape(-1, channels).T
    if rate != RATE:
        whole = resample_poly(whole, RATE, rate, axis=1)
    return np.asarray(whole, dtype=np.float64)


def write_wav(path: Path, sound: Sound, *, lead_s: float = 0, tail_s: float = 0) -> Path:
    """A mono 16 bit PCM file of the sound between two silences."""
    whole = np.concatenate([silence(lead_s), sound, silence(tail_s)])
    body = np.round(np.clip(whole, -1, 1) * 32767).astype("<i2").tobytes()
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, _PCM, 1, RATE, RATE * 2, 2, 16)
    head = struct.pack("<4sI4s", b"RIFF", 4 + len(form) + 8 + len(body), b"WAVE")
    path.write_bytes(head + form + struct.pack("<4sI", b"data", len(body)) + body)
    return path


def mulaw_decode(body: bytes) -> Sound:
    """ITU-T G.711 mu-law octets as a Sound."""
    value = ~np.frombuffer(body, np.uint8)
    magnitude = (((value & 0x0F).astype(np.int32) << 3) + 0x84 << ((value & 0x70) >> 4)) - 0x84
    return np.asarray(np.where(value & 0x80, -magnitude, magnitude) / 32768, dtype=np.float64)


def alaw_decode(body: bytes) -> Sound:
    """ITU-T G.711 A-law octets as a Sound."""
    value = np.frombuffer(body, np.uint8) ^ 0x55
    mantissa, exponent = (value & 0x0F).astype(np.int32) << 4, (value & 0x70) >> 4
    magnitude = np.where(exponent == 0, mantissa + 8, (mantissa + 0x108) << np.maximum(exponent, 1) - 1)
    return np.asarray(np.where(value & 0x80, magnitude, -magnitude) / 32768, dtype=np.float64)


def mulaw_encode(sound: Sound) -> bytes:
    """A Sound as ITU-T G.711 mu-law octets."""
    sample = np.round(np.clip(sound, -1, 1) * 32767).astype(np.int32)
    magnitude = np.minimum(np.abs(sample), 32635) + 0x84
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = magnitude >> exponent + 3 & 0x0F
    coded = ~((np.where(sample < 0, 0x80, 0)) | exponent << 4 | mantissa)
    return bytes((coded & 0xFF).astype(np.uint8).tobytes())


# --- finding ----------------------------------------------------------------------------------


def find(clip: Sound, recording: Sound) -> Found:
    """Where the recording is most like the clip, by normalised cross-correlation.

    The score is 1 for the same wave at any loudness, about 0.99 after G.711, and below 0.2 for a second
    or more of anything else. A recording shorter than the clip scores 0.
    """
    if len(recording) < len(clip) or not np.any(clip):
        return Found(0.0, 0.0)
    clip = clip - clip.mean()
    product = correlate(recording, clip, mode="valid", method="fft")
    total = np.concatenate([[0.0], np.cumsum(recording**2)])
    energy = np.maximum(total[len(clip) :] - total[: -len(clip)], 0)
    scores = product / np.sqrt(np.maximum(energy, 1e-6 * len(clip)) * np.sum(clip**2))
    best = int(np.argmax(scores))
    return Found(float(scores[best]), best / RATE)


def find_tone(hertz: float, recording: Sound, *, window_s: float = 0.1) -> Found:
    """The purest stretch of a tone: score is its share of the energy there (1: nothing but the tone)."""
    size = round(window_s * RATE)
    window = np.hanning(size)
    wave = np.exp(-2j * np.pi * hertz * np.arange(size) / RATE) * window
    whole_tone = np.sum(window) ** 2 / np.sum(window**2)
    best = Found(0.0, 0.0)
    for start in range(0, len(recording) - size + 1, size // 2):
        piece = recording[start : start + size]
        energy = float(np.sum((piece * window) ** 2))
        if energy < 1e-4 * np.sum(window**2):
            continue
        share = float(2 * np.abs(piece @ wave) ** 2 / (energy * whole_tone))
        if share > best.score + 0.02:
            best = Found(share, start / RATE)
    return best


def voices_in(sound: Sound, voices: Mapping[str, float], *, least: float = 0.02) -> set[str]:
    """Whose tones sound in it, however many at once and whatever else is said: `voices` are hertz by name.

    `least` is the amplitude from which a tone counts; in 400 ms a spoken `warble` reaches a quarter of that.
    """
    window = np.hanning(len(sound))
    at = np.arange(len(sound)) / RATE
    waves = {name: np.exp(-2j * np.pi * hertz * at) * window for name, hertz in voices.items()}
    return {name for name, wave in waves.items() if 2 * np.abs(sound @ wave) / np.sum(window) > least}


def loudness(sound: Sound) -> float:
    """Root mean square, 0 to 1."""
    return float(np.sqrt(np.mean(sound**2))) if len(sound) else 0.0


# --- English speech from Debian's packages ------------------------------------------------------

SENTENCES: Final = {
    "vm-intro": "please leave your message after the tone when done hang up or press the pound key",
    "queue-thankyou": "thank you for your patience",
    "tt-monkeysintro": "they have been carried away by monkeys",
    "please-try-call-later": "please try your call again later",
}


def english(name: str) -> Sound:
    """A sentence by a human voice from SENTENCES, out of Debian's asterisk-core-sounds-en-wav."""
    path = ASTERISK / f"{name}.wav"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: apt-get install asterisk-core-sounds-en-wav")
    return read_mono(path)


def audiobook() -> list[tuple[Sound, str]]:
    """Sentences of an audiobook with their words, out of Debian's pocketsphinx-testdata."""
    listing = LIBRIVOX / "transcription"
    if not listing.exists():
        raise FileNotFoundError(f"{listing} is missing: apt-get install pocketsphinx-testdata")
    found = []
    for line in listing.read_text().splitlines():
        words, _, name = line.replace("<s>", "").replace("</s>", "").strip().rpartition("(")
        found.append((read_mono(LIBRIVOX / f"{name.removesuffix(')')}.wav"), words.strip()))
    return found
