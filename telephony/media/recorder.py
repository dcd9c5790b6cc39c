"""The recording tap of a leg: two mu-law frames a tick in, a stereo WAV out, a voicemail's own end.

Frames are kept in lists and written interleaved, one write each FLUSH_TICKS; recorders get different
phases so that no tick writes for all calls.
"""

import os
from pathlib import Path
from typing import Final

from telephony.media import wav
from telephony.media.g711 import FRAME, FRAME_S, ULAW_SILENCE, loud_samples

FLUSH_TICKS: Final = 25
SPEECH_SAMPLES: Final = 12  # loud samples that make a frame speech


class Recorder:
    """One open recording. `ended` is None until a voicemail's rule or the disk ends it."""

    __slots__ = (
        "_fd",
        "_is_judged",
        "_left",
        "_max_frames",
        "_quiet_frames",
        "_right",
        "_silence_frames",
        "_speech_frames",
        "end_key",
        "ended",
        "frames",
        "is_masked",
        "name",
        "phase",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        path: Path,
        phase: int,
        *,
        max_s: float | None,
        silence_s: float | None,
        end_key: str | None,
    ) -> None:
        """Creates the file and writes its header. Raises OSError."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.phase = phase % FLUSH_TICKS
        self.end_key = end_key
        self.is_masked = False
        self.frames = 0
        self.ended: str | None = None
        self._max_frames = -1 if max_s is None else max(1, round(max_s / FRAME_S))
        self._silence_frames = -1 if silence_s is None else max(1, round(silence_s / FRAME_S))
        self._is_judged = max_s is not None or silence_s is not None
        self._left: list[bytes] = []
        self._right: list[bytes] = []
        self._speech_frames = 0
        self._quiet_frames = 0
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
        os.write(self._fd, wav.header())

    @property
    def seconds(self) -> float:
        return round(self.frames * FRAME_S, 2)

    @property
    def spoken_s(self) -> float:
        """Seconds in which the left channel carried sound; complete after `close`. 0 for what has no end of its own:
        of a whole call nobody asks."""
        return round(self._speech_frames * FRAME_S, 2)

    def add(self, left: bytes, right: bytes) -> None:
        """One tick: what the leg said and what it was sent, mu-law frames."""
        if self.is_masked:
            left = right = ULAW_SILENCE
        self._left.append(left)
        self._right.append(right)
        self.frames += 1
        if self.frames == self._max_frames:
            self.ended = "max"
        if self.frames % FLUSH_TICKS == self.phase:
            self.flush()

    def flush(self) -> None:
        """Append what has been gathered; a disk that refuses ends the recording."""
        if not self._left:
            return
        if self._is_judged:
            self._judge()
        stereo = bytearray(2 * FRAME * len(self._left))
        stereo[0::2] = b"".join(self._left)
        stereo[1::2] = b"".join(self._right)
        self._left.clear()
        self._right.clear()
        try:
            os.write(self._fd, stereo)
        except OSError:
            self.ended = self.ended or "disk"

    def close(self) -> None:
        """Write the rest, patch the sizes, close the file."""
        self.flush()
        try:
            data_bytes = os.fstat(self._fd).st_size - wav.HEADER_SIZE
            for offset, value in wav.sizes(data_bytes):
                os.pwrite(self._fd, value, offset)
        except OSError:
            self.ended = "disk"
        finally:
            os.close(self._fd)

    def _judge(self) -> None:
        """Count speech in the new frames and end a voicemail that fell silent."""
        for frame in self._left:
            if loud_samples(frame) >= SPEECH_SAMPLES:
                self._speech_frames += 1
                self._quiet_frames = 0
            else:
                self._quiet_frames += 1
        if self._silence_frames >= 0 and self._quiet_frames >= self._silence_frames:
            self.ended = self.ended or "silence"
