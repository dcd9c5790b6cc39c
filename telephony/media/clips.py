"""Prompt and music files: raw mu-law in whole frames, read once and shared by every call that plays them."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from itertools import chain, cycle
from pathlib import Path
from typing import Final

from telephony.media.g711 import FRAME

Clip = bytes  # a whole number of frames
CLIPS_MAX: Final = 512
FRAMES_S: Final = 50


def pad(audio: bytes) -> Clip:
    """`audio` with its last frame filled up with silence."""
    return audio + b"\xff" * (-len(audio) % FRAME)


def looped(clips: Sequence[Clip], from_s: float) -> Iterator[Clip]:
    """The clips for ever, from so far into them on; no clip is empty."""
    frames = sum(len(clip) for clip in clips) // FRAME
    left = round(from_s * FRAMES_S) % frames * FRAME if frames else 0
    for_ever = cycle(clips)
    for clip in for_ever:
        if left < len(clip):
            return chain([clip[left:]], for_ever)
        left -= len(clip)
    return iter(())


class ClipLibrary:
    """Clips by path, the least recently played forgotten first; a changed file is read again."""

    def __init__(self) -> None:
        self._clips: OrderedDict[str, tuple[tuple[int, int], Clip]] = OrderedDict()

    def clip(self, path: str) -> Clip:
        """The audio of a file. Raises OSError."""
        stat = Path(path).stat()
        version = (stat.st_mtime_ns, stat.st_size)
        known = self._clips.get(path)
        if known is None or known[0] != version:
            known = (version, pad(Path(path).read_bytes()))
            self._clips[path] = known
            if len(self._clips) > CLIPS_MAX:
                self._clips.popitem(last=False)
        self._clips.move_to_end(path)
        return known[1]
