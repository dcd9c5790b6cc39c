"""Sound for pyVoIP, whose audio is 8 bit unsigned linear at 8 kHz, and a WAV file of what came back."""

import threading
import wave
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import soundfile

from telephony.dialler.plan import PlanUnreadable

RATE: Final = 8000
MAX_GAP: Final = 10 * RATE  # a longer leap of the RTP timestamp is a new stream, not a silence
Linear = npt.NDArray[np.float64]  # mono, -1 to 1, RATE


def _mulaw_table() -> npt.NDArray[np.int16]:
    """ITU-T G.711: what each mu-law octet means in 16 bits."""
    octet = ~np.arange(256, dtype=np.uint8)
    magnitude = (((octet & 0x0F).astype(np.int32) << 3) + 132 << ((octet & 0x70) >> 4)) - 132
    return np.where(octet & 0x80, -magnitude, magnitude).astype(np.int16)


def _alaw_table() -> npt.NDArray[np.int16]:
    octet = np.arange(256, dtype=np.uint8) ^ 0x55
    mantissa, exponent = (octet & 0x0F).astype(np.int32) << 4, (octet & 0x70) >> 4
    magnitude = np.where(exponent == 0, mantissa + 8, (mantissa + 264) << np.maximum(exponent, 1) - 1)
    return np.where(octet & 0x80, magnitude, -magnitude).astype(np.int16)


MULAW: Final = _mulaw_table()
ALAW: Final = _alaw_table()


def read_speech(path: Path) -> bytes:
    """A sound file as pyVoIP wants it. Channels are mixed, other rates brought to 8 kHz.

    Raises PlanUnreadable when it is missing or no sound.
    """
    try:
        if path.suffix in (".ulaw", ".ul", ".mulaw"):
            sound: Linear = MULAW[np.frombuffer(path.read_bytes(), np.uint8)] / 32768
        else:
            samples, rate = soundfile.read(path, dtype="float64", always_2d=True)
            sound = to_8k(samples.mean(axis=1), rate)
    except (OSError, soundfile.LibsndfileError) as exc:
        raise PlanUnreadable(f"{path} can't be read as sound: {exc}") from exc
    return bytes(np.clip(np.round(sound * 127) + 128, 0, 255).astype(np.uint8).tobytes())


def to_8k(sound: Linear, rate: int) -> Linear:
    """Resampled by leaving out (or adding) frequencies, which is exact for a whole clip."""
    if rate == RATE or not len(sound):
        return sound
    length = round(len(sound) * RATE / rate)
    return np.asarray(np.fft.irfft(np.fft.rfft(sound)[: length // 2 + 1], length) * length / len(sound))


class Heard:
    """Collects G.711 payloads by RTP timestamp. Fed by the receiving thread, written out by another."""

    def __init__(self) -> None:
        self._parts: list[tuple[int, npt.NDArray[np.int16]]] = []
        self._next = 0  # where in the recording the next packet belongs
        self._expected: int | None = None  # its RTP timestamp
        self._lock = threading.Lock()

    def add(self, timestamp: int, payload: bytes, *, is_alaw: bool) -> None:
        samples = (ALAW if is_alaw else MULAW)[np.frombuffer(payload, np.uint8)]
        with self._lock:
            leap = (
                0
                if self._expected is None
                else (timestamp - self._expected + (1 << 31)) % (1 << 32) - (1 << 31)
            )
            at = self._next + (leap if -MAX_GAP < leap < MAX_GAP else 0)
            if at < 0:
                return
            self._parts.append((at, samples))
            if at + len(samples) > self._next:
                self._next = at + len(samples)
                self._expected = (timestamp + len(samples)) % (1 << 32)

    @property
    def seconds(self) -> float:
        with self._lock:
            return self._next / RATE

    def write(self, path: Path) -> None:
        """16 bit mono WAV; silence where nothing came."""
        with self._lock:
            track = np.zeros(self._next, np.int16)
            for at, samples in self._parts:
                track[at : at + len(samples)] = samples
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes(track.astype("<i2").tobytes())
